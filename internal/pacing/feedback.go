package pacing

import (
	"math"
	"time"
)

// decrease takes the measurement that a throttle ends, and lowers the rate for the scout. What follows from
// it is decided when the scout is answered: only then is it known what the throttle cost.
func (c *Controller) decrease(now int64, p *Params) {
	if c.Ceiling == 0 || c.modelled() {
		c.Throttles.add(now, c.Streak > 1)
	}
	if c.Streak == 0 {
		c.High, c.Top = c.Rate, max(c.Top, c.Rate)
		c.Now = Measurement{
			Count: float64(c.Admitted), Time: max(float64(now-c.Since)/1e9, 1e-3),
			StartRate: c.Started, EndRate: c.Rate,
		}
	}
	c.Rate = max(p.clamp(c.Rate*p.DecreaseFactor), min(c.Rate, p.MinRate))
	c.RateSource = int64(SourceLearned)
}

// resume decides, when the first request after a pause has been accepted, at what rate to go on.
func (c *Controller) resume(p *Params) {
	if c.Streak == 0 || c.Now.Time == 0 {
		c.Streak = 0
		return
	}
	pause := max(c.Since-c.ThrottledAt, 1)
	c.Now.Pause = float64(pause) / 1e9
	c.learnLockout(pause)
	c.Now.ServerNamed = float64(c.ServerNamedPause)
	c.ThrottleCost = max(pause, c.ThrottleCost/2, minThrottleCost)
	floor := c.Rate // as deep as this event may cut
	c.Gap = max(c.Gap, c.minProbeGap())
	sure := c.conclude()
	c.Gap = min(c.Gap, c.maxProbeGap())
	c.HoldUntil = c.Since + c.quiet()
	if !sure {
		c.Target = max(c.Target, floor)
	}
	c.Target = min(p.clamp(c.Target), c.Now.EndRate)
	c.Rate, c.Started = c.Target, c.Target
	if c.aftershock() {
		c.Last = c.Last.merge(c.Now)
	} else {
		c.Last, c.Aftershocks, c.Aftershock = c.Now, 0, 0
	}
	c.Now, c.Streak, c.ProbeStep, c.LookFrom = Measurement{}, 0, 0, 0
}

// conclude finds the limit, or narrows the bracket around it, with what the last event measured. It
// reports whether that is sure enough for a cut deeper than DecreaseFactor.
func (c *Controller) conclude() (sure bool) {
	average, lower := c.lowerBounds()
	if c.confirmed() || c.kept(average) {
		return true
	}
	if c.stillTrusted() {
		return true
	}
	if c.lockedOut(c.Since, average, c.Now.EndRate) {
		return true
	}
	if c.looking() && c.endLook() {
		return true
	}
	if c.ProbeStep == 0 && c.modelled() && c.Throttles[0] > 0 {
		c.Fits++
		if c.identify(c.Since, average, c.Now.EndRate) {
			return true
		}
	}
	limit, measured := c.measured(average)
	low, high, window := c.window()
	switch {
	case c.aftershock():
		c.recoverFromAftershock()
		measured = true
	case c.Ceiling == 0:
		c.Low, c.Ceiling = min(lower, c.Now.EndRate/2), c.Now.EndRate
		c.Target = c.nextRate()
	case c.ProbeStep > 0:
		c.endProbe()
	case measured:
		c.settle(limit)
	case window:
		c.spreadOverWindow(low, high)
	case c.Now.Time > steadyPauses*c.throttleCost():
		c.ease(lower)
	default:
		c.narrowDown(lower)
	}
	if !measured && !window && c.sameOutcome() {
		c.Target = min(c.Target, (c.Now.EndRate+average)/2)
	}
	c.reviewProbe()
	return measured || window
}

