package progress

import (
	"strings"

	"github.com/arl-cli/arl/internal/terminal"
)

// How long a bar is, in columns.
const (
	barStep    = 8 // in steps, so that the text behind it stands still
	longestBar = 24
	// barWidth is how many columns a terminal with a bar has at least.
	barWidth = 60
)

// bar shows which part is done, in at most room columns; nothing if the total is not known or there is too
// little room. What is done and what is not differ without colours too.
func (m *Meter) bar(room int, style terminal.Style) string {
	if m.last.Total == 0 || room < barStep {
		return ""
	}
	cells := min(room/barStep*barStep, longestBar)
	done := int(min(m.last.Total, m.last.Done) * int64(cells) / m.last.Total)
	return style.Good(strings.Repeat("━", done)) + style.Faint(strings.Repeat("─", cells-done))
}
