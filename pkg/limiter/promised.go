package limiter

// Some servers tell a limit and its window in each response, but not what is left of it. That is where the search
// begins: no throttle is needed to find it. What throttles say afterwards is believed before it, since it is rounded to
// whole seconds, and a limit that is told need not be the one that is enforced.

// promise takes in what a response tells. The climb ends there. A window that is longer than shortWindow may be used up
// as fast as the law allows, so that a job that fits into it goes at once; its rate is held once it was used up.
func (l *Law) promise(p *Params, w Window) {
	if w.Limit == 0 || l.Crowd.Slots > 0 {
		return
	}
	l.Promised = w.rate()
	if int64(w.Per) > shortWindow || l.Stride > 0 || l.Ceiling > 0 && !l.untested() {
		return
	}
	l.hold(p.clamp(headroom*l.Promised), l.Promised)
	l.Rate, l.From = min(l.Target, leap*l.Rate), int64(SourceHeader)
}

// untested reports whether the rate is one that was promised, and no throttle has said anything of it.
func (l *Law) untested() bool { return l.Promised > 0 && l.Top == 0 && l.Ceiling == l.Promised }

// kept reports whether the first throttle that was ever met fits the limit that the server tells, and holds that.
func (l *Law) kept(low float64) bool {
	if l.Ceiling > 0 || l.Promised == 0 || l.Promised < low || l.Promised > l.Top {
		return false
	}
	l.hold(headroom*l.Promised, l.Promised)
	return true
}
