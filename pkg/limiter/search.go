package limiter

import (
	"math"
	"time"
)

// How the law moves. Fractions of a rate unless a unit is named; docs/limiter.md gives the reasons.
const (
	// climbGain is what a climb adds per accepted request. At rate r it grows by r·climbGain per
	// second, so the rate doubles every ln 2 / climbGain = 0.8 s.
	climbGain = 0.9
	// narrow is how wide the bracket around the limit may be when the search for it ends.
	narrow = 0.04
	// headroom is where the law holds, as a part of a measured limit: jitter bunches requests.
	headroom = 0.992
	// stride is the least first step of a probe above the ceiling; every one that succeeds is followed
	// by one twice as long.
	stride = 0.04
	// guess is the burst a server is taken to allow while nothing is known of it, in pauses of its rate.
	guess = 0.4
	// commonBurst is what a server is taken to allow at least where a refusal is costly.
	commonBurst = 10
	// leastStage and mostStage bound for how many seconds a rate is tried; where a refusal costs more
	// than 2 s, mostStage is 30 pauses.
	leastStage, mostStage = 4.0, 60.0
	// alike is how near two measurements must lie to be believed, apart how much they must differ in time.
	alike, apart = 0.02, 0.15
	// fewAfter and soonAfter are how many requests, as a part of those admitted before the last refusal, and
	// how much time, as a part of theirs and in seconds, make a refusal an aftershock. alikeShocks is how near
	// two must lie to be believed; else calmer is what is left of a rate after one, at most.
	fewAfter, soonAfter, atOnce, alikeShocks, calmer = 0.1, 0.25, 4.0, 0.15, 0.93
	// steady is how many pauses a rate must have held for a refusal to count as jitter; leastEase and mostEase
	// bound how far it is lowered then.
	steady, leastEase, mostEase = 20, 0.003, 0.015
	// quick is for how many seconds the first step of a probe may take to prove something.
	quick = 20.0
	// settled is how near the rate has to lie to the ceiling for a probe to go above it at once.
	settled = 0.985
	// nearFailed is how near to where a probe failed the next one does not look half way there.
	nearFailed = 0.97
	// refinements is how many probes that failed are followed by one that looks half way.
	refinements = 2
	// recalled is what of a remembered rate is used that was throttled within a minute before, where a server allows no
	// burst: jitter decides there, and the rate may have been held by luck.
	recalled = 0.99
	// nearlyFound is how wide a remembered bracket may be for the search in it to begin only after calmStart: most
	// runs are short, and a throttle would cost more than the little that is still to be found.
	nearlyFound = 0.3
	calmStart   = 8 * time.Second
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

func (l *Law) mostGap() int64 { return max(maxGap, gapPauses*l.Price, l.requests(300)) }

// requests is how long n requests take at the present rate.
func (l *Law) requests(n float64) int64 {
	return int64(min(n/l.Rate, maxPause.Seconds()) * 1e9)
}

// need is how many requests beyond a limit prove that it is none.
func (l *Law) need() float64 {
	burst := l.Burst
	if burst == 0 {
		burst = guess * l.Rate * min(float64(l.Price)/1e9, 3)
	}
	if l.Price >= costly {
		burst = max(burst, commonBurst) // to be wrong costs more than to be slow
	}
	return 1.5*burst + 2 + 0.1*l.Rate
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
	if searching && l.Stride == 0 && l.modelled() && l.Fits > 0 {
		if now >= l.StageAt+refit {
			l.StageAt = now
			l.identify(now, l.Low/2, max(l.High, 1.2*l.Rate))
			l.Target = p.clamp(l.Target)
		}
		return
	}
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
	if l.Span > 0 {
		return max(2.1*l.Span, leastStage)
	}
	if step <= 0 {
		return max(leastStage, 5/l.Rate) // nothing is to be proven: the rate was taken back to what is safe
	}
	t := l.need() / max(step, narrow/4*l.Rate)
	most := mostStage
	if l.Stride > 0 {
		most = 1.5 * quick
	}
	return max(min(t, max(most, 30*float64(l.Price)/1e9)), leastStage)
}

// proven is the rate to remember: not one that is being tried just now.
func (l *Law) proven() float64 {
	trying := l.Stride > 0 || l.Streak > 0 || l.Crowd.Slots > 0
	switch {
	case l.Low == 0 || !trying && l.width() <= narrow:
		return l.Rate
	case !trying && float64(l.Admitted) >= 4*l.Rate: // it has gone unthrottled for some seconds
		return max(min(l.Low, l.Ceiling), 0.96*l.Rate)
	}
	return min(l.Low, l.Ceiling)
}
