package limiter_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A farKey is a key with more than a rate, whose store is far away.
type farKey struct {
	name      string
	processes int
	request   limiter.Plan
	rate      float64 // what it lets through
	least     float64 // the part of it that they must reach
	limit     int     // requests in any span of per; 0 if none is documented
	per       time.Duration
	keys      int                        // that share the gate; 0 means 1
	estimate  func(i int) []limiter.Unit // of each request; nil means that of request
}

func farKeys() (list []farKey) {
	p := func(rate float64, w ...limiter.Window) *limiter.Params {
		return &limiter.Params{InitialRate: rate, MaxRate: rate, Windows: w}
	}
	gate := func(n int, per time.Duration) *limiter.SharedLimit {
		return &limiter.SharedLimit{Key: "*", Windows: window(n, per)}
	}
	tokens := func(rate float64, estimate int64) []limiter.Unit {
		return []limiter.Unit{{Name: "tokens", Estimate: estimate, Exact: true, Params: p(rate)}}
	}
	mixed := func(i int) []limiter.Unit {
		return tokens(20_000, []int64{100, 100, 100, 100, 100, 100, 400, 100}[i%8])
	}
	for _, k := range []farKey{
		{name: "a window that does not bind", request: limiter.Plan{Params: p(200, limiter.Window{Limit: 100_000, Per: time.Minute})}, rate: 200},
		{name: "a window that binds", request: limiter.Plan{Params: p(200, limiter.Window{Limit: 1000, Per: 10 * time.Second})}, rate: 100, limit: 1000, per: 10 * time.Second},
		{name: "a gate that does not bind", request: limiter.Plan{Params: p(200), Shared: gate(100_000, time.Minute)}, rate: 200},
		{name: "a gate that binds", request: limiter.Plan{Params: p(200), Shared: gate(1000, 10*time.Second)}, rate: 100, limit: 1000, per: 10 * time.Second},
		{name: "four keys behind a gate", request: limiter.Plan{Params: p(50), Shared: gate(100_000, time.Minute)}, rate: 200, keys: 4},
		{name: "units", request: limiter.Plan{Params: p(1000), Units: tokens(20_000, 100)}, rate: 200},
		{name: "units that do not bind", request: limiter.Plan{Params: p(200), Units: tokens(200_000, 100)}, rate: 200},
		{name: "units of different sizes", request: limiter.Plan{Params: p(1000)}, estimate: mixed, rate: 145},
		{name: "units and a gate", request: limiter.Plan{Params: p(1000), Units: tokens(20_000, 100), Shared: gate(100_000, time.Minute)}, rate: 200},
	} {
		for _, n := range []int{1, 8} {
			k.processes, k.least = n, 0.95
			switch {
			case k.limit > 0:
				k.least = 0.88 // a window is taken as somewhat longer than it is
			case n == 1 && k.keys > 1, n == 1 && k.estimate != nil:
				k.least = 0.88 // keys wait for each other, and a large request for what small ones had reserved
			case n == 1 && k.request.Shared != nil && k.request.Units != nil:
				k.least = 0.93 // three keys are asked, one after the other
			}
			list = append(list, k)
		}
	}
	return list
}

// send lets processes send to the key for a while, and returns when each request was sent.
func (k *farKey) send(t *testing.T, store *farStore, span time.Duration) (sent []time.Time) {
	t.Helper()
	var mu sync.Mutex
	end := time.Now().Add(span)
	var all sync.WaitGroup
	var limiters []*limiter.Limiter
	for range k.processes {
		l := limiter.New(limiter.Config{Store: store})
		limiters = append(limiters, l)
		for i := range 128 {
			all.Go(func() {
				req := k.request
				req.Key = fmt.Sprint("k", i%max(k.keys, 1))
				for n := i; time.Now().Before(end); n++ {
					if k.estimate != nil {
						req.Units = k.estimate(n)
					}
					g, err := l.Acquire(t.Context(), req)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					sent = append(sent, time.Now())
					mu.Unlock()
					time.Sleep(20 * time.Millisecond)
					g.Done(limiter.Accepted, 0)
				}
			})
		}
	}
	all.Wait()
	for _, l := range limiters {
		l.Flush()
	}
	slices.SortFunc(sent, time.Time.Compare)
	return sent
}

