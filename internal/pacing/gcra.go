package pacing

import "time"

const (
	// scoutWanted marks a key whose next grant is a scout: after a pause one request goes alone.
	scoutWanted = -1
	// scoutPatience is how long the others wait for the scout's response before they go at the paced rate.
	scoutPatience = int64(time.Second)
	// scoutPoll is how soon a caller may ask again while a scout is out.
	scoutPoll = int64(20 * time.Millisecond)
	// budgetPoll is how soon a caller may ask again where answers are awaited that may show that more is left.
	budgetPoll = time.Second
	// Fastest is the highest rate the gate can express: one slot per nanosecond.
	Fastest = 1e9
)

// A ReserveRequest is one caller's request for a slot.
type ReserveRequest struct {
	Cost  int64         // slots one request takes; 0 means 1
	Slots int64         // requests at most to reserve for, one after the other; 0 means 1
	After time.Duration // no slot before this, from now

	Waited time.Duration // for how long the caller has been told to ask again because of the rate
	Age    time.Duration // for how long it has asked, whatever it was turned away for
	Ahead  time.Duration // the round trip of the caller to the store: a slot of low priority may lie as much further ahead
	Holder int64         // which request it is, where it may need more than others; below 2^53, 0 if it may not

	// Where another gate paces the slots, or others are asked after this one:
	Step time.Duration // how far apart the slots are used at least
	Late time.Duration // by how much later than reserved they may be used

	Exact    bool     // the slot at After or none: another gate has granted that one
	Ranked   bool     // priorities have a say in that: no other gate orders these requests
	Hold     HoldMode // what to do with the instant that is kept for Holder
	Priority Priority
}

// Reason says what a caller is waiting for.
type Reason int64

// The reasons to wait.
const (
	ReasonNone     Reason = iota
	ReasonRate            // the next slot at the current rate
	ReasonPause           // the server throttled: nobody sends before the pause ends
	ReasonScout           // one request went ahead after a pause; its response is awaited
	ReasonWindow          // a documented limit is used up
	ReasonBudget          // the server says that nothing is left until its reset
	ReasonPriority        // requests of a higher priority wait
	ReasonShare           // the process keeps to its share
	ReasonLarger          // a larger request waits, which this one would put off
)

// String returns a few words for --explain.
func (r Reason) String() string {
	return [...]string{"nothing", "rate", "pause", "scout", "documented limit", "nothing left", "higher priority", "share", "a larger request"}[max(0, min(r, ReasonLarger))]
}

// A Reservation is the gate's answer. Durations only: a store's instants mean nothing outside of it.
type Reservation struct {
	Granted    bool          // a slot is reserved, Wait from now
	Short      bool          // not granted: it needs more than is there, although others could go (see holdState)
	Wait       time.Duration // granted: until the slot; else: until it is worth asking again
	Until      time.Duration // until the slot would come, as far as is known now
	Reason     Reason        // what Wait is for
	Generation int64         // of the grant
	Mark       int64         // tells grants apart by their order

	// What only the store looks at, and the queue's lease.
	Slot     int64         // the reserved instant by the store's clock; -1 gives back the count alone
	Cost     int64         // slots in all
	Interval time.Duration // between slots at present
	Scout    bool          // everybody waits for its response
	Free     bool          // it was used for what counts for nothing
}

// Reserve asks for a slot at now. It commits a slot only within [Horizon], and an exact one only where it was asked for,
// however far ahead the gate that granted it reaches: the floor of a low priority reaches further.
func (s *State) Reserve(now int64, ask ReserveRequest) Reservation {
	if ask.Hold != HoldNone {
		return s.reserveHold(now, &ask)
	}
	if s.ranked(now, &ask) {
		return s.reserveRanked(now, &ask)
	}
	cost, held := max(ask.Cost, 1), s.Hold.Until != 0 && s.held(now, &ask)
	from, requests := now+int64(ask.After), int64(1)
	if s.Scout == 0 && !held && ask.Slots > 1 {
		requests = s.fitting(from, ask.Slots, cost, ask.Ahead)
		cost *= requests
	}
	at, reason := s.earliest(now, from, cost)
	left := at - now
	if s.Scout > at {
		wait := min(s.Scout-now, left+scoutPoll)
		return Reservation{Wait: time.Duration(wait), Until: time.Duration(left), Reason: ReasonScout}
	}
	last := at + s.lasts(&ask, cost, requests)
	if held && s.putsOff(now, at, last, cost) {
		_, turn := s.yield(now, left)
		return turn
	}
	if ask.Exact && at > from {
		return Reservation{Wait: time.Duration(left), Until: time.Duration(left), Reason: reason, Short: s.short(now, at, left, &ask, reason, ask.Priority.rank())}
	}
	if !ask.Exact && left > int64(Horizon)-maxHandicap && left > s.horizon(&ask, reason) {
		wait := s.askAgain(left, &ask, reason)
		return Reservation{Wait: wait, Until: time.Duration(left), Reason: reason, Short: s.short(now, at, int64(wait), &ask, reason, ask.Priority.rank())}
	}
	s.noteServed(int64(ask.Waited), at == from)
	s.served(&ask)
	s.commit(now, at, last, cost)
	return Reservation{ // as grant, which would cost a copy
		Scout:   s.Scout > at,
		Granted: true, Wait: time.Duration(left), Until: time.Duration(left), Reason: reason,
		Generation: s.Generation, Mark: s.Counts.Sent, Slot: at, Cost: cost, Interval: time.Duration(s.Interval),
	}
}

// lasts is for how long slots are in use of which the last request takes the last ones.
func (s *State) lasts(ask *ReserveRequest, cost, requests int64) int64 {
	if requests <= 1 {
		return int64(ask.Late)
	}
	return (requests-1)*max(cost/requests*s.Interval, int64(ask.Step)) + int64(ask.Late)
}

