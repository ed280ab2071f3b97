package limiter_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// sharers lets processes send through one store as fast as they may, each with its share, and returns how many requests
// each sent in a span, and whatever serve did with each.
func sharers(t *testing.T, p *limiter.Params, span time.Duration, serve func() (pacing.Budgets, bool), shares ...float64) []int64 {
	t.Helper()
	store := pacing.NewMemory()
	sent := make([]int64, len(shares))
	begin := time.Now().Add(5 * time.Second)
	end := begin.Add(span)
	var all sync.WaitGroup
	for i, share := range shares {
		l := limiter.New(limiter.Config{Store: store, Share: share})
		for range 10 {
			all.Go(func() {
				for time.Now().Before(end) {
					g := acquire(t, l, p)
					if now := time.Now(); !now.Before(begin) && now.Before(end) {
						atomic.AddInt64(&sent[i], 1)
					}
					time.Sleep(10 * time.Millisecond)
					if serve == nil {
						g.Done(limiter.Accepted, 0)
						continue
					}
					if b, ok := serve(); ok {
						limiter.DoneAs(g, limiter.Accepted, 0, false, &b)
					} else {
						limiter.DoneAs(g, limiter.Throttled, 0, false, &b)
					}
				}
			})
		}
	}
	all.Wait()
	return sent
}

// Each process takes its share of the rate, and no more where others leave something.
func TestShareOfTheRate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		shares, want []float64
	}{
		{shares: []float64{0.5, 0.5}, want: []float64{0.5, 0.5}},
		{shares: []float64{0.3}, want: []float64{0.3}},
		{shares: []float64{0.2, 0}, want: []float64{0.2, 0.8}},
		{shares: []float64{0.9, 0.1}, want: []float64{0.9, 0.1}},
		{shares: []float64{0.5, 0.3, 0.2}, want: []float64{0.5, 0.3, 0.2}},
		{shares: []float64{0.33, 0.33, 0.34}, want: []float64{0.33, 0.33, 0.34}},
		{shares: []float64{0.2, 0.2, 0.6}, want: []float64{0.2, 0.2, 0.6}},
		{shares: []float64{0.7, 0.1, 0.1, 0.1}, want: []float64{0.7, 0.1, 0.1, 0.1}},
	} {
		for _, rate := range []float64{4, 40} {
			synctest.Test(t, func(t *testing.T) {
				const span = 60 * time.Second
				sent := sharers(t, &limiter.Params{InitialRate: rate, MaxRate: rate}, span, nil, test.shares...)
				all := rate * span.Seconds()
				for i, want := range test.want {
					part := float64(sent[i]) / all
					if part < 0.98*want-2/all || test.shares[i] > 0 && part > 1.02*want+2/all {
						t.Errorf("shares of %v at %v/s: the one of %v had %.3f, want %v", test.shares, rate, test.shares[i], part, want)
					}
				}
			})
		}
	}
}

// Each takes its share of a documented window, in any span of it.
func TestShareOfAWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &limiter.Params{InitialRate: 50, Windows: []limiter.Window{{Limit: 60, Per: 10 * time.Second}}}
		l := limiter.New(limiter.Config{Share: 0.25})
		var at []time.Time
		for range 100 {
			g := acquire(t, l, p)
			at = append(at, time.Now())
			g.Done(limiter.Accepted, 0)
		}
		for i := 15; i < len(at); i++ {
			if span := at[i].Sub(at[i-15]); span < 10*time.Second {
				t.Fatalf("16 requests within %v, want 15 of 60 in 10s", span)
			}
		}
		if took := at[99].Sub(at[0]); took > 62*time.Second {
			t.Errorf("100 requests at 15 in 10s took %v", took)
		}
	})
}

// Two processes with a half each use a header budget up together, each its half; one alone leaves the other half.
func TestShareOfABudget(t *testing.T) {
	t.Parallel()
	const limit, window = 100, 10 * time.Second
	for _, shares := range [][]float64{{0.5, 0.5}, {0.5}} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			start, used, current := time.Now(), 0, int64(-1)
			serve := func() (pacing.Budgets, bool) {
				mu.Lock()
				defer mu.Unlock()
				if n := int64(time.Since(start) / window); n != current {
					current, used = n, 0
				}
				used++
				return limiter.BudgetsOf(pacing.Budget{
					ID: 1, Limit: limit, Remaining: int64(max(limit-used, 0)), Reset: window - time.Since(start)%window, Exact: true,
				}), used <= limit
			}
			sent := sharers(t, &limiter.Params{InitialRate: 20}, 10*window, serve, shares...)
			for _, n := range sent {
				if n > 10*limit/2*102/100+2 || n < 10*limit/2*90/100 {
					t.Errorf("shares of %v: %v of %d, want a half each", shares, sent, 10*limit)
				}
			}
		})
	}
}

// A process with a share finds a limit out as well: the whole is what is learned, its part what it takes.
func TestShareLearnsTheWhole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const limit = 40.0
		tokens, last := 8.0, time.Now()
		var mu sync.Mutex
		l := limiter.New(limiter.Config{Share: 0.5})
		end := time.Now().Add(5 * time.Minute)
		counted := 0
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				for time.Now().Before(end) {
					g := acquire(t, l, &limiter.Params{})
					mu.Lock()
					tokens, last = min(8, tokens+limit*time.Since(last).Seconds()), time.Now()
					kind := limiter.Throttled
					if tokens >= 1 {
						tokens, kind = tokens-1, limiter.Accepted
					}
					if time.Until(end) < 2*time.Minute {
						counted++
					}
					mu.Unlock()
					time.Sleep(10 * time.Millisecond)
					g.Done(kind, 0)
				}
			})
		}
		all.Wait()
		known := l.Snapshot()["k"]
		had := float64(counted) / 120
		t.Logf("learned %.1f/s of %v, took %.1f/s", known.Rate, limit, had)
		if known.Rate < 0.6*limit || known.Rate > 1.25*limit { // it is never tested with more than a half
			t.Errorf("learned %.1f/s, want about %v", known.Rate, limit)
		}
		if had > 0.54*known.Rate || had < 0.45*known.Rate {
			t.Errorf("took %.1f/s of %.1f/s, want a half", had, known.Rate)
		}
	})
}
