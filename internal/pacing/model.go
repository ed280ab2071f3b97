package pacing

import (
	"math"
	"time"
)

// The model answers what limiter would throttle just when this server did. Two families are weighed against each other:
// buckets, which refill at a rate r and hold b, and windows, which admit n in any w seconds, be they fixed, sliding or
// counted. Every throttle must have found the bucket empty or the window full, and nothing that was accepted may have.
//
// What a bucket of rate r lacks follows Lindley's recursion over what was accepted: lack = max(0, lack - r·t) + count.
// At every throttle it must be b. What a window holds is what was accepted in the last w seconds; it must be n.

// throttleTimes are the newest throttles that the model has to explain, the newest first, in fine bins.
type throttleTimes [5]int64

// add notes a throttle. Of those in a row after the first, only the newest says anything.
func (t *throttleTimes) add(now int64, again bool) {
	if !again {
		copy(t[1:], t[:])
	}
	t[0] = now/fineBin + 1
}

// A fit is what the model makes of the trail.
type fit struct {
	Rate   float64                   // requests per second, the mean of what is likely
	Spread float64                   // standard deviation of its logarithm
	Burst  float64                   // requests, of the most likely bucket
	Kinds  [limiterKinds + 1]float64 // how likely each kind is, 1 in all
	Window [limiterKinds + 1]float64 // seconds, of the most likely window of a kind
}

// limiterKinds is how many kinds of limiter the model weighs, from KindBucket on.
const limiterKinds = LimitFixed

const (
	// maxFits is how many throttles the model looks into; then it is not one of the limiters it knows.
	maxFits = 5
	// sureSpread is how sure the model must be to end the search; settleAt is where the rate is held then.
	sureSpread, settleAt = 0.05, headroom
	// explore is how far above the mean the rate goes while the model is not sure, in standard deviations.
	explore = 0.7
	// unsureSpread is how unsure the model must be after two throttles to go and meet a third.
	unsureSpread = 0.15
	// caution is by how many standard deviations the rate stays below the mean after more throttles than two.
	caution = 0.15
	// cheapPause is how many seconds a pause may take for the rate to rise above what is most likely, once nothing was
	// throttled for calmPauses of them: by boldGain of itself a second.
	cheapPause, calmPauses, boldGain = 0.6, 14, 0.03
	// refit is how often it is asked whether what went unthrottled says more.
	refit = int64(time.Second / 2)
	// maxModelCost is what a throttle may cost for the model to wait for another one.
	maxModelCost = int64(10 * time.Second)
	// leastLikely is how likely a bucket must be, on average over all rates, to be reckoned with.
	leastLikely = 1e-3
	// longForBucket is how much less likely a bucket is if a header named a pause in which it would have refilled.
	longForBucket = 0.15
	// modelRates and modelWindows are how many rates and lengths are weighed, roundWindows how many round ones besides.
	modelRates, modelWindows, roundWindows = 48, 96, 9
	// kindThreshold is how likely a kind must be to be believed.
	kindThreshold = 0.6
	// windowsPrior is how likely a window is, rather than a bucket.
	windowsPrior = 0.35
	// usualHold is how much a bucket usually holds, in seconds of its rate; holdSpread how far that varies, as the
	// standard deviation of its logarithm.
	usualHold, holdSpread = 0.5, 1.1
)

// explain weighs buckets between low and high requests per second, and windows that admit between low and l.Top.
func (c *Controller) explain(now int64, low, high float64) (f fit, ok bool) {
	var space [maxStretches]stretch
	list := c.trail.read(now, &space)
	low = max(low, high/1000)
	if len(list) == 0 || c.Throttles[0] == 0 || high <= low {
		return f, false
	}
	per := c.inRequests(list)
	low, high = low/per, high/per
	defer func() { f.Rate, f.Burst = f.Rate*per, f.Burst*per }()

	var all weights
	var best [limiterKinds + 1]float64
	for i := range modelRates {
		r := low * math.Pow(high/low, (float64(i)+0.5)/modelRates)
		like, burst := c.Throttles.bucket(list, r)
		like *= (1 - windowsPrior) / modelRates
		if c.LongestPause > 1.5 && r*c.LongestPause > 3 {
			like *= longForBucket
		}
		all.add(r, like)
		if like > best[LimitBucket] {
			best[LimitBucket], f.Burst = like, burst
		}
		f.Kinds[LimitBucket] += like
	}
	for i := range roundWindows + modelWindows {
		w, prior := windowOf(i)
		for kind := LimitSliding; kind <= LimitFixed; kind++ {
			like, n := c.Throttles.window(list, w, kind)
			like *= windowsPrior / 2 * prior
			if rate := n / w; n >= 1 && rate >= low && rate <= max(high, c.Top/per) {
				all.add(rate, like)
				f.Kinds[kind] += like
				if like > best[kind] {
					best[kind], f.Window[kind] = like, w
				}
			}
		}
	}
	if all.sum < 1e-12 {
		return f, false
	}
	f.Rate, f.Spread = all.mean()
	for kind := range f.Kinds {
		f.Kinds[kind] /= all.sum
	}
	return f, true
}

