package explain

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/arl-cli/arl/internal/estimate"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
)

// attempt tells of an attempt, if anything happened that is worth it.
func (s *Story) attempt(now time.Time, a *limiter.Event) {
	c := s.chapter(a.Key)
	switch a.Signal.Kind {
	case limiter.Accepted:
		c.answered++
		s.accept(now, c, a)
	case limiter.Throttled:
		s.throttle(now, c, a)
	case limiter.Overloaded:
		if a.Err != nil { // a proxy
			s.repeat(now, c, onOverload, "%v: all clients pause %s; that says nothing of the limit", a.Err, until(now, a.Update.Paused))
			break
		}
		s.repeat(now, c, onOverload, "HTTP %d, overloaded: all clients pause %s (%s); that says nothing of the limit", a.Status, until(now, a.Update.Paused), why(a, c))
		c.waits, c.waiting = now.Add(a.Update.Paused), a.Update.Paused >= noteworthy
	case limiter.Failed:
		s.fail(now, c, a)
	}
	s.told(now, c, &a.Signal.Budgets)
	s.undeclared(now, c, a.Signal.Undeclared)
	s.move(now, c, &a.Update)
}

// accept tells that a wait or a throttle is over.
func (s *Story) accept(now time.Time, c *chapter, a *limiter.Event) {
	switch {
	case c.throttle.going && a.Update.Insight.Phase != pacing.PhaseThrottled && a.Update.Insight.Phase != pacing.PhaseUnknown:
		s.resume(now, c, &a.Update)
		c.waiting = false
	case c.waiting && c.waits.Sub(now) < heardLate:
		c.waiting = false
		s.repeat(now, c, onWait, "the wait is over: goes on at %s", perSecond(a.Update.Rate))
	}
	if s.Each {
		s.say(now, c, "%s", each(a))
	}
}

// each says what one attempt took.
func each(a *limiter.Event) string {
	text := fmt.Sprintf("HTTP %d in %s", a.Status, terminal.Span(a.Elapsed))
	if a.Status == 0 { // another program's
		text = "done in " + terminal.Span(a.Elapsed)
	}
	if a.Number > 1 {
		text += fmt.Sprintf(", attempt %d", a.Number)
	}
	if a.Waited >= time.Millisecond {
		text += fmt.Sprintf(", after %s of waiting (%s)", terminal.Span(a.Waited), estimate.WaitFor(a.Reason).Why)
	}
	return text + "; the rate is " + perSecond(a.Update.Rate)
}

// withStatus is how a throttle was told; another program's has no status.
func withStatus(status int) string {
	if status == 0 {
		return ""
	}
	return fmt.Sprintf(" with HTTP %d", status)
}

// fail tells of what says nothing of the limit.
func (s *Story) fail(now time.Time, c *chapter, a *limiter.Event) {
	switch {
	case errors.Is(a.Err, context.Canceled):
	case a.Signal.Source == "never_retry":
		s.repeat(now, c, onFailure, "HTTP %d is not repeated: the profile's rule never_retry says that waiting does not help", a.Status)
	case a.Err == nil && a.Signal.Final:
		s.repeat(now, c, onFailure, "HTTP %d is not retried: the server says that it is of no use", a.Status)
	case a.Err != nil:
		s.repeat(now, c, onFailure, "no response, which says nothing of the limit: %v", a.Err)
	case a.Signal.Ignored != "":
		s.repeat(now, c, onFailure, "HTTP %d, a failure that says nothing of the limit (%s, so it is ignored)", a.Status, a.Signal.Ignored)
	default:
		s.repeat(now, c, onFailure, "HTTP %d, a failure that says nothing of the limit", a.Status)
	}
}

