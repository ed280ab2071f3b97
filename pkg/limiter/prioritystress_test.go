package limiter_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A storm is many requests of every priority for a few keys, from several processes. Some are cancelled while they wait,
// some are throttled, some take long, and the store is far away at times.
type storm struct {
	rng       *rand.Rand
	params    *limiter.Params
	shared    *limiter.SharedLimit
	keys      []string
	processes []*limiter.Limiter
	requests  int
	busy      int           // workers that send requests of high priority all the time
	roundTrip time.Duration // at most

	mu     sync.Mutex
	paused time.Duration // in all, at most
}

// newStorm returns the storm of a seed.
func newStorm(seed uint64) *storm {
	rng := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a fixed sequence
	pick := func(list ...int) int { return list[rng.IntN(len(list))] }
	rate := float64(pick(2, 20, 200, 2000))
	s := &storm{
		rng:      rng,
		params:   &limiter.Params{InitialRate: rate, MinRate: rate, MaxRate: rate, Burst: pick(1, 1, 5), MaxConcurrency: pick(0, 0, 1, 3)},
		keys:     []string{"a", "b", "c"}[:pick(1, 1, 3)],
		requests: pick(10, 60),
		busy:     pick(0, 0, 4),
	}
	if pick(0, 1) == 1 {
		s.shared = &limiter.SharedLimit{Key: "all", MaxConcurrency: pick(0, 1, 2)}
	}
	way := time.Duration(pick(0, 1, 30)) * time.Millisecond
	s.roundTrip = 2 * way
	var store limiter.Store = &farStore{Memory: pacing.NewMemory(), way: way}
	if way == 0 && pick(0, 1) == 1 {
		store = pacing.NewMemory() // without leases
	}
	for range pick(1, 1, 2, 4) {
		s.processes = append(s.processes, limiter.New(limiter.Config{Store: store, Share: float64(pick(0, 0, 0, 50)) / 100}))
	}
	return s
}

// interval is the time between two slots of a key.
func (s *storm) interval() time.Duration {
	return time.Duration(float64(time.Second) / s.params.InitialRate)
}

// longest is how long a request holds its place at most.
func (s *storm) longest() time.Duration { return 5 * s.interval() }

// bound is how long a request can have to wait: for the floor, which gives it one turn in twenty, behind all others that
// have the floor too. A turn takes as long as a slot of half a share, a round trip for each step, and, where few may be
// in flight, a request.
func (s *storm) bound() time.Duration {
	turn := 2*s.interval() + 4*s.roundTrip + s.longest() + 10*time.Millisecond
	s.mu.Lock()
	defer s.mu.Unlock()
	return 20*time.Duration(s.requests+s.busy)*turn + s.paused
}

// rage sends all requests.
func (s *storm) rage(t *testing.T) {
	t.Helper()
	busy, end := context.WithCancel(t.Context())
	var all, others sync.WaitGroup
	defer others.Wait()
	defer end()
	defer all.Wait()
	for range s.busy {
		others.Go(func() { s.keepBusy(busy) })
	}
	for range s.requests {
		ctx, cancel := context.WithTimeout(t.Context(), 2*s.bound()+time.Hour)
		if s.rng.IntN(4) == 0 {
			ctx, cancel = context.WithTimeout(ctx, time.Duration(s.rng.Int64N(int64(10*s.interval()))))
		}
		r := stormRequest{
			limiter: s.processes[s.rng.IntN(len(s.processes))],
			ask: limiter.Plan{
				Key: s.keys[s.rng.IntN(len(s.keys))], Params: s.params, Shared: s.shared, Priority: s.rng.IntN(3) - 1,
			},
			takes: time.Duration(s.rng.Int64N(int64(s.longest()))), end: s.rng.IntN(20),
		}
		all.Go(func() {
			defer cancel()
			s.send(ctx, t, &r)
		})
		if s.rng.IntN(3) > 0 {
			time.Sleep(time.Duration(s.rng.Int64N(int64(2 * s.interval()))))
		}
	}
}

// keepBusy sends one request of high priority after the other until ctx ends.
func (s *storm) keepBusy(ctx context.Context) {
	for ctx.Err() == nil {
		g, err := s.processes[0].Acquire(ctx, limiter.Plan{Key: s.keys[0], Params: s.params, Shared: s.shared, Priority: limiter.PriorityHigh})
		if err != nil {
			return
		}
		time.Sleep(s.longest() / 2)
		g.Done(limiter.Accepted, 0)
	}
}

// A stormRequest is one of the requests of a storm.
type stormRequest struct {
	limiter *limiter.Limiter
	ask     limiter.Plan
	takes   time.Duration
	end     int // decides how it ends
}

func (s *storm) send(ctx context.Context, t *testing.T, r *stormRequest) {
	began := time.Now()
	g, err := r.limiter.Acquire(ctx, r.ask)
	if waited, bound := time.Since(began), s.bound(); waited > bound {
		t.Errorf("a request of priority %v waited %v, want %v at most", r.ask.Priority, waited, bound)
	}
	if err != nil {
		return
	}
	time.Sleep(r.takes)
	switch pause := min(20*s.interval(), 5*time.Second); r.end {
	case 0:
		s.mu.Lock()
		s.paused += pause + 2*time.Second // and what the first request after it may be waited for
		s.mu.Unlock()
		g.Done(limiter.Throttled, pause)
	case 1:
		g.Done(limiter.Failed, 0)
	case 2:
		g.Cancel()
	default:
		g.Done(limiter.Accepted, 0)
	}
}

// Whatever comes and goes, no request waits longer than the rate and the floor of one in twenty explain.
func TestNoRequestWaitsForGood(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			s := newStorm(seed)
			s.rage(t)
			for _, l := range s.processes {
				if left := l.Uses(); slices.ContainsFunc(left, func(u pacing.Use) bool { return u.InFlight+u.Waiting > 0 }) {
					t.Errorf("seed %d: when all is done there are %v", seed, left)
				}
			}
			if t.Failed() {
				t.Fatalf("seed %d: %d requests to %d keys from %d processes, %v to the store and back, %+v, shared %+v",
					seed, s.requests, len(s.keys), len(s.processes), s.roundTrip, s.params, s.shared)
			}
		})
	}
}
