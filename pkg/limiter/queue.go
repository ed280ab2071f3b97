package limiter

import (
	"context"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// A queue is where the requests of one process for one key stand, first come first served among those of a priority.
//
// Only the head of the queue asks the store, so waiting requests neither poll nor wake in a herd:
// a request that has been served hands the head's place to the next one. The place changes hands under
// mu; nothing else is done with it held.
type queue struct {
	use usage

	key     string
	brought *Params                    // by the first request
	params  atomic.Pointer[Params]     // with every default, and what was edited since
	cap     atomic.Pointer[pacing.Cap] // that held when the store was asked last; nil if it was not

	backend atomic.Pointer[backend] // which cell is used at present

	granted  atomic.Int64 // requests granted and not done
	inFlight atomic.Int64 // those of them whose slot has come
	bound    atomic.Int64 // how many may be granted at once; 0 means no bound

	mu       sync.Mutex
	occupied bool // there is a head
	tickets  int64
	waiting  []*waiter       // by priority and ticket
	head     pacing.Priority // with which the head asks, while it is occupied
	ticket   int64           // of the head
	blocked  bool            // the head waits for a limit of its units
	plain    int             // of those waiting, how many take nothing of units
	lent     bool            // that is higher than its own: the floor gave it the turn
	passed   int             // turns that went to others while one of a lower priority waited

	share  *keptShare // of the limits, that this process keeps to; nil if that is all of them
	trip   trip       // to the store and back
	leases bool       // slots are taken several at a time
	lease  lease

	shared     *queue // what other queues have to pass too; nil means nothing
	sharedCost int64  // slots that a request takes there; 0 means as many as here
	isShared   bool   // it is such a gate

	unit       *unitLedger // of a unit's key, and of a key whose requests take units; else nil
	ledgerOnce sync.Once
	lead       atomic.Int32 // which part of a reservation of units is asked first, see unitSlots

	beside beside // those that wait for more than is there, see holding.go

	// wakeup wakes the head early: what it waits for may have changed.
	wakeup chan struct{}

	rate atomic.Uint64 // math.Float64bits of the last known rate, for when the store is lost
}

// A waiter in the queue. Its channel is closed when it becomes the head.
type waiter struct {
	place
	admitted chan struct{}
}

// newQueue returns a queue that has no cell yet.
func newQueue(key string, p *Params) *queue {
	l := &queue{key: key, brought: p, wakeup: make(chan struct{}, 1)}
	l.params.Store(p.WithDefaults())
	l.bound.Store(int64(p.MaxConcurrency))
	return l
}

// enter returns when the caller stands at the head. at is empty at first, and what enter made of it
// for one who has stood there and was sent back: it keeps its place before those that came later.
// waited is increased by how long it took.
func (q *queue) enter(ctx context.Context, at *place, waited *time.Duration) error {
	q.mu.Lock()
	back := at.ticket != 0
	if !back {
		q.tickets++
		at.ticket = q.tickets
	}
	if !q.occupied && q.hasRoom() && (back || len(q.waiting) == 0) {
		at.as = at.priority
		q.occupied, q.head, q.lent, q.ticket = true, at.as, false, at.ticket
		q.mu.Unlock()
		return nil
	}
	me := q.line(at)
	if q.occupied && (at.priority > q.head || q.due(at) || at.plain && q.blocked) {
		q.wakeHead() // which steps aside
	}
	q.mu.Unlock()
	return q.await(ctx, me, at, waited)
}

// stepAside gives up the head's place to one of a higher priority, and returns when the caller has it again. Meanwhile it
// waits like all others: in one step, so that it is seen to be passed.
func (q *queue) stepAside(ctx context.Context, at *place, waited *time.Duration) error {
	q.mu.Lock()
	me := q.line(at)
	q.occupied = false
	q.admitNext()
	q.mu.Unlock()
	return q.await(ctx, me, at, waited)
}

// await returns when a waiter has become the head.
func (q *queue) await(ctx context.Context, me *waiter, at *place, waited *time.Duration) error {
	start := time.Now()
	defer func() { *waited += time.Since(start) }()
	select {
	case <-me.admitted:
		at.as = me.as
		return nil
	case <-ctx.Done():
		q.abandon(me)
		return context.Cause(ctx)
	}
}

// line puts a request that waits into its place. mu is held.
func (q *queue) line(at *place) *waiter {
	me := &waiter{place: *at, admitted: make(chan struct{})}
	me.as = at.priority
	i := len(q.waiting)
	if i > 0 && !q.waiting[i-1].before(at) {
		i = sort.Search(i, func(i int) bool { return !q.waiting[i].before(at) })
	}
	q.waiting = slices.Insert(q.waiting, i, me)
	if me.plain {
		q.plain++
	}
	return me
}

// pass is the whole way through an empty queue at once, where the state is in memory: it reports
// whether a slot is there now.
func (q *queue) pass(ctx context.Context, lim *Limiter, ask pacing.ReserveRequest, turn *slot) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.occupied || len(q.waiting) > 0 || !q.hasRoom() {
		return false
	}
	there := false
	switch {
	case lim.leaseSpan == 0:
		*turn, there = q.reserveNow(ctx, ask)
	case q.leases && ask.Cost <= 1:
		*turn, there = q.lease.hand(time.Now(), 0)
	}
	if there {
		q.granted.Add(1)
	}
	return there
}

