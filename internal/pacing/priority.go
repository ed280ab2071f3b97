package pacing

import "time"

// A Priority says which of the requests that wait for one key goes first. The zero value is PriorityNormal.
type Priority int8

// The priorities.
const (
	PriorityLow    Priority = -1 // goes when no request of a higher priority waits
	PriorityNormal Priority = 0
	PriorityHigh   Priority = 1 // goes before all others
)

// String returns the name used on the command line.
func (p Priority) String() string {
	return [...]string{"low", "normal", "high"}[p.rank()]
}

// rank is the priority as an index, whatever a caller made of it.
func (p Priority) rank() int { return 1 + int(max(PriorityLow, min(p, PriorityHigh))) }

const (
	priorities = 3
	// floorPart is the part of the slots, one in so many, that a lower priority gets while higher ones wait all the time.
	floorPart = 20
	// waitGrace is for how long a process that was told to ask again counts as waiting beyond that instant. One that
	// has died is waited for no longer.
	waitGrace = int64(50 * time.Millisecond)
	// maxKnownWait bounds for how long one is taken to wait that has not asked again.
	maxKnownWait = int64(time.Minute)
	// lowAhead is how far ahead the slot of a low priority may lie, besides the round trip of who asks; the longest
	// waiting may have one that lies lowExtra further. A higher priority that comes now waits for no more than that and one slot.
	lowAhead, lowExtra = int64(4 * time.Millisecond), int64(2 * time.Millisecond)
	// floorReach is how far ahead the slot may lie that the floor gives: the others take each as soon as it is
	// within the horizon.
	floorReach = int64(Horizon) + maxHandicap
	// steepestSlope keeps products of times exact in numbers of 53 bits.
	steepestSlope = 1024
	// minPriorityDelay and maxPriorityDelay bound for how long one is told to stay away because higher priorities wait.
	minPriorityDelay, maxPriorityDelay = int64(5 * time.Millisecond), int64(time.Second)
)

// priorityState is what the gate remembers of processes that wait, while they are not all of normal priority. Nobody
// holds a place: what is remembered ends by itself.
type priorityState struct {
	Until  int64             // no other field means anything from this instant on
	Waits  [priorities]int64 // by rank: one is known to wait until then
	Passed [priorities]int64 // slots that went to higher ones while one of this rank waited, less what the floor gave
	Cycle  int64             // of the low ones, see State.Cycle
}

func (q *priorityState) words() [2 + 2*priorities]*int64 {
	return [...]*int64{&q.Until, &q.Waits[0], &q.Waits[1], &q.Waits[2], &q.Passed[0], &q.Passed[1], &q.Passed[2], &q.Cycle}
}

// ranked reports whether priorities have a say in what is asked for.
func (s *State) ranked(now int64, ask *ReserveRequest) bool {
	return (!ask.Exact || ask.Ranked) && (ask.Priority != PriorityNormal || now < s.Priority.Until)
}

// outranked returns until when one is known to wait that goes before a rank; 0 if none does.
func (q *priorityState) outranked(now int64, rank int) (until int64) {
	for i := rank + 1; i < priorities; i++ {
		if q.Waits[i] > now {
			until = max(until, q.Waits[i])
		}
	}
	return until
}

// owed is how many slots of that cost the floor gives to a rank at most.
func (q *priorityState) owed(rank int, cost int64) int64 {
	if rank == priorities-1 {
		return 0
	}
	return q.Passed[rank] / (cost * (floorPart - 1))
}

// A claim is what priorities make of a request.
type claim struct {
	rank  int
	until int64 // others go first until then; 0 if nobody does
	slots int64 // of those it asked for
	owed  bool  // the floor gives it a slot
}

// claim works out what one may have of so many slots.
func (s *State) claim(now int64, ask *ReserveRequest, cost int64) claim {
	q := &s.Priority
	c := claim{rank: ask.Priority.rank(), slots: max(ask.Slots, 1)}
	if now >= q.Until {
		*q = priorityState{Cycle: q.Cycle}
	}
	if c.rank == PriorityLow.rank() {
		c.slots = min(c.slots, max(s.lowHorizon(ask)/s.Interval/cost, 1)) // a lease is no reason to hold more
	}
	owed := q.owed(c.rank, cost)
	c.owed = owed > 0
	if c.until = q.outranked(now, c.rank); c.until > 0 {
		c.slots = min(c.slots, owed)
	}
	return c
}

// reachOf is how far ahead the slot of a claim may lie.
func (s *State) reachOf(c *claim, ask *ReserveRequest, reason Reason) int64 {
	switch {
	case c.owed && reason == ReasonRate:
		return floorReach + int64(ask.Ahead)
	case c.rank > PriorityLow.rank():
		return s.horizon(ask, reason)
	case reason == ReasonRate:
		slope := s.lowSlope()
		return s.lowHorizon(ask) - min(max(s.untilLow(int64(ask.Waited)), 0)/slope, lowExtra)
	}
	return s.lowHorizon(ask)
}

// lowHorizon is how far ahead the slot of a low priority may lie: one that comes alone as far as its way back, and where
// several come within a round trip as far as that, so that none is lost while the next are asked for.
func (s *State) lowHorizon(ask *ReserveRequest) int64 {
	ahead := int64(ask.Ahead)
	if s.Interval >= 2*ahead {
		ahead /= 2
	}
	return lowAhead + lowExtra + ahead
}

