package pacing

import (
	"encoding/binary"
	"fmt"
	"math"
)

// AppendBinary appends s as 64-bit little-endian words: the scalars in a fixed order, then the
// documented windows, the budgets and their flows that are in use, what priorities have left, and the instant that is kept. It implements encoding.BinaryAppender.
func (s *State) AppendBinary(b []byte) ([]byte, error) {
	ints, floats := s.words()
	for _, p := range ints {
		b = binary.LittleEndian.AppendUint64(b, uint64(*p))
	}
	for _, p := range floats {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(*p))
	}
	for i := range s.Windows {
		if s.Windows[i].Limit > 0 {
			words := s.Windows[i].words()
			b = appendPart(b, i, words[:])
		}
	}
	for i := range s.Budgets {
		if s.Budgets[i].ID != 0 {
			words := s.Budgets[i].words()
			b = appendPart(b, MaxWindows+i, words[:])
		}
	}
	for i := range s.Controller.flows {
		if s.Controller.flows[i].ID != 0 {
			words := s.Controller.flows[i].words()
			b = appendPart(b, MaxWindows+MaxBudgets+i, words[:])
		}
	}
	if s.Controller.trail.Newest != 0 {
		words := s.Controller.trail.words()
		b = appendPart(b, MaxWindows+2*MaxBudgets, words[:])
	}
	if s.Priority.Until != 0 {
		words := s.Priority.words()
		b = appendPart(b, MaxWindows+2*MaxBudgets+1, words[:])
	}
	if s.Hold.Until != 0 {
		words := s.Hold.words()
		b = appendPart(b, MaxWindows+2*MaxBudgets+2, words[:])
	}
	return b, nil
}

// UnmarshalBinary is the inverse of AppendBinary.
func (s *State) UnmarshalBinary(b []byte) error {
	*s = State{}
	ints, floats := s.words()
	if len(b) < 8*(len(ints)+len(floats)) || len(b)%8 != 0 {
		return fmt.Errorf("a state of %d bytes", len(b))
	}
	next := func() uint64 {
		v := binary.LittleEndian.Uint64(b)
		b = b[8:]
		return v
	}
	for _, p := range ints {
		*p = int64(next())
	}
	for _, p := range floats {
		*p = math.Float64frombits(next())
	}
	for len(b) > 0 {
		i := next()
		words := s.part(i)
		if words == nil || len(b) < 8*len(words) {
			return fmt.Errorf("part %d of a state", i)
		}
		for _, p := range words {
			*p = int64(next())
		}
	}
	return s.check()
}

// check rejects numbers that no honest history can hold.
func (s *State) check() error {
	rate := s.Controller.Rate
	if !(rate > 0) || math.IsInf(rate, 0) || s.Interval <= 0 || s.Burst <= 0 {
		return fmt.Errorf("a rate of %v, an interval of %d, a burst of %d", rate, s.Interval, s.Burst)
	}
	return nil
}

// words lists the scalars in the order in which they are stored. A new one goes to the end of its
// list, with a new SchemaVersion.
func (s *State) words() (ints [56]*int64, floats [46]*float64) {
	l := &s.Controller
	ints = [...]*int64{
		&s.Opened, &s.Version, &s.Generation, &s.CutAt,
		&s.Interval, &s.Burst, &s.Next, &s.PauseUntil, &s.InFlight, &s.Scout,
		&s.Counts.Sent, &s.Counts.Accepted, &s.Counts.Throttled, &s.Counts.Events,
		&l.Since, &l.Admitted, &l.StageAt, &l.ProbeAt, &l.Probed, &l.ThrottleCost, &l.HoldUntil, &l.Gap, &l.PreviousGap,
		&l.Streak, &l.ThrottledAt, &l.ServerNamedPause, &l.Lockout, &l.LastThrottle, &l.RateSource,
		&s.SavedAt,
		&l.Concurrency.Limit, &l.Concurrency.Accepted, &l.Concurrency.Exceeded, &l.Concurrency.Lowest, &l.Concurrency.FalsePositives,
		&l.Aftershocks, &l.FailedProbes, &l.Confirmed, &s.Cycle,
		&l.Explained, &l.Known.ID, &l.Known.Period, &l.Known.Refill,
		&l.Kind, &l.Fits, &l.Throttles[0], &l.Throttles[1], &l.Throttles[2], &l.Throttles[3], &l.Throttles[4],
		&l.Concurrency.Previous, &l.Concurrency.Highest, &l.Endured, &l.Trusted, &s.cap.Set,
		&l.Looks,
	}
	floats = [...]*float64{
		&l.Rate, &l.Target, &l.Low, &l.Ceiling, &l.ProbeStep, &l.Burst, &l.Span, &l.Started, &l.PreviousCeiling, &l.ProbeExcess, &s.SavedRate, &l.Concurrency.Typical,
		&l.Now.Count, &l.Now.Time, &l.Now.StartRate, &l.Now.EndRate, &l.Now.RetriedFor, &l.Now.Pause, &l.Now.ServerNamed,
		&l.Last.Count, &l.Last.Time, &l.Last.StartRate, &l.Last.EndRate, &l.Last.RetriedFor, &l.Last.Pause, &l.Last.ServerNamed,
		&l.Aftershock, &l.FailedProbe, &l.BudgetRate, &l.Likelihood, &l.WindowLength, &l.High, &l.Top, &l.LongestPause, &l.Promised, &l.Concurrency.Mean,
		&l.Sizes.Mean, &l.Sizes.Largest, &l.Sizes.Ratio, &l.Sizes.Spread, &l.Concurrency.Took, &l.Concurrency.Varies,
		&l.Doubted, &l.DoubtedLow, &s.cap.Rate, &l.LookFrom,
	}
	return ints, floats
}

const windowWords = 2 + 3*runs

func (w *windowState) words() (out [windowWords]*int64) {
	out[0], out[1] = &w.Limit, &w.Per
	for i := range w.Runs {
		out[2+3*i], out[3+3*i], out[4+3*i] = &w.Runs[i].First, &w.Runs[i].Last, &w.Runs[i].Count
	}
	return out
}

func (b *budgetState) words() [11]*int64 {
	return [...]*int64{&b.ID, &b.Limit, &b.Lowest, &b.Remaining, &b.ResetAt, &b.Mark, &b.Early, &b.Waited, &b.Reserve, &b.Refill, &b.WholeAt}
}

// part returns the words of the i-th part: the documented windows, then the budgets, then their flows.
func (s *State) part(i uint64) []*int64 {
	switch {
	case i < MaxWindows:
		words := s.Windows[i].words()
		return words[:]
	case i < MaxWindows+MaxBudgets:
		words := s.Budgets[i-MaxWindows].words()
		return words[:]
	case i < MaxWindows+2*MaxBudgets:
		words := s.Controller.flows[i-MaxWindows-MaxBudgets].words()
		return words[:]
	case i == MaxWindows+2*MaxBudgets:
		words := s.Controller.trail.words()
		return words[:]
	case i == MaxWindows+2*MaxBudgets+1:
		words := s.Priority.words()
		return words[:]
	case i == MaxWindows+2*MaxBudgets+2:
		words := s.Hold.words()
		return words[:]
	}
	return nil
}

// appendPart appends a part that is in use, its place first.
func appendPart(b []byte, index int, words []*int64) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(index))
	for _, p := range words {
		b = binary.LittleEndian.AppendUint64(b, uint64(*p))
	}
	return b
}
