package limiter

import (
	"context"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// A SharedLimit is what the requests of several keys have to pass together, each on top of its own key: limits
// that are documented for all of them. It counts what they send, and learns nothing: a throttle does not
// tell whose limit was met.
type SharedLimit struct {
	Key            string   // must not be that of any request
	Windows        []Window // documented limits, at most MaxWindows
	MaxConcurrency int      // requests of one process in flight at once; 0 means no bound
	Cost           int      // slots that a request of this key takes of them; 0 means as many as of its own key
}

// params make a key of the gate whose pace delays no request. The burst is there because slots are not
// asked for in their order: one key's may lie behind another's that was asked for later.
func (s *SharedLimit) params() *Params {
	return &Params{
		InitialRate: pacing.Fastest, MinRate: pacing.Fastest, MaxRate: pacing.Fastest, Burst: int(5*pacing.Horizon) / (1e9 / pacing.Fastest),
		Windows: s.Windows, MaxConcurrency: s.MaxConcurrency,
	}
}

// sharedQueue returns the queue of a gate, opening its cell for the first key that has to pass it. mu is held.
func (l *Limiter) sharedQueue(ctx context.Context, g *SharedLimit, share float64) (*queue, error) {
	if ln := (*l.queues.Load())[g.Key]; ln != nil {
		return ln, nil
	}
	p := g.params()
	ln := newQueue(g.Key, p)
	ln.isShared = true
	if err := l.begin(ctx, ln, p, share); err != nil {
		return nil, err
	}
	l.add(ln)
	return ln, nil
}

// A sharedSlot is one request's way through its queue's gate.
type sharedSlot struct {
	place place // among those that ask the gate
	turn  slot
}

// reserve asks for a slot of the queue, and for the same one of its gate if there is one.
func (g *Grant) reserve(ctx context.Context, ask pacing.ReserveRequest) (slot, error) {
	if g.units != nil {
		return g.reserveUnits(ctx, ask)
	}
	if g.queue.shared == nil {
		return g.queue.reserve(ctx, g.lim, ask), nil
	}
	if g.sharedSlot == nil {
		g.sharedSlot = &sharedSlot{}
	}
	return g.reserveShared(ctx, ask)
}

// reserveShared reserves one slot in both cells or in none: a request that has to wait for one of them holds nothing of the
// other meanwhile. The heads of the queues before a gate ask one after the other, in the order they came,
// once there is room in it.
func (g *Grant) reserveShared(ctx context.Context, ask pacing.ReserveRequest) (slot, error) {
	x, gate := g.sharedSlot, g.queue.shared
	x.place.priority = ask.Priority
	if err := gate.enter(ctx, &x.place, &g.Waited); err != nil {
		return slot{}, err
	}
	own := g.queue.reserve(ctx, g.lim, ask)
	if !own.Granted {
		gate.leave(false)
		return own, nil
	}
	ask = g.gateRequest(ask, own.Wait)
	x.turn = gate.reserve(ctx, g.lim, ask)
	gate.leave(x.turn.Granted)
	if x.turn.Granted {
		return own, nil
	}
	g.queue.cancel(g.lim, own)
	return x.turn, nil
}

// gateRequest is what a gate is asked for, where the request's own keys have granted what was asked of them: the same
// slot. Here priorities have their say, because no key of the requests orders those of other keys.
func (g *Grant) gateRequest(ask pacing.ReserveRequest, after time.Duration) pacing.ReserveRequest {
	if g.queue.sharedCost > 0 {
		ask.Cost = g.queue.sharedCost
	}
	ask.After, ask.Exact, ask.Ranked, ask.Holder = after, true, true, 0
	ask.Priority = max(ask.Priority, g.sharedSlot.place.as) // the floor of this process may have lent it a higher one
	return ask
}

// current reports whether the slots that were granted are still good.
func (g *Grant) current(ctx context.Context) bool {
	own := g.units == nil && g.queue.current(ctx, g.lim, g.reservation) || g.units != nil && g.units.current(ctx, g.lim)
	return own && (g.sharedSlot == nil || g.queue.shared.current(ctx, g.lim, g.sharedSlot.turn))
}

// sharedDone tells the gate what became of the request.
func (g *Grant) sharedDone(o outcome, v pacing.Update) {
	gate, turn := g.queue.shared, g.sharedSlot.turn
	ev := pacing.Event{Kind: Failed, Generation: turn.Generation, Granted: turn.Cost, NoLearn: true}
	switch {
	case o.kind == Accepted:
		ev.Kind = Accepted
	case o.allKeys && v.Paused > 0:
		ev.Kind, ev.Pause = Overloaded, v.Paused // which pauses, and says nothing of a rate
	}
	if gv := gate.tell(context.Background(), g.lim, turn.epoch, &ev); gv.Paused > 0 {
		g.lim.learned(gate.key, &gv)
	}
}
