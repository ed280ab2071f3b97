package limiter_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// gated makes requests for keys behind one gate.
func gated(key string, rate float64, gate *limiter.SharedLimit) limiter.Plan {
	return limiter.Plan{Key: key, Params: &limiter.Params{InitialRate: rate, DefaultPause: 30 * time.Second}, Shared: gate}
}

func pass(t *testing.T, l *limiter.Limiter, req limiter.Plan) limiter.Grant {
	t.Helper()
	g, err := l.Acquire(t.Context(), req)
	if err != nil {
		t.Fatalf("Acquire(%s) = %v", req.Key, err)
	}
	return g
}

func window(limit int, per time.Duration) []limiter.Window {
	return []limiter.Window{{Limit: limit, Per: per}}
}

// most returns how many instants lie within one span at most.
func most(sent []time.Time, span time.Duration) int {
	slices.SortFunc(sent, time.Time.Compare)
	n, first := 0, 0
	for i := range sent {
		for sent[i].Sub(sent[first]) >= span {
			first++
		}
		n = max(n, i-first+1)
	}
	return n
}

// A documented limit holds over all keys behind a gate together, and is used up by them.
func TestGateHoldsOverKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter.New(limiter.Config{NoLearn: true})
		gate := &limiter.SharedLimit{Key: "api/*", Windows: window(20, 10*time.Second)}
		var mu sync.Mutex
		var sent []time.Time
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				g := pass(t, l, gated(fmt.Sprint("api/", i%5), 3+float64(i%5), gate))
				mu.Lock()
				sent = append(sent, time.Now())
				mu.Unlock()
				g.Done(limiter.Accepted, 0)
			})
		}
		wg.Wait()
		if n := most(sent, 10*time.Second); n > 20 {
			t.Errorf("%d requests went within 10s, want at most 20", n)
		}
		if took := time.Since(start); took > 47*time.Second {
			t.Errorf("100 requests at 20 per 10s took %v, want at most 47s", took)
		}
	})
}

// Each key keeps its own pace behind a gate that has room.
func TestGateLeavesThePaceAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter.New(limiter.Config{NoLearn: true})
		gate := &limiter.SharedLimit{Key: "api/*", Windows: window(1000, time.Minute)}
		start := time.Now()
		var wg sync.WaitGroup
		for _, rate := range []float64{4, 5, 40} {
			for i := range 9 {
				wg.Go(func() {
					key := fmt.Sprint("api/", rate)
					g := pass(t, l, gated(key, rate, gate))
					if got := time.Since(start); got.Round(time.Millisecond) > 2*time.Second {
						t.Errorf("request %d of %s went after %v, want 2s at most", i, key, got)
					}
					g.Done(limiter.Accepted, 0)
				})
			}
		}
		wg.Wait()
		if got := time.Since(start).Round(time.Millisecond); got != 2*time.Second {
			t.Errorf("9 requests at 4/s took %v, want 2s", got)
		}
	})
}

// A key that pauses holds nothing that the others need.
func TestPausedKeyHoldsNoGate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter.New(limiter.Config{})
		gate := &limiter.SharedLimit{Key: "api/*", Windows: window(1000, time.Hour), MaxConcurrency: 1}
		a, b := gated("api/a", 10, gate), gated("api/b", 10, gate)
		pass(t, l, a).Done(limiter.Throttled, 0)
		start := time.Now()
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() { pass(t, l, a).Done(limiter.Accepted, 0) })
		}
		synctest.Wait()
		for range 10 {
			pass(t, l, b).Done(limiter.Accepted, 0)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("10 requests of b at 10/s took %v while a paused, want at most 1s", took)
		}
		wg.Wait()
		if took := time.Since(start); took < 30*time.Second || took > 32*time.Second {
			t.Errorf("a went on after %v, want 30s", took)
		}
		known := l.Snapshot()
		if known["api/b"].Counts.Throttled != 0 || known["api/b"].Rate <= known["api/a"].Rate {
			t.Errorf("b has learned %+v beside a's %+v, want nothing of a's throttle", known["api/b"], known["api/a"])
		}
	})
}

