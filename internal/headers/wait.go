package headers

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// A wait is how long a response asks to wait, within [0, maxPause].
type wait struct {
	time.Duration
	past  bool // it was an instant that is over: for a pause it names no time
	exact bool // named finer than whole seconds
}

// doubt is why a wait is not believed.
func (w wait) doubt() string {
	switch {
	case w.past:
		return "is in the past"
	case w.Duration > pacing.MaxPause:
		return "is more than 31 days away"
	}
	return "names no time"
}

// A clock tells what instants in a header count against: the response's Date, not the local calendar,
// which may be wrong by hours. Without a Date it is the local calendar. The response's Age does not
// matter: an instant stays one in a cache, and a throttle is not cached.
type clock struct {
	header http.Header
	now    time.Time
	read   bool // Date was looked for
}

func (c *clock) date() time.Time {
	if c.read {
		return c.now
	}
	c.read = true
	if values := c.header["Date"]; len(values) > 0 {
		if at, err := http.ParseTime(values[0]); err == nil {
			c.now = at
		}
	}
	return c.now
}

// longest reads the waits of all lines of a header, and of the lists that a proxy makes of such lines: the
// longest counts. If none is a wait, it is the first, for what is wrong with it.
func (c *clock) longest(lines []string, unit time.Duration) (longest wait, ok bool) {
	for i, line := range lines {
		w, good := c.list(line, unit)
		if i == 0 || w.beats(good, longest, ok) {
			longest, ok = w, good
		}
	}
	return longest, ok
}

// beats reports whether a wait is believed rather than another; good and otherGood say which are any.
func (w wait) beats(good bool, other wait, otherGood bool) bool {
	switch {
	case good != otherGood:
		return good
	case w.past != other.past:
		return good && other.past
	}
	return good && w.Duration > other.Duration
}

// list reads one line: a wait, or several with commas between. A date has a comma of its own.
func (c *clock) list(line string, unit time.Duration) (longest wait, ok bool) {
	if strings.IndexByte(line, ',') < 0 {
		return c.parse(line, unit)
	}
	if d, ok := parseSpan(strings.Trim(line, blank)); ok {
		return d, d.Duration <= pacing.MaxPause
	}
	for i, n := 0, 0; i < len(line) && n < mostItems; n++ {
		item, rest := cutComma(line[i:])
		w, good := c.parse(item, unit)
		if !good && rest < len(line)-i { // "Mon" of "Mon, 23 Nov 2026 12:01:40 GMT"
			more, after := cutComma(line[i+rest:])
			if date, ok := c.parse(line[i:i+rest+len(more)], unit); ok || date.Duration > pacing.MaxPause {
				w, good, rest = date, ok, rest+after
			}
		}
		if n == 0 || w.beats(good, longest, ok) {
			longest, ok = w, good
		}
		i += rest
	}
	return longest, ok
}

// mostItems is how many items of a list are read.
const mostItems = 64

// cutComma returns what is before the first comma, and where what follows it begins.
func cutComma(s string) (item string, rest int) {
	if i := strings.IndexByte(s, ','); i >= 0 {
		return s[:i], i + 1
	}
	return s, len(s)
}

// blank is what may be around a value.
const blank = " \t\"'"

// parse reads a wait in any of the forms seen: a number of units, an instant in epoch seconds or finer, a
// duration, a date. What is negative, or further away than 31 days, names no time.
func (c *clock) parse(value string, unit time.Duration) (wait, bool) {
	value, _, _ = strings.Cut(value, ";") // parameters and comments
	value = strings.Trim(value, blank)
	switch {
	case value == "":
		return wait{}, false
	case isNumber(value):
		n, err := strconv.ParseFloat(value, 64)
		if err != nil && !math.IsInf(n, 1) {
			return wait{}, false
		}
		return c.number(n, unit)
	}
	if w, ok := parseSpan(value); ok {
		return w, w.Duration <= pacing.MaxPause
	}
	at, ok := parseDate(value)
	if !ok {
		return wait{}, false
	}
	return c.until(at, strings.Contains(value, "."))
}

// number reads a number of units or, where it is more than 31 days of them, an epoch, whose size tells its
// scale: seconds have passed 1e9 in 2001, and milliseconds 1e11, microseconds 1e14 and nanoseconds 1e17 in
// 1973.
func (c *clock) number(n float64, unit time.Duration) (wait, bool) {
	span := math.Round(n * float64(unit))
	switch {
	case math.IsNaN(n), n < 0:
		return wait{}, false
	case span <= float64(pacing.MaxPause):
		return wait{Duration: time.Duration(span), exact: unit < time.Second || n != math.Trunc(n)}, true
	case n < 1e9, n >= 1e19:
		return wait{Duration: pacing.MaxPause + 1}, false
	case n < 1e11:
		return c.until(time.UnixMilli(int64(math.Round(n*1e3))), n != math.Trunc(n))
	case n < 1e14:
		return c.until(time.UnixMilli(int64(n)), true)
	case n < 1e17:
		return c.until(time.UnixMicro(int64(n)), true)
	}
	return c.until(time.UnixMicro(int64(math.Round(n/1e3))), true)
}

// until is the wait until an instant.
func (c *clock) until(at time.Time, exact bool) (wait, bool) {
	d := at.Sub(c.date())
	return wait{Duration: max(d, 0), past: d < 0, exact: exact}, d <= pacing.MaxPause
}

// isNumber looks before parsing, since an error costs more than all the rest.
func isNumber(value string) bool {
	for i := range len(value) {
		switch c := value[i]; {
		case c >= '0' && c <= '9', c == '.', c == '-', c == '+', c == 'e', c == 'E':
		default:
			return false
		}
	}
	return value[0] != 'e' && value[0] != 'E'
}

// parseDate reads a date as seen in headers: the three forms of RFC 9110, section 5.6.7, RFC 3339
// (Anthropic), ISO 8601 without seconds (Jira), without a zone or with a blank, and what JavaScript makes of
// a Date, followed by the zone's name in parentheses.
func parseDate(value string) (time.Time, bool) {
	if zoneless, ok := strings.CutSuffix(value, " UTC"); ok {
		value = zoneless + " GMT"
	}
	if value[0] > '9' {
		if at, err := http.ParseTime(value); err == nil {
			return at, true
		}
	}
	value, _, _ = strings.Cut(value, " (")
	for _, layout := range [...]string{
		time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04:05Z0700",
		"2006-01-02 15:04:05", "2006-01-02 15:04:05 GMT", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700",
		"2006-01-02 15:04:05 -0700 GMT", "Mon Jan 2 2006 15:04:05 GMT-0700", time.RFC1123Z,
	} {
		if at, err := time.Parse(layout, value); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
