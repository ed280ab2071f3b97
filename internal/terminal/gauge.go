package terminal

import (
	"math"
	"strings"
)

// Bar shows which part of a whole there is, in so many columns. What is there and what is not differ
// without colours too.
func Bar(part float64, width int, s Style) string {
	if width < 1 || math.IsNaN(part) {
		return ""
	}
	full := int(math.Round(max(0, min(part, 1)) * float64(width)))
	return s.Good(strings.Repeat("━", full)) + s.Faint(strings.Repeat("─", width-full))
}

// sparks are the heights of a sparkline.
const sparks = "▁▂▃▄▅▆▇█"

// Spark shows values between 0 and top, one a column; NaN is a gap.
func Spark(values []float64, top float64) string {
	heights := []rune(sparks)
	var b strings.Builder
	for _, v := range values {
		if math.IsNaN(v) || top <= 0 {
			b.WriteByte(' ')
			continue
		}
		h := int(math.Round(v / top * float64(len(heights)-1)))
		b.WriteRune(heights[max(0, min(h, len(heights)-1))])
	}
	return b.String()
}
