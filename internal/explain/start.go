package explain

import (
	"fmt"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/estimate"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
)

// opened tells where a key's rate comes from. Of one that bounds requests in flight only there is nothing to tell.
func (s *Story) opened(now time.Time, e *limiter.Event) {
	switch {
	case !e.IsShared:
		s.openedOwn(now, e)
	case len(e.Params.Windows) > 0:
		bounded := limiter.Params{Windows: e.Params.Windows, MaxConcurrency: e.Params.MaxConcurrency}
		s.say(now, s.chapter(e.Key), "all buckets together: %s", bounds(&bounded))
	}
}

// earlier is what an earlier run has kept of a key; nil if that is not known. The older it is, the slower the start.
func (s *Story) earlier(key string) *limiter.Learned {
	if s.Earlier == nil {
		return nil
	}
	return s.Earlier(key)
}

// openedOwn is opened for a key of requests.
func (s *Story) openedOwn(now time.Time, e *limiter.Event) {
	c, known := s.chapter(e.Key), e.Known
	c.rate = known.Rate
	c.most = known.Cap.Rate
	text := join(origin(now, known, s.earlier(e.Key)), bounds(e.Params), userCap(c.most))
	if len(s.order) > mostKeys {
		s.repeat(now, c, onStart, "%s", text)
	} else {
		s.say(now, c, "%s", text)
	}
	if left := known.PausedUntil.Sub(now); left > 0 {
		s.say(now, c, "no client sends for %s: the server asked an earlier request for that", until(now, left))
		c.waits, c.waiting = known.PausedUntil, true
	}
}

// origin says what rate it is, and what is known already.
func origin(now time.Time, known, earlier *limiter.Learned) string {
	if known.Source == pacing.SourceDefault && known.Ceiling == 0 {
		return "starts at " + perSecond(known.Rate) + ", the profile's initial_rate; the limit is not known yet"
	}
	when := "earlier"
	if earlier != nil {
		when = ago(now.Sub(earlier.Updated))
	} else {
		earlier = known
	}
	text := "starts at " + perSecond(known.Rate) + ", learned " + when
	if estimate.Source(earlier) != earlier.Source.String() {
		text = "starts at " + perSecond(known.Rate) + ", an " + estimate.Evidence(earlier) + ", " + when
	}
	switch estimate.LimitOf(earlier) {
	case estimate.None:
		return text + "; no limit was met yet"
	case estimate.Unknown:
		return text + "; the limit is not known yet"
	}
	text += "; the limit is " + estimate.Words(earlier)
	if known.Concurrency > 0 {
		text += fmt.Sprintf(", and %d at a time", known.Concurrency)
	}
	return text
}

// bounds says what the profile lets nobody exceed.
func bounds(p *limiter.Params) string {
	if p == nil {
		return ""
	}
	var parts []string
	for _, w := range p.Windows {
		parts = append(parts, fmt.Sprintf("%s per %s", terminal.Count(int64(w.Limit)), span(w.Per)))
	}
	if p.MaxRate > 0 {
		parts = append(parts, perSecond(p.MaxRate)+" (max_rate)")
	}
	if p.MaxConcurrency > 0 {
		parts = append(parts, fmt.Sprintf("%d at a time", p.MaxConcurrency))
	}
	if len(parts) == 0 {
		return ""
	}
	return "never more than " + strings.Join(parts, ", ")
}

// span writes a window's length without zeros: "1m", "1h", "10s", "1m30s".
func span(d time.Duration) string {
	text := d.Round(10 * time.Millisecond).String()
	if d >= 10*time.Second {
		text = d.Round(time.Second).String()
	}
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// outage tells that a server has been failing, and when it is tried again.
func (s *Story) outage(now time.Time, e *limiter.Event) {
	c := s.chapter(e.API)
	if e.Lasted < time.Second {
		s.say(now, c, "it keeps failing: everything waits, one request looks again in %s", terminal.Span(e.Left))
		return
	}
	s.repeat(now, c, onFailure, "it has been failing for %s; looks again in %s", terminal.Span(e.Lasted), terminal.Span(e.Left))
}

// End tells what was learned; if it is called again, nothing. forgotten says why that is not kept, if it is not.
func (s *Story) End(now time.Time, forgotten string) []string {
	more := 0
	for i, key := range s.order {
		c := s.chapters[key]
		if c.answered+c.throttled == 0 || s.Each && c.throttled == 0 {
			continue
		}
		if i >= mostKeys && (c.throttled == 0 || i >= 5*mostKeys) {
			more++
			continue
		}
		text := "in the end: " + c.lesson()
		if forgotten == "" {
			text += "; kept for the next run"
		} else {
			text += "; not kept (" + forgotten + ")"
		}
		s.say(now, c, "%s", text)
	}
	if more > 0 {
		s.say(now, s.chapter(s.order[mostKeys]), "and so on, for %s", plural(more, "more key"))
	}
	s.order = nil
	return s.take()
}

// lesson is what is known of the limit by now.
func (c *chapter) lesson() string {
	in := &c.insight
	switch {
	case in.Ceiling == 0 && c.bound == pacing.ReasonWindow:
		return "nothing was throttled, the documented limit is what held it back"
	case in.Ceiling == 0 && c.bound == pacing.ReasonBudget:
		return "what " + c.spent + " said was left is what held it back"
	case in.Ceiling == 0 && c.throttled > 0:
		return "throttled to the last, so nothing was learned of the limit"
	case in.Ceiling == 0:
		return "no limit was met, up to " + perSecond(c.now)
	case in.Phase == pacing.PhaseSearching, in.Phase == pacing.PhaseThrottled && in.Low < 0.9*in.Ceiling:
		return fmt.Sprintf("the limit lies between %s and %s", perSecond(in.Low), perSecond(in.Ceiling))
	}
	return join("the limit is about "+perSecond(in.Ceiling), traits(in, &pacing.Diagnostics{}, c.slots, 0))
}
