package limiter

import (
	"math"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// Done reports what became of the request, and frees its place for the next one. kind is [Accepted], [Throttled],
// [Overloaded] or [Failed]; pause is how long the server asked to wait with Throttled or Overloaded, 0 if it did not say.
func (g Grant) Done(kind pacing.Kind, pause time.Duration) pacing.Update {
	return g.finish(&outcome{kind: kind, pause: pause})
}

// An outcome is what became of a granted request.
type outcome struct {
	kind    pacing.Kind
	pause   time.Duration // named by the server, for Throttled and Overloaded
	extra   int           // times the request was written to the wire beyond the first
	took    time.Duration // from sending the request to its response; 0 if that is not known
	allKeys bool          // a throttle is one of every key that shares the request's SharedLimit
	free    bool          // an accepted response that counts for nothing: its slot goes back to the limit

	budgets *pacing.Budgets // what the response says remains; nil if it says nothing

	unit    int            // whose limit a throttle was, from 1 in Plan.Units; -1 for requests, 0 if nothing says so
	units   []measured     // of each of Plan.Units
	update  *pacing.Update // of the unit that a throttle was charged to
	charged int            // which that is, from 1; 0 for requests

	acquitted int  // of which a throttle was thought wrongly before, as charged; -1 if of none
	doubt     bool // that is the request's own key
}

func (g *Grant) finish(o *outcome) pacing.Update {
	if g.units != nil {
		g.finishUnits(o)
	}
	if o.free && o.kind == Accepted && o.extra == 0 && !g.reservation.Scout {
		return g.refund()
	}
	ev := pacing.Event{
		Kind: o.kind, Generation: g.reservation.Generation, Cost: int64(o.extra), Pause: o.pause,
		Paced: g.paced || g.queue.share.climbs(), NoLearn: g.lim.cfg.NoLearn, Mark: g.reservation.Mark, Granted: g.reservation.Cost, Budgets: o.budgets, InFlight: g.inFlight, Took: o.took,
		Doubt: o.doubt,
	}
	if o.kind == Throttled {
		ev.Wall = time.Now()
	}
	v := g.queue.apply(g.lim, &g.reservation, &ev)
	if v.Scouted || v.Cut || v.Eased {
		g.queue.wake()
	}
	g.lim.learned(g.queue.key, &v)
	g.queue.setConcurrency(v.Slots)
	if g.sharedSlot != nil {
		g.sharedDone(*o, v)
	}
	g.end()
	g.leave()
	if o.update != nil {
		return *o.update
	}
	return v
}

// refund gives back the slot of a response that counts for nothing. It teaches nothing: the limit has not seen it. The
// one that all requests wait for after a pause counts all the same, or none would go on.
func (g *Grant) refund() pacing.Update {
	g.reservation.Free = true
	if g.sharedSlot != nil {
		g.sharedSlot.turn.Free = true
	}
	rate := math.Float64frombits(g.queue.rate.Load())
	g.cancelOwn()
	g.leave()
	g.queue.wake()
	return pacing.Update{Rate: rate, RateBefore: rate}
}

// end frees the request's place.
func (g *Grant) end() {
	if g.inFlight > 0 {
		g.queue.inFlight.Add(-1)
	}
	g.queue.done()
	if g.sharedSlot != nil {
		g.queue.shared.done()
	}
}

// Cancel gives the slot back: nothing was sent.
func (g Grant) Cancel() {
	g.giveBack()
	g.leave()
}

// leave says that the request does not use its keys any more.
func (g *Grant) leave() {
	g.queue.use.leave()
	if g.units != nil {
		g.units.leave()
	}
}

// giveBack gives the slots back to ask for others, or none.
func (g *Grant) giveBack() {
	if g.units != nil {
		g.units.cancelOthers(g.lim, g.inFlight > 0)
	}
	g.cancelOwn()
}

// cancelOwn gives back the slot of the request's own key.
func (g *Grant) cancelOwn() {
	g.returnShare()
	g.queue.cancel(g.lim, g.reservation)
	if g.sharedSlot != nil {
		g.queue.shared.cancel(g.lim, g.sharedSlot.turn)
	}
	g.end()
}
