package limiter

import (
	"bytes"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Rules say which answers of an API mean that a limit was met. The zero value means: 429.
type Rules struct {
	Backoff      []int  // statuses that are throttles; nil means 429
	ThrottleWhen []Rule // throttles that hide behind another status
	NeverRetry   []Rule // refusals that no waiting will cure, such as a used-up quota
}

// A Rule matches an answer; every field that is set must match.
type Rule struct {
	Status int
	Header map[string]string // exact values
	Body   string            // a part of the body
	Pause  time.Duration     // for ThrottleWhen: how long to pause if the answer names no time
}

// A Signal is what an answer says of the limit.
type Signal struct {
	Kind   Kind
	Pause  time.Duration // 0 means that the answer names no time
	Source string        // the header that named the pause, or the rule that matched
	Final  bool          // repeating it is of no use
}

// ReadSignal reads an answer. body is its beginning, or nil if [Rules.NeedsBody] did not ask for it;
// now is the local calendar, used only where the answer carries no Date.
func ReadSignal(rules *Rules, status int, h http.Header, body []byte, now time.Time) Signal {
	if i := matching(rules.NeverRetry, status, h, body); i >= 0 {
		return Signal{Kind: Failed, Final: true, Source: "never_retry"}
	}
	hidden := matching(rules.ThrottleWhen, status, h, body)
	switch {
	case hidden >= 0 || rules.throttles(status):
		pause, source := namedPause(h, now, true)
		if pause == 0 && hidden >= 0 {
			pause, source = rules.ThrottleWhen[hidden].Pause, "throttle_when"
		}
		return Signal{Kind: Throttled, Pause: pause, Source: source}
	case status == http.StatusServiceUnavailable, status == statusOverloaded:
		pause, source := namedPause(h, now, false) // a reset speaks of the limit, not of the overload
		if pause == 0 && status != statusOverloaded {
			return Signal{Kind: Failed}
		}
		return Signal{Kind: Overloaded, Pause: pause, Source: source}
	case status >= http.StatusInternalServerError:
		return Signal{Kind: Failed}
	}
	return Signal{Kind: Accepted}
}

// statusOverloaded is what Notion and Anthropic answer when they are overloaded.
const statusOverloaded = 529

// NeedsBody reports whether the beginning of the body must be read to understand such an answer.
func (r *Rules) NeedsBody(status int) bool {
	needs := func(rule Rule) bool {
		return rule.Body != "" && (rule.Status == 0 || rule.Status == status)
	}
	return slices.ContainsFunc(r.ThrottleWhen, needs) || slices.ContainsFunc(r.NeverRetry, needs)
}

func (r *Rules) throttles(status int) bool {
	if r.Backoff == nil {
		return status == http.StatusTooManyRequests
	}
	return slices.Contains(r.Backoff, status)
}

func matching(rules []Rule, status int, h http.Header, body []byte) int {
	return slices.IndexFunc(rules, func(r Rule) bool {
		if r.Status != 0 && r.Status != status {
			return false
		}
		for name, want := range r.Header {
			if h.Get(name) != want {
				return false
			}
		}
		return r.Body == "" || bytes.Contains(body, []byte(r.Body))
	})
}

// leastPause is the shortest pause a header can name: a floored Retry-After says 0 for anything
// under a second.
const leastPause = 250 * time.Millisecond

// namedPause returns the wait an answer asks for and the header that says so; 0 if none does.
// Retry-After (RFC 9110, section 10.2.3) and its siblings go before the vendors' reset headers. A reset
// counts only if its limit is used up: with some remaining it was another limit that refused.
func namedPause(h http.Header, now time.Time, resets bool) (time.Duration, string) {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	for _, f := range pauseFields() {
		value := strings.TrimSpace(h.Get(f.name))
		if value == "" || f.remaining != "" && (!resets || remains(h.Get(f.remaining))) {
			continue
		}
		if d, ok := parseWait(value, f.unit, now); ok {
			return d, f.name
		}
	}
	return 0, ""
}

// remains reports whether a header says that some of a limit is left.
func remains(value string) bool {
	n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	return err == nil && n > 0
}

type pauseField struct {
	name      string
	unit      time.Duration // of a bare number
	remaining string        // for a reset: the header that says how much of its limit is left
}

func pauseFields() []pauseField {
	return []pauseField{
		{"Retry-After", time.Second, ""},
		{"Retry-After-Ms", time.Millisecond, ""},
		{"X-Amz-Retry-After", time.Millisecond, ""},
		{"X-Ratelimit-Retry-After", time.Second, ""},
		{"X-Retry-In", time.Second, ""},
		{"X-Ratelimit-Reset-After", time.Second, "X-Ratelimit-Remaining"},
		{"Ratelimit-Reset", time.Second, "Ratelimit-Remaining"},
		{"X-Ratelimit-Reset", time.Second, "X-Ratelimit-Remaining"},
		{"X-Rate-Limit-Reset", time.Second, "X-Rate-Limit-Remaining"},
		{"X-Ratelimit-Reset-Requests", time.Second, "X-Ratelimit-Remaining-Requests"},
		{"X-Ratelimit-Reset-Tokens", time.Second, "X-Ratelimit-Remaining-Tokens"},
	}
}

// parseWait reads a wait in any of the forms seen: a number of units, an instant in epoch seconds
// or milliseconds (sizes tell), a Go duration, an HTTP date in its three forms, RFC 3339. What lies
// in the past, is negative, or is further away than 31 days names no time.
func parseWait(value string, unit time.Duration, now time.Time) (time.Duration, bool) {
	if n, err := strconv.ParseFloat(value, 64); err == nil {
		return waitOf(n, unit, now)
	}
	if d, err := time.ParseDuration(value); err == nil {
		return bounded(d.Seconds())
	}
	if at, err := http.ParseTime(value); err == nil {
		return bounded(at.Sub(now).Seconds())
	}
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		return bounded(at.Sub(now).Seconds())
	}
	return 0, false
}

func waitOf(n float64, unit time.Duration, now time.Time) (time.Duration, bool) {
	switch {
	case n >= 1e12:
		return bounded(n/1e3 - float64(now.UnixMilli())/1e3)
	case n >= 1e9:
		return bounded(n - float64(now.UnixMilli())/1e3)
	}
	return bounded(n * unit.Seconds())
}

// bounded turns seconds into a pause; false if they make no sense as one.
func bounded(seconds float64) (time.Duration, bool) {
	if math.IsNaN(seconds) || seconds < 0 || seconds > maxPause.Seconds() {
		return 0, false
	}
	return max(time.Duration(seconds*float64(time.Second)), leastPause), true
}
