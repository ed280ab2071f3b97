// Package explain writes the text of --explain, which shows why a run is as fast or as slow as it is. It is pure:
// events and the time go in, lines come out. Of repeated events the first few are reported and the rest are
// counted, so that a long run does not produce a long text.
package explain

import (
	"fmt"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/event"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A Story follows the keys of one run. It is not safe for use by many goroutines.
type Story struct {
	// Each tells of every attempt, which is right for a run of one request.
	Each bool
	// Earlier returns what an earlier run has kept of a key; nil, or nil from it, means that this is not known.
	Earlier func(key string) *limiter.Learned

	others   map[string]int // processes that share a key, as they were told last
	start    time.Time
	chapters map[string]*chapter
	order    []string  // of the keys, as they came
	spoken   time.Time // up to when lines that may be left out have used up their time
	lines    []string
}

// New begins a story at the start of a run.
func New(start time.Time) *Story {
	return &Story{start: start, chapters: make(map[string]*chapter)}
}

// Observe takes in an event and returns what there is to tell of it.
func (s *Story) Observe(now time.Time, e *limiter.Event) []string {
	switch e.Kind {
	case event.Opened:
		s.opened(now, e)
	case event.Waiting:
		s.waiting(now, e.Key, e.Left, e.Reason)
	case event.Attempt:
		if e.Number > 0 { // else a cache has answered
			s.attempt(now, e)
		}
	case event.Outage:
		s.outage(now, e)
	case event.Shared:
		s.shared(now, e.Others)
	}
	return s.take()
}

// A chapter is what was told of one key, and what there is to compare with.
type chapter struct {
	key  string
	told [topics]repeats

	rate      float64            // when it was last told
	low       float64            // Insight.Low, likewise
	now       float64            // the rate
	insight   pacing.Diagnostics // of the last attempt that had one
	slots     int64
	capped    bool
	most      float64          // the user's cap; 0 if there is none
	kind      pacing.LimitKind // that was told last
	throttle  throttle
	budgets   []budget
	spent     string        // the budget of which least is left
	bound     pacing.Reason // what was waited for last: a budget or a documented limit
	waits     time.Time     // the end of the wait that was told last
	waiting   bool          // and nothing was answered since
	foreign   string        // a limit of something else than requests that was told
	answered  int64
	throttled int64
}

// A topic is what lines may repeat each other about.
type topic int

const (
	onStart topic = iota
	onClimb
	onSearch
	onProbe
	onBudget
	onWait
	onFailure
	onOverload
	onKind
	onShared
	topics
)

// repeats bounds how often a topic is told: not before a second, then 2, 4, up to a minute have passed.
type repeats struct {
	next    time.Time // not before
	gap     time.Duration
	skipped int
}

const (
	leastGap = time.Second
	mostGap  = time.Minute
	// ahead is how many lines that may be left out can come at once; in the long run one a second, of
	// all keys together.
	ahead = 20 * time.Second
	// mostKeys is how many keys' beginning and end are told in any case.
	mostKeys = 10
)

// chapter returns that of a key, begun if it is not there.
func (s *Story) chapter(key string) *chapter {
	c := s.chapters[key]
	if c == nil {
		c = &chapter{key: key}
		s.chapters[key] = c
		s.order = append(s.order, key)
	}
	return c
}

// take returns the lines of an event.
func (s *Story) take() []string {
	lines := s.lines
	s.lines = nil
	return lines
}

// say adds a line.
func (s *Story) say(now time.Time, c *chapter, format string, args ...any) {
	s.lines = append(s.lines, fmt.Sprintf("+%s %s: %s", clock(now.Sub(s.start)), c.key, fmt.Sprintf(format, args...)))
}

// repeat adds a line about something that may come again and again; what was left out is counted.
func (s *Story) repeat(now time.Time, c *chapter, t topic, format string, args ...any) {
	r := &c.told[t]
	if now.Before(r.next) || s.spoken.Sub(now) > ahead {
		r.skipped++
		return
	}
	s.spoken = later(s.spoken, now).Add(time.Second)
	text := fmt.Sprintf(format, args...)
	if r.skipped > 0 {
		text += fmt.Sprintf(" (%s more like this left out)", terminal.Count(int64(r.skipped)))
	}
	if now.Sub(r.next) > mostGap {
		r.gap = 0
	}
	r.gap = min(max(2*r.gap, leastGap), mostGap)
	if t == onClimb {
		r.gap = leastGap // it doubles: there cannot be many
	}
	r.next, r.skipped = now.Add(r.gap), 0
	s.say(now, c, "%s", text)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// clock writes the time of a run: "0.0s", "12.3s", "2m05s", "3h02m".
func clock(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}

// until writes how long something lasts, and when that is over if it is worth looking at the clock.
func until(now time.Time, d time.Duration) string {
	if d < 10*time.Second {
		return terminal.Span(d)
	}
	end := now.Add(d)
	if d < 20*time.Hour {
		return terminal.Span(d) + ", until " + end.Format("15:04:05")
	}
	return terminal.Span(d) + ", until " + end.Format("2006-01-02 15:04")
}

// perSecond writes a rate; slow ones as people say them.
func perSecond(rate float64) string {
	switch {
	case rate <= 0:
		return "0/s"
	case rate < 0.1:
		return fmt.Sprintf("one every %s", terminal.Span(time.Duration(float64(time.Second)/rate)))
	}
	return terminal.Rate(rate) + "/s"
}

// ago writes how old something is.
func ago(d time.Duration) string {
	for _, u := range []struct {
		name string
		d    time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		if n := int(d / u.d); n > 0 {
			return plural(n, u.name) + " ago"
		}
	}
	return "just now"
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return terminal.Count(int64(n)) + " " + word + "s"
}

// join writes the parts that there are.
func join(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "; ")
}