// A throttle of all keys pauses all of them, and cuts nobody's rate but that of the key that met it.
func TestThrottleOfAll(t *testing.T) {
	t.Parallel()
	for _, all := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l := limiter.New(limiter.Config{})
			gate := &limiter.SharedLimit{Key: "api/*", Windows: window(1000, time.Hour)}
			a, b := gated("api/a", 10, gate), gated("api/b", 10, gate)
			pass(t, l, b).Done(limiter.Accepted, 0)
			limiter.DoneAs(pass(t, l, a), limiter.Throttled, time.Minute, all, nil)
			if _, there := l.Snapshot()["api/*"]; there != all {
				t.Errorf("all is %v: the gate is in the snapshot: %v", all, there)
			}
			start, want := time.Now(), 100*time.Millisecond
			if all {
				want = time.Minute
			}
			g := pass(t, l, b)
			if took := time.Since(start).Round(time.Millisecond); took != want {
				t.Errorf("all is %v: b went after %v, want %v", all, took, want)
			}
			if all && g.Reason != pacing.ReasonPause {
				t.Errorf("b waited for %v, want the pause", g.Reason)
			}
			g.Done(limiter.Accepted, 0)
			pass(t, l, b).Done(limiter.Accepted, 0)
			if got := l.Snapshot()["api/b"]; got.Rate < 10 || got.Counts.Throttled != 0 {
				t.Errorf("all is %v: b has learned %+v, want its rate as it was", all, got)
			}
			if _, there := l.Snapshot()["api/*"]; there {
				t.Error("the gate is in the snapshot although it pauses no more")
			}
		})
	}
}

func TestGateBoundsConcurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter.New(limiter.Config{NoLearn: true})
		gate := &limiter.SharedLimit{Key: "api/*", MaxConcurrency: 3}
		var mu sync.Mutex
		var flying, highest int
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				g := pass(t, l, gated(fmt.Sprint("api/", i%4), 1e6, gate))
				mu.Lock()
				flying++
				highest = max(highest, flying)
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
		if highest != 3 {
			t.Errorf("%d requests were in flight at once, want 3", highest)
		}
		if took := time.Since(start).Round(time.Second); took != 10*time.Second {
			t.Errorf("30 requests of 1s, 3 at a time, took %v, want 10s", took)
		}
	})
}

// A request may count for more at the gate than at its own key, and a cancelled one for nothing.
func TestGateCost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter.New(limiter.Config{NoLearn: true})
		read := gated("api", 1000, &limiter.SharedLimit{Key: "api/*", Windows: window(20, time.Minute)})
		write := gated("api/write", 1000, &limiter.SharedLimit{Key: "api/*", Windows: window(20, time.Minute), Cost: 5})
		start := time.Now()
		pass(t, l, write).Cancel()
		for range 3 {
			pass(t, l, write).Done(limiter.Accepted, 0)
		}
		for range 5 {
			pass(t, l, read).Done(limiter.Accepted, 0)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("3 writes and 5 reads took %v, want them at once: they count 20", took)
		}
		read.MaxWait = time.Second
		_, err := l.Acquire(t.Context(), read)
		if wait, ok := errors.AsType[*limiter.WaitError](err); !ok || wait.Key != "api" || wait.Reason != pacing.ReasonWindow {
			t.Errorf("Acquire = %v, want to wait for the documented limit", err)
		}
		if sent := l.Snapshot()["api"].Counts.Sent; sent != 5 {
			t.Errorf("%d reads count as sent, want 5: who waits holds no slot", sent)
		}
	})
}

// What may have been sent before counts as sent.
func TestGateRecallsItsWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter.New(limiter.Config{Recall: func(key string) *limiter.Learned {
			if key != "api/*" {
				return nil
			}
			return &limiter.Learned{Rate: 2, Burst: 1, UsedUntil: time.Now(), Updated: time.Now()}
		}})
		start := time.Now()
		gate := &limiter.SharedLimit{Key: "api/*", Windows: window(20, time.Minute)}
		for i := range 20 {
			pass(t, l, gated(fmt.Sprint("api/", i%7), 1000, gate)).Done(limiter.Accepted, 0)
		}
		if took := time.Since(start); took < time.Minute || took > 62*time.Second {
			t.Errorf("20 requests took %v, want the rest of a full window, then no pace of the gate's own", took)
		}
	})
}

