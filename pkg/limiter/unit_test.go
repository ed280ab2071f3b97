package limiter_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// tokens is a server that lets 2000 tokens through in a second, and 6000 at once.
func tokens() *unitServer { return &unitServer{tokens: newBucketOf(2000, 6000)} }

// told is the same with OpenAI's headers.
func told() *unitServer {
	s := tokens()
	s.headers = true
	return s
}

// named is one that says in a throttle's body which limit it was.
func named() *unitServer {
	s := tokens()
	s.names = true
	return s
}

// swinging is a mix in which now small requests are frequent, now large ones, for five minutes each.
func swinging(i int, at time.Duration) float64 {
	if int(at/(5*time.Minute))%2 == 0 {
		return 40
	}
	return 400 + float64(i%5)*100
}

// A pace that learns the limit of tokens reaches nearly all of it, whatever sizes requests have, and is hardly ever
// throttled.
func TestUnitsReach(t *testing.T) {
	t.Parallel()
	seeded := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // a fixed sequence
	var mu sync.Mutex
	random := func(size float64) int64 {
		mu.Lock()
		defer mu.Unlock()
		return int64(size * math.Exp2(2*seeded.Float64()-1))
	}
	for name, row := range map[string]struct {
		server    func() *unitServer
		sizes     func(int, time.Duration) float64
		estimate  func(float64) int64
		measured  bool
		from      time.Duration
		length    time.Duration
		processes int
		reach     float64 // of what the server lets through in the long run
		throttled float64
	}{
		"headers":                  {server: told, reach: 0.92, throttled: 0.01},
		"no headers":               {server: tokens, reach: 0.92, throttled: 0.01},
		"estimates of a third":     {server: told, estimate: func(s float64) int64 { return int64(s / 3) }, measured: true, from: time.Minute, reach: 0.90, throttled: 0.01},
		"estimates of three times": {server: told, estimate: func(s float64) int64 { return int64(3 * s) }, measured: true, from: time.Minute, reach: 0.90, throttled: 0.01},
		"estimates at random":      {server: told, estimate: random, measured: true, reach: 0.85, throttled: 0.01},
		"no estimate":              {server: told, estimate: func(float64) int64 { return 0 }, measured: true, reach: 0.85, throttled: 0.01},
		"eight processes":          {server: told, processes: 8, reach: 0.92, throttled: 0.01},
		"a minute's worth at once": {server: func() *unitServer {
			return &unitServer{tokens: newBucketOf(2000, 120_000), headers: true}
		}, reach: 0.97, throttled: 0.01},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				u := &unitRun{server: row.server(), sizes: fifth, estimate: exactly, measured: row.measured, workers: 16, length: 10 * time.Minute}
				u.server.rtt = 200 * time.Millisecond
				if row.estimate != nil {
					u.estimate = row.estimate
				}
				if row.sizes != nil {
					u.sizes = row.sizes
				}
				store := pacing.NewMemory()
				for range max(row.processes, 1) {
					u.lims = append(u.lims, limiter.New(limiter.Config{Store: store}))
				}
				perSecond, throttled := u.run(t, row.from)
				reach := perSecond / u.server.tokens.rate
				t.Logf("%.1f %% of the limit, %.2f %% throttled", 100*reach, 100*throttled)
				if reach < row.reach || throttled > row.throttled {
					t.Errorf("reached %.3f of the limit with %.4f throttled, want at least %.3f and at most %.4f", reach, throttled, row.reach, row.throttled)
				}
			})
		})
	}
}

// What was learned of a mix of sizes holds for another one: it is tokens per second.
func TestUnitsRemembered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := limiter.New(limiter.Config{})
		u := &unitRun{server: named(), sizes: fifth, estimate: exactly, workers: 16, length: 20 * time.Minute, lims: []*limiter.Limiter{first}}
		u.server.rtt = 200 * time.Millisecond
		u.run(t, 0)
		known := first.Snapshot()
		if l := known["m tokens"]; l.Rate < 1700 || l.Rate > 2300 {
			t.Fatalf("learned %.0f tokens per second, want about 2000", l.Rate)
		}
		again := limiter.New(limiter.Config{Recall: func(key string) *limiter.Learned {
			l, ok := known[key]
			if !ok {
				return nil
			}
			return &l
		}})
		u = &unitRun{server: named(), estimate: exactly, workers: 16, length: 10 * time.Minute, lims: []*limiter.Limiter{again}}
		u.sizes = func(int, time.Duration) float64 { return 700 }
		u.server.rtt = 200 * time.Millisecond
		perSecond, throttled := u.run(t, 0)
		t.Logf("%.1f %% of the limit, %.2f %% throttled", perSecond/20, 100*throttled)
		if perSecond < 0.97*2000 || throttled > 0.001 {
			t.Errorf("reached %.0f tokens per second with %.4f throttled, want 1940 and 0.001", perSecond, throttled)
		}
	})
}

