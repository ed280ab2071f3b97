package limiter

import (
	"math"
	"time"
)

// How the law moves. Fractions of a rate unless a unit is named; docs/limiter.md gives the reasons.
const (
	// climbGain is what a climb adds per accepted request. At rate r it grows by r·climbGain per
	// second, so the rate doubles every ln 2 / climbGain = 1.5 s.
	climbGain = 0.45
	// narrow is how wide the bracket around the limit may be when the search for it ends.
	narrow = 0.04
	// headroom is where the law holds, as a part of a measured limit: jitter bunches requests.
	headroom = 0.99
	// stride is the least first step of a probe above the ceiling; every one that succeeds is followed
	// by one twice as long.
	stride = 0.04
	// guess is the burst a server is taken to allow while nothing is known of it, in pauses of its rate.
	guess = 0.4
	// leastStage and mostStage bound for how many seconds a rate is tried; where a refusal costs more
	// than 2 s, mostStage is 30 pauses.
	leastStage, mostStage = 2.0, 60.0
	// alike is how near two measurements must lie to be believed, apart how much they must differ in time.
	alike, apart = 0.02, 0.15
	// fewAfter and soonAfter are how many requests, as a part of those admitted before the last refusal, and
	// how much time, as a part of theirs, make a refusal an aftershock; alikeShocks is how near two must lie.
	fewAfter, soonAfter, alikeShocks, calmer = 0.1, 0.25, 0.15, 0.93
	// steady is how many pauses a rate must have held for a refusal to count as jitter.
	steady = 20
	// quick is for how many seconds the first step of a probe may take to prove something.
	quick = 20.0
	// settled is how near the rate has to lie to the ceiling for a probe to go above it at once.
	settled = 0.985
	// nearFailed is how near to where a probe failed the next one does not look half way there.
	nearFailed = 0.97
	// refinements is how many probes that failed are followed by one that looks half way.
	refinements = 2
	// minGap is the least time between two probes; gapPauses and maxGap bound how far a failed probe
	// doubles it: in pauses and in time, whichever is longer. freshGap is how long nothing is probed
	// that was remembered from the last day.
	minGap    = int64(30 * time.Second)
	maxGap    = int64(150 * time.Second)
	freshGap  = int64(10 * time.Minute)
	gapPauses = 90
	// leastPrice is what a refusal costs at least; where it is costly, no more are risked than must be.
	leastPrice = int64(time.Second)
	costly     = 5 * leastPrice
)

// leastGap and mostGap bound the time between two probes.
func (l *Law) leastGap() int64 { return max(minGap, 30*l.Price, l.requests(200)) }
func (l *Law) mostGap() int64  { return max(maxGap, gapPauses*l.Price, l.requests(300)) }

// requests is how long n requests take at the present rate.
func (l *Law) requests(n float64) int64 {
	return int64(min(n/l.Rate, maxPause.Seconds()) * 1e9)
}

// cut takes the measurement that a refusal ends, and lowers the rate for the scout. What follows from
// it is decided when the scout is answered: only then is it known what the refusal cost.
func (l *Law) cut(now int64, p *Params) {
	if l.Streak == 0 {
		l.Now = Measure{
			Count: float64(l.Admitted), Time: max(float64(now-l.Since)/1e9, 1e-3),
			From: l.Started, To: l.Rate,
		}
	}
	l.Rate = max(p.clamp(l.Rate*p.DecreaseFactor), min(l.Rate, p.MinRate))
	l.From = int64(SourceLearned)
}

