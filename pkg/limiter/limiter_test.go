package limiter_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

func acquire(t *testing.T, l *limiter.Limiter, p *limiter.Params) limiter.Grant {
	t.Helper()
	g, err := l.Acquire(t.Context(), limiter.Plan{Key: "k", Params: p})
	if err != nil {
		t.Fatalf("Acquire = %v", err)
	}
	return g
}

func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter.New(limiter.Config{NoLearn: true})
		p := &limiter.Params{InitialRate: 4, Burst: 3}
		start := time.Now()
		for i := range 9 { // a new key starts with one request, not with a burst
			g := acquire(t, l, p)
			if got, want := time.Since(start), time.Duration(i)*250*time.Millisecond; got != want {
				t.Errorf("request %d went after %v, want %v", i, got, want)
			}
			g.Done(limiter.Accepted, 0)
		}
		time.Sleep(time.Minute)
		idle := time.Now()
		for range 3 {
			acquire(t, l, p).Done(limiter.Accepted, 0)
		}
		if got := time.Since(idle); got != 0 {
			t.Errorf("a burst of 3 after idling took %v, want 0s", got)
		}
	})
}

// Requests go in the order they came, and a throttle of one pauses all.
func TestFairAndPaused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter.New(limiter.Config{})
		p := &limiter.Params{InitialRate: 10}
		first := acquire(t, l, p)
		var mu sync.Mutex
		var order []int
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				g := acquire(t, l, p)
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				g.Done(limiter.Accepted, 0)
			})
			synctest.Wait()
		}
		start := time.Now()
		first.Done(limiter.Throttled, 5*time.Second)
		wg.Wait()
		// 0 had a slot that the pause voided; 1 already stood at the head. Nobody else moves.
		if want := append([]int{1, 0}, order[2:]...); !slices.Equal(order, want) || !slices.IsSorted(order[2:]) {
			t.Fatalf("order = %v, want 1 0 2 3 4 ... 19", order)
		}
		// 5 s of pause, then 19 intervals; the rate was cut to 4.5/s or more and grew again.
		if took := time.Since(start); took < 5*time.Second || took > 10*time.Second {
			t.Errorf("20 requests after a pause of 5s took %v, want 5s to 10s", took)
		}
	})
}

func TestCancelledWaitLeavesTheLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter.New(limiter.Config{NoLearn: true})
		p := &limiter.Params{InitialRate: 1}
		acquire(t, l, p).Done(limiter.Accepted, 0)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if _, err := l.Acquire(ctx, limiter.Plan{Key: "k", Params: p}); !errors.Is(err, context.Canceled) {
					t.Errorf("Acquire = %v, want %v", err, context.Canceled)
				}
			})
		}
		synctest.Wait()
		start := time.Now()
		cancel()
		wg.Wait()
		if got := time.Since(start); got != 0 {
			t.Errorf("cancelled waits ended after %v, want at once", got)
		}
		acquire(t, l, p).Done(limiter.Accepted, 0)
		if got := time.Since(start); got != time.Second {
			t.Errorf("the next request went after %v, want 1s: cancelled waits cost nothing", got)
		}
	})
}

func TestMaxWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter.New(limiter.Config{})
		p := &limiter.Params{}
		acquire(t, l, p).Done(limiter.Throttled, time.Hour)
		start := time.Now()
		_, err := l.Acquire(t.Context(), limiter.Plan{Key: "k", MaxWait: 15 * time.Minute})
		var wait *limiter.WaitError
		if !errors.As(err, &wait) || wait.Remaining != time.Hour || wait.Reason != pacing.ReasonPause {
			t.Fatalf("Acquire = %v, want a WaitError of 1h", err)
		}
		if got := time.Since(start); got != 0 {
			t.Errorf("it took %v to say so, want it at once", got)
		}
	})
}

func TestMaxConcurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter.New(limiter.Config{})
		p := &limiter.Params{InitialRate: 1e6, MaxConcurrency: 3}
		var mu sync.Mutex
		var flying, most int
		var wg sync.WaitGroup
		for range 30 {
			wg.Go(func() {
				g := acquire(t, l, p)
				mu.Lock()
				flying++
				most = max(most, flying)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				flying--
				mu.Unlock()
				g.Done(limiter.Accepted, 0)
			})
		}
		start := time.Now()
		wg.Wait()
		if most != 3 {
			t.Errorf("%d requests were in flight at once, want 3", most)
		}
		if took := time.Since(start).Round(time.Second); took != 10*time.Second {
			t.Errorf("30 requests of 1s, 3 at a time, took %v, want 10s", took)
		}
	})
}

func TestOwnRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter.New(limiter.Config{Rate: 2})
		start := time.Now()
		for range 11 {
			acquire(t, l, &limiter.Params{InitialRate: 100, Burst: 100}).Done(limiter.Accepted, 0)
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("11 requests at 2/s took %v, want 5s", took)
		}
	})
}

func TestNoLearnKeepsTheRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter.New(limiter.Config{NoLearn: true})
		p := &limiter.Params{InitialRate: 10}
		start := time.Now()
		acquire(t, l, p).Done(limiter.Throttled, 3*time.Second)
		for range 5 {
			acquire(t, l, p).Done(limiter.Accepted, 0)
		}
		if got := l.Snapshot()["k"]; got.Rate != 10 {
			t.Errorf("rate = %v, want the 10/s it was", got.Rate)
		}
		if took := time.Since(start); took < 3*time.Second {
			t.Errorf("the pause of 3s ended after %v", took)
		}
	})
}