// move tells where the rate goes, and what is known of the limit now.
func (s *Story) move(now time.Time, c *chapter, v *pacing.Update) {
	in := v.Insight
	if in.Phase == pacing.PhaseUnknown { // the rate alone is known
		in.Phase, in.Ceiling, in.Low = c.insight.Phase, c.insight.Ceiling, c.insight.Low
	}
	if c.rate == 0 {
		c.rate = v.RateBefore
	}
	if in.Phase == pacing.PhaseThrottled {
		c.insight.Phase = in.Phase
		return
	}
	before := c.insight
	switch {
	case c.throttle.going:
		return // a response to what was sent before it
	case in.Phase != before.Phase && before.Phase != pacing.PhaseThrottled:
		s.enter(now, c, v)
	case in.Phase == pacing.PhaseIncreasing:
		s.climb(now, c, v)
	case in.Phase == pacing.PhaseSearching && c.low > 0 && in.Low > 1.02*c.low:
		s.repeat(now, c, onSearch, "the limit lies between %s and %s by now", perSecond(in.Low), perSecond(in.Ceiling))
	case in.Phase == pacing.PhaseProbing && in.Low > 1.02*math.Max(before.Low, before.Ceiling):
		s.repeat(now, c, onProbe, "%s is not throttled either: the limit has risen", perSecond(in.Low))
	case in.Phase == pacing.PhaseConcurrency && v.Slots != c.slots:
		s.say(now, c, "at most %s", atATime(v.Slots))
	}
	s.cap(now, c, v)
	s.believe(now, c, &in)
	if before.Phase == pacing.PhaseThrottled || v.Rate < c.rate {
		c.rate = v.Rate
	}
	c.insight, c.slots, c.low, c.now = in, v.Slots, in.Low, v.Rate
}

// climb tells of every doubling.
func (s *Story) climb(now time.Time, c *chapter, v *pacing.Update) {
	if v.Rate < 2*c.rate || v.Insight.Capped {
		return
	}
	s.repeat(now, c, onClimb, "no throttle so far: climbs, %s by now", perSecond(v.Rate))
	c.rate = v.Rate
}

// cap tells that the profile or the user does not let the rate grow.
func (s *Story) cap(now time.Time, c *chapter, v *pacing.Update) {
	if v.Insight.Phase == pacing.PhaseUnknown {
		return
	}
	s.userCapped(now, c, v)
	if v.Insight.Capped && !c.capped {
		s.say(now, c, "sends at %s, and not faster: that is the profile's max_rate", perSecond(v.Rate))
	}
	c.capped = v.Insight.Capped
}

// enter tells of a new phase that no throttle began.
func (s *Story) enter(now time.Time, c *chapter, v *pacing.Update) {
	in := &v.Insight
	switch in.Phase {
	case pacing.PhaseIncreasing:
		s.climb(now, c, v)
		return
	case pacing.PhaseHolding:
		if c.insight.Phase == pacing.PhaseUnknown {
			break // as it started
		}
		s.repeat(now, c, onSearch, "the limit is about %s: holds %s%s", perSecond(in.Ceiling), perSecond(v.Rate), next(in))
	case pacing.PhaseProbing:
		s.repeat(now, c, onProbe, "tries more than %s, to see whether the limit of about %s has risen", perSecond(v.RateBefore), perSecond(in.Ceiling))
	case pacing.PhaseConcurrency:
		s.say(now, c, "throttles come when many requests are in flight, at any rate: from now on %s", atATime(v.Slots))
	}
	c.rate = v.Rate
}

// traits says what was found out about the server besides its limit, where that is new.
func traits(in, before *pacing.Diagnostics, slots, slotsBefore int64) string {
	var window, burst, lockout, crowd string
	if in.Window > 0 && unlike(in.Window.Seconds(), before.Window.Seconds()) {
		window = fmt.Sprintf("it lets about %.0f through per %s", in.Ceiling*in.Window.Seconds(), span(in.Window))
	}
	if in.Burst >= 2 && unlike(in.Burst, before.Burst) && in.Window == 0 {
		burst = fmt.Sprintf("after a pause it lets about %.0f more through at once", in.Burst)
	}
	if in.Lockout > time.Second && unlike(in.Lockout.Seconds(), before.Lockout.Seconds()) {
		lockout = fmt.Sprintf("a throttle locks all clients out for about %s", terminal.Span(in.Lockout))
	}
	if slots > 0 && slots != slotsBefore {
		crowd = "it takes " + atATime(slots)
	}
	return join(window, burst, lockout, crowd)
}

func unlike(a, b float64) bool { return math.Abs(a-b) > 0.25*math.Max(a, b) }

func atATime(slots int64) string {
	if slots == 1 {
		return "one request at a time"
	}
	return fmt.Sprintf("%d requests at a time", slots)
}