// grant commits the slots from the instant at on.
func (s *State) grant(now, at, last, cost int64, reason Reason) Reservation {
	left := at - now
	s.commit(now, at, last, cost)
	return Reservation{
		Scout:   s.Scout > at,
		Granted: true, Wait: time.Duration(left), Until: time.Duration(left), Reason: reason,
		Generation: s.Generation, Mark: s.Counts.Sent, Slot: at, Cost: cost, Interval: time.Duration(s.Interval),
	}
}

// horizon is how far ahead a slot may lie. Only who waits for the rate has to think of others.
func (s *State) horizon(ask *ReserveRequest, reason Reason) int64 {
	if reason == ReasonRate {
		return s.reach(int64(ask.Waited))
	}
	return int64(Horizon)
}

// askAgain is how soon it is worth to ask again for what is still too far away.
func (s *State) askAgain(left int64, ask *ReserveRequest, reason Reason) time.Duration {
	wait := time.Duration(left) - Horizon
	switch {
	case reason == ReasonRate:
		wait = time.Duration(s.askDelay(left, int64(ask.Waited)))
	case reason == ReasonBudget && s.InFlight > 0:
		wait = min(wait, budgetPoll)
	}
	return wait
}

// earliest returns the first instant from then on at which cost may go, and what it has to wait for.
func (s *State) earliest(now, from, cost int64) (at int64, reason Reason) {
	at = from
	if slot := s.nextSlot(); slot > at {
		at, reason = slot, ReasonRate
	}
	if s.PauseUntil >= at && s.PauseUntil > now {
		at, reason = s.PauseUntil, ReasonPause
	}
	if s.Budgets[0].ID != 0 {
		at, reason = s.earliestInBudgets(at, cost, reason)
	}
	if s.Windows[0].Limit != 0 {
		at, reason = s.earliestInWindows(at, cost, reason)
	}
	return at, reason
}

// earliestInWindows moves at on until every documented window has room.
func (s *State) earliestInWindows(at, cost int64, reason Reason) (int64, Reason) {
	for again := true; again; {
		again = false
		for i := range s.Windows {
			if free := s.Windows[i].earliest(at, cost); free > at {
				at, reason, again = free, ReasonWindow, true
			}
		}
	}
	return at, reason
}

func (s *State) commit(now, at, last, cost int64) {
	s.Version++
	s.Counts.Sent += cost
	s.InFlight += cost
	s.Next = max(s.Next, at) + cost*s.Interval
	for i := 0; i < MaxWindows && s.Windows[i].Limit > 0; i++ {
		s.Windows[i].record(now, at, last, cost)
	}
	if s.Budgets[0].ID != 0 {
		s.spend(at, cost)
	}
	switch {
	case s.Scout == scoutWanted:
		s.Scout = at + scoutPatience
	case s.Scout != 0:
		s.Scout = 0 // its response never came: go on at the paced rate
	}
}

// Cancel gives back a slot that was reserved and surely not used. The pace gets it back only if
// nobody came after: to hand out an earlier slot twice would break the spacing of the later ones.
// A slot that was used for a response that counts for nothing (limiter.Rules.Free) the pace gets back
// in any case: spacing is for requests that count.
func (s *State) Cancel(t Reservation) {
	s.Version++
	s.Counts.Sent -= t.Cost
	s.InFlight = max(s.InFlight-t.Cost, 0)
	switch last := s.Next == t.Slot+t.Cost*s.Interval; {
	case t.Generation != s.Generation:
	case t.Free:
		s.Next -= t.Cost * s.Interval
	case last:
		s.Next = t.Slot
	}
	for i := range s.Windows {
		s.Windows[i].giveBack(t.Slot, t.Cost)
	}
	for i := range s.Budgets {
		if b := &s.Budgets[i]; b.ID != 0 && b.ResetAt != 0 {
			b.Remaining += t.Cost
		}
	}
	if s.Scout > 0 && s.Scout == t.Slot+scoutPatience {
		s.Scout = scoutWanted
	}
}

// pause stops the key until now+d, never sooner than it was to stop anyway, and voids every grant.
// No slots are saved up during a pause, and one scout goes first when it ends.
func (s *State) pause(now int64, d time.Duration) {
	s.Generation++
	s.PauseUntil = max(s.PauseUntil, now+int64(d))
	s.Scout = scoutWanted
	s.Cycle = 0
	s.emptyBucket(s.PauseUntil)
}

// PauseFor makes sure that no client sends for d from now on, as a pause that another store knew of.
func (s *State) PauseFor(now int64, d time.Duration) {
	if d > 0 && now+int64(d) > s.PauseUntil {
		s.Version++
		s.pause(now, min(d, MaxPause))
	}
}

// emptyBucket leaves exactly one slot at the instant at.
func (s *State) emptyBucket(at int64) {
	s.Next = at + (s.Burst-1)*s.Interval
}

// nextSlot is the first instant at which the pace lets a slot go.
func (s *State) nextSlot() int64 { return s.Next - (s.Burst-1)*s.Interval }

// setInterval makes the pace that of the rate. When the next slot comes does not change with it: of a key with a burst
// it would come later, the higher the rate.
func (s *State) setInterval() {
	next := s.nextSlot()
	s.Interval = s.interval()
	s.emptyBucket(next)
}

func (s *State) interval() int64 {
	rate := s.Controller.Rate
	if s.Controller.BudgetRate > 0 {
		rate = min(rate, s.Controller.BudgetRate)
	}
	if s.cap.Rate > 0 {
		rate = min(rate, s.cap.Rate)
	}
	return int64(1e9 / min(rate, Fastest))
}
