package limiter

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

const (
	// leaseBelow is the interval under which slots are always taken several at a time: above 1000 requests
	// per second a shared store would cost more than the requests.
	leaseBelow = time.Millisecond
	// leaseTrips is how many round trips' worth of slots are taken at most where the store is far away: while one
	// lease is asked for, the one before is used.
	leaseTrips     = 2
	maxLeaseLength = 500 * time.Millisecond
	// maxLease is the largest lease, in slots.
	maxLease = 1024
)

// A lease is slots in a row that a queue has taken from its cell at once, to hand out by itself, and
// what became of those it handed out. A pause voids it: this process's at once, another process's
// when the next lease is asked for, a fraction of a second later.
//
// Queues of a store that is cheap to ask, and of keys with documented windows, take no leases. One is as long as demand
// asks for: where the store is near, only above 1000 requests a second, else as soon as a round trip takes longer than
// the interval between slots.
type lease struct {
	mu          sync.Mutex
	reservation slot      // what the store granted: Generation and interval are those of every slot
	left        int64     // slots not handed out
	next        time.Time // when the next one may go
	until       time.Time // what is left then goes back
	size        int64     // how many to take next
	taken       time.Time
	telling     sync.RWMutex // read-locked while outcomes are on their way to the store

	spoiled  int64 // handed out and not used
	accepted int64 // responses not reported to the store yet
	paced    int64 // of them, those that the pace had held back
	rate     float64
	slots    int64
}

// hand hands out the next slot at now, if there is one and it comes soon enough.
func (l *lease) hand(now time.Time, patience time.Duration) (slot, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dropMissed(now)
	wait := max(0, l.next.Sub(now))
	if l.left == 0 || wait > patience || since(now, l.until) > 0 {
		return slot{}, false
	}
	l.left--
	l.next = l.next.Add(l.reservation.Interval)
	t := l.reservation
	t.Wait, t.Until, t.Reason, t.Cost, t.leased = wait, wait, pacing.ReasonRate, 1, true
	t.Mark -= l.left // the lease's mark is that of its last slot
	return t, true
}

// dropMissed leaves out slots whose time has passed: to use them now would make a burst of them. Above 1000 a second
// that is no longer than timers are late. mu is held.
func (l *lease) dropMissed(now time.Time) {
	step := l.reservation.Interval
	if step < leaseBelow || l.left == 0 {
		return
	}
	if missed := min(int64(since(now, l.next)/step)-1, l.left); missed > 0 {
		l.left -= missed
		l.spoiled += missed
		l.next = l.next.Add(time.Duration(missed) * step)
	}
}

// end closes the lease and returns what has to be reported to the store: slots to give back and a tally.
// It decides how large the next lease is: twice as large if this one lasted less than half its time,
// as large as what was used of it if some was left.
func (l *lease) end(now time.Time, span time.Duration) (back slot, tally pacing.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.left+l.spoiled > 0:
		l.size = max(1, l.reservation.Cost-l.left-l.spoiled)
	case l.reservation.Cost > 0 && now.Sub(l.taken) < span/2:
		l.size = min(l.size*2, maxLease)
	}
	back = l.reservation
	back.Cost = l.left + l.spoiled
	back.Slot += (l.reservation.Cost - l.left) * int64(l.reservation.Interval)
	if l.spoiled > 0 {
		back.Slot = -1 // not the last slots alone: the count goes back, the pace does not
	}
	tally = pacing.Event{
		Kind: Accepted, Generation: l.reservation.Generation, Count: l.accepted, PacedCount: l.paced,
	}
	l.left, l.spoiled, l.accepted, l.paced, l.reservation.Cost = 0, 0, 0, 0, 0
	return back, tally
}

// begin starts a lease of what the store granted.
func (l *lease) begin(t slot, now time.Time, span time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reservation, l.left = t, t.Cost
	l.taken, l.next, l.until = now, now.Add(t.Wait), now.Add(t.Wait+span)
}

