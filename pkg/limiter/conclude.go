package limiter

import (
	"math"
	"time"
)

// cut takes the measurement that a refusal ends, and lowers the rate for the scout. What follows from
// it is decided when the scout is answered: only then is it known what the refusal cost.
func (l *Law) cut(now int64, p *Params) {
	if l.Ceiling == 0 || l.modelled() {
		l.Throttles.add(now, l.Streak > 1)
	}
	if l.Streak == 0 {
		l.High, l.Top = l.Rate, max(l.Top, l.Rate)
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

// conclude finds the limit, or narrows the bracket around it, with what the last event measured. It
// reports whether that is sure enough for a cut deeper than DecreaseFactor.
func (l *Law) conclude() (sure bool) {
	average, lower := l.lower()
	if l.kept(average) {
		return true
	}
	if l.Stride == 0 && l.modelled() && l.Throttles[0] > 0 {
		l.Fits++
		if l.identify(l.Since, average, l.Now.To) {
			return true
		}
	}
	limit, measured := l.measured(average)
	low, high, window := l.window()
	switch {
	case l.aftershock():
		l.outlast()
		measured = true
	case l.Ceiling == 0:
		l.Low, l.Ceiling = min(lower, l.Now.To/2), l.Now.To
		l.Target = l.between()
	case l.Stride > 0:
		l.endProbe()
	case measured:
		l.settle(limit)
	case window:
		l.spread(low, high)
	case l.Now.Time > steady*l.price():
		l.ease(lower)
	default:
		l.narrowDown(lower)
	}
	if !measured && !window && l.sameStory() {
		l.Target = min(l.Target, (l.Now.To+average)/2)
	}
	l.review()
	return measured || window
}

// price is what a refusal costs, in seconds.
func (l *Law) price() float64 { return max(l.Now.Pause, float64(l.Price)/1e9) }

// lower bounds the limit from below, twice: by what was admitted over all of the time, the pause included,
// which holds for every kind of server; and, where the pause was short, by what was admitted beyond any
// burst that must be reckoned with.
func (l *Law) lower() (average, likely float64) {
	m := &l.Now
	average = m.Count / (m.Time + l.price())
	if l.Span == 0 && l.Ceiling > 0 && m.Time > 0.5*m.Pause {
		return average, min(max(average, (m.Count-l.need())/m.Time), m.To)
	}
	return average, average
}

// spread holds what a window allows over all of its time. The next probe is soon: a length may be wrong where
// refusals are counted too.
func (l *Law) spread(low, high float64) {
	l.Gap = l.leastGap()
	l.Low, l.Ceiling = low, max(high, low*1.001)
	l.Target = (low + high) / 2
	if l.width() <= narrow {
		l.hold(max(low, headroom*high), high)
	}
}

// ease gives way to a rare refusal, which jitter may have caused, by about as much as it costs; and goes
// no lower than where it had been without one.
func (l *Law) ease(lower float64) {
	m := &l.Now
	part := min(max(l.price()/m.Time, leastEase), mostEase)
	rate := min(max(lower, min(0.95*m.To, m.From)), (1-part)*m.To)
	l.hold(rate, max(m.To, rate/headroom))
}

// narrowDown makes the rate that was refused the ceiling. A rate that was taken for safe before is so no more.
func (l *Law) narrowDown(lower float64) {
	m := &l.Now
	if m.To > l.Low*1.001 {
		l.Low = max(min((l.Low+lower)/2, m.To*0.98), lower)
		l.Ceiling = max(m.To, l.Low*1.001)
		l.Target = l.between()
		return
	}
	if m.Time < l.Span/2 {
		l.Span = 0 // refused before the window can have been used up: it is another one
	}
	l.Low, l.Ceiling = min(lower, m.To*0.98), m.To
	l.Target = l.between()
}

// outlast goes on, after an aftershock, at the rate that was admitted in all since the first refusal was
// measured, its pauses included; unless two aftershocks in a row tell the same rate, which is the limit then.
// The pauses between aftershocks become longer, see calm.
func (l *Law) outlast() {
	whole := l.Last.and(l.Now)
	local := l.Now.mean()
	switch x := l.Shock; {
	case l.Now.Count >= 8 && math.Abs(x-local) <= alikeShocks*local:
		l.Target = headroom * max(x, local)
	case l.Last.From >= l.Last.To/2: // the rate had hardly risen: its average says no more than it does
		l.Target, l.Ceiling = calmer*l.Now.To, l.Now.To
	default:
		l.Ceiling = max(min(l.Ceiling, whole.Count/whole.Time), whole.mean())
		l.Target = min(headroom*whole.mean(), calmer*l.Now.To)
	}
	l.Low = l.Target
	l.Shock = local
	l.Shocks++
}

// settle holds just under a measured limit, and notes what the server lets through beyond it.
func (l *Law) settle(limit float64) {
	l.Tries = 0
	l.Burst = max(1, l.Now.Count-limit*l.Now.Time, l.Last.Count-limit*l.Last.Time)
	if l.Now.Pause > l.Now.Time && l.sameWindow(alike) {
		l.Span = l.Now.Pause + l.Now.Time
	}
	l.hold(headroom*limit, limit)
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

// hold ends the search.
func (l *Law) hold(rate, ceiling float64) {
	l.Target, l.Low, l.Ceiling, l.Failed = rate, rate, max(ceiling, rate), 0
}

// recall starts from what an earlier run learned. The older it is, the more carefully it is used:
// a rate above the profile's own loses half of what it is ahead every two weeks.
func (l *Law) recall(from *Learned, age time.Duration, p *Params) {
	l.From = int64(from.Source)
	l.Rate, l.Ceiling = from.Rate, from.Ceiling
	if ahead := from.Rate - p.InitialRate; ahead > 0 && age > 0 {
		l.Rate = p.InitialRate + ahead*math.Exp2(-age.Hours()/(14*24))
	}
	if l.Ceiling > 0 && from.Burst <= 2 && int64(from.Pause) < costly && from.Updated.Sub(from.LastThrottle) < time.Minute {
		l.Rate = max(l.Rate*recalled, min(l.Rate, p.MinRate))
	}
	l.Target, l.Low, l.Started = l.Rate, l.Rate, l.Rate
	l.Burst = float64(from.Burst)
	l.Crowd.Slots = max(0, int64(from.Concurrency))
	l.Price = max(int64(from.Pause), leastPrice)
	l.Gap = l.mostGap()
	l.HoldUntil = l.Gap
	if age < 24*time.Hour && l.Ceiling > 0 {
		l.HoldUntil = max(l.Gap, freshGap)
	}
}
