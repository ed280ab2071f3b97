package gauntlet

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// A trial is one way to let arl loose on a row's server.
type trial struct {
	Duration time.Duration
	Recall   *limiter.Learned // from an earlier run; nil means a cold start
	Requests int              // how many there are to do; 0 means without end
	Watch    bool             // what the limit is taken for
}

const key = "gauntlet"

// arl sends through the limiter.
func (r *row) arl(t *testing.T, how trial) *result {
	var out *result
	synctest.Test(t, func(t *testing.T) {
		thisYear()
		ctx, cancel := until(t, how.Duration)
		defer cancel()
		server, err := r.start(ctx)
		if err != nil {
			t.Fatal(err)
		}
		sum := newTally(how.Duration)
		lim := limiter.New(limiter.Config{Recall: func(string) *limiter.Learned { return how.Recall }})
		transport := sum.transport(newNetwork(server, r.RTT), lim)
		if how.Watch {
			go sum.watch(ctx, lim)
		}
		crowd(ctx, r.InFlight, how.Requests, func() bool {
			resp, err := transport.RoundTrip(request(ctx))
			if err != nil {
				return false
			}
			resp.Body.Close()
			return resp.StatusCode == http.StatusOK
		})
		sum.finish(server, lim, how.Recall)
		out = &sum.result
	})
	return out
}

func (t *tally) transport(base http.RoundTripper, lim *limiter.Limiter) *limiter.Transport {
	chance := rand.New(rand.NewPCG(3, 4))
	var mu sync.Mutex
	return &limiter.Transport{
		Base: base, Limiter: lim,
		Plan:    func(*http.Request) limiter.Plan { return limiter.Plan{Key: key, MaxBackoff: 1 << 30} },
		Observe: func(a limiter.Event) { t.note(a.Status) },
		Retry: limiter.Retry{Jitter: func() float64 {
			mu.Lock()
			defer mu.Unlock()
			return chance.Float64()
		}},
	}
}

// watch notes once a second, between two, what the limit is taken for.
func (t *tally) watch(ctx context.Context, lim *limiter.Limiter) {
	for wait := time.Second / 2; sleep(ctx, wait) == nil; wait = time.Second {
		known, _ := lim.Learned(key)
		t.Ceilings = append(t.Ceilings, known.Ceiling)
	}
}

func (t *tally) finish(server *stage, lim *limiter.Limiter, recall *limiter.Learned) {
	t.Learned, _ = lim.Learned(key)
	t.Events = t.Learned.Counts.Events
	if recall != nil {
		t.Events -= recall.Counts.Events
	}
	t.RivalSent, t.RivalThrottled = int(server.sent.Load()), int(server.throttled.Load())
}

// crowd lets n callers work until ctx ends, or until so many requests have succeeded; 0 means without end.
func crowd(ctx context.Context, n, requests int, work func() (ok bool)) {
	var wg sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(requests))
	for range n {
		wg.Go(func() {
			for ctx.Err() == nil && (requests == 0 || left.Add(-1) >= 0) {
				for !work() && requests > 0 && ctx.Err() == nil {
				}
			}
		})
	}
	wg.Wait()
}

// tally counts answers as the client sees them, by virtual second.
type tally struct {
	begin time.Time
	mu    sync.Mutex
	result
}

func newTally(d time.Duration) *tally {
	return &tally{begin: time.Now(), result: result{Seconds: make([]int32, int(d/time.Second)+1)}}
}

func (t *tally) note(status int) {
	at := time.Since(t.begin)
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case status == http.StatusTooManyRequests:
		t.Throttled++
		t.Throttles = append(t.Throttles, at)
	case status > 0 && status < 500:
		t.Accepted++
		t.Last = at
		if i := int(at / time.Second); i < len(t.Seconds) {
			t.Seconds[i]++
		}
	}
}
