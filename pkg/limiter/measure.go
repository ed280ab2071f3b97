package limiter

import "math"

// A Measure is what was admitted between the end of one pause and the next refusal. Times in seconds,
// rates in requests per second.
type Measure struct {
	Count float64 // requests admitted
	Time  float64 // from the end of the pause to the refusal
	From  float64 // the rate at the beginning
	To    float64 // the rate at the end
	Vain  float64 // how long after the refusal others were still refused
	Pause float64 // how long after the refusal the next one was accepted
	Named float64 // 1 if the server said so
}

// mean is what was admitted over all of the time, the pause included.
func (m *Measure) mean() float64 { return m.Count / (m.Time + m.Pause) }

// least is how long the pause had to be, as far as is known.
func (m *Measure) least() float64 {
	if m.Named == 1 {
		return 0.98 * m.Pause
	}
	return m.Vain
}

// even reports whether the pace was the same all the time: since it was refused, it was above the limit.
func (m *Measure) even() bool { return m.Time > 0 && m.From > 0 && m.To <= 1.03*m.From }

// sharp reports whether the end of the pause is known well enough: no longer than it had to be.
func (m *Measure) sharp() bool {
	return m.Named == 1 || m.Pause-m.Vain <= 0.05*(m.Time+m.Pause)
}

// and is what two measurements in a row admitted in all.
func (m Measure) and(next Measure) Measure {
	m.Count += next.Count
	m.Pause += next.Time + next.Pause
	m.Vain = max(m.Vain, m.Pause-next.Pause+next.Vain)
	m.Named *= next.Named
	return m
}

// measured finds the limit from two refusals in a row, both at a pace that was above it all the time.
// What the longer span of time admitted more than the shorter one, it admitted at the limit, however
// much was let through at once at first. And where both admitted the same over all of their time,
// pauses included, the server lets requests pile up while nobody sends, and this is its limit.
func (l *Law) measured(lower float64) (limit float64, ok bool) {
	a, b := l.Last, l.Now
	if !a.even() || !b.even() || !l.timesDiffer() {
		return 0, false
	}
	if x, y := a.mean(), b.mean(); a.sharp() && b.sharp() && b.Count >= 8 && math.Abs(x-y) <= alike*y {
		return max(x, y), true
	}
	if math.Abs(a.Count-b.Count) < 10 {
		return 0, false
	}
	limit = (a.Count - b.Count) / (a.Time - b.Time)
	return limit, limit >= 0.95*lower && limit <= min(a.From, b.From)
}

// window recognises a server that admits so many requests in a span of time, however fast they come:
// the same number was admitted in a shorter or longer time, while a steady limit would have admitted more
// or less. How long the span is lies between the last request that was refused in vain and the first that
// was accepted again.
func (l *Law) window() (low, high float64, ok bool) {
	a, b := l.Last, l.Now
	telling := math.Abs(a.Time-b.Time)*b.mean() >= max(6, 3*alike*b.Count)
	if !l.sameWindow(alike) || !telling && !l.timesDiffer() || !l.inVain() || l.samePause() {
		return 0, 0, false
	}
	least := max(a.Time+a.least(), b.Time+b.least())
	most := min(a.Time+a.Pause, b.Time+b.Pause)
	if most < least {
		return 0, 0, false
	}
	l.Span, l.Lockout = max(l.Span, least), 0
	return b.Count / most, b.Count / least, true
}

// sameWindow reports whether the refusal ended as many requests as the one before.
func (l *Law) sameWindow(tolerance float64) bool {
	a, b := l.Last, l.Now
	return b.Count >= 10 && math.Abs(a.Count-b.Count) <= max(2, tolerance*b.Count)
}

// timesDiffer reports whether the refusal came after another time than the one before: only then do the
// two say more than one.
func (l *Law) timesDiffer() bool {
	a, b := l.Last.Time, l.Now.Time
	return math.Abs(a-b) >= apart*max(a, b)
}

// inVain reports whether it is known how long the pauses had to be: a server said so, or requests were
// refused in them.
func (l *Law) inVain() bool { return l.Last.least() > 0 || l.Now.least() > 0 }

// samePause reports whether the server named the same pause however long before it was admitted: then
// that is what a refusal costs, and no window that has to end.
func (l *Law) samePause() bool {
	a, b := l.Last, l.Now
	return a.Named == 1 && b.Named == 1 && math.Abs(a.Pause-b.Pause) < math.Abs(a.Time+a.Pause-b.Time-b.Pause)
}

// aftershock reports whether the refusal that just came belongs to the one before: hardly anything was
// admitted since. It says little of the limit: a server that counts over some time is still full of what
// it admitted before.
func (l *Law) aftershock() bool {
	a, b := l.Last, l.Now
	overshot := a.To > 1.1*a.From || a.Pause > 0.1*a.Time // else the limit may have fallen
	return a.Count >= 20 && overshot && b.Count <= fewAfter*a.Count && b.Time <= min(soonAfter*(a.Time+a.Pause), atOnce)
}

// sameStory reports whether the refusal came after as many requests and as much time as the one before:
// to go on a little slower would only tell it again.
func (l *Law) sameStory() bool {
	return l.Last.Count > 0 && l.sameWindow(3*alike) && !l.timesDiffer() && l.Now.Pause > 0.1*l.Now.Time
}
