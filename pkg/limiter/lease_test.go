package limiter_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// dearStore is a store that is dear to ask, so that slots are leased. It counts what it is asked.
type dearStore struct {
	*pacing.Memory
	asked atomic.Int64
}

type dearCell struct {
	pacing.Cell
	of *dearStore
}

func (s *dearStore) Lease() time.Duration { return 100 * time.Millisecond }

func (s *dearStore) Open(ctx context.Context, key string, p *limiter.Params, recall func() *limiter.Learned) (pacing.Cell, error) {
	c, err := s.Memory.Open(ctx, key, p, recall)
	return &dearCell{c, s}, err
}

func (c *dearCell) Reserve(ctx context.Context, ask pacing.ReserveRequest) (pacing.Reservation, error) {
	c.of.asked.Add(1)
	return c.Cell.Reserve(ctx, ask)
}

func (c *dearCell) Apply(ctx context.Context, p *limiter.Params, ev pacing.Event) (pacing.Update, error) {
	c.of.asked.Add(1)
	return c.Cell.Apply(ctx, p, ev)
}

// Leases keep the pace, the books and the order of magnitude of what the store is asked.
func TestLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const rate, n = 5000, 20_000
		store := &dearStore{Memory: pacing.NewMemory()}
		l := limiter.New(limiter.Config{Store: store, NoLearn: true})
		p := &limiter.Params{InitialRate: rate}
		start := time.Now()
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				for range n / 64 {
					g := acquire(t, l, p)
					time.Sleep(10 * time.Millisecond)
					g.Done(limiter.Accepted, 0)
				}
			})
		}
		wg.Wait()
		sent := int64(n / 64 * 64)
		if took, want := time.Since(start), time.Duration(sent)*time.Second/rate; took < want || took > want*110/100 {
			t.Errorf("%d requests at %d/s took %v, want %v and at most a tenth more", sent, rate, took, want)
		}
		l.Flush()
		if c := l.Snapshot()["k"].Counts; c.Sent != sent || c.Accepted != sent {
			t.Errorf("counts = %+v, want %d sent and accepted", c, sent)
		}
		if asked := store.asked.Load(); asked > sent/20 {
			t.Errorf("the store was asked %d times for %d requests, want far less", asked, sent)
		}
	})
}

// A pause voids what is leased: nobody sends within it.
func TestPauseVoidsLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter.New(limiter.Config{Store: &dearStore{Memory: pacing.NewMemory()}, NoLearn: true})
		p := &limiter.Params{InitialRate: 5000}
		var paused, until atomic.Int64
		start := time.Now()
		now := func() int64 { return int64(time.Since(start)) }
		var wg sync.WaitGroup
		for i := range 32 {
			wg.Go(func() {
				for j := range 100 {
					g := acquire(t, l, p)
					if at := now(); at > paused.Load() && at < until.Load() {
						t.Errorf("sent at %v, within the pause until %v", time.Duration(at), time.Duration(until.Load()))
					}
					if i == 5 && j == 50 {
						g.Done(limiter.Throttled, 3*time.Second)
						paused.Store(now())
						until.Store(now() + int64(3*time.Second))
						continue
					}
					time.Sleep(time.Millisecond)
					g.Done(limiter.Accepted, 0)
				}
			})
		}
		wg.Wait()
		if took := time.Since(start); took < 3*time.Second {
			t.Errorf("took %v, want the pause of 3s in it", took)
		}
		if c := l.Snapshot()["k"].Counts; c.Sent != 3200 || c.Accepted != 3199 || c.Throttled != 1 {
			t.Errorf("counts = %+v, want 3200 sent, 3199 accepted, 1 throttled", c)
		}
	})
}

// A lease asks for no more than a window has: else only the one request that looks for the next window would go.
func TestLeaseWithinBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const limit, window, windows = 120, 2 * time.Second, 10
		start, used, accepted := time.Now(), 0, 0
		current := int64(-1)
		var mu sync.Mutex
		serve := func() pacing.Budget {
			mu.Lock()
			defer mu.Unlock()
			if n := int64(time.Since(start) / window); n != current {
				current, used = n, 0
			}
			used++
			if used <= limit {
				accepted++
			}
			return pacing.Budget{ID: 1, Limit: limit, Remaining: int64(max(limit-used, 0)), Reset: window - time.Since(start)%window, Exact: true}
		}
		known := limiter.Learned{Rate: 3000, Updated: time.Now(), Source: pacing.SourceLearned}
		l := limiter.New(limiter.Config{
			Store: &dearStore{Memory: pacing.NewMemory()}, Recall: func(string) *limiter.Learned { return &known },
		})
		ctx, cancel := context.WithTimeout(t.Context(), windows*window-time.Millisecond)
		defer cancel()
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				for {
					g, err := l.Acquire(ctx, limiter.Plan{Key: "k", Params: &limiter.Params{}})
					if err != nil {
						return
					}
					time.Sleep(time.Millisecond)
					budgets := limiter.BudgetsOf(serve())
					time.Sleep(time.Millisecond)
					limiter.DoneAs(g, limiter.Accepted, 0, false, &budgets)
				}
			})
		}
		wg.Wait()
		if want := limit * windows * 95 / 100; accepted < want {
			t.Errorf("%d accepted in %d windows of %d, want at least %d", accepted, windows, limit, want)
		}
	})
}
