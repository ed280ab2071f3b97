package pacing

import (
	"math"
	"time"
)

// Throttles tell what a limit was. That it has risen since, because another client has left or because the limit was taken
// for lower than it is, only a higher rate can tell. So where a throttle costs hardly anything the rate looks for more soon
// after the last one: it rises faster and faster until a throttle ends it. That is free where the limit is a bucket which
// holds what a pause takes: what is not sent in the pause is still there after it. Limits of units are left alone: one that
// holds much hides for long that a rate is too high.

const (
	// firstLook is when the first look begins after a throttle, at the soonest; lookGrowth is how much later each one begins
	// that found no more. After mostLooks of that kind there are only probes.
	firstLook  = 5 * time.Second
	lookGrowth = 2
	mostLooks  = 2
	// lookAfter is how many requests must have been accepted since the throttle: so few are throttled for it.
	lookAfter = 40
	// lookSpeed is how much faster the rate rises in a look than in a search; lookReach is how far at first.
	lookSpeed, lookReach = 2, 4
	// shortPause is a pause, in seconds, that may cost something, and shortBurst, in seconds of the rate, and leastBurst the
	// burst that says that no jitter decides. longPause is the longest one that a burst makes up for, of a limit that is a
	// bucket with at least certainBucket.
	shortPause, shortBurst, leastBurst = 0.4, 0.1, 3
	longPause, certainBucket           = 1.5, 0.8
	// lookFloor is what is left at least, after a look, of the rate that had gone unthrottled before it.
	lookFloor = 0.97
)

// looking reports whether a look is going on.
func (c *Controller) looking() bool { return c.LookFrom > 0 }

// rise is how far the rate goes up for n accepted slots.
func (c *Controller) rise(p *Params, n float64) float64 {
	if c.looking() {
		return lookSpeed * p.IncreaseStep * n
	}
	return p.IncreaseStep * n
}

// quiet is for how long after a throttle neither a probe nor a look begins.
func (c *Controller) quiet() int64 {
	if !c.looksAreCheap() {
		return c.Gap
	}
	return int64(float64(max(int64(firstLook), c.timeFor(lookAfter))) * math.Pow(lookGrowth, float64(c.Looks)))
}

// looksAreCheap reports whether the throttle that ends a look costs next to nothing.
func (c *Controller) looksAreCheap() bool {
	if c.Looks >= mostLooks || c.Fits == 0 || c.Sizes.Mean > 0 || !c.modelled() || LimitKind(c.Kind) != LimitBucket || c.flows[0].ID != 0 {
		return false
	}
	pause := max(c.Last.Pause, MinPause.Seconds())
	if c.Now.Time > 0 {
		pause = c.Now.Pause
	}
	if float64(c.ThrottleCost)/1e9 > longPause {
		return false
	}
	return pause <= shortPause && c.Burst >= leastBurst+shortBurst*c.Rate ||
		c.Burst >= pause*c.Ceiling && c.Likelihood >= certainBucket
}

// look begins one, or goes on with it when the rate has come to its end.
func (c *Controller) look(now int64, p *Params) {
	if !c.looking() {
		c.LookFrom, c.ProbeAt, c.Probed = c.Rate, now, 0
	}
	c.Target = p.clamp(lookReach * c.Rate)
}

// endLook draws the lesson from the throttle that ended a look. If more was accepted than any burst explains, the limit has
// risen, and what was known of it counts no more. It reports whether it is known where to go on.
func (c *Controller) endLook() bool {
	seconds := float64(c.ThrottledAt-c.ProbeAt) / 1e9
	accepted := float64(c.Probed)
	if accepted > c.Ceiling*seconds+c.need() {
		c.findAgain(max(c.Ceiling, (accepted-c.need())/seconds))
		return true
	}
	c.Looks++
	if c.ProbeStep > 0 {
		c.hold(c.Low, min(c.Ceiling, c.Now.EndRate))
		return true
	}
	c.Fits++
	if !c.modelled() || !c.identify(c.Since, c.Low, c.Now.EndRate) {
		return false
	}
	if floor := lookFloor * c.LookFrom; c.Target < floor {
		c.Target, c.Low, c.Ceiling = floor, max(c.Low, floor), max(c.Ceiling, floor)
	}
	return true
}

// findAgain searches for a limit that has risen to low at least.
func (c *Controller) findAgain(low float64) {
	c.Looks, c.Fits = 0, 1
	c.Throttles = throttleTimes{c.Throttles[0]}
	if !c.identify(c.Since, low, c.Now.EndRate) {
		c.Low, c.Ceiling = low, max(c.Now.EndRate, low)
		c.Target = c.nextRate()
	}
}
