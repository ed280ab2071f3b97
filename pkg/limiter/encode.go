package limiter

import (
	"encoding/binary"
	"fmt"
	"math"
)

// AppendBinary appends s as 64-bit little-endian words: the scalars in a fixed order, then the
// documented windows that are in use. It implements encoding.BinaryAppender.
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
			b = s.Windows[i].append(b, i)
		}
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
		if i >= MaxWindows || len(b) < 8*windowWords {
			return fmt.Errorf("window %d of a state", i)
		}
		for _, p := range s.Windows[i].words() {
			*p = int64(next())
		}
	}
	return s.check()
}

// check refuses numbers that no honest history can hold.
func (s *State) check() error {
	rate := s.Law.Rate
	if !(rate > 0) || math.IsInf(rate, 0) || s.Interval <= 0 || s.Burst <= 0 {
		return fmt.Errorf("a rate of %v, an interval of %d, a burst of %d", rate, s.Interval, s.Burst)
	}
	return nil
}

// words lists the scalars in the order in which they are stored. A new one goes to the end of its
// list, with a new SchemaVersion.
func (s *State) words() (ints [23]*int64, floats [4]*float64) {
	ints = [...]*int64{
		&s.Opened, &s.Version, &s.Generation, &s.CutAt,
		&s.Interval, &s.Burst, &s.Next, &s.PauseUntil, &s.Scout,
		&s.Counts.Sent, &s.Counts.Accepted, &s.Counts.Throttled, &s.Counts.Events,
		&s.Law.Since, &s.Law.Admitted, &s.Law.HoldUntil, &s.Law.Gap,
		&s.Law.Streak, &s.Law.RefusedAt, &s.Law.Lockout, &s.Law.LastThrottle,
		&s.Law.From, &s.SavedAt,
	}
	floats = [...]*float64{&s.Law.Rate, &s.Law.Ceiling, &s.Law.Safe, &s.SavedRate}
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

func (w *windowState) append(b []byte, index int) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(index))
	for _, p := range w.words() {
		b = binary.LittleEndian.AppendUint64(b, uint64(*p))
	}
	return b
}
