package limiter

import (
	"context"
	"slices"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// bulkParts is how many keys a request passes, and bulkPart one of them and how many slots it takes there: its own key,
// those of its units, the shared limit.
func (g *Grant) bulkParts() int {
	n := 1
	if g.units != nil {
		n = len(g.units.parts)
	}
	if g.queue.shared != nil {
		n++
	}
	return n
}

func (g *Grant) bulkPart(i int, cost int64) (*queue, int64) {
	switch {
	case i == 0:
		return g.queue, max(cost, 1)
	case g.units != nil && i < len(g.units.parts):
		return g.units.parts[i].queue, max(g.units.parts[i].amount, 1)
	case g.queue.sharedCost > 0:
		cost = g.queue.sharedCost
	}
	return g.queue.shared, max(cost, 1)
}

// setBulkPart gives the request its slot of one of them.
func (g *Grant) setBulkPart(i int, t slot) {
	switch {
	case g.units != nil && i < len(g.units.parts):
		p := &g.units.parts[i]
		p.slot, p.paced = t, t.Wait > 0 && t.Reason == pacing.ReasonRate
	case i > 0:
		g.sharedSlot.turn = t
	}
}

// firstTrip is what a key that has not been asked may take to respond: its slots may be used as late as that.
const firstTrip = 250 * time.Millisecond

// way is how long it takes to ask all keys of a request, one after the other, late how much longer than the first of them
// thinks its slots may be used, and step how far apart requests like it come by their rates; 0 while that is not known.
func (g *Grant) way(cost int64) (way, late, step time.Duration) {
	for i := range g.bulkParts() {
		q, amount := g.bulkPart(i, cost)
		trip := q.trip.known()
		way += trip
		late += q.trip.atMost()
		step = max(step, time.Duration(q.spacing.Load()*amount))
	}
	return way, late, step
}

// reserveBulk takes the request's slots from the queue's bulk, or reserves for as many requests as come within two times
// the way to the store.
func (g *Grant) reserveBulk(ctx context.Context, ask pacing.ReserveRequest) (slot, error) {
	b, gate := g.queue.bulk, g.queue.shared
	if gate != nil && g.sharedSlot == nil {
		g.sharedSlot = &sharedSlot{}
	}
	if gate == nil || gate.admitReserved() {
		if t, ok := b.hand(g, ask.Cost); ok {
			return t, nil
		}
		if gate != nil {
			gate.done()
		}
	}
	if _, late, _ := g.way(ask.Cost); late < leaseBelow {
		b.end(g.lim)
		return g.reserveOne(ctx, ask)
	}
	if gate == nil {
		return g.takeBulk(ctx, ask), nil
	}
	g.sharedSlot.place.priority, g.sharedSlot.place.as = ask.Priority, ask.Priority
	if gate.admitReserved() { // the store sees to the order of keys
		t := g.takeBulk(ctx, ask)
		if !t.Granted {
			gate.done()
		}
		return t, nil
	}
	if err := gate.enter(ctx, &g.sharedSlot.place, &g.Waited); err != nil {
		return slot{}, err
	}
	t := g.takeBulk(ctx, ask)
	gate.leave(t.Granted)
	return t, nil
}

// takeBulk reserves in every key of the request, for the same requests at the same time, or in none.
func (g *Grant) takeBulk(ctx context.Context, ask pacing.ReserveRequest) slot {
	b := g.queue.bulk
	if t, ok := b.hand(g, ask.Cost); ok { // it had to wait for the shared limit only
		return t
	}
	b.end(g.lim)
	way, late, step := g.way(ask.Cost)
	s := bulkSearch{ask: ask, way: way, late: late, parts: make([]bulkPart, g.bulkParts())}
	span := min(leaseTrips*way, maxLeaseLength)
	s.requests = b.want(step, way, span)
	for n, i := range g.bulkOrder(ask.Cost) {
		if !g.askBulk(ctx, &s, n, i) {
			denied := s.parts[i].slot
			s.parts[i].slot.Cost = 0
			giveAllBack(g.lim, s.parts)
			if n > 0 {
				b.halve()
			}
			return denied
		}
	}
	g.returnSurplus(&s)
	if s.until.IsZero() {
		s.until = later(s.due, time.Now()).Add(time.Duration(s.requests)*s.step + maxLeaseLength)
	}
	b.begin(g.lim, s.parts, s.requests, s.due, s.until, span)
	if t, ok := b.hand(g, ask.Cost); ok {
		return t
	}
	b.end(g.lim) // it took so long that the slots have passed, or a pause came just now
	return slot{Reservation: pacing.Reservation{Wait: soonestAgain, Until: soonestAgain, Reason: pacing.ReasonRate}}
}

// A bulkSearch is one way through all keys of a request.
type bulkSearch struct {
	ask      pacing.ReserveRequest
	requests int64 // that all keys so far have slots for
	parts    []bulkPart
	way      time.Duration // to the keys that have not been asked
	late     time.Duration // the most that it is thought to be
	step     time.Duration // between requests, by the slowest key
	due      time.Time     // of the first slots
	until    time.Time     // when the first window ceases to count on them; zero if there is none
}

// bulkOrder is the order in which the keys are asked: first the one whose slots come slowest, so that the others count for
// as long as it takes; the shared limit last. All processes have the same: if some began with another key, each would hold
// what others need.
func (g *Grant) bulkOrder(cost int64) []int {
	list, slowest, most := make([]int, g.bulkParts()), 0, int64(0)
	for i := range list {
		list[i] = i
		q, amount := g.bulkPart(i, cost)
		if step := q.spacing.Load() * amount; step > most && q != g.queue.shared {
			slowest, most = i, step
		}
	}
	return slices.Insert(slices.Delete(list, slowest, slowest+1), 0, slowest)
}

// askBulk asks the nth key, and reports whether it grants slots for at least one request.
func (g *Grant) askBulk(ctx context.Context, s *bulkSearch, n, i int) bool {
	q, amount := g.bulkPart(i, s.ask.Cost)
	ask, trip, asked := s.ask, q.trip.known(), time.Now()
	ask.Ahead = s.way // all of it: later keys grant what this one does
	ask.Cost, ask.Slots, ask.Late = amount, s.requests, s.late+minLateness
	s.way, s.late = s.way-trip, s.late-q.trip.atMost()
	if q.unit != nil {
		ask.Waited = max(ask.Waited-q.unit.span(), 0)
	}
	after := max(s.due.Sub(asked)-trip/2, 0)
	switch {
	case q == g.queue.shared:
		ask = g.gateRequest(ask, after)
	case n > 0:
		ask.After, ask.Exact = after, true
	}
	if n > 0 {
		ask.Step = s.step
	}
	t := q.ask(ctx, g.lim, ask)
	s.parts[i] = bulkPart{queue: q, slot: t}
	if !t.Granted {
		if t.Reason == pacing.ReasonPause {
			q.voidBulk() // another process was told to pause
		}
		if g.units != nil && i < len(g.units.parts) {
			g.queue.lead.Store(int32(i))
		}
		return false
	}
	q.bulkGeneration.Store(t.Generation)
	requests, step := t.Cost/amount, time.Duration(amount)*t.Interval
	if q.unit != nil {
		q.unit.lastSpan.Store(int64(step) * requests)
	}
	s.took(q, &t, &ask, asked, requests, step)
	return true
}

// took notes what a key has granted.
func (s *bulkSearch) took(q *queue, t *slot, ask *pacing.ReserveRequest, asked time.Time, requests int64, step time.Duration) {
	at := asked.Add(time.Since(asked)/2 + t.Wait) // the store spoke half way through
	s.due = later(s.due, at)
	if len(q.params.Load().Windows) > 0 {
		end := at.Add(time.Duration(requests-1)*max(step, ask.Step) + max(ask.Late-t.Wait, ask.Late/8))
		if s.until.IsZero() || end.Before(s.until) {
			s.until = end
		}
	}
	s.requests, s.step = requests, max(step, s.step)
}

// returnSurplus gives back what keys have granted for more requests than all of them have slots for. Nothing waits for it.
func (g *Grant) returnSurplus(s *bulkSearch) {
	b := g.queue.bulk
	for i := range s.parts {
		p := &s.parts[i]
		_, amount := g.bulkPart(i, s.ask.Cost)
		back, keep := p.slot, s.requests*amount
		if back.Cost <= keep {
			continue
		}
		back.Slot += keep * int64(back.Interval)
		back.Cost -= keep
		p.slot.Mark -= back.Cost
		p.slot.Cost = keep
		b.mu.Lock()
		b.returns()
		b.mu.Unlock()
		go b.giveBack(g.lim, p.queue, back)
	}
}

// settleBulk ends the queue's bulk, and returns when the store knows of it.
func (q *queue) settleBulk(lim *Limiter) {
	if q.bulk != nil {
		q.bulk.end(lim)
		q.bulk.wait()
	}
}