// reserveNow asks the store for a slot that need not be waited for.
func (q *queue) reserveNow(ctx context.Context, ask pacing.ReserveRequest) (slot, bool) {
	in := q.backend.Load()
	t, err := in.cell.Reserve(ctx, ask)
	if err != nil || !t.Granted {
		return slot{}, false
	}
	if t.Wait > 0 {
		_ = in.cell.Cancel(ctx, t) // waiting is the queue's task; if this fails, that will too, and report it
		return slot{}, false
	}
	return slot{Reservation: t, epoch: in.epoch}, true
}

// abandon takes a place out of the queue, or hands on the head's place if it was just called.
func (q *queue) abandon(me *waiter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := slices.Index(q.waiting, me); i >= 0 {
		q.remove(i)
		return
	}
	q.occupied = false
	q.admitNext()
}

// leave gives up the head's place; granted says whether a request goes out.
func (q *queue) leave(granted bool) {
	q.mu.Lock()
	q.occupied = false
	if granted {
		q.granted.Add(1)
		q.countTurn()
	}
	q.admitNext()
	q.mu.Unlock()
}

// done says that a granted request has ended.
func (q *queue) done() {
	q.granted.Add(-1)
	if q.bound.Load() == 0 {
		return // no request waits for a place
	}
	q.admitIfIdle()
}

// admitIfIdle calls the next request to the head if there is none.
func (q *queue) admitIfIdle() {
	q.mu.Lock()
	if !q.occupied {
		q.admitNext()
	}
	q.mu.Unlock()
}

// setConcurrency makes the queue keep to a bound that was learned, and never above MaxConcurrency; 0 takes it
// away again.
func (q *queue) setConcurrency(slots int64) {
	bound := int64(q.params.Load().MaxConcurrency)
	if slots > 0 && (bound == 0 || slots < bound) {
		bound = slots
	}
	if q.bound.Load() != bound && q.bound.Swap(bound) != bound {
		q.admitIfIdle()
	}
}

// admitNext makes the first in the queue its head, if one may go. mu is held.
func (q *queue) admitNext() {
	if len(q.waiting) == 0 || !q.hasRoom() {
		return
	}
	q.admit(q.nextIndex())
}

// admit makes one of those that wait the head. mu is held.
func (q *queue) admit(i int) {
	next := q.waiting[i]
	q.remove(i)
	q.occupied, q.head, q.lent, q.ticket = true, next.as, next.as != next.priority, next.ticket
	close(next.admitted)
}

// remove takes one out of those that wait. mu is held.
func (q *queue) remove(i int) {
	if q.waiting[i].plain {
		q.plain--
	}
	if i > 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
		return
	}
	q.waiting[0] = nil
	q.waiting = q.waiting[1:]
}

// hasRoom reports whether one more may be granted. mu is held.
func (q *queue) hasRoom() bool {
	bound := q.bound.Load()
	return bound == 0 || q.granted.Load() < bound
}

// wake makes the head look again, and those that wait besides the queue.
func (q *queue) wake() {
	q.wakeHead()
	q.beside.wake()
}

func (q *queue) wakeHead() {
	select {
	case q.wakeup <- struct{}{}:
	default:
	}
}
