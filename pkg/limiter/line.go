package limiter

import (
	"context"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// A line is where the requests of one process for one key stand, first come first served.
//
// Only the head of the line asks the store, so waiting requests neither poll nor wake in a herd:
// whoever has been served hands the head's place to the next by name. The place changes hands under
// mu; nothing else is done with it held.
type line struct {
	key    string
	params *Params

	in atomic.Pointer[tenure] // which cell is used at present

	granted atomic.Int64 // requests granted and not done
	flying  atomic.Int64 // those of them whose slot has come
	bound   atomic.Int64 // how many may be granted at once; 0 means no bound

	mu       sync.Mutex
	occupied bool // somebody is at the head
	tickets  int64
	waiting  []*place // by ticket

	leases bool // slots are taken several at a time
	lease  lease

	gate   *line // what other lines have to pass too; nil means nothing
	toll   int64 // slots that a request takes there; 0 means as many as here
	shared bool  // it is such a gate

	// poke wakes the head early: what it waits for may have changed.
	poke chan struct{}

	rate atomic.Uint64 // math.Float64bits of the last known rate, for when the store is lost
}

// A place in the line. Its channel is closed when it becomes the head.
type place struct {
	ticket int64
	called chan struct{}
}

// newLine returns a line that has no cell yet.
func newLine(key string, p *Params) *line {
	l := &line{key: key, params: p.withDefaults(), poke: make(chan struct{}, 1)}
	l.bound.Store(int64(p.MaxConcurrency))
	return l
}

// enter returns when the caller stands at the head. ticket is 0 at first, and what enter returned
// for one who has stood there and was sent back: it keeps its place before those who came later.
// waited is increased by how long it took.
func (l *line) enter(ctx context.Context, ticket int64, waited *time.Duration) (int64, error) {
	l.mu.Lock()
	back := ticket != 0
	if !back {
		l.tickets++
		ticket = l.tickets
	}
	if !l.occupied && l.room() && (back || len(l.waiting) == 0) {
		l.occupied = true
		l.mu.Unlock()
		return ticket, nil
	}
	me := &place{ticket: ticket, called: make(chan struct{})}
	at := len(l.waiting)
	if back {
		at = sort.Search(at, func(i int) bool { return l.waiting[i].ticket > ticket })
	}
	l.waiting = slices.Insert(l.waiting, at, me)
	l.mu.Unlock()
	start := time.Now()
	defer func() { *waited += time.Since(start) }()
	select {
	case <-me.called:
		return ticket, nil
	case <-ctx.Done():
		l.abandon(me)
		return ticket, context.Cause(ctx)
	}
}

// pass is the whole way through an empty line at once, where the answer is in memory: it reports
// whether a slot is there now.
func (l *line) pass(ctx context.Context, lim *Limiter, ask Ask, turn *slot) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.occupied || len(l.waiting) > 0 || !l.room() {
		return false
	}
	there := false
	switch {
	case lim.leaseSpan == 0:
		*turn, there = l.reserveNow(ctx, ask)
	case l.leases && ask.Cost <= 1:
		*turn, there = l.lease.hand(time.Now(), 0)
	}
	if there {
		l.granted.Add(1)
	}
	return there
}

// reserveNow asks the store for a slot that need not be waited for.
func (l *line) reserveNow(ctx context.Context, ask Ask) (slot, bool) {
	in := l.in.Load()
	t, err := in.cell.Reserve(ctx, ask)
	if err != nil || !t.Granted {
		return slot{}, false
	}
	if t.Wait > 0 {
		_ = in.cell.Cancel(ctx, t) // to wait is the line's business; if this fails, that will too, and say so
		return slot{}, false
	}
	return slot{Turn: t, era: in.era}, true
}

// abandon takes a place out of the line, or hands on the head's place if it was just called.
func (l *line) abandon(me *place) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.waiting, me); i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
		return
	}
	l.occupied = false
	l.callNext()
}

// leave gives up the head's place; granted says whether a request goes out.
func (l *line) leave(granted bool) {
	l.mu.Lock()
	l.occupied = false
	if granted {
		l.granted.Add(1)
	}
	l.callNext()
	l.mu.Unlock()
}

// done says that a granted request has ended.
func (l *line) done() {
	l.granted.Add(-1)
	if l.bound.Load() == 0 {
		return // nobody waits for a place
	}
	l.callIn()
}

// callIn calls the next one to the head if nobody stands there.
func (l *line) callIn() {
	l.mu.Lock()
	if !l.occupied {
		l.callNext()
	}
	l.mu.Unlock()
}

// confine makes the line keep to a bound that was learned, and never above MaxConcurrency; 0 takes it
// away again.
func (l *line) confine(slots int64) {
	bound := int64(l.params.MaxConcurrency)
	if slots > 0 && (bound == 0 || slots < bound) {
		bound = slots
	}
	if l.bound.Load() != bound && l.bound.Swap(bound) != bound {
		l.callIn()
	}
}

// callNext makes the first in the line its head, if one may go. mu is held.
func (l *line) callNext() {
	if len(l.waiting) == 0 || !l.room() {
		return
	}
	next := l.waiting[0]
	l.waiting[0] = nil
	l.waiting = l.waiting[1:]
	l.occupied = true
	close(next.called)
}

// room reports whether one more may be granted. mu is held.
func (l *line) room() bool {
	bound := l.bound.Load()
	return bound == 0 || l.granted.Load() < bound
}

// wake makes the head look again.
func (l *line) wake() {
	select {
	case l.poke <- struct{}{}:
	default:
	}
}
