package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A crew is processes that send through one key for as long as the test lasts.
type crew struct {
	key  string
	p    *pacing.Params
	stop context.CancelFunc
	done sync.WaitGroup

	mu     sync.Mutex
	served []int
}

// muster starts as many processes on a key, each with so many requests that wait at once.
func muster(t *testing.T, open Opener, key string, processes, workers int, rate float64) *crew {
	t.Helper()
	return musterAs(t, open, limiter.Config{}, key, processes, workers, rate)
}

// musterAs is muster with what the Limiter of each process is to be.
func musterAs(t *testing.T, open Opener, cfg limiter.Config, key string, processes, workers int, rate float64) *crew {
	t.Helper()
	c := &crew{key: key, p: &pacing.Params{InitialRate: rate, MaxRate: rate}, served: make([]int, processes)}
	var ctx context.Context
	ctx, c.stop = context.WithCancel(t.Context())
	for i := range processes {
		cfg.Store = open(t)
		l := limiter.New(cfg)
		for range workers {
			c.done.Go(func() { c.send(ctx, t, l, i) })
		}
	}
	return c
}

func (c *crew) send(ctx context.Context, t *testing.T, l *limiter.Limiter, who int) {
	for ctx.Err() == nil { // a slot that is there at once does not look at ctx
		g, err := l.Acquire(ctx, limiter.Plan{Key: c.key, Params: c.p})
		if err != nil {
			if ctx.Err() == nil {
				t.Errorf("Acquire = %v", err)
			}
			return
		}
		c.mu.Lock()
		c.served[who]++
		c.mu.Unlock()
		time.Sleep(5 * time.Millisecond) // the answer
		g.Done(limiter.Accepted, 0)
	}
}

// take returns how often each was served since the last time.
func (c *crew) take() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.served
	c.served = make([]int, len(was))
	return was
}

func (c *crew) end() {
	c.stop()
	c.done.Wait()
}

// servesInTurn: whatever the rate and however many processes wait, none gets less than half its share of 10 s,
// and they use all of it together. Here, where nothing disturbs them, three quarters are asked for: to serve
// whoever happens to ask first passes with half now and then.
func servesInTurn(t *testing.T, open Opener) {
	for _, at := range []struct {
		processes, workers int
		rate               float64
	}{{32, 1, 40}, {32, 2, 100}, {8, 2, 10}, {3, 4, 5}, {2, 1, 40}} {
		c := muster(t, open, fmt.Sprint(at), at.processes, at.workers, at.rate)
		time.Sleep(2 * time.Second)
		c.take()
		time.Sleep(10 * time.Second)
		served, all := c.take(), 0
		c.end()
		for _, n := range served {
			all += n
		}
		share := 10 * at.rate / float64(at.processes)
		if least := slices.Min(served); float64(least) < share*3/4 {
			t.Errorf("%d processes at %v/s: one was served %d times in 10s, want three quarters of %.1f: %v", at.processes, at.rate, least, share, served)
		}
		if float64(all) < 9.8*at.rate {
			t.Errorf("%d processes at %v/s: %d requests in 10s", at.processes, at.rate, all)
		}
	}
}

// survivesTheDead: when most processes end without a word, the others have all of the pace within a second.
func survivesTheDead(t *testing.T, open Opener) {
	const rate = 40
	doomed := muster(t, open, "k", 28, 2, rate)
	others := muster(t, open, "k", 4, 2, rate)
	time.Sleep(5 * time.Second)
	doomed.end()
	time.Sleep(time.Second)
	others.take()
	time.Sleep(2 * time.Second)
	all := 0
	for _, n := range others.take() {
		all += n
	}
	others.end()
	if all < 2*rate*95/100 {
		t.Errorf("the survivors sent %d requests in 2s at %d/s", all, rate)
	}
}

// servesAGuest: a single request beside a process that could use every slot is served within a second.
func servesAGuest(t *testing.T, open Opener) {
	batch := muster(t, open, "k", 1, 64, 10)
	defer batch.end()
	time.Sleep(2 * time.Second)
	for i := range 20 {
		time.Sleep(time.Second + time.Duration(i)*37*time.Millisecond)
		start := time.Now()
		g, err := limiter.New(limiter.Config{Store: open(t)}).Acquire(t.Context(), limiter.Plan{Key: "k", Params: batch.p})
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("a single request waited %v at 10/s beside a batch, want at most 1s", took)
		}
		g.Done(limiter.Accepted, 0)
	}
}
