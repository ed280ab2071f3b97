package headers

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// parseSpan reads a length of time with its units, the larger ones first: 6m0s, 120ms, 30 seconds,
// 1 hour and 2 min, PT1M30S.
func parseSpan(value string) (w wait, ok bool) {
	w.exact = strings.IndexByte(value, ' ') < 0
	if iso, isISO := strings.CutPrefix(value, "P"); isISO {
		value = isoSpan(iso)
	}
	if value == "" {
		return wait{}, false
	}
	total, last := 0.0, time.Duration(math.MaxInt64)
	for rest := value; rest != ""; {
		digits := numberLen(rest)
		if digits == 0 {
			return wait{}, false
		}
		n, err := strconv.ParseFloat(rest[:digits], 64)
		if err != nil {
			return wait{}, false
		}
		rest = strings.TrimLeft(rest[digits:], " ")
		letters := lettersLen(rest)
		unit := unitNamed(rest[:letters])
		if unit == 0 || unit >= last {
			return wait{}, false
		}
		w.exact = w.exact || unit < time.Second || n != math.Trunc(n)
		total, last = total+n*float64(unit), unit
		rest = strings.TrimLeft(rest[letters:], " ,")
		rest = strings.TrimPrefix(rest, "and ")
	}
	w.Duration = time.Duration(min(total, float64(pacing.MaxPause+1)))
	return w, true
}

// isoSpan turns what follows the P of an ISO 8601 duration into numbers with units; empty if it has none. A
// month has no length.
func isoSpan(value string) string {
	days, rest, _ := strings.Cut(value, "T")
	if strings.HasSuffix(days, "M") {
		return ""
	}
	return strings.TrimSpace(days + " " + rest)
}

func numberLen(s string) int {
	i := 0
	for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.') {
		i++
	}
	return i
}

func lettersLen(s string) int {
	i := 0
	for i < len(s) && (s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z' || s[i] >= 0x80) {
		i++
	}
	return i
}

// unitNamed returns the unit that a word stands for, in any case; 0 if it is none.
func unitNamed(word string) time.Duration {
	var lower [12]byte
	if len(word) > len(lower) {
		return 0
	}
	for i := range len(word) {
		lower[i] = word[i]
		if word[i] < 0x80 {
			lower[i] |= 0x20
		}
	}
	switch string(lower[:len(word)]) {
	case "ns", "nanos", "nanosecond", "nanoseconds":
		return time.Nanosecond
	case "us", "µs", "μs", "micros", "microsecond", "microseconds":
		return time.Microsecond
	case "ms", "msec", "msecs", "millis", "millisecond", "milliseconds":
		return time.Millisecond
	case "s", "sec", "secs", "second", "seconds":
		return time.Second
	case "m", "min", "mins", "minute", "minutes":
		return time.Minute
	case "h", "hr", "hrs", "hour", "hours":
		return time.Hour
	case "d", "day", "days":
		return 24 * time.Hour
	case "w", "week", "weeks":
		return 7 * 24 * time.Hour
	}
	return 0
}
