package limiter

import (
	"context"
	"math"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// The methods below are a queue's calls to its cell, through its lease where there is one. A store
// that fails must not stop the requests: see lost.go.

// A slot is a reservation of a queue.
type slot struct {
	pacing.Reservation
	leased bool  // handed out by the queue's lease, not by the store
	epoch  int32 // which of the queue's backends granted it
}

// reserve asks for a slot. Only the head of the queue calls it.
func (q *queue) reserve(ctx context.Context, lim *Limiter, ask pacing.ReserveRequest) slot {
	if q.leases && ask.Cost <= 1 {
		return q.take(ctx, lim, ask)
	}
	return q.ask(ctx, lim, ask)
}

// apply says what became of a request.
func (q *queue) apply(lim *Limiter, t *slot, ev *pacing.Event) pacing.Update {
	if t.leased && ev.Kind == Accepted && ev.Cost == 0 && (ev.Budgets == nil || ev.Budgets.Len() == 0) {
		return q.lease.accept(ev)
	}
	v := q.tell(context.Background(), lim, t.epoch, ev) // an outcome is recorded even if its request was cancelled
	if v.Paused > 0 {
		q.lease.void()
	}
	return v
}

// cancel gives a slot back.
func (q *queue) cancel(lim *Limiter, t slot) {
	if t.leased {
		q.lease.spoil()
		return
	}
	q.giveBack(context.Background(), lim, t)
}

// current reports whether a granted slot is still good.
func (q *queue) current(ctx context.Context, lim *Limiter, t slot) bool {
	if t.leased {
		return q.lease.current(t.Generation)
	}
	in := q.backend.Load()
	if t.epoch != in.epoch {
		return false // the store was lost or is back: slots of both at once would be too many
	}
	ok, err := in.cell.Current(ctx, t.Generation)
	if err != nil {
		q.replace(lim, in, err)
		return false
	}
	return ok
}

// learned returns what is known of the key.
func (q *queue) learned(lim *Limiter) (Learned, bool) {
	ctx := context.Background()
	if q.leases {
		q.settle(ctx, lim, time.Now(), true)
	}
	in := q.backend.Load()
	known, err := in.learned(ctx)
	if err != nil {
		known, _ = q.replace(lim, in, err).learned(ctx)
	} else if !in.fallback && q.keep(known.Cap) {
		lim.wakeAll()
	}
	return known, true
}

// soonestAgain is how soon one asks again at the soonest because of the way to the store.
const soonestAgain = time.Millisecond

func (q *queue) ask(ctx context.Context, lim *Limiter, ask pacing.ReserveRequest) slot {
	in := q.backend.Load()
	began := time.Time{}
	if lim.leaseSpan > 0 {
		began, ask.Ahead = time.Now(), q.trip.known()
	}
	turn, err := in.cell.Reserve(ctx, ask)
	if lim.leaseSpan > 0 {
		q.trip.note(time.Since(began))
	}
	switch {
	case err != nil:
		in = q.replace(lim, in, err)
		turn, _ = in.cell.Reserve(ctx, ask)
	case !turn.Granted: // to be there in time, not on the way: one that is always late by a round trip may never have a turn
		turn.Wait = max(turn.Wait-ask.Ahead, min(turn.Wait, soonestAgain))
	}
	return slot{Reservation: turn, epoch: in.epoch}
}

// tell says what became of what was granted in an era. Of one that is over, only a pause is news.
func (q *queue) tell(ctx context.Context, lim *Limiter, era int32, ev *pacing.Event) pacing.Update {
	in := q.backend.Load()
	if era != in.epoch {
		if ev.Pause <= 0 || ev.Kind != Throttled && ev.Kind != Overloaded {
			rate := math.Float64frombits(q.rate.Load())
			return pacing.Update{Rate: rate, RateBefore: rate}
		}
		ev.Generation = -1 // older than any: it cuts nothing
	}
	v, err := in.cell.Apply(ctx, in.params.Load(), *ev)
	if err != nil {
		in = q.replace(lim, in, err)
		v, _ = in.cell.Apply(ctx, in.params.Load(), *ev)
	}
	if q.share != nil {
		q.share.learned(&v)
		q.share.observe(time.Now(), ev.Budgets, q.granted.Load())
	}
	if rate := math.Float64bits(v.Rate); !in.fallback && rate != q.rate.Load() {
		q.rate.Store(rate)
	}
	return v
}

func (q *queue) giveBack(ctx context.Context, lim *Limiter, t slot) {
	in := q.backend.Load()
	if t.epoch != in.epoch {
		return // what it was taken from is not there
	}
	if err := in.cell.Cancel(ctx, t.Reservation); err != nil {
		q.replace(lim, in, err)
	}
}