// void throws the slots away after a pause: they are no good any more.
func (l *lease) void() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spoiled += l.left
	l.left, l.size = 0, 1
	l.reservation.Generation = -1
}

// current reports whether a slot of that generation is still good.
func (l *lease) current(generation int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reservation.Generation == generation
}

// spoil notes that a slot was not used.
func (l *lease) spoil() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spoiled++
}

// accept notes an accepted response, to be reported to the store with others.
func (l *lease) accept(ev *pacing.Event) pacing.Update {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accepted++
	if ev.Paced {
		l.paced++
	}
	return pacing.Update{Rate: l.rate, RateBefore: l.rate, Slots: l.slots}
}

// want is how many slots to ask for: as many as were needed lately, within the span. trip is how long asking takes.
func (l *lease) want(span, trip time.Duration) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	step := l.reservation.Interval
	switch {
	case step <= 0 || step >= max(leaseBelow, trip):
		l.size = 1
	case step >= leaseBelow:
		span = min(leaseTrips*trip, maxLeaseLength)
	}
	return max(1, min(l.size, int64(span/max(step, 1))))
}

// leaseSpan is for how long a lease may be used.
func (q *queue) leaseSpan(lim *Limiter) time.Duration {
	return max(lim.leaseSpan, min(leaseTrips*q.trip.known(), maxLeaseLength))
}

// take hands out a slot of the queue's lease, or takes a new lease. Only the head of the queue calls it.
func (q *queue) take(ctx context.Context, lim *Limiter, ask pacing.ReserveRequest) slot {
	now := time.Now()
	if t, ok := q.lease.hand(now, math.MaxInt64); ok {
		return t
	}
	q.settle(ctx, lim, now, false)
	ask.Slots = q.lease.want(lim.leaseSpan, q.trip.known())
	asked := time.Now()
	t := q.ask(ctx, lim, ask)
	now = time.Now()
	if !t.Granted {
		if t.Reason == pacing.ReasonPause {
			q.lease.void() // another process was told to pause: what is still to be used was granted before
		}
		return t
	}
	t.Wait = max(t.Wait-now.Sub(asked)/2, 0) // the store spoke half way through: the first slots may have to be used a little later
	if t.Scout || t.Cost <= 1 && t.Interval >= max(leaseBelow, q.trip.known()) {
		return t
	}
	q.lease.begin(t, now, q.leaseSpan(lim))
	if t, ok := q.lease.hand(now, math.MaxInt64); ok {
		return t
	}
	return t // another pause came just now: the caller finds out that it is void
}

// settle ends the queue's lease and reports its outcomes to the store. Unless it is the end, nobody waits until the store
// has heard of outcomes: the next lease is asked for meanwhile.
func (q *queue) settle(ctx context.Context, lim *Limiter, now time.Time, end bool) {
	back, tally := q.lease.end(now, q.leaseSpan(lim))
	if back.Cost > 0 {
		q.giveBack(ctx, lim, back)
	}
	if tally.Count > 0 {
		tally.NoLearn = lim.cfg.NoLearn
		if q.trip.known() < leaseBelow {
			q.tellTally(ctx, lim, back.epoch, tally)
		} else {
			q.lease.telling.RLock()
			go func() {
				defer q.lease.telling.RUnlock()
				q.tellTally(context.WithoutCancel(ctx), lim, back.epoch, tally)
			}()
		}
	}
	if end {
		q.lease.telling.Lock()
		defer q.lease.telling.Unlock()
	}
}

// tellTally tells the store what became of the slots of a lease.
func (q *queue) tellTally(ctx context.Context, lim *Limiter, epoch int32, tally pacing.Event) {
	v := q.tell(ctx, lim, epoch, &tally)
	q.lease.learned(v)
	lim.learned(q.key, &v)
}

// learned keeps the rate for the verdicts of responses that the store does not know yet.
func (l *lease) learned(v pacing.Update) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rate, l.slots = v.Rate, v.Slots
}