// windowOf is the length of the i-th window that is weighed, in seconds, and how likely it is before anything was seen:
// half of them are round numbers, as people configure them.
func windowOf(i int) (seconds, prior float64) {
	round := [roundWindows]float64{1, 2, 3, 5, 10, 15, 20, 30, 60}
	if i < len(round) {
		return round[i], 0.5 / float64(len(round))
	}
	i -= len(round)
	return 0.5 * math.Pow(120, (float64(i)+0.5)/modelWindows), 0.5 / modelWindows
}

// weights are rates and how likely they are.
type weights struct{ sum, first, second float64 }

func (w *weights) add(rate, weight float64) {
	x := math.Log(rate)
	w.sum, w.first, w.second = w.sum+weight, w.first+weight*x, w.second+weight*x*x
}

// mean is the geometric mean, and the standard deviation of the logarithm.
func (w *weights) mean() (rate, spread float64) {
	mean := w.first / w.sum
	return math.Exp(mean), math.Sqrt(max(w.second/w.sum-mean*mean, 0))
}

// bucket is how well one of rate r explains the throttles, and what it must hold.
func (t *throttleTimes) bucket(list []stretch, r float64) (like, burst float64) {
	var at [len(throttleTimes{})]float64
	lack, most := 0.0, 0.0
	for i := range list {
		s := &list[i]
		lack = max(0, lack-r*s.Seconds) + s.Count
		most = max(most, lack)
		t.note(&at, s, lack)
	}
	like, burst = t.agree(&at, most, r/perSecond)
	if burst <= 0 {
		return 0, 0
	}
	u := math.Log(max(burst, 1)/r/usualHold) / holdSpread
	return like * math.Exp(-u*u/2), burst
}

// window is how well one of w seconds explains the throttles, and what it must admit.
func (t *throttleTimes) window(list []stretch, w float64, kind LimitKind) (like, n float64) {
	var at [len(throttleTimes{})]float64
	var most float64
	if kind == LimitFixed {
		most = t.fixed(list, w, &at)
	} else {
		most = t.sliding(list, w, &at)
	}
	return t.agree(&at, most, at[0]/w/perSecond)
}

// sliding is the most that any w seconds held; into at goes what those before each throttle did.
func (t *throttleTimes) sliding(list []stretch, w float64, at *[len(throttleTimes{})]float64) (most float64) {
	held, span, first := 0.0, 0.0, 0
	for i := range list {
		s := &list[i]
		held, span = held+s.Count, span+s.Seconds
		for span-list[first].Seconds >= w {
			held, span = held-list[first].Count, span-list[first].Seconds
			first++
		}
		part := 0.0
		if span > w {
			part = list[first].Count * (span - w) / list[first].Seconds
		}
		most = max(most, held-part)
		t.note(at, s, held-part)
	}
	return most
}

// fixed is the most that any window held. A window begins with the first request after the one before: one that begins
// with the clock looks the same, because after a throttle the first request is accepted when another window has begun.
func (t *throttleTimes) fixed(list []stretch, w float64, at *[len(throttleTimes{})]float64) (most float64) {
	held, age := 0.0, w
	for i := range list {
		s := &list[i]
		age += s.Seconds
		if age >= w {
			held = 0
		}
		if held == 0 {
			age = 0 // it begins with the next request
		}
		held += s.Count
		most = max(most, held)
		t.note(at, s, held)
	}
	return most
}

// note keeps what was held when a throttle came: the most around it, since what was in flight was accepted then.
func (t *throttleTimes) note(at *[len(throttleTimes{})]float64, s *stretch, held float64) {
	for k, bin := range t {
		if bin > 0 && s.End >= bin-1 && s.End-int64(s.Seconds*perSecond) < bin+1 {
			at[k] = max(at[k], held)
		}
	}
}

// agree is how well the throttles agree on a size, and that size. grain is what one bin may be off by.
func (t *throttleTimes) agree(at *[len(throttleTimes{})]float64, most, grain float64) (like, size float64) {
	n := 0.0
	for k := range at {
		if t[k] > 0 {
			size += at[k]
			n++
		}
	}
	size /= n
	sigma := 1 + 0.007*size + 0.3*grain
	off := 0.0
	for k := range at {
		if t[k] > 0 {
			off += (at[k] - size) * (at[k] - size)
		}
	}
	if most > size+2*sigma { // it should have been throttled before
		x := most - size - 2*sigma
		off += x * x
	}
	return math.Exp(-off / (2 * sigma * sigma)), size
}

