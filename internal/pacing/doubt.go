package pacing

// Where a request needs room in several limits at once, it may not be known whose limit a throttle was. A charge that may
// have been wrong is put to the test: the search for the limit begins again, from the rate where it is now. If a throttle
// comes before that has doubled, the limit was where it had been taken to be, and the search is over at once.

// doubt begins such a test.
func (c *Controller) doubt(now int64) {
	c.Looks = mostLooks // whose limit ends a look would be a guess as well
	if c.Ceiling == 0 || c.Doubted > 0 {
		return
	}
	c.Doubted, c.DoubtedLow = c.Ceiling, c.Low
	c.Ceiling, c.Target, c.Top, c.High = 0, c.Rate, c.Rate, c.Rate
	c.ProbeStep, c.FailedProbe, c.FailedProbes, c.Fits = 0, 0, 0, 0
	c.Throttles, c.trail = throttleTimes{}, trail{}
	c.restart(now)
}

// doubtedFactor is how far the rate must rise beyond a doubted limit for it to be none.
const doubtedFactor = 2

// acquit forgets a doubted limit that the rate has left behind, if more was admitted beyond it than a server's burst.
func (c *Controller) acquit(now int64) {
	if c.Doubted > 0 && c.Rate > doubtedFactor*c.Doubted && float64(c.Admitted)-c.Doubted*float64(now-c.Since)/1e9 > c.need() {
		c.Doubted, c.DoubtedLow, c.Burst, c.Span, c.Lockout = 0, 0, 0, 0, 0
	}
}

// confirmed reports whether a throttle has shown that a doubted limit is one, and holds it again.
func (c *Controller) confirmed() bool {
	limit, low := c.Doubted, c.DoubtedLow
	c.Doubted, c.DoubtedLow = 0, 0
	if limit == 0 {
		return false
	}
	c.hold(min(low, limit), limit)
	return true
}
