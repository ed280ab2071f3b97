package pacing

import "time"

// Processes that wait for one key do not see each other: each asks, is turned away, and asks again. So that
// they are served in turn, who has waited longest reaches furthest ahead, and takes the next slot before a
// younger one may ask for it. And so that they do not ask for nothing, the gate remembers how long those it
// served had waited, and tells the others to come when that time is nearly over. Nobody holds a place: who
// dies, or has all the slots to himself, changes nothing but these two times.

const (
	// In a crowd a slot has to be nearer by mostHandicap for one who has only come, and by a part of the time
	// he has yet to wait until it is his turn.
	maxHandicap   = int64(Horizon / 2)
	handicapSlope = 8
	// Where nobody else was seen it is only just enough for one who comes beside a process that has all the
	// slots to be served before its next request.
	maxPoliteness   = int64(5 * time.Millisecond)
	politenessSlope = 64
	// maxAskDelay is how long at most a caller is told to stay away because others come first: some of them
	// may be gone.
	maxAskDelay = int64(time.Second)
)

// contended reports whether several processes wait: alone, one waits for one slot at a time.
func (s *State) contended() bool { return s.Cycle > 2*s.Interval }

// slope says which part of the time one has yet to wait is the handicap, and what it is at most.
func (s *State) slope() (slope, most int64) {
	if s.contended() {
		return handicapSlope, maxHandicap
	}
	return politenessSlope, maxPoliteness
}

// untilTurn is how much longer one has to wait to have the next slot before anybody else; negative if it is his turn.
func (s *State) untilTurn(waited int64) int64 { return max(s.Cycle, 2*s.Interval) - waited }

// reach is how far ahead a slot may lie for one who has waited for so long.
func (s *State) reach(waited int64) int64 {
	slope, most := s.slope()
	return int64(Horizon) - min(max(s.untilTurn(waited), 0)/slope, most)
}

// askDelay is how soon one may ask again who has waited for so long, and whose slot is left away: when it is within
// reach by then, or when his turn is near.
func (s *State) askDelay(left, waited int64) int64 {
	slope, most := s.slope()
	soonest := left - int64(Horizon)
	inReach := (slope*soonest + s.untilTurn(waited) + slope) / (slope + 1)
	wait := min(soonest+most, max(soonest, inReach))
	if s.contended() {
		wait = max(wait, min(s.Cycle-s.Cycle/8-waited, maxAskDelay))
	}
	return wait
}

// noteServed notes how long one had waited who got a slot. If it was there at once, nobody is in the way of others.
func (s *State) noteServed(waited int64, atOnce bool) {
	if atOnce {
		s.Cycle = 0
		return
	}
	s.Cycle = (3*s.Cycle + min(waited, int64(time.Hour))) / 4
}