// A process takes as many slots at a time as its round trip asks for, also of keys with windows, shared limits and units;
// no span of a window holds more than its limit for that.
func TestFarBulk(t *testing.T) {
	t.Parallel()
	const from, span = 10 * time.Second, 10 * time.Second
	for _, k := range farKeys() {
		t.Run(fmt.Sprint(k.name, " ", k.processes), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := &farStore{Memory: pacing.NewMemory(), way: 25 * time.Millisecond}
				start := time.Now()
				sent := k.send(t, store, from+span)
				n := 0
				for i, at := range sent {
					if since := at.Sub(start); since >= from && since < from+span {
						n++
					}
					if k.limit > 0 && i >= k.limit && at.Sub(sent[i-k.limit]) < k.per {
						t.Fatalf("%d requests within %v, want at most %d in %v", k.limit+1, at.Sub(sent[i-k.limit]), k.limit, k.per)
					}
				}
				part := float64(n) / (k.rate * span.Seconds())
				t.Logf("%s, %d: %.1f %% of %v/s, asked %d times", k.name, k.processes, 100*part, k.rate, store.asked.Load())
				if part < k.least || part > 1.03 {
					t.Errorf("%.1f %% of %v/s", 100*part, k.rate)
				}
			})
		})
	}
}

// Whatever comes and goes, and wherever it is from, no span of a window or of a shared limit holds more than its limit, no
// request goes out in a pause that its process knows of, and what was not used comes back.
func TestBulkIsSafe(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { newBulkStorm(seed).run(t) })
		})
	}
}

// A bulkStorm is processes that send now much, now little, some of whose requests are cancelled.
type bulkStorm struct {
	rng       *rand.Rand
	plan      limiter.Plan
	own, gate limiter.Window
	processes []*limiter.Limiter

	mu   sync.Mutex
	sent []time.Time
}

