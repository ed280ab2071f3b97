package pacing

import "math"

// A Measurement is what was admitted between the end of one pause and the next throttle. Times in seconds,
// rates in requests per second.
type Measurement struct {
	Count       float64 // requests admitted
	Time        float64 // from the end of the pause to the throttle
	StartRate   float64 // the rate at the beginning
	EndRate     float64 // the rate at the end
	RetriedFor  float64 // how long after the throttle others were still throttled
	Pause       float64 // how long after the throttle the next one was accepted
	ServerNamed float64 // 1 if the server said so
}

// mean is what was admitted over all of the time, the pause included.
func (m *Measurement) mean() float64 { return m.Count / (m.Time + m.Pause) }

// minPause is how long the pause had to be, as far as is known.
func (m *Measurement) minPause() float64 {
	if m.ServerNamed == 1 {
		return 0.98 * m.Pause
	}
	return m.RetriedFor
}

// even reports whether the pace was the same all the time: since it was throttled, it was above the limit.
func (m *Measurement) even() bool {
	return m.Time > 0 && m.StartRate > 0 && m.EndRate <= 1.03*m.StartRate
}

// sharp reports whether the end of the pause is known well enough: no longer than it had to be.
func (m *Measurement) sharp() bool {
	return m.ServerNamed == 1 || m.Pause-m.RetriedFor <= 0.05*(m.Time+m.Pause)
}

// merge is what two measurements in a row admitted in all.
func (m Measurement) merge(next Measurement) Measurement {
	m.Count += next.Count
	m.Pause += next.Time + next.Pause
	m.RetriedFor = max(m.RetriedFor, m.Pause-next.Pause+next.RetriedFor)
	m.ServerNamed *= next.ServerNamed
	return m
}

// measured finds the limit from two throttles in a row, both at a pace that was above it all the time.
// What the longer span of time admitted more than the shorter one, it admitted at the limit, however
// much was let through at once at first. And where both admitted the same over all of their time,
// pauses included, the server lets requests pile up while nobody sends, and this is its limit.
func (c *Controller) measured(lower float64) (limit float64, ok bool) {
	a, b := c.Last, c.Now
	if !a.even() || !b.even() || !c.timesDiffer() {
		return 0, false
	}
	if x, y := a.mean(), b.mean(); a.sharp() && b.sharp() && b.Count >= 8*c.lump() && math.Abs(x-y) <= agreementTolerance*y {
		return max(x, y), true
	}
	if math.Abs(a.Count-b.Count) < 10*c.lump() {
		return 0, false
	}
	limit = (a.Count - b.Count) / (a.Time - b.Time)
	return limit, limit >= 0.95*lower && limit <= min(a.StartRate, b.StartRate)
}

// window recognises a server that admits so many requests in a span of time, however fast they come:
// the same number was admitted in a shorter or longer time, while a steady limit would have admitted more
// or less. How long the span is lies between the last request that was throttled without success and the first that
// was accepted again.
func (c *Controller) window() (low, high float64, ok bool) {
	a, b := c.Last, c.Now
	telling := math.Abs(a.Time-b.Time)*b.mean() >= max(6*c.lump(), 3*agreementTolerance*b.Count)
	if !c.sameWindow(agreementTolerance) || !telling && !c.timesDiffer() || !c.pauseKnown() || c.samePause() {
		return 0, 0, false
	}
	least := max(a.Time+a.minPause(), b.Time+b.minPause())
	most := min(a.Time+a.Pause, b.Time+b.Pause)
	if most < least {
		return 0, 0, false
	}
	c.Span, c.Lockout = max(c.Span, least), 0
	return b.Count / most, b.Count / least, true
}

// sameWindow reports whether the throttle ended as many requests as the one before.
func (c *Controller) sameWindow(tolerance float64) bool {
	a, b := c.Last, c.Now
	return b.Count >= 10*c.lump() && math.Abs(a.Count-b.Count) <= max(2*c.lump(), tolerance*b.Count)
}

// timesDiffer reports whether the throttle came after another time than the one before: only then do the
// two say more than one.
func (c *Controller) timesDiffer() bool {
	a, b := c.Last.Time, c.Now.Time
	return math.Abs(a-b) >= timeDifferenceThreshold*max(a, b)
}

// pauseKnown reports whether it is known how long the pauses had to be: a server said so, or requests were
// throttled in them.
func (c *Controller) pauseKnown() bool { return c.Last.minPause() > 0 || c.Now.minPause() > 0 }

// samePause reports whether the server named the same pause however long before it was admitted: then
// that is what a throttle costs, and no window that has to end.
func (c *Controller) samePause() bool {
	a, b := c.Last, c.Now
	return a.ServerNamed == 1 && b.ServerNamed == 1 && math.Abs(a.Pause-b.Pause) < math.Abs(a.Time+a.Pause-b.Time-b.Pause)
}

// aftershock reports whether the throttle that just came belongs to the one before: hardly anything was
// admitted since. It says little of the limit: a server that counts over some time is still full of what
// it admitted before.
func (c *Controller) aftershock() bool {
	a, b := c.Last, c.Now
	overshot := a.EndRate > 1.1*a.StartRate || a.Pause > 0.1*a.Time // else the limit may have fallen
	return a.Count >= 20*c.lump() && overshot && b.Count <= aftershockCountThreshold*a.Count && b.Time <= min(aftershockTimeThreshold*(a.Time+a.Pause), aftershockWindow)
}

// sameOutcome reports whether the throttle came after as many requests and as much time as the one before:
// to go on a little slower would only tell it again.
func (c *Controller) sameOutcome() bool {
	return c.Last.Count > 0 && c.sameWindow(3*agreementTolerance) && !c.timesDiffer() && c.Now.Pause > 0.1*c.Now.Time
}