// resume decides, when the first request after a pause has been accepted, at what rate to go on.
func (l *Law) resume(p *Params) {
	if l.Streak == 0 || l.Now.Time == 0 {
		l.Streak = 0
		return
	}
	pause := max(l.Since-l.RefusedAt, 1)
	l.Now.Pause = float64(pause) / 1e9
	l.learnLockout(pause)
	l.Now.Named = float64(l.Named)
	l.Price = max(pause, l.Price/2, leastPrice)
	floor := l.Rate // as deep as this event may cut
	l.Gap = max(l.Gap, l.leastGap())
	sure := l.conclude()
	l.Gap = min(l.Gap, l.mostGap())
	l.HoldUntil = l.Since + l.Gap
	if !sure {
		l.Target = max(l.Target, floor)
	}
	l.Target = min(p.clamp(l.Target), l.Now.To)
	l.Rate, l.Started = l.Target, l.Target
	if l.aftershock() {
		l.Last = l.Last.and(l.Now)
	} else {
		l.Last, l.Shocks, l.Shock = l.Now, 0, 0
	}
	l.Now, l.Streak, l.Stride = Measure{}, 0, 0
}

// conclude finds the limit, or narrows the bracket around it, with what the last event measured.
func (l *Law) conclude() (sure bool) {
	m := l.Now
	price := max(m.Pause, float64(l.Price)/1e9)
	lower := m.Count / (m.Time + price)
	low0 := lower
	if l.Span == 0 && l.Ceiling > 0 && m.Time > 0.5*m.Pause {
		lower = min(max(lower, (m.Count-l.need())/m.Time), m.To)
	}
	limit, measured := l.measured(low0)
	low, high, window := l.window()
	switch {
	case l.aftershock():
		l.outlast()
		measured = true
	case l.Ceiling == 0:
		l.Low, l.Ceiling = min(lower, m.To/2), m.To
		l.Target = l.between()
	case l.Stride > 0:
		l.endProbe()
	case measured:
		l.Tries = 0
		l.settle(limit)
	case window:
		l.Low, l.Ceiling = low, max(high, low*1.001)
		l.Target = (low + high) / 2
		if l.width() <= narrow {
			l.hold(max(low, headroom*high), high)
		}
	case m.Time > steady*price:
		less := min(max(price/m.Time, 0.003), 0.015)
		rate := min(max(lower, min(0.95*m.To, m.From)), (1-less)*m.To)
		l.hold(rate, max(m.To, rate/headroom))
	case m.To <= l.Low*1.001:
		if m.Time < l.Span/2 {
			l.Span = 0 // refused before the window can have been used up: it is another one
		}
		l.Low, l.Ceiling = min(lower, m.To*0.98), m.To
		l.Target = l.between()
	default:
		l.Low = max(min((l.Low+lower)/2, m.To*0.98), lower)
		l.Ceiling = max(m.To, l.Low*1.001)
		l.Target = l.between()
	}
	if !measured && !window && l.sameStory() {
		l.Target = min(l.Target, (m.To+low0)/2)
	}
	l.review()
	return measured || window
}

// aftershock reports whether the refusal that just came belongs to the one before: hardly anything was
// admitted since. It says little of the limit: a server that counts over some time is still full of what
// it admitted before.
func (l *Law) aftershock() bool {
	a, b := l.Last, l.Now
	return a.Count >= 20 && a.To > 1.1*a.From && b.Count <= fewAfter*a.Count && b.Time <= min(soonAfter*(a.Time+a.Pause), 4)
}

// outlast goes on, after an aftershock, at the rate that was admitted in all since the first refusal was
// measured, its pauses included; unless two aftershocks in a row tell the same rate, which is the limit then.
func (l *Law) outlast() {
	whole := l.Last.and(l.Now)
	local := l.Now.mean()
	switch x := l.Shock; {
	case l.Now.Count >= 8 && math.Abs(x-local) <= alikeShocks*local:
		l.Target = headroom * max(x, local)
		l.Low = l.Target
	case l.Last.From >= l.Last.To/2:
		l.Target, l.Ceiling = calmer*l.Now.To, l.Now.To
		l.Low = l.Target
	default:
		l.Ceiling = max(min(l.Ceiling, whole.Count/whole.Time), whole.mean())
		l.Target = min(headroom*whole.mean(), calmer*l.Now.To)
		l.Low = l.Target
	}
	l.Shock = local
	l.Shocks++
}

