package storetest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// resumesStaggered: a throttle in one of many processes stops them all for as long as the server asked, and then
// they come back one after the other, at the pace and in no burst: one scout first, the others after its answer.
func resumesStaggered(t *testing.T, open Opener) {
	const (
		processes, pause, answer = 16, 3 * time.Second, 30 * time.Millisecond
		rate                     = 40
	)
	p := &pacing.Params{InitialRate: rate, MaxRate: rate, DecreaseFactor: 1}
	start := time.Now()
	throttleAt := start.Add(2 * time.Second)
	var mu sync.Mutex
	var sent []time.Duration
	var throttled time.Duration
	var all sync.WaitGroup
	for range processes {
		l := limiter.New(limiter.Config{Store: open(t), NoLearn: true})
		for range 3 {
			all.Go(func() {
				for time.Since(start) < 8*time.Second {
					g, err := l.Acquire(t.Context(), limiter.Plan{Key: "k", Params: p})
					if err != nil {
						t.Errorf("Acquire = %v", err)
						return
					}
					mu.Lock()
					sent = append(sent, time.Since(start))
					throttle := throttled == 0 && time.Now().After(throttleAt)
					if throttle {
						throttled = time.Since(start) + answer
					}
					mu.Unlock()
					time.Sleep(answer)
					if throttle {
						g.Done(pacing.Throttled, pause)
						continue
					}
					g.Done(limiter.Accepted, 0)
				}
			})
		}
	}
	all.Wait()
	slices.Sort(sent)
	after := sent[slices.IndexFunc(sent, func(at time.Duration) bool { return at > throttled }):]
	if lull := after[0] - throttled; lull < pause || lull > pause+100*time.Millisecond {
		t.Errorf("the first request came %v after the throttle, want %v", lull, pause)
	}
	if wait := after[1] - after[0]; wait < answer {
		t.Errorf("the second came %v after the first, whose response took %v", wait, answer)
	}
	for i := 2; i < len(after); i++ {
		if apart := after[i] - after[i-1]; apart < time.Second/rate {
			t.Fatalf("after the pause two requests came %v apart, want %v: %v", apart, time.Second/rate, after)
		}
	}
	if n := time.Duration(len(after)); n < rate*(after[n-1]-after[0])/time.Second*9/10 {
		t.Errorf("%d requests in %v after the pause, want %d/s", n, after[n-1]-after[0], rate)
	}
}
