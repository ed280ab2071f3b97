package limiter

import (
	"context"
	"math"
	"time"
)

// The methods below are a line's calls to its cell, through its lease where there is one. A store
// that fails must not stop the requests: see lost.go.

// A slot is a reservation of a line.
type slot struct {
	Turn
	leased bool  // handed out by the line's lease, not by the store
	era    int32 // which of the line's tenures granted it
}

// reserve asks for a slot. Only the head of the line calls it.
func (l *line) reserve(ctx context.Context, lim *Limiter, ask Ask) slot {
	if l.leases && ask.Cost <= 1 {
		return l.take(ctx, lim, ask.Waited)
	}
	return l.ask(ctx, lim, ask)
}

// apply says what became of a request.
func (l *line) apply(lim *Limiter, t slot, ev Event) Verdict {
	if t.leased && ev.Kind == Accepted && ev.Cost == 0 && (ev.Budgets == nil || ev.Budgets.Len() == 0) {
		return l.lease.accept(ev)
	}
	v := l.tell(context.Background(), lim, t.era, ev) // an outcome is recorded even if its request was cancelled
	if v.Paused > 0 {
		l.lease.void()
	}
	return v
}

// cancel gives a slot back.
func (l *line) cancel(lim *Limiter, t slot) {
	if t.leased {
		l.lease.spoil()
		return
	}
	l.giveBack(context.Background(), lim, t)
}

// current reports whether a granted slot is still good.
func (l *line) current(ctx context.Context, lim *Limiter, t slot) bool {
	if t.leased {
		return l.lease.current(t.Generation)
	}
	in := l.in.Load()
	if t.era != in.era {
		return false // the store was lost or is back: slots of both at once would be too many
	}
	ok, err := in.cell.Current(ctx, t.Generation)
	if err != nil {
		l.replace(lim, in, err)
		return false
	}
	return ok
}

// learned returns what is known of the key.
func (l *line) learned(lim *Limiter) (Learned, bool) {
	ctx := context.Background()
	if l.leases {
		l.settle(ctx, lim, time.Now())
	}
	in := l.in.Load()
	known, err := in.learned(ctx)
	if err != nil {
		known, _ = l.replace(lim, in, err).learned(ctx)
	}
	return known, true
}

func (l *line) ask(ctx context.Context, lim *Limiter, ask Ask) slot {
	in := l.in.Load()
	turn, err := in.cell.Reserve(ctx, ask)
	if err != nil {
		in = l.replace(lim, in, err)
		turn, _ = in.cell.Reserve(ctx, ask)
	}
	return slot{Turn: turn, era: in.era}
}

// tell says what became of what was granted in an era. Of one that is over, only a pause is news.
func (l *line) tell(ctx context.Context, lim *Limiter, era int32, ev Event) Verdict {
	in := l.in.Load()
	if era != in.era {
		if ev.Pause <= 0 || ev.Kind != Throttled && ev.Kind != Overloaded {
			rate := math.Float64frombits(l.rate.Load())
			return Verdict{Rate: rate, RateBefore: rate}
		}
		ev.Generation = -1 // older than any: it cuts nothing
	}
	v, err := in.cell.Apply(ctx, in.params, ev)
	if err != nil {
		in = l.replace(lim, in, err)
		v, _ = in.cell.Apply(ctx, in.params, ev)
	}
	if rate := math.Float64bits(v.Rate); !in.standIn && rate != l.rate.Load() {
		l.rate.Store(rate)
	}
	return v
}

func (l *line) giveBack(ctx context.Context, lim *Limiter, t slot) {
	in := l.in.Load()
	if t.era != in.era {
		return // what it was taken from is not there
	}
	if err := in.cell.Cancel(ctx, t.Turn); err != nil {
		l.replace(lim, in, err)
	}
}
