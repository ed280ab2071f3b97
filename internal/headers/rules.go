package headers

import (
	"bytes"
	"net/http"
	"slices"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// Rules say which responses of an API are throttles. The zero value means: 429.
type Rules struct {
	Backoff      []int  // statuses that are throttles; nil means 429
	ThrottleWhen []Rule // throttles that hide behind another status
	NeverRetry   []Rule // throttles that no waiting will cure, such as a used-up quota
	Free         []Rule // responses that count for nothing, by status and header
	Units        []Unit // what limits count besides requests
}

// A Rule matches a response; every condition that is set must match. Conditions on the body see its
// beginning, which is then read before the response is passed on.
type Rule struct {
	Status int
	Header map[string]string      // exact values; "*" for any
	Body   string                 // a part of the body
	JSON   func(body []byte) bool // reports whether the body, as JSON that may be cut off, matches

	// For ThrottleWhen.
	Waits   func(body []byte) []string // how long the body asks to wait, in the forms of Retry-After; the longest counts
	Pause   time.Duration              // how long to pause if the response names no time
	AllKeys bool                       // the throttle is one of every key that shares the request's SharedLimit

	// For Free: of what the response counts for nothing, units by name and "requests"; nil means of everything.
	Units []string
}

// A Signal is what a response says of the limit.
type Signal struct {
	Kind   pacing.Kind
	Pause  time.Duration // 0 means that the response names no time
	Source string        // the header that named the pause, or the rule that matched
	// Ignored is why a Retry-After, or one of its siblings, was not believed, in words: "Retry-After is in
	// the past". It is empty if one was.
	Ignored string
	Final   bool // retrying is of no use
	// Definite means that the response tells what became of the request: of one that failed it is not
	// unknown whether it was processed.
	Definite bool
	AllKeys  bool // the throttle is one of every key that shares the request's SharedLimit

	Free   bool  // it counts for nothing: the limit has not seen the request
	FreeBy *Rule // the rule that says of what it counts for nothing, where that is not everything; Free is about requests

	Budgets pacing.Budgets // what is left of the limits, whatever kind of response it is

	// Undeclared is a limit that counts something else than requests, and none of Rules.Units. Nothing follows from what
	// is left of it, unless that is nothing.
	Undeclared string

	Units *UnitBudgets // the same of each of Rules.Units; nil if there are none
	Unit  int          // of a throttle: which of Rules.Units it names, counted from 1; 0 for none, -1 for requests
}

// Unclear reports whether a request that was sent may or may not have been processed.
func (s *Signal) Unclear() bool { return s.Kind > pacing.Throttled && !s.Definite }

// ReadSignal reads a response. body is its beginning, or nil if [Rules.NeedsBody] did not ask for it;
// now is the local calendar, used only where the response carries no Date.
func ReadSignal(rules *Rules, status int, h http.Header, body []byte, now time.Time) Signal {
	var f Fields
	f.Read(h, now)
	s := rules.read(status, h, body, &f)
	if s.Kind != pacing.Accepted {
		s.Ignored = f.Ignored()
	}
	f.Budgets(&s.Budgets, rules.Units)
	s.Undeclared = f.undeclared(rules.Units)
	if len(rules.Units) > 0 {
		rules.readUnits(&s, status, h, body, &f)
	}
	return s
}

// read finds out what kind of response it is, and how long to pause.
func (r *Rules) read(status int, h http.Header, body []byte, f *Fields) Signal {
	if i := matching(r.NeverRetry, status, h, body); i >= 0 {
		return Signal{Kind: pacing.Failed, Final: true, Definite: true, Source: "never_retry"}
	}
	hidden := matching(r.ThrottleWhen, status, h, body)
	if hidden >= 0 || r.throttles(status) {
		s := Signal{Kind: pacing.Throttled, Final: f.Advice == AdviceStop}
		s.Pause, s.Source = f.Pause(true)
		if hidden >= 0 {
			r.ThrottleWhen[hidden].refine(&s, body, f)
		}
		return s
	}
	if !transient(status, f.Advice) {
		s := Signal{Kind: pacing.Accepted}
		r.free(&s, status, h)
		return s
	}
	s := Signal{Kind: pacing.Failed, Final: f.Advice == AdviceStop, Definite: status < http.StatusInternalServerError}
	s.Pause, s.Source = f.Pause(false) // a reset speaks of the limit, not of the failure
	if s.Pause > 0 || status == StatusOverloaded {
		s.Kind = pacing.Overloaded
	}
	return s
}

// free takes in that a response counts for nothing, or for nothing of some units.
func (r *Rules) free(s *Signal, status int, h http.Header) {
	if len(r.Free) == 0 {
		return
	}
	if i := matching(r.Free, status, h, nil); i >= 0 {
		rule := &r.Free[i]
		s.Free = rule.Units == nil || slices.Contains(rule.Units, "requests")
		if rule.Units != nil {
			s.FreeBy = rule
		}
	}
}

// FreeOf reports whether the response counts for nothing of a unit.
func (s *Signal) FreeOf(unit string) bool {
	if s.FreeBy == nil {
		return s.Free
	}
	return slices.Contains(s.FreeBy.Units, unit)
}

// transient reports whether a request may succeed when it is sent again: what curl --retry says of a
// status, 425 (RFC 8470), and before them what the server does.
func transient(status int, a Advice) bool {
	switch {
	case status >= http.StatusInternalServerError:
		return true
	case a != AdviceNone:
		return a == AdviceRetry && status >= http.StatusBadRequest
	}
	return status == http.StatusRequestTimeout || status == http.StatusTooEarly
}

// StatusOverloaded is what Notion and Anthropic answer when they are overloaded.
const StatusOverloaded = 529

// NeedsBody reports whether the beginning of the body must be read to understand a response with this
// status and these
func (r *Rules) NeedsBody(status int, h http.Header) bool {
	needs := func(rule Rule) bool {
		return (rule.Body != "" || rule.JSON != nil || rule.Waits != nil) && rule.head(status, h)
	}
	return slices.ContainsFunc(r.ThrottleWhen, needs) || slices.ContainsFunc(r.NeverRetry, needs) ||
		len(r.Units) > 0 && r.unitsNeedBody(status, needs)
}

func (r *Rules) throttles(status int) bool {
	if r.Backoff == nil {
		return status == http.StatusTooManyRequests
	}
	return slices.Contains(r.Backoff, status)
}

func matching(rules []Rule, status int, h http.Header, body []byte) int {
	return slices.IndexFunc(rules, func(r Rule) bool {
		return r.head(status, h) && (r.Body == "" || bytes.Contains(body, []byte(r.Body))) && (r.JSON == nil || r.JSON(body))
	})
}

// refine adds to a throttle what the rule knows of it. Of a wait that a header names and one that the body
// does, the longer counts.
func (r *Rule) refine(s *Signal, body []byte, f *Fields) {
	s.AllKeys = r.AllKeys
	if r.Waits != nil {
		if pause := f.LongestWait(r.Waits(body)); pause > s.Pause {
			s.Pause, s.Source = pause, "throttle_when"
		}
	}
	if s.Pause == 0 {
		s.Pause, s.Source = r.Pause, "throttle_when"
	}
}

// head reports whether the conditions match that are not on the body.
func (r *Rule) head(status int, h http.Header) bool {
	if r.Status != 0 && r.Status != status {
		return false
	}
	for name, want := range r.Header {
		if got := h.Get(name); got != want && (want != "*" || got == "") {
			return false
		}
	}
	return true
}
