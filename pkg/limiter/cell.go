package limiter

import (
	"context"
	"time"
)

// The methods below are a line's calls to its cell. A store that fails must not stop the requests:
// the line goes on with a cell in memory, from the last that is known, and says so once.

func (l *line) reserve(ctx context.Context, lim *Limiter, ask Ask) Turn {
	turn, err := l.at().Reserve(ctx, ask)
	if err != nil {
		turn, _ = l.replace(lim, err).Reserve(ctx, ask)
	}
	return turn
}

func (l *line) apply(lim *Limiter, ev Event) Verdict {
	ctx := context.Background() // an outcome is recorded even if its request was cancelled
	v, err := l.at().Apply(ctx, l.params, ev)
	if err != nil {
		v, _ = l.replace(lim, err).Apply(ctx, l.params, ev)
	}
	return v
}

func (l *line) cancel(lim *Limiter, t Turn) {
	if err := l.at().Cancel(context.Background(), t); err != nil {
		l.replace(lim, err)
	}
}

func (l *line) current(ctx context.Context, lim *Limiter, generation int64) bool {
	ok, err := l.at().Current(ctx, generation)
	if err != nil {
		l.replace(lim, err)
		return true
	}
	return ok
}

func (l *line) learned(lim *Limiter) (Learned, bool) {
	known, err := l.at().Learned(context.Background())
	if err != nil {
		known, _ = l.replace(lim, err).Learned(context.Background())
	}
	return known, true
}

func (l *line) at() Cell { return *l.cell.Load() }

// replace puts a cell in memory in the place of one whose store failed.
func (l *line) replace(lim *Limiter, err error) Cell {
	l.mu.Lock()
	if l.lost {
		l.mu.Unlock()
		return l.at()
	}
	l.lost = true
	rate := l.remembered
	l.mu.Unlock()
	lim.lost(l.key, err)
	known := &Learned{Rate: rate, Updated: time.Now()}
	if rate == 0 {
		known = lim.recall(l.key)
	}
	cell := replacement(l.key, l.params, known)
	l.cell.Store(&cell)
	return cell
}
