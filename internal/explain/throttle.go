package explain

import (
	"fmt"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A throttle is a congestion event: from the first throttle until something is accepted again.
type throttle struct {
	going  bool
	began  time.Time
	end    time.Time // of the pause
	pause  time.Duration
	others int  // throttled with it
	tries  int  // without success
	probe  bool // it ended a probe
}

// throttle tells of a throttle.
func (s *Story) throttle(now time.Time, c *chapter, a *limiter.Event) {
	r, v := &c.throttle, &a.Update
	c.throttled++
	end := now.Add(v.Paused)
	switch {
	case v.Cut && !r.going:
		*r = throttle{going: true, began: now, probe: c.insight.Phase == pacing.PhaseProbing}
		s.say(now, c, "throttled%s at %s: all clients pause %s (%s)", withStatus(a.Status)+byUnit(a.Unit), perSecond(v.RateBefore), until(now, v.Paused), why(a, c))
	case v.Cut:
		r.tries++
		s.say(now, c, "still throttled after %s: all clients pause %s (%s)", measured(now.Sub(r.began)), until(now, v.Paused), why(a, c))
	default:
		r.others++
		if end.Sub(r.end) > 2*time.Second {
			s.repeat(now, c, onWait, "throttled again: the pause becomes %s (%s)", until(now, v.Paused), why(a, c))
		}
	}
	r.end, r.pause = end, v.Paused
	c.waits = end
}

// byUnit is whose limit a throttle was charged to, if not that of requests.
func byUnit(unit string) string {
	if unit == "" {
		return ""
	}
	return " by the limit of " + unit
}

// why says what taught how long to pause.
func why(a *limiter.Event, c *chapter) string {
	sig, paused := &a.Signal, a.Update.Paused
	switch {
	case sig.Source == "throttle_when" && sig.Pause > 0:
		return "the profile's rule throttle_when says so"
	case sig.Source == "throttle_when":
		return "the profile's rule throttle_when, which names no time"
	case sig.Source != "" && paused > sig.Pause+sig.Pause/2:
		return fmt.Sprintf("%s says %s, but that was too short", sig.Source, terminal.Span(sig.Pause))
	case sig.Source != "":
		return sig.Source + " says so"
	case sig.Ignored != "":
		return sig.Ignored + ", so it is ignored"
	}
	return "the response names no time" + guess(a.Update.Paused, c)
}

// guess says where a pause comes from that nobody named.
func guess(paused time.Duration, c *chapter) string {
	lockout := c.insight.Lockout
	switch {
	case c.throttle.pause > 0 && paused > c.throttle.pause+c.throttle.pause/2:
		return ": twice as long as before"
	case lockout > 0 && (paused-lockout).Abs() < lockout/10:
		return ": as long as throttles lasted before"
	}
	return ""
}

// measured writes a time that was measured, not finer than people care.
func measured(d time.Duration) string { return terminal.Span(d.Round(10 * time.Millisecond)) }

// resume tells how it goes on after a throttle.
func (s *Story) resume(now time.Time, c *chapter, v *pacing.Update) {
	r := c.throttle
	c.throttle = throttle{}
	text := fmt.Sprintf("answers again after %s", measured(now.Sub(r.began)))
	if r.others > 0 {
		text += fmt.Sprintf(" (%s more had been throttled with that one)", terminal.Count(int64(r.others)))
	}
	s.say(now, c, "%s: %s", text, c.conclusion(v, r.probe))
}

// conclusion is what was made of a throttle.
func (c *chapter) conclusion(v *pacing.Update, probe bool) string {
	in := &v.Insight
	going := "goes on at " + perSecond(v.Rate)
	limit := "the limit is about "
	if probe {
		limit = "the limit is still about "
	}
	switch in.Phase {
	case pacing.PhaseHolding:
		going = "holds " + perSecond(v.Rate) + next(in)
		return join(limit+perSecond(in.Ceiling), traits(in, &c.insight, v.Slots, c.slots), going)
	case pacing.PhaseSearching:
		between := fmt.Sprintf("the limit lies between %s and %s", perSecond(in.Low), perSecond(in.Ceiling))
		return join(going, between, traits(in, &c.insight, v.Slots, c.slots))
	}
	return join(going, traits(in, &c.insight, v.Slots, c.slots))
}

// next says when a probe is due.
func next(in *pacing.Diagnostics) string {
	if in.ProbeIn < time.Second {
		return ""
	}
	return ", looks for more in " + terminal.Span(in.ProbeIn.Round(time.Second))
}
