package pacing

import (
	"math"
	"time"
)

// How the controller moves. Fractions of a rate unless a unit is named; docs/limiter.md gives the reasons.
const (
	// slowStartGain is what a climb adds per accepted request. At rate r it grows by r·climbGain per
	// second, so the rate doubles every ln 2 / climbGain = 0.8 s.
	slowStartGain = 0.9
	// narrow is how wide the bracket around the limit may be when the search for it ends.
	narrow = 0.04
	// headroom is where the controller holds, as a part of a measured limit: jitter bunches requests.
	headroom = 0.992
	// minProbeStep is the least first step of a probe above the ceiling; every one that succeeds is followed
	// by one twice as long.
	minProbeStep = 0.04
	// guessedBurst is the burst a server is taken to allow while nothing is known of it, in pauses of its rate.
	guessedBurst = 0.4
	// commonBurst is what a server is taken to allow at least where a throttle is costly.
	commonBurst = 10
	// minStage and mostStage bound for how many seconds a rate is tried; where a throttle costs more
	// than 2 s, mostStage is 30 pauses.
	minStage, maxStage = 4.0, 60.0
	// agreementTolerance is how near two measurements must lie to be believed, apart how much they must differ in time.
	agreementTolerance, timeDifferenceThreshold = 0.02, 0.15
	// aftershockCountThreshold and soonAfter are how many requests, as a part of those admitted before the last throttle, and
	// how much time, as a part of theirs and in seconds, make a throttle an aftershock. alikeShocks is how near
	// two must lie to be believed; else calmer is what is left of a rate after one, at most.
	aftershockCountThreshold, aftershockTimeThreshold, aftershockWindow, aftershockTolerance, aftershockFactor = 0.1, 0.25, 4.0, 0.15, 0.93
	// steadyPauses is how many pauses a rate must have held for a throttle to count as jitter; leastEase and mostEase
	// bound how far it is lowered then.
	steadyPauses, minEase, maxEase = 20, 0.003, 0.015
	// probeWindow is for how many seconds the first step of a probe may take to prove something.
	probeWindow = 20.0
	// probeAboveThreshold is how near the rate has to lie to the ceiling for a probe to go above it at once.
	probeAboveThreshold = 0.985
	// nearFailedThreshold is how near to where a probe failed the next one does not look half way there.
	nearFailedThreshold = 0.97
	// refinements is how many probes that failed are followed by one that looks half way.
	refinements = 2
	// recalledFactor is what of a remembered rate is used that was throttled within a minute before, where a server allows no
	// burst: jitter decides there, and the rate may have been held by luck.
	recalledFactor = 0.99
	// recalledUnits is what of a remembered rate is used that counts what requests take: a bucket that holds many of them
	// hides for minutes that a rate is a little too high.
	recalledUnits = 0.985
	// trustedFactor is what of a remembered rate is left after the first throttle.
	trustedFactor = 0.96
	// nearlyFound is how wide a remembered bracket may be for the search in it to begin only after calmStart: most
	// runs are short, and a throttle would cost more than the little that is still to be found.
	nearlyFound = 0.3
	calmStart   = 8 * time.Second
	// minGap is the least time between two probes; gapPauses and maxGap bound how far a failed probe
	// doubles it: in pauses and in time, whichever is longer. freshGap is how long nothing is probed
	// that was remembered from the last day.
	minGap      = int64(30 * time.Second)
	maxGap      = int64(150 * time.Second)
	recalledGap = int64(10 * time.Minute)
	gapPauses   = 90
	// minThrottleCost is what a throttle costs at least; where it is costly, no more are risked than must be.
	minThrottleCost = int64(time.Second)
	costlyThrottle  = 5 * minThrottleCost
)

// minProbeGap and mostGap bound the time between two probes.
func (c *Controller) minProbeGap() int64 {
	return max(minGap, 30*c.ThrottleCost, c.timeFor(200*c.lump()))
}

func (c *Controller) maxProbeGap() int64 {
	return max(maxGap, gapPauses*c.ThrottleCost, c.timeFor(300*c.lump()))
}

// timeFor is how long n requests take at the present rate.
func (c *Controller) timeFor(n float64) int64 {
	return int64(min(n/c.Rate, MaxPause.Seconds()) * 1e9)
}

// need is how many requests beyond a limit prove that it is none.
func (c *Controller) need() float64 {
	burst := c.Burst
	if burst == 0 {
		burst = guessedBurst * c.Rate * min(float64(c.ThrottleCost)/1e9, 3)
	}
	if c.ThrottleCost >= costlyThrottle {
		burst = max(burst, commonBurst*c.lump()) // to be wrong costs more than to be slow
	}
	return 1.5*burst + 2*c.lump() + 0.1*c.Rate
}

