package limiter

import "time"

// A Phase is what the law is about with a key's rate.
type Phase int

// The phases.
const (
	PhaseUnknown   Phase = iota // not told: outcomes are told to the store together
	PhaseRefused                // refused: everybody pauses, then one request finds out whether there is room
	PhaseClimbing               // no limit was ever met: faster and faster
	PhaseSearching              // the limit lies between Insight.Low and Insight.Ceiling
	PhaseHolding                // just under the limit
	PhaseProbing                // above what is known, to see whether the limit has risen
	PhaseCrowded                // what is bounded is how many requests are in flight, see Verdict.Slots
)

// String returns the name used in --log-json; empty for PhaseUnknown.
func (p Phase) String() string {
	names := [...]string{"", "refused", "climbing", "searching", "holding", "probing", "crowded"}
	return names[max(0, min(p, PhaseCrowded))]
}

// An Insight is what the law knows and is about: for people, to understand a rate.
type Insight struct {
	Phase   Phase
	Low     float64       // requests per second, the most that was not refused; 0 if unknown
	Ceiling float64       // requests per second, the limit as far as it is known; 0 while none was met
	Burst   float64       // requests that the server lets through beyond its limit after a pause; 0 while unknown
	Window  time.Duration // of a server that admits so many requests in a span of time; else 0
	Lockout time.Duration // how long refusals were seen to last where no header says so; 0 while unknown
	ProbeIn time.Duration // PhaseHolding: no probe before; else 0
	Capped  bool          // the rate is at Params.MaxRate
}

// insight tells what there is to say of the law at now. It goes field by field: to copy a
// whole that was written in parts just now makes the processor wait.
func (s *State) insight(now int64, p *Params, in *Insight) {
	l := &s.Law
	in.Phase, in.Low, in.Ceiling, in.Burst = l.phase(), l.Low, l.Ceiling, l.Burst
	in.Window, in.Lockout = time.Duration(l.Span*float64(time.Second)), time.Duration(l.Lockout)
	in.Capped = p.MaxRate > 0 && l.Rate >= p.MaxRate
	if in.Phase == PhaseHolding {
		in.ProbeIn = time.Duration(max(0, l.HoldUntil-now))
	}
}

func (l *Law) phase() Phase {
	switch {
	case l.Streak > 0:
		return PhaseRefused
	case l.Crowd.Slots > 0:
		return PhaseCrowded
	case l.Ceiling == 0:
		return PhaseClimbing
	case l.Stride > 0:
		return PhaseProbing
	case l.width() > narrow:
		return PhaseSearching
	}
	return PhaseHolding
}
