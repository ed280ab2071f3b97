package gauntlet

import (
	"context"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/limiter/ratesfile"
)

// How long the runs last, and what is measured of the first besides the whole.
const (
	shortCold = 24 * time.Second
	shortWarm = 10 * time.Second
	shortLast = 10 * time.Second
)

// leasing is a store in memory that leases slots, as those do that processes share.
type leasing struct{ *pacing.Memory }

// Lease implements limiter.Store.
func (leasing) Lease() time.Duration { return 100 * time.Millisecond }

// A shortRun is what came of a cold run and of a warm one after it.
type shortRun struct {
	server             *shortServer
	begin, again       time.Duration // when the server saw them begin, give or take the jitter
	accepted, throttle []time.Duration
	Learned, Relearned limiter.Learned // after each
}

// A watcher is told what happens in each of the two runs.
type watcher interface {
	begin(span time.Duration)
	note(a limiter.Event)
	end()
}

// run lets arl loose on the server: cold, and then from what rates.yaml keeps of that. watch may be nil.
func (s *shortServer) run(t *testing.T, watch watcher) *shortRun {
	out := &shortRun{server: s}
	rates := filepath.Join(t.TempDir(), "rates.yaml")
	synctest.Test(t, func(t *testing.T) {
		begin := s.arrive()
		out.begin = begin + s.RTT/2
		server := &counter{limit: s.limit(out.begin), dialect: s.Dialect}
		store := s.store()
		first := limiter.New(limiter.Config{Store: store})
		s.send(t, server, first, shortCold, watch)
		out.Learned = remember(t, rates, first)
		server.rest(s.Rest)
		if !*shortLive {
			store = s.store()
		}
		second := limiter.New(limiter.Config{Store: store, Recall: (&ratesfile.File{Path: rates}).Recall})
		out.again = time.Since(yearBegan()) + s.RTT/2
		s.send(t, server, second, shortWarm, watch)
		out.Relearned = remember(t, rates, second)
		out.accepted, out.throttle = server.accepted, server.throttle
	})
	return out
}

// rest lets time pass until the second run. A wait that the server named is over then: it cost the first run,
// and has to be obeyed whatever is remembered.
func (c *counter) rest(least time.Duration) {
	c.mu.Lock()
	named := c.named
	c.mu.Unlock()
	time.Sleep(max(least, named+time.Second-time.Since(yearBegan())))
}

// arrive lets the run begin at any time of a second and of a window.
func (s *shortServer) arrive() time.Duration {
	chance := rand.New(rand.NewPCG(s.Seed, 3))
	time.Sleep(time.Until(yearBegan().Add(time.Minute + time.Duration(chance.Int64N(int64(time.Minute))))))
	return time.Since(yearBegan())
}

func (s *shortServer) store() limiter.Store {
	if s.Leases {
		return leasing{pacing.NewMemory()}
	}
	return pacing.NewMemory()
}

// remember writes what was learned into rates.yaml.
func remember(t *testing.T, path string, lim *limiter.Limiter) limiter.Learned {
	lim.Flush()
	known, _ := lim.Learned(key)
	if err := (&ratesfile.File{Path: path}).Merge(map[string]limiter.Learned{key: known}, false); err != nil {
		t.Error(err)
	}
	return known
}

// send lets the callers work for a run, until the last request that counts has come to the server.
func (s *shortServer) send(t *testing.T, server *counter, lim *limiter.Limiter, span time.Duration, watch watcher) {
	ctx, cancel := until(t, span+s.RTT)
	defer cancel()
	chance := rand.New(rand.NewPCG(s.Seed, 4))
	var mu sync.Mutex
	transport := &limiter.Transport{
		Base: s.wire(server), Limiter: lim,
		Plan: func(*http.Request) limiter.Plan { return limiter.Plan{Key: key, MaxBackoff: 1 << 30} },
		Retry: limiter.Retry{Jitter: func() float64 {
			mu.Lock()
			defer mu.Unlock()
			return chance.Float64()
		}},
	}
	if watch != nil {
		watch.begin(span)
		defer watch.end()
		transport.Observe = watch.note
	}
	crowd(ctx, s.InFlight, 0, func() bool { return get(ctx, transport) })
}

// get sends one request, with all its retries.
func get(ctx context.Context, transport http.RoundTripper) bool {
	resp, err := transport.RoundTrip(request(ctx))
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