// nextRate is the next rate to try: half way where the bracket is narrow, and in proportion where it is wide.
func (c *Controller) nextRate() float64 {
	if c.width() <= narrow {
		return c.Low
	}
	if c.Ceiling > 2*c.Low {
		mid := math.Sqrt(c.Ceiling * c.Low)
		if c.ThrottleCost >= costlyThrottle {
			mid = min(mid, 2*c.Low)
		}
		return mid
	}
	return (c.Low + c.Ceiling) / 2
}

// width is how wide the bracket is, as a part of the ceiling.
func (c *Controller) width() float64 { return 1 - c.Low/c.Ceiling }

// increase raises the rate for n accepted slots that the pace had held back: one request, where slots are requests.
func (c *Controller) increase(now int64, p *Params, n float64) {
	c.RateSource = int64(SourceLearned)
	switch {
	case c.Concurrency.Limit > 0, c.Ceiling == 0 && !p.NoSlowStart:
		c.Rate += min(slowStartGain*n, max(slowStartGain, c.Rate))
	case c.Ceiling == 0:
		c.Rate += p.IncreaseStep * n
	case c.Rate < c.Target:
		c.Rate = min(c.Rate+c.rise(p, n), c.Target)
		c.StageAt = now
	default:
		c.advance(now, p)
	}
	c.Rate = p.clamp(c.Rate)
	c.acquit(now)
}

// advance moves on when the present rate has gone unthrottled for long enough.
func (c *Controller) advance(now int64, p *Params) {
	searching := c.ProbeStep > 0 || c.width() > narrow
	if searching && c.ProbeStep == 0 && c.modelled() && c.Fits > 0 {
		switch {
		case c.looking(), now >= c.HoldUntil && c.looksAreCheap():
			c.look(now, p)
		case now >= c.StageAt+refit:
			c.StageAt = now
			c.identify(now, c.Low/2, max(c.High, 1.2*c.Rate))
			c.Target = p.clamp(c.Target)
		}
		return
	}
	if !searching && now < c.HoldUntil || searching && float64(now-c.StageAt)/1e9 < c.stageSeconds() {
		return
	}
	switch {
	case c.ProbeStep > 0:
		c.Low = c.Rate
		if c.Rate < c.Ceiling {
			c.probeAbove()
		} else {
			c.ProbeStep = min(2*c.ProbeStep, 1)
			c.Target = c.Rate * (1 + c.ProbeStep)
		}
		c.Target = p.clamp(c.Target)
	case c.width() > narrow:
		c.Low = max(c.Low, c.Rate)
		c.Target = p.clamp(c.nextRate())
	case c.looksAreCheap():
		c.ProbeStep = 1
		c.look(now, p)
	default:
		c.ProbeAt, c.Probed = now, 0
		c.probe()
		c.Target = p.clamp(c.Target)
	}
	c.StageAt = now
}

// probe begins one: above the ceiling, or half way to it as long as that is some way off; and, after one
// that failed, half way to where it was throttled.
func (c *Controller) probe() {
	bound := c.Ceiling
	if c.FailedProbes <= refinements && c.ThrottleCost < costlyThrottle && c.Rate < nearFailedThreshold*c.FailedProbe {
		bound = c.FailedProbe
	}
	c.FailedProbe = 0
	if c.Rate >= probeAboveThreshold*bound {
		c.probeAbove()
		return
	}
	c.Target = (c.Rate + bound) / 2
	c.ProbeStep = c.Target/c.Rate - 1
}

// probeAbove sends a probe above the ceiling, by a step that proves something soon.
func (c *Controller) probeAbove() {
	c.ProbeStep = min(max(c.need()/(c.Rate*probeWindow), minProbeStep), 0.5)
	c.Target = max(c.Rate, c.Ceiling) * (1 + c.ProbeStep)
}

// stageSeconds is for how many seconds the present rate has to go unthrottled: until it would have got more than
// the server's burst beyond the rate below it.
func (c *Controller) stageSeconds() float64 {
	step := c.Rate - c.Low
	if c.ProbeStep > 0 {
		step = c.Rate * (1 - 1/(1+c.ProbeStep))
	}
	if c.Span > 0 {
		return max(2.1*c.Span, minStage)
	}
	if step <= 0 {
		return max(minStage, 5*c.lump()/c.Rate) // nothing is to be proven: the rate was taken back to what is safe
	}
	t := c.need() / max(step, narrow/4*c.Rate)
	most := maxStage
	if c.ProbeStep > 0 {
		most = 1.5 * probeWindow
	}
	return max(min(t, max(most, 30*float64(c.ThrottleCost)/1e9)), minStage)
}