// stillTrusted reports whether the throttle is the first that tests a rate which went unthrottled in an earlier run, not
// long ago. The server may still hold what that run sent, or its window began at another time than is reckoned with: the
// rate gives way a little. If that was not enough, the next throttle is believed.
func (c *Controller) stillTrusted() bool {
	trusted := c.Trusted == 1 && c.Now.EndRate <= 1.001*c.Low
	c.Trusted = 0
	if trusted {
		c.hold(trustedFactor*c.Now.EndRate, c.Now.EndRate)
	}
	return trusted
}

// throttleCost is what a throttle costs, in seconds.
func (c *Controller) throttleCost() float64 { return max(c.Now.Pause, float64(c.ThrottleCost)/1e9) }

// lowerBounds bounds the limit from below, twice: by what was admitted over all of the time, the pause included,
// which holds for every kind of server; and, where the pause was short, by what was admitted beyond any
// burst that must be reckoned with.
func (c *Controller) lowerBounds() (average, likely float64) {
	m := &c.Now
	average = m.Count / (m.Time + c.throttleCost())
	if c.Span == 0 && c.Ceiling > 0 && m.Time > 0.5*m.Pause {
		return average, min(max(average, (m.Count-c.need())/m.Time), m.EndRate)
	}
	return average, average
}

// spreadOverWindow holds what a window allows over all of its time. The next probe is soon: a length may be wrong where
// throttles are counted too.
func (c *Controller) spreadOverWindow(low, high float64) {
	c.Gap = c.minProbeGap()
	c.Low, c.Ceiling = low, max(high, low*1.001)
	c.Target = (low + high) / 2
	if c.width() <= narrow {
		c.hold(max(low, headroom*high), high)
	}
}

// ease gives way to a rare throttle, which jitter may have caused, by about as much as it costs; and goes
// no lower than where it had been without one.
func (c *Controller) ease(lower float64) {
	m := &c.Now
	part := min(max(c.throttleCost()/m.Time, minEase), maxEase)
	rate := min(max(lower, min(0.95*m.EndRate, m.StartRate)), (1-part)*m.EndRate)
	c.hold(rate, max(m.EndRate, rate/headroom))
}

// narrowDown makes the rate that was throttled the ceiling. A rate that was taken for safe before is so no more.
func (c *Controller) narrowDown(lower float64) {
	m := &c.Now
	if m.EndRate > c.Low*1.001 {
		c.Low = max(min((c.Low+lower)/2, m.EndRate*0.98), lower)
		c.Ceiling = max(m.EndRate, c.Low*1.001)
		c.Target = c.nextRate()
		return
	}
	if m.Time < c.Span/2 {
		c.Span = 0 // throttled before the window can have been used up: it is another one
	}
	c.Low, c.Ceiling = min(lower, m.EndRate*0.98), m.EndRate
	c.Target = c.nextRate()
}

// recoverFromAftershock goes on, after an aftershock, at the rate that was admitted in all since the first throttle was
// measured, its pauses included; unless two aftershocks in a row tell the same rate, which is the limit then.
// The pauses between aftershocks become longer, see calm.
func (c *Controller) recoverFromAftershock() {
	whole := c.Last.merge(c.Now)
	local := c.Now.mean()
	switch x := c.Aftershock; {
	case c.Now.Count >= 8*c.lump() && math.Abs(x-local) <= aftershockTolerance*local:
		c.Target = headroom * max(x, local)
	case c.Last.StartRate >= c.Last.EndRate/2: // the rate had hardly risen: its average says no more than it does
		c.Target, c.Ceiling = aftershockFactor*c.Now.EndRate, c.Now.EndRate
	default:
		c.Ceiling = max(min(c.Ceiling, whole.Count/whole.Time), whole.mean())
		c.Target = min(headroom*whole.mean(), aftershockFactor*c.Now.EndRate)
	}
	c.Low = c.Target
	c.Aftershock = local
	c.Aftershocks++
}

// settle holds just under a measured limit, and notes what the server lets through beyond it.
func (c *Controller) settle(limit float64) {
	c.FailedProbes = 0
	c.Burst = max(1, c.Now.Count-limit*c.Now.Time, c.Last.Count-limit*c.Last.Time)
	if c.Now.Pause > c.Now.Time && c.sameWindow(agreementTolerance) {
		c.Span = c.Now.Pause + c.Now.Time
	}
	c.hold(headroom*limit, limit)
}

