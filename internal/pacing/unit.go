package pacing

import (
	"math"
	"time"
)

// Limits that count something else than requests: tokens, points. Such a limit has a State of its own, in which a slot is
// one unit. Rates, ceilings and counts are units then, and the controller is the same; but it reckons here and there with
// requests, of which one more or less proves nothing: with what a request takes on average, a lump.
//
// What a request takes is reserved as an estimate, and settled when it is known: what was too much is given back by
// [State.Cancel], what was too little is charged by [Event.Cost].

// Sizes are what requests take of such a limit, of late. The zero value says that nothing is known, or that slots are
// requests.
type Sizes struct {
	Mean    float64 // slots of a request
	Largest float64 // slots of the largest
	Ratio   float64 // of what was taken to what was estimated; 0 while unknown
	Spread  float64 // standard deviation of Ratio
}

// Sound reports whether the sizes are such as can have been learned.
func (s Sizes) Sound() bool {
	for _, x := range [...]float64{s.Mean, s.Largest, s.Ratio, s.Spread} {
		if !(x >= 0) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}

// unknownSize is what a request is taken to take while nothing is known.
const unknownSize = 1

// Amount is what to reserve for a request: what it is estimated to take, corrected by what estimates turned out to be
// worth, and so much more that too little is rare. Without an estimate it is what requests take on average.
func (s Sizes) Amount(estimate int64) int64 {
	switch {
	case estimate <= 0 && s.Mean > 0:
		return int64(math.Ceil(s.Mean))
	case estimate <= 0:
		return unknownSize
	case s.Ratio > 0:
		return max(int64(math.Ceil(float64(estimate)*(s.Ratio+s.Spread))), 1)
	}
	return estimate
}

// lump is how many slots a request takes on average.
func (c *Controller) lump() float64 { return max(c.Sizes.Mean, 1) }

// noteSizes keeps what requests take of late. While nothing is known of the limit, a rate that was to be so many requests a
// second follows what those take.
func (s *State) noteSizes(p *Params, ev *Event) {
	c := &s.Controller
	if ev.Sizes.Mean <= 0 {
		return
	}
	c.Sizes = ev.Sizes
	if p.RequestRate > 0 && c.Ceiling == 0 && c.Streak == 0 && !ev.NoLearn {
		c.Rate = max(c.Rate, p.clamp(p.RequestRate*c.Sizes.Mean))
	}
}

// shortDebt is how long it may take at least until what was taken is paid for, without being a nuisance.
const shortDebt = int64(time.Second)

// advance makes the next slot come sooner by as much as what was taken before takes less time than it was thought to, at
// the interval of before: the rate was a guess while nothing was known of the limit, and a large request that went at once
// is paid for afterwards. It reports whether that is so; gate.lua does the same.
func (s *State) advance(now, interval int64) bool {
	if s.Controller.Sizes.Mean == 0 || s.Controller.Ceiling > 0 || s.Controller.BudgetRate > 0 || s.Interval >= interval {
		return false
	}
	if left := s.nextSlot() - now; left > shortDebt {
		s.Next -= left - max(int64(float64(left)*float64(s.Interval)/float64(interval)), shortDebt)
	}
	return true
}

// requestsInFlight is how many requests were in flight, 0 where something else is counted: that is no concurrency.
func (ev *Event) requestsInFlight() int64 {
	if ev.Sizes.Mean > 0 {
		return 0
	}
	return ev.InFlight
}

// lumpParts is how finely a trail keeps what a request takes.
const lumpParts = 16

// binSize is how many slots a trail keeps as one, so that its small numbers are enough.
func (c *Controller) binSize() int64 { return max(int64(c.Sizes.Mean/lumpParts), 1) }

// size is how many slots the trail keeps as one.
func (t *trail) size() float64 { return float64(max(t.Size, 1)) }

// whole is how many are kept for count more slots. What is not enough for one waits for the next.
func (t *trail) whole(count int64) int64 {
	if t.Size <= 1 {
		return count
	}
	t.Rest += count
	n := t.Rest / t.Size
	t.Rest -= n * t.Size
	return n
}

// inRequests makes requests of what a trail has kept, and returns how many slots each takes.
func (c *Controller) inRequests(list []stretch) (slots float64) {
	slots = c.lump()
	if factor := c.trail.size() / slots; factor != 1 {
		for i := range list {
			list[i].Count *= factor
		}
	}
	return slots
}

// increases raises the rate for so many accepted slots that the pace had held back.
func (c *Controller) increases(now int64, p *Params, slots int64) {
	if c.Sizes.Mean > 0 {
		if slots > 0 {
			c.increase(now, p, float64(slots))
		}
		return
	}
	for range slots {
		c.increase(now, p, 1)
	}
}

// charge takes in slots that were used beyond those granted.
func (s *State) charge(now, slots int64) {
	s.Counts.Sent += slots
	s.Next = max(s.Next, now) + slots*s.Interval
	for i := 0; i < MaxWindows && s.Windows[i].Limit > 0; i++ {
		s.Windows[i].record(now, now, now, slots)
	}
	for i := range s.Budgets {
		if b := &s.Budgets[i]; b.ID != 0 && b.ResetAt != 0 {
			b.Remaining -= slots
		}
	}
}

// kept is what is not spent of quota that refills: for jitter, and where requests are of all sizes for the largest, which
// would be throttled if less than it takes were left.
func (f *flow) kept() float64 {
	if f.Lump > 0 {
		return min(float64(f.Largest+f.Lump), float64(f.MostRemaining)*3/4)
	}
	kept := min(float64(f.MostRemaining)/20, 3)
	if f.Span > keptSpan || f.MostRemaining > fewOfLog {
		return 1 + kept
	}
	return 0.8 + min(kept, float64(f.Ahead+1)/2)
}

const (
	// keptSpan is how long a reset may be away for less to be kept where few are in flight: a throttle may cost as much.
	keptSpan = shortWindow / 2
	// agreeing is how many resets in a row must tell of the same refill rate for it to be believed, and toldWithin how near
	// they must lie.
	agreeing, toldWithin = 4, 0.03
)

// toldRefill takes in that a reset may tell how long it takes until all is there again: then what is missing, divided by
// it, is the rate at which it refills. To see that from movements takes requests of about the same size.
func (f *flow) toldRefill(now int64, told *Budget) {
	if rate := int64(told.Refill * 1000); rate > 0 {
		f.Told, f.Agreed = rate, agreeing
		f.refillAsTold(now)
		return
	}
	missing := told.Limit - told.Remaining
	if missing < max(told.Limit/50, f.Lump/2, 1) || told.Reset <= 0 || !told.Exact {
		return
	}
	rate := int64(float64(missing) / told.Reset.Seconds() * 1000)
	if off := rate - f.Told; f.Told > 0 && float64(max(off, -off)) <= toldWithin*float64(f.Told) {
		f.Agreed = min(f.Agreed+1, agreeing)
		f.Told += off / 4
	} else {
		f.Agreed, f.Told = 0, max(rate, 1)
	}
	if f.tellsRefill() {
		f.refillAsTold(now)
	}
}

// refillAsTold follows a bucket that refills at the rate that was told.
func (f *flow) refillAsTold(now int64) {
	f.Refills, f.Refill, f.Period, f.Begun = 1, f.Told, 0, 0
	f.Run, f.Flat, f.RoseAt = minRun, 0, now
}

// tellsRefill reports whether it is known from resets how fast quota refills.
func (f *flow) tellsRefill() bool { return f.Agreed >= agreeing }

// paceFrom is from when on a pace is asked for: where requests are of all sizes from the next slot, for what the last of
// them took has not refilled before.
func (f *flow) paceFrom(now, next int64) int64 {
	if f.Lump > 0 {
		return max(now, next)
	}
	return now
}