// lockedOut finds out where to go on after the first throttle of all, if it cost so much that another one would cost more
// than it tells. If what stands there is a window, its quota may be used up at any rate. If it is a bucket that locks out,
// it must have been empty at that throttle, and retries say nothing: so the rate goes one deviation below what such a
// bucket is likely to refill at.
func (c *Controller) lockedOut(now int64, low, high float64) bool {
	if c.Ceiling > 0 || c.ThrottleCost < maxModelCost || c.Concurrency.Limit > 0 {
		return false
	}
	var space [maxStretches]stretch
	list := c.trail.read(now, &space)
	low = max(low, high/1000)
	if len(list) == 0 || high <= low {
		return false
	}
	per := c.inRequests(list)
	var buckets weights
	first := throttleTimes{c.ThrottledAt/fineBin + 1}
	for i := range modelRates {
		r := low / per * math.Pow(high/low, (float64(i)+0.5)/modelRates)
		like, _ := first.bucket(list, r)
		buckets.add(r, like)
	}
	if buckets.sum < leastLikely*modelRates {
		return false
	}
	rate, spread := buckets.mean()
	rate *= per
	safe := max(low, rate*math.Exp(-spread))
	c.hold(safe, min(high, safe/(1-nearlyFound)))
	return true
}

// wary reports whether the bracket is one that lockedOut left: in it the rate goes up by small steps.
func (c *Controller) wary() bool {
	return c.Fits == 0 && c.ThrottleCost >= maxModelCost && c.width() <= 1.001*nearlyFound
}

// modelled reports whether the search goes by the model.
func (c *Controller) modelled() bool {
	return c.trail.Newest > 0 && c.Concurrency.Limit == 0 && c.Fits < maxFits && c.ThrottleCost < maxModelCost
}

// identify ends the search if the model is sure of the limit, else goes on where it is likely to be.
func (c *Controller) identify(now int64, low, high float64) (ok bool) {
	f, ok := c.explain(now, low, high)
	if !ok {
		return false
	}
	c.Burst, c.FailedProbes = max(1, f.Burst), 0
	c.noteKind(&f)
	if f.Spread <= sureSpread {
		c.hold(settleAt*f.Rate, f.Rate)
		return true
	}
	c.Low = max(f.Rate*math.Exp(-f.Spread), low)
	c.Ceiling = f.Rate * math.Exp(1.5*f.Spread)
	if c.Fits <= 1 || c.Fits == 2 && f.Spread > unsureSpread {
		c.Target = f.Rate * math.Exp(explore*f.Spread*min(1, 1.2*float64(minThrottleCost)/float64(c.ThrottleCost)))
	} else {
		c.Target = settleAt * f.Rate * math.Exp(min(explore, c.boldness(now, f.Spread))*f.Spread)
	}
	return true
}

// boldness is by how many standard deviations the rate may be above what is most likely while the model is not sure. From
// the third throttle on it begins a little below, where throttles cost little or headers say what is left. Where they cost
// little, no header tells what is left, and the server has a burst, which jitter does not exhaust, it rises when nothing has
// been throttled for some time, later after each throttle that was met: so a limit is found that the throttles were too few
// to tell, or that a rival has left.
func (c *Controller) boldness(now int64, spread float64) (deviations float64) {
	if c.Sizes.Mean > 0 {
		return 0 // a limit of units hides for long that a rate is a little too high
	}
	pause, told := max(c.Last.Pause, MinPause.Seconds()), c.flows[0].ID != 0
	if c.Fits > 2 && (told || pause <= cheapPause) {
		deviations = -caution
	}
	if told || pause > cheapPause || c.Burst < 2 {
		return deviations
	}
	calm := calmPauses * pause * math.Exp2(float64(max(c.Fits-2, 0)))
	if quiet := float64(now-c.Since) / 1e9; quiet > calm {
		deviations += boldGain * (quiet - calm) / spread
	}
	return deviations
}

// noteKind notes which kind of limiter the throttles speak for, if they do for one.
func (c *Controller) noteKind(f *fit) {
	c.Kind = int64(LimitUnknown)
	for kind := LimitBucket; kind <= limiterKinds; kind++ {
		if f.Kinds[kind] >= kindThreshold {
			c.Kind, c.Likelihood, c.WindowLength = int64(kind), f.Kinds[kind], f.Window[kind]
		}
	}
}
