package pacing

import "time"

// A Phase is what the controller is about with a key's rate.
type Phase int

// The phases.
const (
	PhaseUnknown     Phase = iota // not told: outcomes are told to the store together
	PhaseThrottled                // throttled: all clients pause, then one request finds out whether there is room
	PhaseIncreasing               // no limit was ever met: faster and faster
	PhaseSearching                // the limit lies between Insight.Low and Insight.Ceiling
	PhaseHolding                  // just under the limit
	PhaseProbing                  // above what is known, to see whether the limit has risen
	PhaseConcurrency              // what is bounded is how many requests are in flight, see Verdict.Slots
)

// String returns the name used in --log-json; empty for PhaseUnknown.
func (p Phase) String() string {
	names := [...]string{"", "throttled", "climbing", "searching", "holding", "probing", "crowded"}
	return names[max(0, min(p, PhaseConcurrency))]
}

// A LimitKind is a kind of limiter, as far as a server's responses tell.
type LimitKind int

// The kinds of limiter.
const (
	LimitUnknown     LimitKind = iota
	LimitBucket                // quota refills evenly, up to a burst
	LimitSliding               // so many in any span of time
	LimitFixed                 // so many in each of a row of windows
	LimitRefilling             // headers show that quota comes back all the time: a bucket, or a sliding window
	LimitConcurrency           // so many in flight at once
)

// String returns the name used in --log-json; empty for KindUnknown.
func (k LimitKind) String() string {
	names := [...]string{"", "bucket", "sliding window", "fixed window", "refilling", "concurrency"}
	return names[max(0, min(k, LimitConcurrency))]
}

// A Diagnostics is what the controller knows and is about: for people, to understand a rate.
type Diagnostics struct {
	Phase   Phase
	Low     float64       // requests per second, the most that was not throttled; 0 if unknown
	Ceiling float64       // requests per second, the limit as far as it is known; 0 while none was met
	Burst   float64       // requests that the server lets through beyond its limit after a pause; 0 while unknown
	Window  time.Duration // of a server that admits so many requests in a span of time; else 0
	Lockout time.Duration // how long throttles were seen to last where no header says so; 0 while unknown
	ProbeIn time.Duration // PhaseHolding: no probe before; else 0
	Capped  bool          // the rate is at Params.MaxRate
	Cap     float64       // requests per second, the user's Cap; 0 if there is none

	Kind         LimitKind     // of limiter, that is believed to be there
	Likelihood   float64       // how likely it is by the throttles that were seen, in (0, 1]; 1 where headers show it
	WindowLength time.Duration // of its window; 0 if it has none, or it is not known
	Refill       float64       // requests per second that headers show to come back; else 0
}

// insight tells what there is to say of the controller at now. It goes field by field: to copy a
// whole that was written in parts just now makes the processor wait.
func (s *State) insight(now int64, p *Params, in *Diagnostics) {
	l := &s.Controller
	in.Phase, in.Low, in.Ceiling, in.Burst = l.phase(), l.Low, l.Ceiling, l.Burst
	in.Window, in.Lockout = time.Duration(l.Span*float64(time.Second)), time.Duration(l.Lockout)
	in.Capped, in.Cap = p.MaxRate > 0 && l.Rate >= p.MaxRate, s.cap.Rate
	s.kind(now, in)
	if in.Phase == PhaseHolding {
		in.ProbeIn = time.Duration(max(0, l.HoldUntil-now))
	}
}

func (c *Controller) phase() Phase {
	switch {
	case c.Streak > 0:
		return PhaseThrottled
	case c.Concurrency.Limit > 0:
		return PhaseConcurrency
	case c.Ceiling == 0:
		return PhaseIncreasing
	case c.ProbeStep > 0, c.looking():
		return PhaseProbing
	case c.width() > narrow:
		return PhaseSearching
	}
	return PhaseHolding
}

// kind tells which kind of limiter is believed to be there: the one that headers show, else the one that explains the
// throttles.
func (s *State) kind(now int64, in *Diagnostics) {
	l := &s.Controller
	if l.BudgetRate > 0 {
		if f := l.tightest(now); f != nil && f.Refills == 1 {
			in.Kind, in.Likelihood, in.Refill = LimitRefilling, 1, float64(f.Refill)/1000
			return
		} else if f != nil && f.Period > 0 {
			in.Kind, in.Likelihood, in.WindowLength = LimitFixed, 1, time.Duration(f.Period)
			return
		}
	}
	switch {
	case l.Concurrency.Limit > 0:
		in.Kind, in.Likelihood = LimitConcurrency, 1
	case l.Kind != 0:
		in.Kind, in.Likelihood, in.WindowLength = LimitKind(l.Kind), l.Likelihood, time.Duration(l.WindowLength*1e9)
	}
}