// and is what two measurements in a row admitted in all.
func (m Measure) and(next Measure) Measure {
	m.Count += next.Count
	m.Pause += next.Time + next.Pause
	m.Vain = max(m.Vain, m.Pause-next.Pause+next.Vain)
	m.Named *= next.Named
	return m
}

// sameStory reports whether the refusal came after as many requests and as much time as the one before:
// to go on a little slower would only tell it again.
func (l *Law) sameStory() bool {
	return l.Last.Count > 0 && l.sameWindow(3*alike) && !l.timesDiffer() && l.Now.Pause > 0.1*l.Now.Time
}

// review takes back that the limit has risen, if it turns out to be where it was: what a probe got
// beyond it was the server's burst.
func (l *Law) review() {
	switch {
	case l.Was == 0:
	case l.Ceiling <= 1.1*l.Was:
		l.Burst = max(l.Burst, l.Beyond)
		l.Gap = max(l.Gap, l.WasGap)
		l.Was = 0
	case l.width() <= narrow:
		l.Was = 0
	}
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

// settle holds just under a measured limit, and notes what the server lets through beyond it.
func (l *Law) settle(limit float64) {
	l.Burst = max(1, l.Now.Count-limit*l.Now.Time, l.Last.Count-limit*l.Last.Time)
	if l.Now.Pause > l.Now.Time && l.sameWindow(alike) {
		l.Span = l.Now.Pause + l.Now.Time
	}
	l.hold(headroom*limit, limit)
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

// window recognises a server that admits so many requests in a span of time, however fast they come:
// the same number was admitted in a shorter or longer time, while a steady limit would have admitted more
// or less. How long the span is lies between the last
// request that was refused in vain and the first that was accepted again.
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

// inVain reports whether it is known how long the pauses had to be: a server said so, or requests were
// refused in them.
func (l *Law) inVain() bool { return l.Last.least() > 0 || l.Now.least() > 0 }

// samePause reports whether the server named the same pause however long before it was admitted: then
// that is what a refusal costs, and no window that has to end.
func (l *Law) samePause() bool {
	a, b := l.Last, l.Now
	return a.Named == 1 && b.Named == 1 && math.Abs(a.Pause-b.Pause) < math.Abs(a.Time+a.Pause-b.Time-b.Pause)
}

// endProbe draws the lesson from a probe that was refused. What it got beyond the ceiling may have been
// the server's burst; if it was more, the limit has risen.
func (l *Law) endProbe() {
	l.Gap *= 2
	t := float64(l.RefusedAt-l.ProbeAt) / 1e9
	n := float64(l.Probed)
	beyond := n - l.Ceiling*t
	if beyond <= l.need() || t < 2*l.Span {
		l.Burst = max(0.9*l.Burst, beyond)
		l.Tries++
		if l.Low > 1.03*l.Ceiling {
			l.Gap, l.Tries = l.leastGap(), 0
		}
		over := l.Now.To > l.Ceiling
		l.hold(l.Low, min(l.Ceiling, l.Now.To))
		if over {
			l.Failed = l.Now.To
		}
		return
	}
	l.Was, l.Beyond, l.WasGap = l.Ceiling, beyond, l.Gap
	l.Gap = 0
	l.Low = max(l.Ceiling, (n-l.need())/t)
	l.Ceiling = max(l.Now.To, l.Low)
	l.Target = l.between()
}

// need is how many requests beyond a limit prove that it is none.
func (l *Law) need() float64 {
	burst := l.Burst
	if burst == 0 {
		burst = guess * l.Rate * min(float64(l.Price)/1e9, 3)
	}
	return 1.5*burst + 2 + 0.1*l.Rate
}

// hold ends the search.
func (l *Law) hold(rate, ceiling float64) {
	l.Target, l.Low, l.Ceiling, l.Failed = rate, rate, max(ceiling, rate), 0
}

// between is the next rate to try: half way where the bracket is narrow, and in proportion where it is wide.
func (l *Law) between() float64 {
	if l.width() <= narrow {
		return l.Low
	}
	if l.Ceiling > 2*l.Low {
		mid := math.Sqrt(l.Ceiling * l.Low)
		if l.Price >= costly {
			mid = min(mid, 2*l.Low)
		}
		return mid
	}
	return (l.Low + l.Ceiling) / 2
}

// width is how wide the bracket is, as a part of the ceiling.
func (l *Law) width() float64 { return 1 - l.Low/l.Ceiling }

// grow raises the rate for one accepted request that the pace had held back.
func (l *Law) grow(now int64, p *Params) {
	l.From = int64(SourceLearned)
	switch {
	case l.Crowd.Slots > 0, l.Ceiling == 0 && !p.NoSlowStart:
		l.Rate += climbGain
	case l.Ceiling == 0:
		l.Rate += p.IncreaseStep
	case l.Rate < l.Target:
		l.Rate = min(l.Rate+p.IncreaseStep, l.Target)
		l.StageAt = now
	default:
		l.advance(now, p)
	}
	l.Rate = p.clamp(l.Rate)
}

// advance moves on when the present rate has gone unrefused for long enough.
func (l *Law) advance(now int64, p *Params) {
	searching := l.Stride > 0 || l.width() > narrow
	if !searching && now < l.HoldUntil || searching && float64(now-l.StageAt)/1e9 < l.stage() {
		return
	}
	switch {
	case l.Stride > 0:
		l.Low = l.Rate
		if l.Rate < l.Ceiling {
			l.climbOver()
		} else {
			l.Stride = min(2*l.Stride, 1)
			l.Target = l.Rate * (1 + l.Stride)
		}
		l.Target = p.clamp(l.Target)
	case l.width() > narrow:
		l.Low = max(l.Low, l.Rate)
		l.Target = p.clamp(l.between())
	default:
		l.ProbeAt, l.Probed = now, 0
		l.probe()
		l.Target = p.clamp(l.Target)
	}
	l.StageAt = now
}

// probe begins one: above the ceiling, or half way to it as long as that is some way off; and, after one
// that failed, half way to where it was refused.
func (l *Law) probe() {
	bound := l.Ceiling
	if l.Tries <= refinements && l.Price < costly && l.Rate < nearFailed*l.Failed {
		bound = l.Failed
	}
	l.Failed = 0
	if l.Rate >= settled*bound {
		l.climbOver()
		return
	}
	l.Target = (l.Rate + bound) / 2
	l.Stride = l.Target/l.Rate - 1
}

// climbOver sends a probe above the ceiling, by a step that proves something soon.
func (l *Law) climbOver() {
	l.Stride = min(max(l.need()/(l.Rate*quick), stride), 0.5)
	l.Target = max(l.Rate, l.Ceiling) * (1 + l.Stride)
}

// stage is for how many seconds the present rate has to go unrefused: until it would have got more than
// the server's burst beyond the rate below it.
func (l *Law) stage() float64 {
	step := l.Rate - l.Low
	if l.Stride > 0 {
		step = l.Rate * (1 - 1/(1+l.Stride))
	}
	t := l.need() / max(step, narrow/4*l.Rate)
	if l.Span > 0 {
		return max(2.1*l.Span, leastStage)
	}
	most := mostStage
	if l.Stride > 0 {
		most = 1.5 * quick
	}
	return max(min(t, max(most, 30*float64(l.Price)/1e9)), leastStage)
}

// proven is the rate to remember: not one that is being tried just now.
func (l *Law) proven() float64 {
	if l.Low > 0 && (l.Stride > 0 || l.Streak > 0 || l.Crowd.Slots > 0 || l.width() > narrow) {
		return min(l.Low, l.Ceiling)
	}
	return l.Rate
}
