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

// parseWait reads a wait in any of the forms seen: a number of units, an instant in epoch seconds
// or milliseconds (sizes tell), a Go duration, a date. What is negative, or further away than 31 days,
// names no time. exact says that the value was finer than whole seconds.
func parseWait(value string, unit time.Duration, now time.Time) (wait time.Duration, exact, ok bool) {
	if value == "" {
		return 0, false, false
	}
	if n, err := strconv.ParseFloat(value, 64); err == nil {
		wait, ok = waitOf(n, unit, now)
		return wait, unit < time.Second || n >= 1e12 || n != math.Trunc(n), ok
	}
	if d, err := time.ParseDuration(value); err == nil {
		wait, ok = bounded(d.Seconds())
		return wait, true, ok
	}
	if at, fine, found := parseDate(value); found {
		wait, ok = bounded(at.Sub(now).Seconds())
		return wait, fine, ok
	}
	return 0, false, false
}

// waitOf reads a number: sizes tell epoch milliseconds and seconds from a number of units.
func waitOf(n float64, unit time.Duration, now time.Time) (time.Duration, bool) {
	switch {
	case n >= 1e12:
		return bounded(n/1e3 - float64(now.UnixMilli())/1e3)
	case n >= 1e9:
		return bounded(n - float64(now.UnixMilli())/1e3)
	}
	return bounded(n * unit.Seconds())
}

// bounded turns seconds into a wait; false if they make no sense as one.
func bounded(seconds float64) (time.Duration, bool) {
	if math.IsNaN(seconds) || seconds < 0 || seconds > maxPause.Seconds() {
		return 0, false
	}
	return time.Duration(seconds * float64(time.Second)), true
}

// parseDate reads a date as seen in headers: the three forms of RFC 9110, section 5.6.7, RFC 3339, ISO
// 8601 without seconds (Jira), and what JavaScript makes of a date.
func parseDate(value string) (at time.Time, fine, ok bool) {
	if at, err := http.ParseTime(value); err == nil {
		return at, false, true
	}
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		return at, strings.Contains(value, "."), true
	}
	value, _, _ = strings.Cut(value, " (")
	for _, layout := range [...]string{"2006-01-02T15:04Z07:00", "Mon Jan 02 2006 15:04:05 GMT-0700"} {
		if at, err := time.Parse(layout, value); err == nil {
			return at, false, true
		}
	}
	return time.Time{}, false, false
}
