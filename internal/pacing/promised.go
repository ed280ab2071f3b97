package pacing

// Some servers tell a limit and its window in each response, but not what is left of it. That is where the search
// begins: no throttle is needed to find it. What throttles say afterwards is believed before it, since it is rounded to
// whole seconds, and a limit that is told need not be the one that is enforced.

// promise takes in what a response tells. The increase ends there. A window that is longer than shortWindow may be used up
// as fast as the controller allows, so that a job that fits into it goes at once; its rate is held once it was used up.
func (c *Controller) promise(p *Params, w Window) {
	if w.Limit == 0 || c.Concurrency.Limit > 0 {
		return
	}
	c.Promised = w.rate()
	if int64(w.Per) > shortWindow || c.ProbeStep > 0 || c.Ceiling > 0 && !c.untested() {
		return
	}
	c.hold(p.clamp(headroom*c.Promised), c.Promised)
	c.Rate, c.RateSource = min(c.Target, maxLeap*c.Rate), int64(SourceHeader)
}

// untested reports whether the rate is one that was promised, and no throttle has said anything of it.
func (c *Controller) untested() bool { return c.Promised > 0 && c.Top == 0 && c.Ceiling == c.Promised }

// kept reports whether the first throttle that was ever met fits the limit that the server tells, and holds that.
func (c *Controller) kept(low float64) bool {
	if c.Ceiling > 0 || c.Promised == 0 || c.Promised < low || c.Promised > c.Top {
		return false
	}
	c.hold(headroom*c.Promised, c.Promised)
	return true
}
