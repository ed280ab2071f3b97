package pacing

import (
	"math"
	"time"
)

// Learned returns what is worth keeping of the state, in wall-clock time.
func (s *State) Learned(now int64, wall time.Time) Learned {
	c := s.Controller.concluded(max(now, s.pausedUntil()))
	l := Learned{
		Rate: c.provenRate(s.cap.Rate), Ceiling: c.Ceiling, Burst: int(max(float64(s.Burst), c.Burst)), Pause: time.Duration(c.ThrottleCost), Concurrency: int(c.Concurrency.Limit),
		Sizes: s.Controller.Sizes, Counts: s.Counts, Source: Source(c.RateSource), Updated: wall, Cap: s.Cap(),
	}
	l.Budget, l.Whole = s.Controller.knownBudget(now), s.whole()
	switch until := max(s.pausedUntil(), s.exhausted()); {
	case until > now:
		l.PausedUntil = wall.Add(time.Duration(until - now))
	case s.Controller.Streak > 0:
		l.PausedUntil = wall // until when is not known
	}
	if s.Controller.LastThrottle != 0 {
		l.LastThrottle = time.Unix(0, s.Controller.LastThrottle)
	}
	return l
}

// concluded is the controller as if the pause, if there is one, were over at the instant until: a run that ends in a pause,
// or while it searches, has learned something, too.
func (c *Controller) concluded(until int64) *Controller {
	d := *c
	if d.Streak > 0 && d.Now.Time > 0 {
		d.Since = max(until, d.ThrottledAt)
		until = d.Since
		d.resume((&Params{}).WithDefaults())
	}
	if d.Ceiling > 0 && d.ProbeStep == 0 && d.width() > narrow && d.trail.Newest > 0 && !d.wary() {
		if f, ok := d.explain(until, d.Low, d.Ceiling); ok {
			d.Low = max(d.Low, min(f.Rate*math.Exp(-f.Spread), d.Ceiling))
		}
	}
	return &d
}

// provenRate is the rate to remember: not one that is being tried just now, nor one that a cap keeps from being tried.
func (c *Controller) provenRate(most float64) float64 {
	trying := c.ProbeStep > 0 || c.looking() || c.Streak > 0 || c.Concurrency.Limit > 0
	switch {
	case c.Low == 0 || !trying && c.width() <= narrow:
		return c.Rate
	case !trying && float64(c.Admitted) >= 4*c.Rate && (most == 0 || most >= c.Rate): // it has gone unthrottled for some seconds
		return max(min(c.Low, c.Ceiling), 0.96*c.Rate)
	case c.Ceiling == 0:
		return c.Low
	}
	return min(c.Low, c.Ceiling)
}

// pausedUntil is until when the server is known to throttle. A pause that no header named, and that is longer than any
// that was seen to be needed, is a guess: the next run may try sooner.
func (s *State) pausedUntil() int64 {
	l := &s.Controller
	if l.Streak > 1 && l.ServerNamedPause == 0 && l.Confirmed == 0 {
		return 0
	}
	return s.PauseUntil
}
