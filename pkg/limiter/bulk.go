package limiter

import (
	"context"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// A bulk is slots for several requests, which a queue has reserved at once in every key that they pass: its own, those of
// their units, and the limit that is shared with other keys. It is what a lease is to keys that have nothing but a rate:
// where the store is so far away that it could not be asked for each request. Each request takes its slots from it, and
// tells the store by itself what became of them.
//
// All keys have granted all of it, or none has. What is left goes back when it is over, and a pause voids it: this
// process's at once, another process's when the next is asked for. Only the head of the queue takes from it.
type bulk struct {
	mu    sync.Mutex
	parts []bulkPart // the request's own key, those of its units, the shared limit
	whole int64      // requests that it is for
	left  int64      // of them, those that have not come
	next  time.Time  // when the next one may go
	until time.Time  // none goes later: no window counts them for longer
	span  time.Duration
	timer *time.Timer // gives back what is left

	size      int64 // requests to ask for next
	begun     bool  // and not ended
	short     bool  // a request needed more than was left of it
	taken     time.Time
	returning int           // how many are giving slots back to the store
	returned  chan struct{} // closed when none is
}

// A bulkPart is what is left of the slots of one key.
type bulkPart struct {
	queue *queue
	slot  slot
}

// begin keeps what was granted for so many requests.
func (b *bulk) begin(lim *Limiter, parts []bulkPart, requests int64, due, until time.Time, span time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.parts, b.whole, b.left, b.until, b.span = parts, requests, requests, until, span
	b.begun, b.taken = true, time.Now()
	before := b.next
	if b.next = later(due, b.taken); before.After(b.next) && before.Before(until) {
		b.next = before // the slots before were used later than reserved
	}
	b.timer = time.AfterFunc(time.Until(until)+minLateness, func() { b.end(lim) })
}

// hand takes a request's slots, if they are there and come in time.
func (b *bulk) hand(g *Grant, cost int64) (slot, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left == 0 || len(b.parts) != g.bulkParts() {
		return slot{}, false
	}
	now, step := time.Now(), time.Duration(0)
	for i := range b.parts {
		p := &b.parts[i]
		q, amount := g.bulkPart(i, cost)
		if q != p.queue || !q.holds(&p.slot) {
			return slot{}, false
		}
		if amount > p.slot.Cost {
			b.short = true
			return slot{}, false
		}
		step = max(step, time.Duration(amount)*p.slot.Interval)
	}
	if since(now, b.next) > max(step, minLateness) || b.whole > 1 && b.next.After(b.until) {
		return slot{}, false // to use slots that have passed would make a burst of them
	}
	wait := max(b.next.Sub(now), 0)
	b.next = b.next.Add(step)
	b.left--
	return b.cut(g, cost, wait), true
}

// cut gives a request its slots of every part. mu is held.
func (b *bulk) cut(g *Grant, cost int64, wait time.Duration) (own slot) {
	for i := range b.parts {
		p := &b.parts[i]
		_, amount := g.bulkPart(i, cost)
		t := p.slot
		p.slot.Cost -= amount
		p.slot.Slot += amount * int64(t.Interval)
		t.Cost, t.Mark, t.Wait, t.Until, t.bulk = amount, t.Mark-p.slot.Cost, wait, wait, b.whole > 1
		if p.slot.Reason == pacing.ReasonNone {
			p.slot.Reason = pacing.ReasonRate // those that follow wait for the one before
		}
		g.setBulkPart(i, t)
		if i == 0 {
			own = t
		}
	}
	return own
}

// end gives back what is left, and decides how large the next one is: as large as what was used of it, or twice as large
// if it lasted less than half its time.
func (b *bulk) end(lim *Limiter) {
	b.mu.Lock()
	parts, left := b.parts, b.left
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
	switch {
	case left > 0 && !b.short:
		b.size = max(1, b.whole-left)
	case b.begun && time.Since(b.taken) < b.span/2:
		b.size = min(max(b.size, 1)*2, maxLease)
	}
	b.parts, b.left, b.begun, b.short = nil, 0, false, false
	if parts == nil {
		b.mu.Unlock()
		return
	}
	b.returns()
	b.mu.Unlock()
	giveAllBack(lim, parts)
	b.hasReturned()
}

// returns notes that slots are on their way back to the store. mu is held.
func (b *bulk) returns() {
	if b.returning == 0 {
		b.returned = make(chan struct{})
	}
	b.returning++
}

func (b *bulk) hasReturned() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.returning--; b.returning == 0 {
		close(b.returned)
	}
}

// giveBack gives back slots of one key.
func (b *bulk) giveBack(lim *Limiter, q *queue, back slot) {
	defer b.hasReturned()
	q.giveBack(context.Background(), lim, back)
}

// wait returns when the store knows of everything that was given back.
func (b *bulk) wait() {
	b.mu.Lock()
	returned := b.returned
	b.mu.Unlock()
	if returned != nil {
		<-returned
	}
}

// want is for how many requests to ask that come so far apart: for one where it takes less to ask, else at most for a span.
func (b *bulk) want(step, way, span time.Duration) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if step <= 0 || step >= way {
		return 1
	}
	return max(1, min(b.size, int64(span/step)))
}

// halve has fewer asked for: some key had no slots when others had, perhaps because other processes held them meanwhile.
func (b *bulk) halve() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.size = max(1, b.size/2)
}

// giveAllBack gives slots back to every key that has granted some, all keys at once.
func giveAllBack(lim *Limiter, parts []bulkPart) {
	var all sync.WaitGroup
	for i := range parts {
		if p := &parts[i]; p.slot.Cost > 0 {
			all.Go(func() { p.queue.giveBack(context.Background(), lim, p.slot) })
		}
	}
	all.Wait()
}

// holds reports whether slots that were reserved in bulk are still good, as far as this process knows.
func (q *queue) holds(t *slot) bool {
	return q.backend.Load().epoch == t.epoch && q.bulkGeneration.Load() == t.Generation
}

// voidBulk voids what was reserved in bulk: there is a pause.
func (q *queue) voidBulk() { q.bulkGeneration.Store(-1) }
