package limiter

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// Config says how a Limiter works. The zero value works: in memory, learning, without a bound.
type Config struct {
	Store   Store                       // where the live state is kept; nil means in memory
	Recall  func(key string) *Learned   // what an earlier run learned; nil means nothing
	Opening func(key string, p *Params) // a key is about to be used for the first time in this process
	// Observe receives what happens, in the goroutine in which it happens. It must not block, nor use the Limiter when a key
	// is opened.
	Observe func(Event)
	Rate    float64 // requests per second this process never exceeds; 0 means none
	NoLearn bool    // leave learned rates alone; pauses hold all the same

	Priority int // PriorityLow to PriorityHigh, of requests whose plan and context do not say another one
	// Share is the part of each limit, in (0, 1), that this process keeps to: of what was learned, of documented windows and
	// of header budgets. 0 means what a request says.
	Share float64
}

// A Limiter paces requests, one queue per key. It is safe for use by many goroutines.
type Limiter struct {
	cfg   Config
	store Store
	// leaseSpan is for how long slots are taken ahead where that pays; 0 means never.
	leaseSpan time.Duration

	queues atomic.Pointer[map[string]*queue] // copied on write, so that a request takes no lock to find its queue

	mu  sync.Mutex // guards writes to queues, and own
	own time.Time  // the next slot under cfg.Rate

	swept  time.Time // when idle keys were looked for; guarded by mu
	closed atomic.Bool
}

// New returns a Limiter.
func New(cfg Config) *Limiter {
	l := &Limiter{cfg: cfg, store: cfg.Store}
	if l.store == nil {
		l.store = pacing.NewMemory()
	}
	l.leaseSpan = l.store.Lease()
	l.queues.Store(&map[string]*queue{})
	return l
}

// Snapshot returns what is known of every key this Limiter has used. A [SharedLimit] learns nothing: it is
// there only while it pauses.
func (l *Limiter) Snapshot() map[string]Learned {
	out := make(map[string]Learned)
	for key, ln := range *l.queues.Load() {
		if known, ok := ln.learned(l); ok && (!ln.isShared || known.PausedUntil.After(time.Now())) {
			out[key] = known
		}
	}
	return out
}

// Learned returns what is known of one key; false if this Limiter has not used it.
func (l *Limiter) Learned(key string) (Learned, bool) {
	ln := (*l.queues.Load())[key]
	if ln == nil {
		return Learned{}, false
	}
	return ln.learned(l)
}

// Known is Learned, or else what an earlier run knew of the key.
func (l *Limiter) Known(key string) (Learned, bool) {
	if known, ok := l.Learned(key); ok {
		return known, true
	}
	if known := l.recall(key); known != nil && known.Rate > 0 {
		return *known, true
	}
	return Learned{}, false
}

// Flush reports to the store what it does not know yet: at more than 1000 requests a second outcomes
// are reported together.
func (l *Limiter) Flush() {
	for _, ln := range *l.queues.Load() {
		if ln.leases {
			ln.settle(context.Background(), l, time.Now(), true)
		}
	}
}

// Close flushes, and releases the store.
func (l *Limiter) Close() error {
	l.Flush()
	l.closed.Store(true)
	return l.store.Close()
}