// endProbe draws the lesson from a probe that was throttled. What it got beyond the ceiling may have been
// the server's burst; if it was more, the limit has risen.
func (c *Controller) endProbe() {
	c.Gap *= 2
	t := float64(c.ThrottledAt-c.ProbeAt) / 1e9
	n := float64(c.Probed)
	beyond := n - c.Ceiling*t
	if beyond <= c.need() || t < 2*c.Span {
		c.Burst = max(0.9*c.Burst, beyond)
		c.FailedProbes++
		if c.Low > 1.03*c.Ceiling {
			c.Gap, c.FailedProbes = c.minProbeGap(), 0
		}
		over := c.Now.EndRate > c.Ceiling
		c.hold(c.Low, min(c.Ceiling, c.Now.EndRate))
		if over {
			c.FailedProbe = c.Now.EndRate
		}
		return
	}
	c.PreviousCeiling, c.ProbeExcess, c.PreviousGap = c.Ceiling, beyond, c.Gap
	c.Gap = 0
	c.Low = max(c.Ceiling, (n-c.need())/t)
	c.Ceiling = max(c.Now.EndRate, c.Low)
	c.Target = c.nextRate()
}

// reviewProbe takes back that the limit has risen, if it turns out to be where it was: what a probe got
// beyond it was the server's burst.
func (c *Controller) reviewProbe() {
	switch {
	case c.PreviousCeiling == 0:
	case c.Ceiling <= 1.1*c.PreviousCeiling:
		c.Burst = max(c.Burst, c.ProbeExcess)
		c.Gap = max(c.Gap, c.PreviousGap)
		c.PreviousCeiling = 0
	case c.width() <= narrow:
		c.PreviousCeiling = 0
	}
}

// hold ends the search.
func (c *Controller) hold(rate, ceiling float64) {
	c.Target, c.Low, c.Ceiling, c.FailedProbe = rate, rate, max(ceiling, rate), 0
}

// recall starts from what an earlier run learned. The older it is, the more carefully it is used:
// a rate above the profile's own loses half of what it is ahead every two weeks.
func (c *Controller) recall(from *Learned, age time.Duration, p *Params) {
	c.RateSource = int64(from.Source)
	c.Rate, c.Ceiling = from.Rate, from.Ceiling
	if ahead := from.Rate - p.InitialRate; ahead > 0 && age > 0 {
		c.Rate = p.InitialRate + ahead*math.Exp2(-age.Hours()/(14*24))
	}
	if c.Ceiling > 0 && from.Burst <= 2 && int64(from.Pause) < costlyThrottle && from.Updated.Sub(from.LastThrottle) < time.Minute {
		c.Rate = max(c.Rate*recalledFactor, min(c.Rate, p.MinRate))
	}
	if c.Ceiling > 0 && c.Sizes.Mean > 0 {
		c.Rate = max(c.Rate*recalledUnits, min(c.Rate, p.MinRate))
		c.Ceiling = max(c.Ceiling*recalledUnits, c.Rate)
	}
	c.Target, c.Low, c.Started = c.Rate, c.Rate, c.Rate
	c.Burst = float64(from.Burst)
	c.Concurrency.Limit = max(0, int64(from.Concurrency))
	c.ThrottleCost = max(int64(from.Pause), minThrottleCost)
	if c.Ceiling > 0 && 1-from.Rate/from.Ceiling > nearlyFound {
		c.Target = p.clamp(c.nextRate()) // hardly anything is known: the rate that nothing was throttled at is no place to stay
		c.Rate = (c.Low + c.Target) / 2
	}
	c.Gap = c.maxProbeGap()
	c.HoldUntil = c.Gap
	if age < 24*time.Hour && c.Ceiling > 0 {
		c.HoldUntil = max(c.Gap, recalledGap)
		c.Trusted = 1
	}
}
