package pacing

import "time"

// A request that needs more of a limit than is there, although that is enough for others, waits until so much has come
// back. It keeps an instant for itself, when what it needs will be there: others go before it as long as they do not put
// that off, and wait where they would. So they cannot starve it, and it holds up none of them without a reason.
//
// Nobody holds a place. An instant is kept for as long as the request says every holdBeat that it still waits: one whose
// process has died holds nobody up for longer. Where several wait like that, one after the other has its instant.

// A HoldMode says what a ReserveRequest wants to do with the instant that is kept for its Holder.
type HoldMode int8

// The modes.
const (
	HoldNone HoldMode = iota // nothing: it asks for a slot
	HoldKeep                 // keep an instant, and grant no slot
	HoldEnd                  // give it up
)

const (
	// holdBeat is how long the holder may be silent, besides holdGrace and its way to the store.
	holdBeat  = int64(time.Second)
	holdGrace = int64(250 * time.Millisecond)
	// holdPoll is how soon one may ask again at the soonest who would put the instant off.
	holdPoll = int64(20 * time.Millisecond)
)

// holdState is the instant that is kept.
type holdState struct {
	By    int64 // which request it is kept for
	Need  int64 // slots that it takes
	At    int64 // the instant
	Until int64 // no other field means anything from then on
	Rank  int64 // of the request's priority: those of a higher one need not care
	Since int64 // when it asked first: those that did so before need not care
}

func (h *holdState) words() [6]*int64 {
	return [...]*int64{&h.By, &h.Need, &h.At, &h.Until, &h.Rank, &h.Since}
}

// held reports whether an instant is kept that one of a rank, who asked first at an instant, has to care for.
func (h *holdState) held(now, by, rank, since int64) bool {
	return h.Until > now && h.By != by && (rank < h.Rank || rank == h.Rank && since >= h.Since)
}

func (s *State) held(now int64, ask *ReserveRequest) bool {
	return s.Hold.held(now, ask.Holder, int64(ask.Priority.rank()), now-int64(ask.Age))
}

// hold keeps an instant for a request that asks again after so long, unless one is kept for another that comes first.
func (s *State) hold(now, at, wait int64, ask *ReserveRequest, rank int64) {
	h, since := &s.Hold, now-int64(ask.Age)
	if h.held(now, ask.Holder, rank, since) {
		return
	}
	if h.Until > now && h.By == ask.Holder {
		rank = max(rank, h.Rank)
	}
	*h = holdState{
		By: ask.Holder, Need: max(ask.Cost, 1), At: at, Rank: rank, Since: since,
		Until: now + min(wait, holdBeat) + holdGrace + 2*int64(ask.Ahead),
	}
}

// short reports whether a request that was turned away waits for more than is there, although others could go; if so its
// instant is kept, from those of the same priority and below. Where the floor of its priority gives it the slot it is kept
// from all.
func (s *State) short(now, at, wait int64, ask *ReserveRequest, reason Reason, rank int) bool {
	if ask.Holder == 0 || ask.Cost <= 1 || reason != ReasonBudget && reason != ReasonWindow {
		return false
	}
	if one, _ := s.earliest(now, now+int64(ask.After), 1); one >= at {
		return false
	}
	s.hold(now, at, wait, ask, int64(rank))
	return true
}

// reserveHold is Reserve where no slot is asked for.
func (s *State) reserveHold(now int64, ask *ReserveRequest) Reservation {
	if ask.Hold == HoldEnd {
		if s.Hold.By == ask.Holder {
			s.Hold = holdState{}
		}
		return Reservation{}
	}
	at, reason := s.earliest(now, now+int64(ask.After), max(ask.Cost, 1))
	left, reach := at-now, int64(Horizon)
	if ask.Priority < PriorityNormal {
		reach = s.lowHorizon(ask)
	}
	wait := min(max(left-reach, 0), holdBeat)
	s.hold(now, at, wait, ask, int64(ask.Priority.rank()))
	return Reservation{Wait: time.Duration(wait), Until: time.Duration(left), Reason: reason, Short: true}
}

// served ends the instant that was kept for a request which has its slot.
func (s *State) served(ask *ReserveRequest) {
	if ask.Holder != 0 && s.Hold.By == ask.Holder {
		s.Hold = holdState{}
	}
}

// yield answers one who would put off the instant that is kept.
func (s *State) yield(now, left int64) (wait int64, r Reservation) {
	until := s.Hold.At - now
	wait = max(holdPoll, min(until-int64(Horizon), holdBeat))
	return wait, Reservation{Wait: time.Duration(wait), Until: time.Duration(max(until, left)), Reason: ReasonLarger}
}

// putsOff reports whether so many slots at an instant would put off the one that is kept.
func (s *State) putsOff(now, at, last, cost int64) bool {
	h := &s.Hold
	if max(s.nextSlot(), at-(s.Burst-1)*s.Interval)+cost*s.Interval > h.At {
		return true
	}
	for i := range s.Budgets {
		if b := &s.Budgets[i]; b.ID != 0 && b.putsOff(h, at, cost, s.InFlight) {
			return true
		}
	}
	for i := range s.Windows {
		if s.Windows[i].Limit == 0 {
			break
		}
		w := s.Windows[i]
		if w.record(now, at, last, cost); w.earliest(h.At, h.Need) > h.At {
			return true
		}
	}
	return false
}

// putsOff reports that of one budget.
func (b *budgetState) putsOff(h *holdState, at, cost, inFlight int64) bool {
	if b.Refill != 0 {
		most := max(b.Limit-b.Reserve, 1)
		full := max(b.WholeAt+inFlight*b.Refill, at)
		if full+(cost-most+min(h.Need, most))*b.Refill > h.At {
			return true
		}
	}
	return b.ResetAt != 0 && h.At < b.ResetAt+b.Early && b.Remaining-cost < h.Need+b.Reserve
}
