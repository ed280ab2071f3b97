package limiter_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// TestIdleKeysAreReleased uses more keys than a limiter holds.
func TestIdleKeysAreReleased(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter.New(limiter.Config{})
		send := func(key string) {
			g, err := l.Acquire(t.Context(), limiter.Plan{Key: key})
			if err != nil {
				t.Fatal(err)
			}
			g.Done(limiter.Accepted, 0)
		}
		held, err := l.Acquire(t.Context(), limiter.Plan{Key: "held"})
		if err != nil {
			t.Fatal(err)
		}
		const keys = 2000
		most := 0
		for i := range keys {
			send(strconv.Itoa(i))
			time.Sleep(50 * time.Millisecond)
			most = max(most, len(l.Snapshot()))
		}
		if most > 800 { // 512, and those of the last seconds
			t.Errorf("%d of %d keys are held at once", most, keys)
		}
		if _, known := l.Learned("held"); !known {
			t.Error("a key with a request in flight was released")
		}
		held.Done(limiter.Accepted, 0)
		send("0") // opened again
		if known, ok := l.Learned("0"); !ok || known.Counts.Sent != 2 {
			t.Errorf("key 0 is known as %+v, %v: the store had it all the time", known.Counts, ok)
		}
	})
}

// TestReleaseRaces takes keys while they are released.
func TestReleaseRaces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter.New(limiter.Config{})
		var wg sync.WaitGroup
		for w := range 8 {
			wg.Go(func() {
				for i := range 1000 {
					key := fmt.Sprint((i*7 + w*13) % 1500)
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					if g, err := l.Acquire(ctx, limiter.Plan{Key: key, MaxWait: time.Second}); err == nil {
						if i%3 == 0 {
							g.Cancel()
						} else {
							g.Done(limiter.Accepted, 0)
						}
					}
					cancel()
					time.Sleep(30 * time.Millisecond)
				}
			})
		}
		wg.Wait()
		for i := range 10 { // whatever leaves a key in use for good keeps it from being released
			g, err := l.Acquire(t.Context(), limiter.Plan{Key: fmt.Sprint("last", i)})
			if err != nil {
				t.Fatal(err)
			}
			g.Done(limiter.Accepted, 0)
			time.Sleep(2 * time.Second)
		}
		if held := len(l.Snapshot()); held > 10 {
			t.Errorf("%d keys are held after all requests have ended", held)
		}
	})
}
