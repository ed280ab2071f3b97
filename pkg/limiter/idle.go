package limiter

import (
	"context"
	"sync/atomic"
	"time"
)

// What a process holds of keys that it does not use: a list of URLs may have any number of hosts.
const (
	// maxQueues is how many keys a Limiter holds before it lets go of idle ones.
	maxQueues = 512
	// idleAfter is how long a key has to be idle for that. By then what was learned of it has been written.
	idleAfter = 5 * time.Second
	// sweepEvery is how often idle keys are looked for.
	sweepEvery = time.Second
)

// released is added to the count of a queue's requests when it is let go, so that no request can take it any more.
const released = -1 << 40

// usage counts the requests that use a queue.
type usage struct {
	requests atomic.Int64
	used     atomic.Bool // since the last sweep
	idle     time.Time   // since when no sweep has found it used; guarded by Limiter.mu
}

// take counts a request, and reports false if the queue was let go.
func (u *usage) take() bool {
	if u.requests.Add(1) <= 0 {
		u.requests.Add(-1)
		return false
	}
	if !u.used.Load() {
		u.used.Store(true)
	}
	return true
}

func (u *usage) leave() { u.requests.Add(-1) }

// idleSince reports since when the queue has been idle; false if it is not.
func (u *usage) idleSince(now time.Time) (time.Time, bool) {
	if u.used.Swap(false) || u.requests.Load() != 0 {
		u.idle = time.Time{}
		return u.idle, false
	}
	if u.idle.IsZero() {
		u.idle = now
	}
	return u.idle, true
}

// A releaser is a store that can let go of what it holds in memory of a key.
type releaser interface{ Release(key string) }

// releaseIdle lets go of keys that have not been used for a while, if there are many. They are opened again from the
// store when they are needed. mu is held.
func (l *Limiter) releaseIdle(now time.Time) {
	all := *l.queues.Load()
	if len(all) <= maxQueues || now.Sub(l.swept) < sweepEvery {
		return
	}
	l.swept = now
	kept := make(map[string]*queue, len(all))
	for key, q := range all {
		if !l.release(q, now) {
			kept[key] = q
		}
	}
	l.queues.Store(&kept)
}

// release lets go of a queue that is idle. One that several keys share stays, and so does one whose store is away: only
// this process knows what becomes of it.
func (l *Limiter) release(q *queue, now time.Time) bool {
	since, idle := q.use.idleSince(now)
	if !idle || now.Sub(since) < idleAfter || q.isShared || q.backend.Load().fallback {
		return false
	}
	if !q.use.requests.CompareAndSwap(0, released) {
		return false
	}
	if q.leases {
		q.settle(context.Background(), l, now, true)
	}
	if store, ok := l.store.(releaser); ok {
		store.Release(q.key)
	}
	return true
}