// A store that fails stops nobody, and is said once.
func TestLostStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var said atomic.Int64
		store := &failingStore{Store: pacing.NewMemory(), peers: 1}
		l := limiter.New(limiter.Config{Store: store, Observe: counted(&said, nil)})
		p := &limiter.Params{InitialRate: 10}
		for i := range 10 {
			store.broken.Store(i >= 3)
			acquire(t, l, p).Done(limiter.Accepted, 0)
		}
		if said.Load() != 1 {
			t.Errorf("the loss was said %d times, want once", said.Load())
		}
		if got := l.Snapshot()["k"].Rate; got < 10 {
			t.Errorf("rate = %v/s after the loss, want the last known", got)
		}
	})
}

type failingStore struct {
	limiter.Store
	broken atomic.Bool // asked by who looks for the store too
	peers  int
}

type failingCell struct {
	pacing.Cell
	of *failingStore
}

var errBroken = errors.New("broken")

func (s *failingStore) Open(ctx context.Context, key string, p *limiter.Params, recall func() *limiter.Learned) (pacing.Cell, error) {
	if s.broken.Load() {
		return nil, errBroken
	}
	c, err := s.Store.Open(ctx, key, p, recall)
	return &failingCell{Cell: c, of: s}, err
}

// Peers implements limiter.Cell.
func (c *failingCell) Peers() int { return c.of.peers }

func (c *failingCell) Reserve(ctx context.Context, ask pacing.ReserveRequest) (pacing.Reservation, error) {
	if c.of.broken.Load() {
		return pacing.Reservation{}, errBroken
	}
	return c.Cell.Reserve(ctx, ask)
}

// Whatever happens, the rate stays within [min, max], and a pause is never shortened.
func TestRateStaysInBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := &limiter.Params{
			InitialRate: rapid.Float64Range(0.01, 1000).Draw(t, "initial"),
			MinRate:     rapid.Float64Range(0.01, 1).Draw(t, "min"),
			MaxRate:     rapid.Float64Range(1, 500).Draw(t, "max"),
			Burst:       rapid.IntRange(1, 10).Draw(t, "burst"),
			NoSlowStart: rapid.Bool().Draw(t, "noSlowStart"),
		}
		var s pacing.State
		s.Open(0, time.Unix(0, 0), p, nil)
		now, paused := int64(0), int64(0)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			now += rapid.Int64Range(0, 5e9).Draw(t, "dt")
			turn := s.Reserve(now, pacing.ReserveRequest{})
			if turn.Granted && now+int64(turn.Wait) < paused {
				t.Fatalf("a slot %v from now lies within a pause of %v", turn.Wait, time.Duration(paused-now))
			}
			v := s.Apply(now, p, pacing.Event{
				Kind:       pacing.Kind(rapid.IntRange(0, 3).Draw(t, "kind")),
				Generation: s.Generation - rapid.Int64Range(0, 1).Draw(t, "age"),
				Pause:      time.Duration(rapid.Int64Range(0, 1e11).Draw(t, "pause")),
				Paced:      true, Wall: time.Unix(1, 0),
			})
			if v.Rate < p.MinRate || v.Rate > p.MaxRate {
				t.Fatalf("rate = %v, want it within [%v, %v]", v.Rate, p.MinRate, p.MaxRate)
			}
			if now+int64(v.Paused) < paused {
				t.Fatalf("a pause was shortened by %v", time.Duration(paused-now-int64(v.Paused)))
			}
			paused = now + int64(v.Paused)
		}
	})
}

// However requests come, no span of a documented window holds more than its limit.
func TestWindowIsNeverExceeded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 60).Draw(t, "limit")
		per := time.Duration(rapid.IntRange(1, 100).Draw(t, "per")) * 100 * time.Millisecond
		p := &limiter.Params{
			InitialRate: rapid.Float64Range(0.5, 500).Draw(t, "rate"), Burst: rapid.IntRange(1, 50).Draw(t, "burst"),
			Windows: []limiter.Window{{Limit: limit, Per: per}, {Limit: 2 * limit, Per: 10 * per}},
		}
		var s pacing.State
		s.Open(0, time.Unix(0, 0), p, nil)
		var sent []int64
		now := int64(0)
		for range 300 {
			turn := s.Reserve(now, pacing.ReserveRequest{})
			switch {
			case !turn.Granted:
				now += max(1, int64(turn.Wait))
				continue
			case rapid.IntRange(0, 9).Draw(t, "cancel") == 0:
				s.Cancel(turn)
			default:
				sent = append(sent, now+int64(turn.Wait))
			}
			now += rapid.Int64Range(0, int64(per)/4).Draw(t, "dt")
		}
		for _, w := range p.Windows {
			for i := w.Limit; i < len(sent); i++ {
				if sent[i]-sent[i-w.Limit] < int64(w.Per) {
					t.Fatalf("%d requests within %v, want at most %d in %v", w.Limit+1, time.Duration(sent[i]-sent[i-w.Limit]), w.Limit, w.Per)
				}
			}
		}
	})
}
