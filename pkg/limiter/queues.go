package limiter

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// queue returns the queue of a key, opening its cell at the first request. It is in use until its use is left.
func (l *Limiter) queue(ctx context.Context, plan *Plan) (*queue, error) {
	if ln := (*l.queues.Load())[plan.Key]; ln != nil && ln.use.take() {
		return ln, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if ln := (*l.queues.Load())[plan.Key]; ln != nil && ln.use.take() {
		return ln, nil
	}
	l.releaseIdle(time.Now())
	p := plan.Params
	if p == nil {
		p = &Params{}
	}
	ln, err := l.newQueue(ctx, plan.Key, p, plan.Share)
	if err != nil {
		return nil, err
	}
	if plan.Shared != nil {
		if ln.shared, err = l.sharedQueue(ctx, plan.Shared, plan.Share); err != nil {
			return nil, err
		}
		ln.sharedCost = int64(plan.Shared.Cost)
	}
	ln.leases = l.leaseSpan > 0 && len(p.Windows) == 0 && ln.shared == nil && len(plan.Units) == 0 && ln.share == nil
	ln.use.take()
	l.add(ln)
	return ln, nil
}

// newQueue opens the cell of a key. mu is held.
func (l *Limiter) newQueue(ctx context.Context, key string, p *Params, share float64) (*queue, error) {
	ln := newQueue(key, p)
	return ln, l.begin(ctx, ln, p, share)
}

// begin makes a queue ready. mu is held.
func (l *Limiter) begin(ctx context.Context, ln *queue, p *Params, share float64) error {
	if len(p.Windows) > pacing.MaxWindows {
		return fmt.Errorf("%s: %d documented limits, at most %d are kept", ln.key, len(p.Windows), pacing.MaxWindows)
	}
	if l.cfg.Share > 0 {
		share = l.cfg.Share
	}
	ln.share = newShare(share, p)
	l.open(ctx, ln)
	return nil
}

// add makes a queue known. mu is held.
func (l *Limiter) add(ln *queue) {
	next := maps.Clone(*l.queues.Load())
	next[ln.key] = ln
	l.queues.Store(&next)
}

// open gives a queue its cell.
func (l *Limiter) open(ctx context.Context, ln *queue) {
	p := ln.params.Load()
	in := &backend{}
	in.params.Store(p)
	var err error
	in.cell, err = l.store.Open(ctx, ln.key, p, func() *Learned { return l.recall(ln.key) })
	if err != nil {
		l.lost(ln.key, err)
		in = ln.fallback(l, peersOf(in.cell))
		ln.rejoinLater(l, in, in.checkAfter)
		defer ln.rejoinWhenFreed(l, in, err)
	}
	ln.backend.Store(in)
	if l.cfg.Opening != nil {
		l.cfg.Opening(ln.key, p)
	}
	if l.cfg.Observe != nil {
		known, err := in.learned(ctx)
		if err != nil {
			known = Learned{} // the next use of the cell reports it
		}
		l.Report(Event{Kind: EventOpened, Key: ln.key, IsShared: ln.isShared, Params: p, Known: &known})
	}
}

func (l *Limiter) recall(key string) *Learned {
	if l.cfg.Recall == nil {
		return nil
	}
	return l.cfg.Recall(key)
}

func (l *Limiter) lost(key string, err error) {
	l.Report(Event{Kind: EventStoreLost, Key: key, Err: err})
}
