package limiter

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// A request that needs more than is there, although that is enough for others, does not stay at the head of its queue: the
// store keeps an instant for it, and it waits for that besides the queue. Those behind it go on, and the store sees to it
// that they do not put it off. When the instant is near it goes back to the head, before all who came later.

// maxHolder bounds the numbers of requests, which all stores keep exactly.
const maxHolder = 1 << 53

// newHolder is a number by which a store knows a request that may need more than others; 0 for one that takes one slot of
// each limit.
func newHolder(g *Grant, cost int64) int64 {
	if g.units == nil && cost <= 1 {
		return 0
	}
	return 1 + rand.Int64N(maxHolder-1) //nolint:gosec // not a secret
}

// holdBeat is how often a request that is held says so.
const holdBeat = time.Second

// beside are the requests that wait besides a queue.
type beside struct {
	count atomic.Int64
	mu    sync.Mutex
	pokes map[chan struct{}]struct{}
}

func (b *beside) join() chan struct{} {
	poke := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pokes == nil {
		b.pokes = make(map[chan struct{}]struct{})
	}
	b.pokes[poke] = struct{}{}
	b.count.Add(1)
	return poke
}

func (b *beside) part(poke chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.pokes, poke)
	b.count.Add(-1)
}

// wake makes them look again.
func (b *beside) wake() {
	if b.count.Load() == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for poke := range b.pokes {
		select {
		case poke <- struct{}{}:
		default:
		}
	}
}

// waitBeside gives up the head's place to those behind, and returns when the caller has it again because what it needs is
// nearly there.
func (g *Grant) waitBeside(ctx context.Context, at *place, ask pacing.ReserveRequest) error {
	poke := g.queue.beside.join()
	defer g.queue.beside.part(poke)
	g.queue.leave(false)
	wait := g.reservation.Wait
	for {
		near, err := g.keepInstant(ctx, at, ask)
		if err == nil && near > 0 {
			err = g.sleep(ctx, max(min(wait, near, holdBeat), soonestAgain), poke)
		}
		if err != nil {
			g.endInstant(ask)
			return err
		}
		if near <= 0 {
			break
		}
		wait = holdBeat
	}
	at.due = true
	err := g.queue.enter(ctx, at, &g.Waited)
	at.due = false
	if err != nil {
		g.endInstant(ask)
	}
	return err
}

// keepInstant has every key keep the same instant for the request, and returns how long it is until it is worth asking for
// the slots.
func (g *Grant) keepInstant(ctx context.Context, at *place, ask pacing.ReserveRequest) (near time.Duration, err error) {
	ask.Hold, ask.Exact, ask.After, ask.Age = pacing.HoldKeep, false, 0, time.Since(at.turnedAway)
	for _, p := range g.keptBy() {
		if p.amount > 0 {
			ask.Cost = p.amount
		}
		t := p.queue.ask(ctx, g.lim, ask)
		near, ask.After = max(near, t.Wait), max(ask.After, t.Until)
		g.reservation.Until = ask.After
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < ask.After {
		return 0, &WaitError{Key: g.queue.key, Remaining: ask.After, Reason: g.reservation.Reason}
	}
	return near, nil
}

// endInstant gives up what is kept for a request that does not wait any more.
func (g *Grant) endInstant(ask pacing.ReserveRequest) {
	ask.Hold = pacing.HoldEnd
	for _, p := range g.keptBy() {
		p.queue.ask(context.Background(), g.lim, ask)
	}
	g.queue.wake()
}

// keptBy are the keys that keep an instant for the request, the one that it waits for first.
func (g *Grant) keptBy() []unitPart {
	if g.units == nil {
		return []unitPart{{queue: g.queue}}
	}
	lead := min(int(g.queue.lead.Load()), len(g.units.parts)-1)
	list := []unitPart{g.units.parts[lead]}
	for i := range g.units.parts {
		if i != lead {
			list = append(list, g.units.parts[i])
		}
	}
	return list
}

// due reports whether one who waited besides the queue came before its head. mu is held.
func (q *queue) due(at *place) bool {
	return at.due && at.priority == q.head && at.ticket < q.ticket
}

// waitsForUnit reports whether what a request waits for is no business of those that take nothing of its units. A pause is:
// all wait for it.
func (g *Grant) waitsForUnit(r pacing.Reason) bool {
	return g.units != nil && g.queue.lead.Load() > 0 && r != pacing.ReasonPause && r != pacing.ReasonScout
}

// block notes whether the head waits for a limit of its units. If so it reports whether a request waits that need not.
func (q *queue) block(blocked bool) bool {
	if !blocked && !q.blocked { // which only the head changes
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.blocked = blocked
	return blocked && q.nextPlain(q.head) >= 0
}

// nextPlain returns the first request that takes nothing of units, of those of a priority or above; -1 if there is none.
// mu is held.
func (q *queue) nextPlain(least pacing.Priority) int {
	if q.plain > 0 {
		for i, w := range q.waiting {
			if w.plain && w.priority >= least {
				return i
			}
		}
	}
	return -1
}

// letPlainPass gives up the head's place to a request that takes nothing of units, and returns when the caller has it
// again; at once if there is none. It reports whether that was so.
func (q *queue) letPlainPass(ctx context.Context, at *place, waited *time.Duration) (bool, error) {
	q.mu.Lock()
	i := -1
	if q.blocked {
		i = q.nextPlain(q.head)
	}
	q.blocked = false
	if i < 0 {
		q.mu.Unlock()
		return false, nil
	}
	first := q.waiting[i]
	me := q.line(at)
	q.occupied = false
	q.admit(slices.Index(q.waiting, first))
	q.mu.Unlock()
	return true, q.await(ctx, me, at, waited)
}