// A store that fails stops nobody behind a gate either, and what it knew counts as a full window.
func TestGateLosesItsStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lost []string
		store := &failingStore{Store: pacing.NewMemory(), peers: 1}
		l := limiter.New(limiter.Config{Store: store, Observe: func(e limiter.Event) {
			if e.Kind == limiter.EventStoreLost {
				lost = append(lost, e.Key)
			}
		}})
		gate := &limiter.SharedLimit{Key: "api/*", Windows: window(5, time.Minute)}
		start := time.Now()
		for i := range 8 {
			store.broken.Store(i >= 3)
			pass(t, l, gated("api/a", 10, gate)).Done(limiter.Accepted, 0)
		}
		if !slices.Equal(lost, []string{"api/a", "api/*"}) {
			t.Errorf("lost %v, want each key once", lost)
		}
		if took := time.Since(start); took < time.Minute || took > 63*time.Second {
			t.Errorf("8 requests at 5 a minute took %v, want a minute and little more", took)
		}
	})
}

// Slots of a key behind a gate are not taken ahead: the gate would not know of them.
func TestNoLeaseBehindGate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &dearStore{Memory: pacing.NewMemory()}
		l := limiter.New(limiter.Config{Store: store, NoLearn: true})
		gate := &limiter.SharedLimit{Key: "api/*", Windows: window(50, time.Minute)}
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() { pass(t, l, gated(fmt.Sprint("api/", i%2), 5000, gate)).Done(limiter.Accepted, 0) })
		}
		wg.Wait()
		if took := time.Since(start); took < time.Minute {
			t.Errorf("100 requests at 50/m took %v", took)
		}
		if asked := store.asked.Load(); asked < 400 {
			t.Errorf("the stores were asked %d times for 100 requests, want twice each and told twice", asked)
		}
	})
}

// However requests of however many keys come and go, no span of the gate's window holds more than its limit.
func TestGateIsNeverExceeded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		limit, per := rapid.IntRange(1, 30).Draw(rt, "limit"), time.Duration(rapid.IntRange(1, 100).Draw(rt, "per"))*100*time.Millisecond
		rates := rapid.SliceOfN(rapid.Float64Range(0.5, 200), 1, 5).Draw(rt, "rates")
		kinds := rapid.SliceOfN(rapid.IntRange(0, 12), 80, 80).Draw(rt, "kinds")
		gate := &limiter.SharedLimit{Key: "*", Windows: window(limit, per)}
		var mu sync.Mutex
		var sent []time.Time
		synctest.Test(t, func(t *testing.T) {
			l := limiter.New(limiter.Config{})
			var wg sync.WaitGroup
			for i, kind := range kinds {
				wg.Go(func() {
					time.Sleep(time.Duration(i%9) * 37 * time.Millisecond)
					g := pass(t, l, gated(fmt.Sprint(i%len(rates)), rates[i%len(rates)], gate))
					if kind == 12 {
						g.Cancel()
						return
					}
					mu.Lock()
					sent = append(sent, time.Now())
					mu.Unlock()
					time.Sleep(time.Duration(kind) * 10 * time.Millisecond)
					limiter.DoneAs(g, pacing.Kind(max(0, kind-8)), 0, kind%2 == 0, nil)
				})
			}
			wg.Wait()
		})
		if n := most(sent, per); n > limit {
			rt.Fatalf("%d requests went within %v, want at most %d", n, per, limit)
		}
	})
}

// Slots behind a gate are asked for in any order, and given back late: the count is never too low.
func TestWindowOfSlotsOutOfOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 12).Draw(t, "limit")
		per := time.Duration(rapid.IntRange(1, 20).Draw(t, "per")) * 50 * time.Millisecond
		p := &limiter.Params{InitialRate: 1e9, Burst: 1e9, Windows: window(limit, per)}
		var s pacing.State
		s.Open(0, time.Unix(0, 0), p, nil)
		var sent []time.Time
		var held []pacing.Reservation
		now := int64(0)
		for range 150 {
			ask := pacing.ReserveRequest{After: time.Duration(rapid.IntRange(0, 20).Draw(t, "after")) * 10 * time.Millisecond, Exact: true}
			turn := s.Reserve(now, ask)
			switch {
			case !turn.Granted:
			case rapid.IntRange(0, 2).Draw(t, "held") == 0:
				held = append(held, turn)
			default:
				sent = append(sent, time.Unix(0, now+int64(turn.Wait)))
			}
			if len(held) > 0 && rapid.Bool().Draw(t, "cancel") {
				i := rapid.IntRange(0, len(held)-1).Draw(t, "which")
				s.Cancel(held[i])
				held = slices.Delete(held, i, i+1)
			}
			now += rapid.Int64Range(0, int64(40*time.Millisecond)).Draw(t, "dt")
		}
		if n := most(sent, per); n > limit {
			t.Fatalf("%d requests went within %v, want at most %d", n, per, limit)
		}
	})
}
