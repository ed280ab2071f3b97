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

// farStore is a store that is far away: each way takes as long.
type farStore struct {
	*pacing.Memory
	way   time.Duration
	asked atomic.Int64
}

type farCell struct {
	pacing.Cell
	of *farStore
}

func (s *farStore) Lease() time.Duration { return 100 * time.Millisecond }

func (s *farStore) Open(ctx context.Context, key string, p *limiter.Params, recall func() *limiter.Learned) (pacing.Cell, error) {
	c, err := s.Memory.Open(ctx, key, p, recall)
	return &farCell{c, s}, err
}

func (s *farStore) travel(step func()) {
	time.Sleep(s.way)
	step()
	time.Sleep(s.way)
}

func (c *farCell) Reserve(ctx context.Context, ask pacing.ReserveRequest) (t pacing.Reservation, err error) {
	c.of.asked.Add(1)
	c.of.travel(func() { t, err = c.Cell.Reserve(ctx, ask) })
	return t, err
}

func (c *farCell) Apply(ctx context.Context, p *limiter.Params, ev pacing.Event) (v pacing.Update, err error) {
	c.of.travel(func() { v, err = c.Cell.Apply(ctx, p, ev) })
	return v, err
}

func (c *farCell) Cancel(ctx context.Context, t pacing.Reservation) (err error) {
	c.of.travel(func() { err = c.Cell.Cancel(ctx, t) })
	return err
}

func (c *farCell) Current(ctx context.Context, generation int64) (ok bool, err error) {
	c.of.travel(func() { ok, err = c.Cell.Current(ctx, generation) })
	return ok, err
}

// fleet lets processes send through one far store for a while, and returns how many requests each sent from the
// fifth second on.
func fleet(t *testing.T, store *farStore, processes, workers int, rate float64, span time.Duration) (sent []int64) {
	t.Helper()
	p := &limiter.Params{InitialRate: rate, MaxRate: rate}
	sent = make([]int64, processes)
	begin := time.Now().Add(5 * time.Second)
	end := begin.Add(span)
	var all sync.WaitGroup
	for i := range processes {
		l := limiter.New(limiter.Config{Store: store})
		for range workers {
			all.Go(func() {
				for time.Now().Before(end) {
					g := acquire(t, l, p)
					if now := time.Now(); now.After(begin) && now.Before(end) {
						atomic.AddInt64(&sent[i], 1)
					}
					time.Sleep(20 * time.Millisecond)
					g.Done(limiter.Accepted, 0)
				}
			})
		}
	}
	all.Wait()
	return sent
}

// A process takes as many slots at a time as its round trip asks for: a store that is far away costs it next to nothing.
func TestFarStore(t *testing.T) {
	t.Parallel()
	for _, at := range []struct {
		way       time.Duration
		processes int
		rate      float64
	}{{25 * time.Millisecond, 1, 200}, {25 * time.Millisecond, 8, 200}, {25 * time.Millisecond, 2, 40}, {75 * time.Millisecond, 1, 100}, {0, 1, 200}} {
		synctest.Test(t, func(t *testing.T) {
			store := &farStore{Memory: pacing.NewMemory(), way: at.way}
			var all int64
			sent := fleet(t, store, at.processes, 64, at.rate, 20*time.Second)
			for _, n := range sent {
				all += n
			}
			part := float64(all) / (20 * at.rate)
			t.Logf("%d processes at %v/s, %v there and back: %.1f %% %v, asked %d times", at.processes, at.rate, 2*at.way, 100*part, sent, store.asked.Load())
			least := 0.97
			if at.processes == 1 {
				least = 0.95
			}
			if part < least || part > 1.03 {
				t.Errorf("%d processes at %v/s, %v there and back: %.1f %% of it", at.processes, at.rate, 2*at.way, 100*part)
			}
		})
	}
}
