package limiter

import (
	"context"

	"github.com/arl-cli/arl/internal/pacing"
)

// What a user changes while requests are sent: the rate that a key must not exceed.

// Keys returns the keys that this Limiter holds, but for those of a [SharedLimit].
func (l *Limiter) Keys() []string {
	var keys []string
	for key, q := range *l.queues.Load() {
		if !q.isShared {
			keys = append(keys, key)
		}
	}
	return keys
}

// Params returns what the first request for a key brought; nil if this Limiter does not hold the key.
func (l *Limiter) Params(key string) *Params {
	if q := (*l.queues.Load())[key]; q != nil {
		return q.brought
	}
	return nil
}

// Follow makes a key keep to an edited MaxRate, and all that share it to a cap, unless a later one holds. A request that
// waits asks again if that is news.
func (l *Limiter) Follow(ctx context.Context, key string, maxRate float64, c pacing.Cap) error {
	q := (*l.queues.Load())[key]
	if q == nil || !q.use.take() {
		return nil
	}
	defer q.use.leave()
	edited := q.editMaxRate(maxRate)
	in := q.backend.Load()
	if in.fallback {
		c.Rate /= float64(max(in.peers, 1))
	}
	holds, err := in.cell.Follow(ctx, in.params.Load(), c)
	if err != nil {
		return err
	}
	if in.fallback {
		holds.Rate *= float64(max(in.peers, 1))
	}
	if q.keep(holds) || edited {
		l.wakeAll() // a request may wait for a slot of its units, too
	}
	return nil
}

// editMaxRate gives the queue another MaxRate, and reports whether it is another one.
func (q *queue) editMaxRate(maxRate float64) bool {
	p := q.params.Load()
	if p.MaxRate == maxRate {
		return false
	}
	edited := *p
	edited.MaxRate = maxRate
	q.params.Store(&edited)
	in := q.backend.Load()
	if in.fallback && in.peers > 1 {
		part := *in.params.Load()
		part.MaxRate = maxRate / float64(in.peers)
		in.params.Store(&part)
	} else {
		in.params.Store(&edited)
	}
	return true
}

// keep notes which cap holds, for when the store is lost, and reports whether it was set since: also one that is lifted
// may have been followed by a request that waits, though this process hears of it for the first time.
func (q *queue) keep(c pacing.Cap) bool {
	before := q.cap.Swap(&c)
	return before == nil && !c.Set.IsZero() || before != nil && !before.Set.Equal(c.Set)
}

// lastCap is the cap that held when the store was asked last.
func (q *queue) lastCap() pacing.Cap {
	if c := q.cap.Load(); c != nil {
		return *c
	}
	return pacing.Cap{}
}

// wakeAll makes every head look again.
func (l *Limiter) wakeAll() {
	for _, q := range *l.queues.Load() {
		q.wake()
	}
}
