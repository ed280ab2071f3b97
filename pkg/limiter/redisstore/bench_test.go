package redisstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/test/redistest"
)

// BenchmarkReserveApply is one process alone: a slot and what became of it.
func BenchmarkReserveApply(b *testing.B) {
	c, p := benchCell(b, "redis://"+redistest.Start(b).Addr, 40)
	for b.Loop() {
		turn, err := c.Reserve(b.Context(), pacing.ReserveRequest{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.Apply(b.Context(), p, pacing.Event{Generation: turn.Generation}); err != nil {
			b.Fatal(err)
		}
	}
}

func benchCell(t testing.TB, address string, rate float64) (pacing.Cell, *pacing.Params) {
	t.Helper()
	p := &pacing.Params{InitialRate: rate, MaxRate: rate, Burst: 5}
	c, err := openAt(t, address).Open(t.Context(), "k", p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c, p
}

// 32 processes, each with a connection of its own, that send as fast as they may: what a step takes, and how
// much more often the one served most is served than the one served least. Run it with -v for the figures.
func TestCrowd(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes ten seconds")
	}
	var all sync.WaitGroup
	defer all.Wait()
	for _, rate := range []float64{40, 100, 500} {
		run := func() { t.Run(fmt.Sprintf("%v a second", rate), func(t *testing.T) { crowd(t, rate) }) }
		if testing.Verbose() {
			run() // one after the other: the figures are what counts
		} else {
			all.Go(run)
		}
	}
}

func crowd(t *testing.T, rate float64) {
	const processes, lasting = 32, 8 * time.Second
	address := "redis://" + redistest.Start(t).Addr
	var mu sync.Mutex
	var reserves, applies []time.Duration
	var served [processes]int
	var all sync.WaitGroup
	end := time.Now().Add(lasting)
	for i := range served {
		c, p := benchCell(t, address, rate)
		all.Go(func() {
			var asked, told []time.Duration
			var since time.Time // when it was turned away first
			for time.Now().Before(end) {
				start := time.Now()
				ask := pacing.ReserveRequest{}
				if !since.IsZero() {
					ask.Waited = start.Sub(since)
				}
				turn, err := c.Reserve(t.Context(), ask)
				asked = append(asked, time.Since(start))
				if errors.Is(err, context.DeadlineExceeded) {
					continue // so busy a machine that the server did not answer for a second
				}
				if err != nil {
					t.Error(err)
					return
				}
				time.Sleep(turn.Wait)
				if !turn.Granted {
					if since.IsZero() {
						since = start
					}
					continue
				}
				since = time.Time{}
				served[i]++
				start = time.Now()
				_, err = c.Apply(t.Context(), p, pacing.Event{Generation: turn.Generation})
				if err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
					return
				}
				told = append(told, time.Since(start))
			}
			mu.Lock()
			defer mu.Unlock()
			reserves, applies = append(reserves, asked...), append(applies, told...)
		})
	}
	all.Wait()
	slices.Sort(reserves)
	slices.Sort(applies)
	quantile := func(list []time.Duration, part float64) time.Duration {
		return list[int(part*float64(len(list)-1))].Round(10 * time.Microsecond)
	}
	sum := 0
	for _, n := range served {
		sum += n
	}
	most, least := slices.Max(served[:]), slices.Min(served[:])
	t.Logf("crowd: %v/s; %v; %v; %d to %d times; %.1f asks each; p50 %v and %v; %.1f/s", // bench reads it
		rate, quantile(reserves, 0.99), quantile(applies, 0.99), least, most, float64(len(reserves))/float64(sum),
		quantile(reserves, 0.5), quantile(applies, 0.5), float64(sum)/lasting.Seconds())
	// On a machine that is too busy to run who could be served, nobody can see to a fair share of it, nor that
	// all of it is used; the contract holds this in virtual time.
	part, used := 0.5, 0.8
	if max(quantile(reserves, 0.99), quantile(applies, 0.99)) > 20*time.Millisecond {
		part, used = 0.1, 0.2
	}
	if share := float64(sum) / processes; float64(least) < part*share {
		t.Errorf("one process was served %d times, want %v of its share of %.1f", least, part, share)
	}
	if pace := float64(sum) / lasting.Seconds(); pace < used*rate {
		t.Errorf("%.1f/s were used of %v/s", pace, rate)
	}
}