// Of two limits now the one binds, now the other, whether throttles say which or not.
func TestUnitsTwoLimits(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		names bool
		from  time.Duration // where in the mix the run begins
	}{
		"named":                 {names: true},
		"guessed, small first":  {},
		"guessed, large first":  {from: 5 * time.Minute},
		"guessed, soon changed": {from: 4 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &unitServer{requests: newBucketOf(10, 20), tokens: newBucketOf(2000, 6000), names: row.names}
				u := &unitRun{
					server: s, estimate: exactly, workers: 16, length: 20 * time.Minute,
					sizes: func(i int, at time.Duration) float64 { return swinging(i, at+row.from) },
					lims:  []*limiter.Limiter{limiter.New(limiter.Config{})},
				}
				s.rtt = 200 * time.Millisecond
				_, throttled := u.run(t, 0)
				// Of what it may send: 3000 small ones in each five minutes of those, and tokens in the others.
				most := 2*300*10*40 + 2*300*2000.0
				t.Logf("%.1f %%, %.2f %% throttled", 100*s.took/most, 100*throttled)
				if s.took < 0.93*most || throttled > 0.01 {
					t.Errorf("took %.0f tokens with %.4f throttled, want %.0f and 0.01", s.took, throttled, 0.93*most)
				}
			})
		})
	}
}

// A request is sent when every unit has room, and what one does not grant is not taken of another.
func TestUnitsAllOrNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lim := limiter.New(limiter.Config{})
		req := limiter.Plan{
			Key: "k", Params: &limiter.Params{InitialRate: 1e6, Burst: 1e6},
			Units: []limiter.Unit{
				{Name: "tokens", Estimate: 60, Params: &limiter.Params{InitialRate: 1e6, Windows: []limiter.Window{{Limit: 100, Per: time.Minute}}}},
				{Name: "points", Estimate: 30, Params: &limiter.Params{InitialRate: 1e6, Windows: []limiter.Window{{Limit: 1000, Per: time.Minute}}}},
			},
		}
		began := time.Now()
		for range 2 {
			g, err := lim.Acquire(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			g.Done(limiter.Accepted, 0)
		}
		if took := time.Since(began); took < time.Minute || took > 2*time.Minute {
			t.Errorf("two requests of 60 took %v, want a minute: 100 may be taken in one", took)
		}
		if l, _ := lim.Learned("k points"); l.Counts.Sent != 60 {
			t.Errorf("%d points were counted, want 60: those of the two requests", l.Counts.Sent)
		}
	})
}

// What would never be let through is an error that says so, by a documented window and by what a header told.
func TestUnitsOversize(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lim := limiter.New(limiter.Config{})
		req := limiter.Plan{Key: "k", Units: []limiter.Unit{{
			Name: "tokens", Estimate: 101, Params: &limiter.Params{Windows: []limiter.Window{{Limit: 100, Per: time.Minute}}},
		}}}
		_, err := lim.Acquire(t.Context(), req)
		if !errors.Is(err, limiter.ErrTooLarge) || !strings.Contains(err.Error(), "takes about 101 tokens, and the limit of k tokens is 100 in all") {
			t.Errorf("Acquire = %v, want an ErrTooLarge of 101 tokens beyond 100", err)
		}
		req.Units[0].Estimate = 100
		if _, err := lim.Acquire(t.Context(), req); err != nil {
			t.Errorf("Acquire of the whole window = %v, want a grant", err)
		}
	})
}

// What does not use units pays nothing.
func TestWithoutUnitsNothingIsAllocated(t *testing.T) {
	l := limiter.New(limiter.Config{})
	req := limiter.Plan{Key: "k", Params: &limiter.Params{InitialRate: 1e9, Burst: 1 << 40}}
	ctx := t.Context()
	allocated := testing.AllocsPerRun(1000, func() {
		g, err := l.Acquire(ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		g.Done(limiter.Accepted, 0)
	})
	if allocated > 0 {
		t.Errorf("%v allocations in Acquire and Done, want none", allocated)
	}
}
