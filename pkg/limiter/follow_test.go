package limiter_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A request that waits for the slot of a cap goes on when the cap is lifted, also where both were set by another process
// before this one looked.
func TestLiftedBeforeItWasSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, params := pacing.NewMemory(), &limiter.Params{InitialRate: 10, MaxRate: 10}
		l := limiter.New(limiter.Config{Store: store})
		other := limiter.New(limiter.Config{Store: store})
		defer l.Close()
		defer other.Close()
		acquire(t, l, params)
		acquire(t, other, params)
		said := time.Now()
		if err := other.Follow(t.Context(), "k", 10, pacing.Cap{Rate: 1.0 / 3600, Set: said}); err != nil {
			t.Fatal(err)
		}
		acquire(t, l, params) // the last slot at the old rate
		began := time.Now()
		went := make(chan time.Duration)
		go func() {
			acquire(t, l, params)
			went <- time.Since(began)
		}()
		time.Sleep(time.Second)
		lifted := pacing.Cap{Set: said.Add(time.Second)}
		if err := other.Follow(t.Context(), "k", 10, lifted); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if err := l.Follow(t.Context(), "k", 10, pacing.Cap{}); err != nil {
			t.Fatal(err)
		}
		if waited := <-went; waited > 2*time.Second {
			t.Errorf("it went after %v, want after 2s", waited)
		}
	})
}
