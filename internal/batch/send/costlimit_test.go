package send

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/sendctx"
)

// However many records are sent at once, and whatever they turn out to take less, what is taken and what is reserved
// never exceed the limit together, and nothing goes out once the run has been stopped.
func TestCostLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const limit = 10_000
		var stopped atomic.Int64
		l := NewCostLimit(map[string]int64{"tokens": limit}, func(error) { stopped.Add(1) })
		var taken, atOnce atomic.Int64
		var wg sync.WaitGroup
		for i := range 64 {
			chance := rand.New(rand.NewPCG(1, uint64(i))) //nolint:gosec // a fixed sequence
			wg.Go(func() {
				for {
					costs := map[string]int64{"tokens": 1 + chance.Int64N(500)}
					if err := l.reserve(t.Context(), costs); err != nil {
						if !errors.Is(err, errCostLimit) {
							t.Errorf("reserve: %v", err)
						}
						return
					}
					if sum := taken.Load() + atOnce.Add(costs["tokens"]); sum > limit {
						t.Errorf("%d are taken or reserved, more than %d", sum, limit)
					}
					time.Sleep(time.Duration(chance.IntN(1000)) * time.Millisecond)
					actual := chance.Int64N(costs["tokens"] + 1)
					atOnce.Add(-costs["tokens"])
					taken.Add(actual)
					l.settle(costs, &batch.Answer{Report: sendctx.Report{Cost: []batch.Cost{{Unit: "tokens", Estimated: costs["tokens"], Actual: actual}}}})
				}
			})
		}
		wg.Wait()
		if stopped.Load() == 0 || taken.Load() < limit-500 {
			t.Errorf("stopped %d times with %d of %d taken, want it to end when no more than one record fits", stopped.Load(), taken.Load(), limit)
		}
	})
}

// What a response did not say is counted as estimated; of what may have been processed without a response too; what
// failed took nothing.
func TestCostLimitCounts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer batch.Answer
		want   int64
	}{
		"told":     {batch.Answer{Report: sendctx.Report{Cost: []batch.Cost{{Unit: "tokens", Estimated: 70, Actual: 30}}}}, 30},
		"not told": {batch.Answer{Report: sendctx.Report{Cost: []batch.Cost{{Unit: "tokens", Estimated: 70, Actual: -1}}}}, 70},
		"unknown":  {batch.Answer{Report: sendctx.Report{Unknown: true}}, 50},
		"failed":   {batch.Answer{Err: &batch.Error{Kind: batch.KindHTTP}}, 0},
	} {
		l := NewCostLimit(map[string]int64{"tokens": 100}, func(error) {})
		costs := map[string]int64{"tokens": 50}
		if err := l.reserve(t.Context(), costs); err != nil {
			t.Fatal(err)
		}
		l.settle(costs, &test.answer)
		if l.taken["tokens"] != test.want || l.reserved["tokens"] != 0 {
			t.Errorf("%s: %d are taken and %d reserved, want %d and none", name, l.taken["tokens"], l.reserved["tokens"], test.want)
		}
	}
}

// What waits for others ends with the run.
func TestCostLimitIsLeft(t *testing.T) {
	t.Parallel()
	l := NewCostLimit(map[string]int64{"tokens": 100}, func(error) { t.Error("the run was stopped") })
	costs := map[string]int64{"tokens": 60}
	if err := l.reserve(t.Context(), costs); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.reserve(ctx, costs); !errors.Is(err, context.Canceled) {
		t.Errorf("reserve = %v, want the end of the context", err)
	}
}
