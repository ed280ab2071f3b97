package limiter

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// leastPause is the shortest pause a header can name: a floored Retry-After says 0 for anything
// under a second.
const leastPause = 250 * time.Millisecond

// A wait is how long an answer asks to wait, within [0, maxPause].
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
	case w.Duration > maxPause:
		return "is more than 31 days away"
	}
	return "names no time"
}

// A clock tells what instants in a header count against: the answer's Date, not the local calendar,
// which may be wrong by hours. Without a Date it is the local calendar. The answer's Age does not
// matter: an instant stays one in a cache, and what is refused is not cached.
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

// parse reads a wait in any of the forms seen: a number of units, an instant in epoch seconds or
// milliseconds, a Go duration, a date. What is negative, or further away than 31 days, names no time.
func (c *clock) parse(value string, unit time.Duration) (wait, bool) {
	value = strings.Trim(value, " \t\"")
	switch {
	case value == "":
		return wait{}, false
	case isNumber(value):
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return wait{}, false
		}
		return c.number(n, unit)
	case isDuration(value):
		d, err := time.ParseDuration(value)
		return wait{Duration: d, exact: true}, err == nil && d >= 0 && d <= maxPause
	}
	at, ok := parseDate(value)
	if !ok {
		return wait{}, false
	}
	return c.until(at, strings.Contains(value, "."))
}

// number reads a number of units or an epoch. Its size tells: 1e9 seconds are 31 years, 1e12
// milliseconds as well.
func (c *clock) number(n float64, unit time.Duration) (wait, bool) {
	exact := n >= 1e12 || unit < time.Second || n != math.Trunc(n)
	switch {
	case math.IsNaN(n), n < 0:
		return wait{}, false
	case n > 1e14:
		return wait{Duration: maxPause + 1}, false
	case n >= 1e12:
		return c.until(time.UnixMilli(int64(n)), exact)
	case n >= 1e9 && unit == time.Second:
		return c.until(time.UnixMilli(int64(math.Round(n*1e3))), exact)
	}
	n = math.Round(n * float64(unit))
	return wait{Duration: time.Duration(n), exact: exact}, n <= float64(maxPause)
}

// until is the wait until an instant.
func (c *clock) until(at time.Time, exact bool) (wait, bool) {
	d := at.Sub(c.date())
	return wait{Duration: max(d, 0), past: d < 0, exact: exact}, d <= maxPause
}

// isNumber and isDuration look before parsing, since an error costs more than all the rest.
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

func isDuration(value string) bool {
	first, last := value[0], value[len(value)-1]
	return (first <= '9') && (last == 's' || last == 'm' || last == 'h')
}

// parseDate reads a date as seen in headers: the three forms of RFC 9110, section 5.6.7, RFC 3339
// (Anthropic), ISO 8601 without seconds (Jira) or without a zone, and what JavaScript makes of a
// Date, with the zone's name in parentheses behind it.
func parseDate(value string) (time.Time, bool) {
	if value[0] > '9' {
		if at, err := http.ParseTime(value); err == nil {
			return at, true
		}
	}
	value, _, _ = strings.Cut(value, " (")
	for _, layout := range [...]string{
		time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05",
		"Mon Jan 2 2006 15:04:05 GMT-0700", time.RFC1123Z,
	} {
		if at, err := time.Parse(layout, value); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
