package limiter_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// While the store is away a process keeps to its share of the rate; then it is back at the whole of it.
func TestStoreComesBack(t *testing.T) {
	t.Parallel()
	for peers, share := range map[int]int{0: 10, 1: 20, 4: 5} {
		synctest.Test(t, func(t *testing.T) {
			var lost, back atomic.Int64
			store := &failingStore{Store: pacing.NewMemory(), peers: peers}
			l := limiter.New(limiter.Config{
				Store: store, Observe: counted(&lost, &back),
			})
			defer l.Close()
			p := &limiter.Params{InitialRate: 20, MaxRate: 20}
			count := func(d time.Duration) (n int) {
				for end := time.Now().Add(d); time.Now().Before(end); n++ {
					acquire(t, l, p).Done(limiter.Accepted, 0)
				}
				return n
			}
			before := count(10 * time.Second)
			store.broken.Store(true)
			away := count(30 * time.Second)
			store.broken.Store(false)
			time.Sleep(20 * time.Second)
			after := count(10 * time.Second)
			if before < 199 || before > 201 || after < 199 || after > 201 {
				t.Errorf("%d peers: %d requests before, %d after, want 200 in 10s at 20/s", peers, before, after)
			}
			if away < share*30-1 || away > share*30+2 {
				t.Errorf("%d peers: %d requests in 30s without the store, want %d/s", peers, away, share)
			}
			if lost.Load() != 1 || back.Load() != 1 {
				t.Errorf("%d peers: lost %d times and back %d times, want once each", peers, lost.Load(), back.Load())
			}
			if got := l.Snapshot()["k"].Rate; got != 20 {
				t.Errorf("%d peers: rate = %v, want the 20/s of the store", peers, got)
			}
		})
	}
}

// A pause that the server asked for while the store was away holds when it is back, for everybody.
func TestStoreIsToldOfAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory := pacing.NewMemory()
		store := &failingStore{Store: memory}
		l := limiter.New(limiter.Config{Store: store})
		defer l.Close()
		p := &limiter.Params{InitialRate: 20}
		acquire(t, l, p).Done(limiter.Accepted, 0)
		store.broken.Store(true)
		acquire(t, l, p).Done(limiter.Throttled, time.Hour)
		store.broken.Store(false)
		time.Sleep(time.Minute)
		other := limiter.New(limiter.Config{Store: memory})
		_, err := other.Acquire(t.Context(), limiter.Plan{Key: "k", Params: p, MaxWait: time.Second})
		if err == nil {
			t.Fatal("another process was let through a pause of 1h")
		}
		start := time.Now()
		acquire(t, other, p).Done(limiter.Accepted, 0)
		if took := time.Since(start); took < 58*time.Minute || took > time.Hour {
			t.Errorf("another process waited %v, want the rest of a pause of 1h", took)
		}
	})
}

// What was sent while the store was away counts in documented windows, for everybody.
func TestStoreIsToldOfWindows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory := pacing.NewMemory()
		store := &failingStore{Store: memory, peers: 2}
		l := limiter.New(limiter.Config{Store: store})
		defer l.Close()
		p := &limiter.Params{InitialRate: 100, Windows: []limiter.Window{{Limit: 10, Per: time.Minute}}}
		acquire(t, l, p).Done(limiter.Accepted, 0)
		store.broken.Store(true)
		var sent []time.Time
		for range 5 {
			acquire(t, l, p).Done(limiter.Accepted, 0)
			sent = append(sent, time.Now())
		}
		if first := time.Since(sent[0]); first > time.Second {
			t.Errorf("half of the window took %v, want it at once after the window that was lost", first)
		}
		store.broken.Store(false)
		time.Sleep(20 * time.Second)
		other := limiter.New(limiter.Config{Store: memory})
		acquire(t, other, p).Done(limiter.Accepted, 0)
		if after := time.Since(sent[4]); after < time.Minute {
			t.Errorf("another process sent %v later, want a window of 1m", after)
		}
	})
}

// A program that ends while its store is away leaves nothing behind.
func TestClosedWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var back atomic.Int64
		store := &failingStore{Store: pacing.NewMemory()}
		store.broken.Store(true)
		l := limiter.New(limiter.Config{Store: store, Observe: counted(nil, &back)})
		acquire(t, l, &limiter.Params{InitialRate: 20}).Done(limiter.Accepted, 0)
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		store.broken.Store(false)
		time.Sleep(time.Minute)
		if back.Load() > 0 {
			t.Error("a closed limiter went back to its store")
		}
	})
}

// counted counts the losses and the returns of a store; nil stands for what is not counted.
func counted(lost, back *atomic.Int64) func(limiter.Event) {
	return func(e limiter.Event) {
		switch {
		case e.Kind == limiter.EventStoreLost && lost != nil:
			lost.Add(1)
		case e.Kind == limiter.EventStoreBack && back != nil:
			back.Add(1)
		}
	}
}
