package pacing

import (
	"math"
	"time"
)

// A Cap is the most requests per second that the user lets a key send, whatever was learned. It bounds the pace and
// teaches nothing: once it is lifted, the key goes on at the rate that it was known to have.
type Cap struct {
	Rate float64   // requests per second; 0 means none
	Set  time.Time // when the user said so; what was said last holds
}

// Later reports whether c was said after d.
func (c Cap) Later(d Cap) bool { return c.Set.After(d.Set) }

// Sound reports whether a cap that was read makes sense.
func (c Cap) Sound() bool { return c.Rate >= 0 && !math.IsInf(c.Rate, 0) && !c.Set.IsZero() }

// capState is a Cap as a State keeps it.
type capState struct {
	Rate float64
	Set  int64 // Unix ns; 0 means never
}

// Cap returns the cap that holds.
func (s *State) Cap() Cap {
	c := Cap{Rate: s.cap.Rate}
	if s.cap.Set != 0 {
		c.Set = time.Unix(0, s.cap.Set)
	}
	return c
}

// SetCap makes the key keep to c, unless a later one holds. What was sent before says nothing of the rate that holds now: a
// measurement begins, and grants are void, so that a throttle of what was sent before is not taken for one of the capped rate.
func (s *State) SetCap(now int64, c Cap) {
	if !c.Later(s.Cap()) {
		return
	}
	before, settled := s.Interval, s.Controller.Streak == 0 && s.Scout == 0 && s.PauseUntil <= now
	same := c.Rate == s.cap.Rate
	s.cap = capState{Rate: c.Rate, Set: c.Set.UnixNano()}
	s.Version++
	if same {
		return
	}
	s.setInterval()
	if s.Controller.Streak == 0 { // else the end of the pause begins a measurement
		s.Controller.endTrial()
		s.Controller.restart(max(now, s.PauseUntil))
	}
	if !settled {
		return // a scout is wanted, or out
	}
	if sooner := before - s.Interval; sooner > 0 {
		s.Next -= sooner // the slot after the last one, at the pace that holds now
	}
	s.Generation++
	s.CutAt = s.Generation
	s.Cycle = 0 // all ask again
}

// endTrial gives up a rate that is being tried: it cannot be told any more whether it would have been throttled.
func (c *Controller) endTrial() {
	if c.ProbeStep > 0 && c.Low > 0 {
		c.hold(c.Low, c.Ceiling)
		c.Rate, c.ProbeStep = min(c.Rate, c.Low), 0
	}
}

// heldBack reports whether something other than the rate holds requests back, so that nothing tests the rate.
func (s *State) heldBack() bool {
	rate := s.Controller.Rate
	return s.Controller.BudgetRate > 0 && rate >= s.Controller.BudgetRate || s.cap.Rate > 0 && rate >= s.cap.Rate
}

// meetCap takes in, when a throttle is met, at what rate requests went.
func (s *State) meetCap() {
	if c := &s.Controller; s.cap.Rate > 0 && c.Rate > s.cap.Rate && c.Streak == 0 {
		c.Rate, c.Started = s.cap.Rate, min(c.Started, s.cap.Rate)
	}
}