func newBulkStorm(seed uint64) *bulkStorm {
	s := &bulkStorm{rng: rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // a fixed sequence
	pick := func(least, most int) int { return least + s.rng.IntN(most-least+1) }
	s.own = limiter.Window{Limit: pick(5, 300), Per: time.Duration(pick(5, 100)) * 100 * time.Millisecond}
	s.gate = limiter.Window{Limit: pick(5, 300), Per: time.Duration(pick(5, 100)) * 100 * time.Millisecond}
	rate := float64(pick(20, 500))
	s.plan = limiter.Plan{Key: "k", Params: &limiter.Params{InitialRate: rate, MaxRate: rate, MinRate: rate, Burst: pick(1, 5), Windows: []limiter.Window{s.own}}}
	if seed%3 > 0 {
		s.plan.Shared = &limiter.SharedLimit{Key: "*", Windows: []limiter.Window{s.gate}}
	}
	if seed%2 > 0 {
		s.plan.Units = []limiter.Unit{{Name: "tokens", Estimate: 50, Exact: true, Params: &limiter.Params{InitialRate: rate * 40}}}
	}
	store := &farStore{Memory: pacing.NewMemory(), way: time.Duration(pick(1, 100)) * time.Millisecond}
	for range pick(1, 6) {
		s.processes = append(s.processes, limiter.New(limiter.Config{Store: store, NoLearn: true}))
	}
	return s
}

func (s *bulkStorm) run(t *testing.T) {
	t.Helper()
	const span = 40 * time.Second
	end := time.Now().Add(span)
	var all sync.WaitGroup
	for i, l := range s.processes {
		for j := range 24 {
			rng := rand.New(rand.NewPCG(uint64(i), uint64(j))) //nolint:gosec // a fixed sequence
			all.Go(func() { s.send(t, l, rng, end) })
		}
	}
	all.Wait()
	for _, l := range s.processes {
		l.Flush()
	}
	s.within(t, "its own window", s.own)
	if s.plan.Shared != nil {
		s.within(t, "the shared limit", s.gate)
	}
	counts := s.processes[0].Snapshot()["k"].Counts
	if got, want := counts.Sent, int64(len(s.sent)); got != want {
		t.Errorf("%d are counted as sent, want %d: what was not used has to come back", got, want)
	}
}

func (s *bulkStorm) send(t *testing.T, l *limiter.Limiter, rng *rand.Rand, end time.Time) {
	for time.Now().Before(end) {
		g, err := l.Acquire(t.Context(), s.plan)
		if err != nil {
			t.Error(err)
			return
		}
		if rng.IntN(20) == 0 {
			g.Cancel()
			continue
		}
		s.mu.Lock()
		s.sent = append(s.sent, time.Now())
		s.mu.Unlock()
		time.Sleep(time.Duration(1+rng.IntN(40)) * time.Millisecond)
		if rng.IntN(2000) == 0 {
			g.Done(limiter.Throttled, time.Duration(rng.IntN(2000))*time.Millisecond)
		} else {
			g.Done(limiter.Accepted, 0)
		}
		if rng.IntN(30) == 0 {
			time.Sleep(time.Duration(rng.IntN(4000)) * time.Millisecond)
		}
	}
}

// within checks that no span of a window holds more than its limit.
func (s *bulkStorm) within(t *testing.T, name string, w limiter.Window) {
	t.Helper()
	slices.SortFunc(s.sent, time.Time.Compare)
	for i := w.Limit; i < len(s.sent); i++ {
		if span := s.sent[i].Sub(s.sent[i-w.Limit]); span < w.Per {
			t.Fatalf("%d requests within %v, and %s has %d in %v", w.Limit+1, span, name, w.Limit, w.Per)
		}
	}
}

// A pause voids what is reserved in bulk: the process that is told sends nothing in it, another none after two round trips.
func TestPauseVoidsBulk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const way, pause = 25 * time.Millisecond, 3 * time.Second
		store := &farStore{Memory: pacing.NewMemory(), way: way}
		plan := limiter.Plan{Key: "k", Params: &limiter.Params{InitialRate: 200, MaxRate: 200}, Shared: &limiter.SharedLimit{Key: "*", Windows: window(100_000, time.Minute)}}
		var told, other []time.Time
		var mu sync.Mutex
		var all sync.WaitGroup
		var limiters []*limiter.Limiter
		end := time.Now().Add(12 * time.Second)
		for _, list := range []*[]time.Time{&told, &other} {
			l := limiter.New(limiter.Config{Store: store, NoLearn: true})
			limiters = append(limiters, l)
			for range 64 {
				all.Go(func() {
					for time.Now().Before(end) {
						g, err := l.Acquire(t.Context(), plan)
						if err != nil {
							t.Error(err)
							return
						}
						mu.Lock()
						*list = append(*list, time.Now())
						mu.Unlock()
						time.Sleep(20 * time.Millisecond)
						g.Done(limiter.Accepted, 0)
					}
				})
			}
		}
		time.Sleep(5 * time.Second)
		g, err := limiters[0].Acquire(t.Context(), plan)
		if err != nil {
			t.Fatal(err)
		}
		g.Done(limiter.Throttled, pause)
		heard := time.Now()
		all.Wait()
		for _, l := range limiters {
			l.Flush()
		}
		between := func(list []time.Time, from, to time.Time) (n int) {
			for _, at := range list {
				if at.After(from) && at.Before(to) {
					n++
				}
			}
			return n
		}
		over := heard.Add(pause - 4*way) // the store knew earlier
		if n := between(told, heard, over); n > 0 {
			t.Errorf("%d were sent in the pause by the process that was told", n)
		}
		if n := between(other, heard.Add(4*way), over); n > 0 {
			t.Errorf("%d were sent in the pause by the other process, two round trips after it", n)
		}
		if between(told, over, end)+between(other, over, end) < 200 {
			t.Errorf("%d and %d were sent after the pause", between(told, over, end), between(other, over, end))
		}
	})
}
