package redisstore

import (
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/test/redistest"
)

// sendFar lets processes send through one key of a server for a while, and returns how many requests a second they had.
func sendFar(t *testing.T, address string, processes int, rate float64, span time.Duration) float64 {
	t.Helper()
	const workers = 64
	p := &pacing.Params{InitialRate: rate, MaxRate: rate}
	var sent atomic.Int64
	var counting, over atomic.Bool
	var all sync.WaitGroup
	for range processes {
		l := limiter.New(limiter.Config{Store: openAt(t, address)})
		for range workers {
			all.Go(func() {
				for !over.Load() {
					g, err := l.Acquire(t.Context(), limiter.Plan{Key: "far", Params: p})
					if err != nil {
						t.Error(err)
						return
					}
					if counting.Load() {
						sent.Add(1)
					}
					time.Sleep(10 * time.Millisecond)
					g.Done(limiter.Accepted, 0)
				}
			})
		}
	}
	time.Sleep(3 * time.Second)
	counting.Store(true)
	began := time.Now()
	time.Sleep(span)
	counting.Store(false)
	took := time.Since(began)
	over.Store(true)
	all.Wait()
	return float64(sent.Load()) / took.Seconds()
}

// One process far from the server has nearly the whole rate, and eight have it together: a process takes as many slots at
// a time as its round trip asks for. One slot for each round trip would be 20 a second here. What a busy machine takes
// away it takes from processes beside the server too, at the same time.
func TestFarRate(t *testing.T) {
	if os.Getenv("MEASURE") == "" {
		t.Skip("a figure in real time; limiter.TestFarStore holds it in virtual time")
	}
	const rate, way, span = 200.0, 25 * time.Millisecond, 8 * time.Second
	for _, test := range []struct {
		processes int
		least     float64
	}{{1, 0.95}, {8, 0.97}} {
		forward, err := redistest.Forward(t.Context(), redistest.Start(t).Addr, way)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(forward.Close)
		beside := "redis://" + redistest.Start(t).Addr
		var near, far float64
		var both sync.WaitGroup
		both.Go(func() { near = sendFar(t, beside, test.processes, rate, span) })
		both.Go(func() { far = sendFar(t, "redis://"+forward.Addr, test.processes, rate, span) })
		both.Wait()
		t.Logf("%d processes, %v there and back: %.1f requests a second of %v, and %.1f without a way", test.processes, 2*way, far, rate, near)
		if far < test.least*min(near, rate) || far > 1.03*rate {
			t.Errorf("%d processes, %v there and back: %.1f requests a second of %v, want at least %v of %.1f", test.processes, 2*way, far, rate, test.least, near)
		}
	}
}
