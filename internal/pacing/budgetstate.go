package pacing

import "time"

// budgetState follows what headers say is left of one limit. Instants are the store's.
//
// Responses arrive out of order and tell of different moments. Within one window what is left only falls:
// so the least that any answer told counts every request that the server had seen by then, and those it
// does not count are among the ones not answered yet. What is left is that least, less those.
type budgetState struct {
	ID        int64 // of the Budget; 0 is free
	Limit     int64 // requests in all; 0 if unknown
	Lowest    int64 // the least that a response told since the window began
	Remaining int64 // may still be granted before ResetAt: Least without what is not answered yet
	ResetAt   int64 // when more is there; 0 if nothing is known any more
	Mark      int64 // Counts.Sent when the newest request was granted whose answer told something
	Early     int64 // by how much the server's resets were seen to be named too early
	Waited    int64 // 1 if the first request after ResetAt is to find out
	Reserve   int64 // what is not used: for others, and for what was counted in another order

	// Where slots come back one by one and requests take several (see budgetneed.go).
	Refill  int64 // ns until another slot is there; 0 where that is not so
	WholeAt int64 // when all of Limit is there, if nothing is in flight
}

const (
	// reservePart is how much of a limit is left for others, and for what was counted in another order.
	reservePart = 200
	// leaseLength bounds the time that a lease's slots take, in ns: the rate may have fallen since they were asked for.
	leaseLength = int64(100 * time.Millisecond)
	// leaseTrips is how many round trips a lease may last instead, where the store is far away; no longer than maxLeaseLength.
	leaseTrips     = 2
	maxLeaseLength = int64(500 * time.Millisecond)
	// smallLimit is a limit of which nothing can be left.
	smallLimit = 10
	// lateReset is by how much a reset has to move for another window to have begun.
	lateReset = int64(1500 * time.Millisecond)
	// maxEarly bounds what is added to a reset: whole seconds are cut off at most.
	maxEarly = int64(2 * time.Second)
)

// reserveOf is what is not used of a limit of which no more is known.
func reserveOf(limit int64) int64 {
	if limit > 0 && limit < smallLimit {
		return 0
	}
	return 1 + min(limit/reservePart, 20)
}

// spent reports whether cost more is too much.
func (b *budgetState) spent(cost int64) bool {
	return b.ResetAt != 0 && b.Remaining < cost+b.Reserve
}

// earliestInBudgets moves at on to the reset of every budget that is used up.
func (s *State) earliestInBudgets(at, cost int64, reason Reason) (int64, Reason) {
	for i := range s.Budgets {
		b := &s.Budgets[i]
		if b.Refill != 0 {
			if there := b.holds(cost, s.InFlight); there > at {
				at, reason = there, ReasonBudget
			}
		}
		if b.ID == 0 || !b.spent(cost) {
			continue
		}
		if reset := b.ResetAt + b.Early; reset > at {
			at, reason = reset, ReasonBudget
		}
	}
	return at, reason
}

// spend takes cost off every budget. A grant after the reset of one that was used up goes alone: its
// answer tells what there is now.
func (s *State) spend(at, cost int64) {
	for i := range s.Budgets {
		b := &s.Budgets[i]
		switch {
		case b.ID == 0 || b.ResetAt == 0:
		case at < b.ResetAt+b.Early:
			b.Remaining -= cost
		default:
			if b.spent(cost) && s.Scout == 0 {
				s.Scout = scoutWanted
				b.Waited = 1
			}
			b.ResetAt, b.Remaining = 0, 0
		}
	}
}

// observe takes in what a response says is left, of which v tells what else followed from it. It reports whether more may
// be sent now than was thought.
func (s *State) observe(now int64, p *Params, ev *Event, v *Update) (eased bool) {
	s.Controller.promise(p, ev.Budgets.promised)
	for i := range ev.Budgets.Len() {
		told := ev.Budgets.At(i)
		b := s.budget(told.ID, now)
		if b == nil {
			continue
		}
		spent := b.spent(1)
		if b.observe(now, p, ev, told) && v.Scouted {
			s.InFlight = 0 // whatever was lost without a response is forgotten
		}
		b.Remaining = max(b.Lowest-s.InFlight, 0)
		f := s.Controller.flow(told.ID)
		f.observe(now, ev, told, v.Cut)
		s.Controller.lookBack(now, f)
		b.follow(now, f)
		eased = eased || spent && !b.spent(1)
	}
	return eased
}

// budget returns the state of a budget, made if there is room; nil if there is none.
func (s *State) budget(id, now int64) *budgetState {
	var free *budgetState
	for i := range s.Budgets {
		b := &s.Budgets[i]
		if b.ID == id {
			return b
		}
		if free == nil && (b.ID == 0 || b.ResetAt == 0 || b.ResetAt < now) {
			free = b
		}
	}
	if free != nil {
		*free = budgetState{ID: id}
	}
	return free
}

// observe reports whether another window has begun.
func (b *budgetState) observe(now int64, p *Params, ev *Event, told *Budget) (another bool) {
	reset := now + int64(told.Reset)
	if told.Reset < 0 {
		reset = now + int64(p.DefaultPause) // no time is named: look again soon
	}
	b.learnEarly(told)
	newest := ev.Mark >= b.Mark
	another = b.ResetAt == 0 || reset > b.ResetAt+lateReset
	switch {
	case !newest && (another || reset < b.ResetAt-lateReset):
		return false // an old response, told of a window that is over
	case another, told.Remaining < b.Lowest:
		b.Lowest = told.Remaining
	case newest && told.Remaining >= b.Lowest+max(ev.InFlight, 1):
		b.Lowest = told.Remaining // more than requests that overtook each other can explain: some has come back
	}
	b.Mark = max(b.Mark, ev.Mark)
	b.Limit = told.Limit
	if another || told.Reset < 0 {
		b.ResetAt = reset
	} else {
		b.ResetAt = min(b.ResetAt, reset)
	}
	return another
}

// learnEarly finds out whether resets are named too early, as those are that were rounded down: then the
// first request after one is throttled, or told that no more is left than before.
func (b *budgetState) learnEarly(told *Budget) {
	if b.Waited == 0 {
		return
	}
	b.Waited = 0
	if told.Remaining <= b.Reserve {
		b.Early = min(max(2*b.Early, int64(MinPause)), maxEarly)
	}
}

// fitting is for how many of so many requests there are slots from an instant on that come within the length of a lease,
// for one who is that far away, and for which every budget and window has room: a lease that asks for more than a whole
// window would wait for ever. At least one, which may be the scout that looks for the next window.
func (s *State) fitting(from, requests, cost int64, ahead time.Duration) int64 {
	length := max(leaseLength, min(leaseTrips*int64(ahead), maxLeaseLength))
	requests = min(requests, length/s.Interval/cost)
	at := max(from, s.nextSlot())
	for i := range s.Budgets {
		b := &s.Budgets[i]
		if b.ID != 0 && b.ResetAt != 0 {
			requests = min(requests, (b.Remaining-b.Reserve)/cost)
		}
		if b.Refill != 0 {
			requests = min(requests, b.there(at, s.InFlight)/cost)
		}
	}
	for i := 0; i < MaxWindows && s.Windows[i].Limit > 0; i++ {
		requests = min(requests, s.Windows[i].room(at)/cost)
	}
	return max(requests, 1)
}

// exhausted returns the latest reset of the budgets that are used up.
func (s *State) exhausted() (until int64) {
	for i := range s.Budgets {
		if b := &s.Budgets[i]; b.ID != 0 && b.spent(1) {
			until = max(until, b.ResetAt)
		}
	}
	return until
}
