package limiter_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// Uses tells what is under way and what waits, and nothing of a key at rest.
func TestUses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter.New(limiter.Config{})
		slow := &limiter.Params{InitialRate: 0.001}
		busy := limiter.Plan{Key: "busy", Params: slow}
		rest, err := l.Acquire(t.Context(), limiter.Plan{Key: "rest"})
		if err != nil {
			t.Fatal(err)
		}
		rest.Done(limiter.Accepted, 0)
		flying, err := l.Acquire(t.Context(), busy)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		for range 3 {
			go func() { _, _ = l.Acquire(ctx, busy) }()
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if diff := cmp.Diff([]pacing.Use{{Key: "busy", InFlight: 1, Waiting: 3}}, l.Uses()); diff != "" {
			t.Error(diff)
		}
		cancel()
		synctest.Wait()
		flying.Done(limiter.Accepted, 0)
		if uses := l.Uses(); len(uses) > 0 {
			t.Errorf("at rest: %v", uses)
		}
	})
}
