package limiter_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// unpaced is a unit's key that only what is left holds back.
func unpaced() *limiter.Params { return &limiter.Params{InitialRate: 1e6, MinRate: 1e6, Burst: 1000} }

// held asks for tokens of one key, of which the server says what is left.
type held struct{ l *limiter.Limiter }

// take acquires, and returns for how long that took.
func (h *held) take(t *testing.T, tokens int64) time.Duration {
	t.Helper()
	return h.told(t, tokens, nil)
}

// told is take of a request whose response says what remains.
func (h *held) told(t *testing.T, tokens int64, budgets *pacing.Budgets) time.Duration {
	t.Helper()
	began := time.Now()
	req := limiter.Plan{Key: "k", Params: unpaced()}
	if tokens > 0 {
		req.Units = []limiter.Unit{{Name: "tokens", Params: unpaced(), Estimate: tokens, Exact: true}}
	}
	g, err := h.l.Acquire(t.Context(), req)
	if err != nil {
		t.Error(err)
		return 0
	}
	waited := time.Since(began)
	limiter.DoneWithUnit(g, tokens, budgets)
	return waited
}

func leftOf(remaining int64, reset time.Duration, refill float64) *pacing.Budgets {
	b := limiter.BudgetsOf(pacing.Budget{ID: 1, Name: "tokens", Limit: 1000, Remaining: remaining, Reset: reset, Exact: true, Refill: refill})
	return &b
}

// A request of 600 where 500 are left until a reset in 30 s waits for the reset, and those that come later go before it
// as long as something is left for them.
func TestSmallOnesGoBeforeALargeOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &held{l: limiter.New(limiter.Config{})}
		time.Sleep(time.Second)
		h.told(t, 10, leftOf(500, 30*time.Second, 0))
		var wg sync.WaitGroup
		wg.Go(func() {
			if waited := h.take(t, 600); waited < 29*time.Second || waited > 31*time.Second {
				t.Errorf("600 where 500 are left waited %v, want until the reset", waited)
			}
		})
		synctest.Wait()
		for range 4 {
			if waited := h.take(t, 100); waited > time.Millisecond {
				t.Errorf("100 of the 500 waited %v, want it to go at once", waited)
			}
		}
		if waited := h.take(t, 0); waited > 0 {
			t.Errorf("a request that takes no tokens waited %v", waited)
		}
		wg.Wait()
	})
}

// Where tokens come back all the time, those that take none go at once, and those that take some wait until the large
// request has its own: no longer than what it lacks takes to come back.
func TestALargeOneIsNotPutOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &held{l: limiter.New(limiter.Config{})}
		time.Sleep(time.Second)
		h.told(t, 10, leftOf(500, 50*time.Second, 10))
		var wg sync.WaitGroup
		wg.Go(func() { // it lacks 100, and what is not used of the limit besides
			if waited := h.take(t, 600); waited < 10*time.Second || waited > 12*time.Second {
				t.Errorf("600 where 500 are left waited %v, want 10s", waited)
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if waited := h.take(t, 100); waited < 10*time.Second || waited > 22*time.Second {
				t.Errorf("100 behind it waited %v, want until the large one went and 100 have come back", waited)
			}
		})
		synctest.Wait()
		time.Sleep(time.Second)
		if waited := h.take(t, 0); waited > 0 {
			t.Errorf("a request that takes no tokens waited %v", waited)
		}
		wg.Wait()
	})
}

// A large request that gives up holds nobody up.
func TestALargeOneGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &held{l: limiter.New(limiter.Config{})}
		time.Sleep(time.Second)
		h.told(t, 10, leftOf(500, 500*time.Second, 1))
		req := limiter.Plan{
			Key: "k", Params: unpaced(), Units: []limiter.Unit{{Name: "tokens", Params: unpaced(), Estimate: 900, Exact: true}},
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := h.l.Acquire(ctx, req); err == nil {
				t.Error("900 of 500 were granted within 5s")
			}
		})
		synctest.Wait()
		time.AfterFunc(5*time.Second, cancel)
		if waited := h.take(t, 100); waited > 6*time.Second {
			t.Errorf("100 behind one that gave up after 5s waited %v", waited)
		}
		wg.Wait()
	})
}

// A request that needs more than is left and may not wait for it keeps nobody waiting: the next one goes at once.
func TestALargeOneThatGivesUpKeepsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter.New(limiter.Config{})
		acquire := func(tokens int64) (time.Duration, error) {
			window := unpaced()
			window.Windows = []limiter.Window{{Limit: 1000, Per: time.Hour}}
			g, err := l.Acquire(t.Context(), limiter.Plan{
				Key: "k", Params: unpaced(), MaxWait: time.Second,
				Units: []limiter.Unit{{Name: "tokens", Params: window, Estimate: tokens, Exact: true}},
			})
			if err == nil {
				g.Done(limiter.Accepted, 0)
			}
			return g.Waited, err
		}
		if _, err := acquire(950); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
		_, err := acquire(100)
		if wait, ok := errors.AsType[*limiter.WaitError](err); !ok || wait.Remaining < 50*time.Minute {
			t.Fatalf("100 where 50 are left for an hour: %v, want a wait of an hour", err)
		}
		for range 3 {
			if waited, err := acquire(10); err != nil || waited > time.Millisecond {
				t.Errorf("10 where 50 are left waited %v: %v", waited, err)
			}
		}
	})
}
