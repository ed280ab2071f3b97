package limiter

import (
	"context"
	"math"
	"time"
)

// The methods below are a line's calls to its cell, through its lease where there is one. A store
// that fails must not stop the requests: the line goes on with a cell in memory, from the last that
// is known, and says so once.

// reserve asks for a slot. Only the head of the line calls it.
func (l *line) reserve(ctx context.Context, lim *Limiter, ask Ask) Turn {
	if l.leases && ask.Cost <= 1 {
		return l.take(ctx, lim)
	}
	return l.ask(ctx, lim, ask)
}

// apply says what became of a request.
func (l *line) apply(lim *Limiter, t Turn, ev Event) Verdict {
	if t.leased && ev.Kind == Accepted && ev.Cost == 0 && (ev.Budgets == nil || ev.Budgets.Len() == 0) {
		return l.lease.accept(ev)
	}
	v := l.tell(context.Background(), lim, ev) // an outcome is recorded even if its request was cancelled
	if v.Paused > 0 {
		l.lease.void()
	}
	return v
}

// cancel gives a slot back.
func (l *line) cancel(lim *Limiter, t Turn) {
	if t.leased {
		l.lease.spoil()
		return
	}
	l.giveBack(context.Background(), lim, t)
}

// current reports whether a granted slot is still good.
func (l *line) current(ctx context.Context, lim *Limiter, t Turn) bool {
	if t.leased {
		return l.lease.current(t.Generation)
	}
	ok, err := l.at().Current(ctx, t.Generation)
	if err != nil {
		l.replace(lim, err)
		return true
	}
	return ok
}

// learned returns what is known of the key.
func (l *line) learned(lim *Limiter) (Learned, bool) {
	ctx := context.Background()
	if l.leases {
		l.settle(ctx, lim, time.Now())
	}
	known, err := l.at().Learned(ctx)
	if err != nil {
		known, _ = l.replace(lim, err).Learned(ctx)
	}
	return known, true
}

func (l *line) ask(ctx context.Context, lim *Limiter, ask Ask) Turn {
	turn, err := l.at().Reserve(ctx, ask)
	if err != nil {
		turn, _ = l.replace(lim, err).Reserve(ctx, ask)
	}
	return turn
}

func (l *line) tell(ctx context.Context, lim *Limiter, ev Event) Verdict {
	v, err := l.at().Apply(ctx, l.params, ev)
	if err != nil {
		v, _ = l.replace(lim, err).Apply(ctx, l.params, ev)
	}
	if rate := math.Float64bits(v.Rate); rate != l.rate.Load() {
		l.rate.Store(rate)
	}
	return v
}

func (l *line) giveBack(ctx context.Context, lim *Limiter, t Turn) {
	if err := l.at().Cancel(ctx, t); err != nil {
		l.replace(lim, err)
	}
}

func (l *line) at() Cell { return *l.cell.Load() }

// replace puts a cell in memory in the place of one whose store failed. What was sent before counts as full
// documented windows: only the store knew.
func (l *line) replace(lim *Limiter, err error) Cell {
	l.mu.Lock()
	if l.lost {
		l.mu.Unlock()
		return l.at()
	}
	l.lost = true
	rate := math.Float64frombits(l.rate.Load())
	l.mu.Unlock()
	lim.lost(l.key, err)
	known := &Learned{Rate: rate, Updated: time.Now(), UsedUntil: time.Now()}
	if rate == 0 {
		known = lim.recall(l.key)
	}
	cell := replacement(l.key, l.params, known)
	l.cell.Store(&cell)
	l.lease.void()
	return cell
}
