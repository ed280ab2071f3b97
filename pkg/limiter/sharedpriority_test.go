package limiter_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A rivalry is one client beside twenty busy ones, for a limit that their keys share: five requests in any second.
type rivalry struct {
	keys       [2]string // of the busy ones, and of the one
	processes  int
	busy, one  int
	between    time.Duration // of the one
	waits      []time.Duration
	sentByBusy atomic.Int64
}

func (r *rivalry) run(t *testing.T, span time.Duration) {
	t.Helper()
	store := pacing.NewMemory()
	gate := &limiter.SharedLimit{Key: "gate", Windows: []limiter.Window{{Limit: 5, Per: time.Second}}}
	p := &limiter.Params{InitialRate: 100, MinRate: 100, MaxRate: 100, Burst: 1}
	end := time.Now().Add(span)
	send := func(l *limiter.Limiter, key string, priority int) {
		g, err := l.Acquire(t.Context(), limiter.Plan{Key: key, Params: p, Shared: gate, Priority: priority})
		if err != nil {
			t.Error(err)
			return
		}
		time.Sleep(20 * time.Millisecond)
		g.Done(limiter.Accepted, 0)
	}
	first := limiter.New(limiter.Config{Store: store})
	last := first
	if r.processes > 1 {
		last = limiter.New(limiter.Config{Store: store})
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for time.Now().Before(end) {
				send(first, r.keys[0], r.busy)
				r.sentByBusy.Add(1)
			}
		})
	}
	all.Go(func() {
		for time.Now().Before(end) {
			time.Sleep(r.between)
			start := time.Now()
			send(last, r.keys[1], r.one)
			r.waits = append(r.waits, time.Since(start)-20*time.Millisecond)
		}
	})
	all.Wait()
	slices.Sort(r.waits)
}

// Where keys share a limit, a request beside a busy batch of low priority waits until the limit has room again, and not
// longer; one of low priority beside busy normal ones gets its part of the turns all the same.
func TestPriorityAtASharedLimit(t *testing.T) {
	t.Parallel()
	for _, keys := range [][2]string{{"a", "a"}, {"a", "b"}} {
		for processes := 1; processes <= 2; processes++ {
			t.Run(fmt.Sprint(keys, processes), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					get := rivalry{keys: keys, processes: processes, busy: limiter.PriorityLow, between: 1370 * time.Millisecond}
					get.run(t, 5*time.Minute)
					if longest := get.waits[len(get.waits)*99/100]; longest > time.Second+50*time.Millisecond {
						t.Errorf("one in a hundred waits %v beside a low batch, want a second at most", longest)
					}
					low := rivalry{keys: keys, processes: processes, one: limiter.PriorityLow, between: 10 * time.Millisecond}
					low.run(t, 5*time.Minute)
					part := float64(len(low.waits)) / float64(int64(len(low.waits))+low.sentByBusy.Load())
					if part < 0.04 || part > 0.06 {
						t.Errorf("low gets %.1f %% of the turns beside busy ones, want 5", 100*part)
					}
					both := float64(int64(len(low.waits))+low.sentByBusy.Load()) / (5 * 300)
					if both < 0.85 { // a window of a second is taken as a little longer
						t.Errorf("low and the busy ones use %.1f %% of the limit", 100*both)
					}
					t.Logf("a get: at most %v; low beside busy: %.1f %%, both use %.1f %% of the limit", get.waits[len(get.waits)-1], 100*part, 100*both)
				})
			})
		}
	}
}
