package pacing

import "time"

// MinPause is the shortest pause a header can name: a floored Retry-After says 0 for anything
// under a second.
const MinPause = 250 * time.Millisecond

// pauseFor is the time the server named, else what throttles were seen to last, else the default;
// twice as long for every throttle in a row, up to a minute, and longer where they last long. Who names too short a time again and again is believed
// less and less.
func (c *Controller) pauseFor(p *Params, named time.Duration) time.Duration {
	if named > 0 {
		return min(max(named, min(MinPause<<min(c.Streak, 8), time.Minute), c.aftershockPause()), MaxPause)
	}
	if rest := c.restOfWindow(); rest > 0 {
		return max(p.DefaultPause, rest)
	}
	unnamed := max(c.firstPause(p), c.lockout(), time.Duration(c.Endured))
	return max(min(unnamed<<min(c.Streak, 6), max(unnamed, time.Minute)), c.aftershockPause(), c.longThrottlePause())
}

// firstPause is how long a pause is that nothing is known of. Where the last one was long enough at the first try, the
// next is tried with a quarter of it, but no less than half a slot at the lowered rate: a bucket, or a limit of how many are
// in flight, accepts again at once. A pause that was too short costs one request and is doubled. A pause that the user has
// set is obeyed.
func (c *Controller) firstPause(p *Params) time.Duration {
	enough := c.Last.Time > 0 && c.Last.ServerNamed == 0 && c.Last.RetriedFor == 0
	if !enough || c.Lockout > 0 || p.pauseGiven || c.Sizes.Mean > 0 {
		return p.DefaultPause
	}
	return min(p.DefaultPause, max(p.DefaultPause/4, MinPause, time.Duration(c.timeFor(0.5))))
}

// restOfWindow is how long the server's window lasts at least, if the last throttles showed that there is one: they came
// after the same number of requests, so this window ends no sooner than the one before.
func (c *Controller) restOfWindow() time.Duration {
	if !c.sameWindow(0.05) || c.Span == 0 && (!c.timesDiffer() || !c.pauseKnown()) {
		return 0
	}
	return time.Duration((c.Last.Time + c.Last.minPause() - c.Now.Time - c.Now.RetriedFor) * 1e9)
}

// lockout is the pause that was learned. Before it is believed it is tried once whether an eighth of it is
// enough: how long the first throttles lasted may have been for the overshoot before them.
func (c *Controller) lockout() time.Duration {
	d := time.Duration(c.Lockout)
	switch {
	case d == 0 || c.Confirmed == 1:
		return d
	case c.Streak == 0:
		return d / 8
	}
	return d >> min(c.Streak, 6) // pauseFor doubles it as often
}

// learnLockout notes how long the throttles of a streak lasted, if no header said so.
func (c *Controller) learnLockout(pause int64) {
	vain := c.Now.RetriedFor * 1e9
	switch {
	case c.ServerNamedPause == 1:
	case c.Streak > 1:
		if c.Lockout > 0 {
			c.Confirmed = 1
		}
		c.Lockout = min(int64(max(1.05*vain, float64(pause)-vain)), int64(time.Minute))
	case c.Confirmed == 0 && c.Lockout > 0:
		c.Lockout = min(pause, c.Lockout)
	}
}

// aftershockPause is how long at least to pause after an aftershock: twice as long after each.
func (c *Controller) aftershockPause() time.Duration {
	if !c.aftershock() {
		return 0
	}
	return min(time.Second<<min(c.Aftershocks, 8), time.Duration((c.Last.Time+c.Last.Pause)*1e9))
}

// longThrottlePause is how long at least to pause after throttles that have lasted for long: a tenth of that time, and
// an hour at most. So little time is lost when they end, and a used-up day costs few dozen throttles.
func (c *Controller) longThrottlePause() time.Duration {
	return min(time.Duration(c.Now.RetriedFor*1e8), time.Hour)
}

func (c *Controller) noteThrottle(now int64, named bool) {
	if c.Streak == 0 {
		c.ThrottledAt = now
	}
	c.Now.RetriedFor = float64(now-c.ThrottledAt) / 1e9
	c.Streak++
	c.ServerNamedPause = 0
	if named {
		c.ServerNamedPause = 1
	}
}