// lowTurn is for how long the low ones wait for each other.
func (s *State) lowTurn() int64 { return max(s.Priority.Cycle, 2*s.Interval) }

func (s *State) untilLow(waited int64) int64 { return s.lowTurn() - waited }

// lowSlope spreads lowExtra over the whole turn: however many low ones there are, the longest waiting is first.
func (s *State) lowSlope() int64 { return max(1, min(s.lowTurn()/lowExtra, steepestSlope)) }

// comeBack is how soon it is worth to ask again for what is still too far away, or belongs to others.
func (s *State) comeBack(now, left int64, c *claim, ask *ReserveRequest, cost int64, reason Reason) int64 {
	switch {
	case c.slots == 0 && ask.Exact: // another gate paces: how soon the floor owes a slot is not known here
		return max(minPriorityDelay, min(c.until-now, maxPriorityDelay))
	case ask.Exact:
		return left
	case c.slots == 0:
		due := (cost*(floorPart-1) - s.Priority.Passed[c.rank]) * s.Interval
		return max(minPriorityDelay, min(c.until-now, due, maxPriorityDelay))
	case c.owed && reason == ReasonRate:
		return left - int64(Horizon) - maxHandicap/2 - int64(ask.Ahead)
	case c.rank > PriorityLow.rank():
		return int64(s.askAgain(left, ask, reason))
	case reason == ReasonRate:
		return s.lowDelay(left, ask)
	case reason == ReasonBudget && s.InFlight > 0:
		return min(left-s.lowHorizon(ask), int64(budgetPoll))
	}
	return left - s.lowHorizon(ask)
}

// lowDelay is askDelay among the low ones.
func (s *State) lowDelay(left int64, ask *ReserveRequest) int64 {
	slope, waited := s.lowSlope(), int64(ask.Waited)
	soonest := left - s.lowHorizon(ask)
	inReach := (slope*soonest + s.untilLow(waited) + slope) / (slope + 1)
	wait := min(soonest+lowExtra, max(soonest, inReach))
	if cycle := s.Priority.Cycle; cycle > 2*s.Interval {
		wait = max(wait, min(cycle-cycle/8-waited, maxAskDelay))
	}
	return wait
}

// waits remembers that one of a rank waits, and is about to ask again.
func (q *priorityState) waits(now, wait int64, rank int, ask *ReserveRequest) {
	q.Waits[rank] = max(q.Waits[rank], now+min(wait, maxKnownWait)+waitGrace+int64(ask.Ahead))
	q.Until = max(q.Until, q.Waits[rank])
}

// serve counts for the floor what was taken, and how long the low ones wait for each other.
func (q *priorityState) serve(now int64, c *claim, cost int64, waited int64, atOnce bool) {
	for i := range c.rank {
		if q.Waits[i] <= now {
			q.Passed[i] = 0
			continue
		}
		q.Passed[i] += cost
	}
	if c.rank < priorities-1 {
		q.Passed[c.rank] = max(q.Passed[c.rank]-cost*(floorPart-1), 0)
	}
	switch {
	case c.rank > PriorityLow.rank():
	case atOnce:
		q.Cycle = 0
	case c.until == 0:
		q.Cycle = (3*q.Cycle + min(waited, int64(time.Hour))) / 4
	}
}

// reserveRanked is Reserve where priorities have a say.
func (s *State) reserveRanked(now int64, ask *ReserveRequest) Reservation {
	cost := max(ask.Cost, 1)
	c := s.claim(now, ask, cost)
	from, requests, held := now+int64(ask.After), int64(1), s.held(now, ask)
	if s.Scout == 0 && !held && c.slots > 1 {
		requests = s.fitting(from, c.slots, cost, ask.Ahead)
	}
	total := cost * requests
	at, reason := s.earliest(now, from, total)
	left, last := at-now, at+s.lasts(ask, total, requests)
	if s.Scout > at {
		return s.turnAway(now, left, min(s.Scout-now, left+scoutPoll), ReasonScout, &c, ask)
	}
	if c.slots > 0 && held && s.putsOff(now, at, last, total) {
		wait, turn := s.yield(now, left)
		return s.turnAway(now, int64(turn.Until), wait, turn.Reason, &c, ask)
	}
	if c.slots == 0 || ask.Exact && at > from || !ask.Exact && left > s.reachOf(&c, ask, reason) {
		wait := s.comeBack(now, left, &c, ask, cost, reason)
		if c.slots == 0 {
			reason = ReasonPriority
		}
		rank := c.rank
		if c.owed {
			rank = PriorityHigh.rank()
		}
		short := s.short(now, at, wait, ask, reason, rank)
		turn := s.turnAway(now, left, wait, reason, &c, ask)
		turn.Short = short
		return turn
	}
	atOnce := at == from
	if c.rank > PriorityLow.rank() {
		s.noteServed(int64(ask.Waited), atOnce)
	}
	s.Priority.serve(now, &c, total, int64(ask.Waited), atOnce)
	s.served(ask)
	return s.grant(now, at, last, total, reason)
}

// turnAway answers one who has to ask again, and remembers that he waits.
func (s *State) turnAway(now, left, wait int64, reason Reason, c *claim, ask *ReserveRequest) Reservation {
	s.Priority.waits(now, wait, c.rank, ask)
	return Reservation{Wait: time.Duration(wait), Until: time.Duration(left), Reason: reason}
}
