package gauntlet

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// result is what came of sending to a row's server for its duration.
type result struct {
	Accepted, Refused int
	Events            int64
	Seconds           []int32         // accepted in each second
	Refusals          []time.Duration // when
	Rates             []float64       // the rate in each second, where there is one
	Learned           limiter.Learned
}

// share is the refused as a part of what was sent.
func (r *result) share() float64 {
	return float64(r.Refused) / max(float64(r.Accepted+r.Refused), 1)
}

// between counts what was accepted in a span.
func (r *result) between(from, to time.Duration) int {
	n := 0
	for i := int(from / time.Second); i < min(int(to/time.Second), len(r.Seconds)); i++ {
		n += int(r.Seconds[i])
	}
	return n
}

// job returns when the n-th request was accepted, to the second; the end if it was not.
func (r *result) job(n int) time.Duration {
	sum := 0
	for i, k := range r.Seconds {
		if sum += int(k); sum >= n {
			return time.Duration(i+1) * time.Second
		}
	}
	return time.Duration(len(r.Seconds)) * time.Second
}

// reached returns the first time since from at which a part of the allowed rate was used for ten
// seconds; -1 if it never was.
func (r *result) reached(row *row, from time.Duration, part float64) time.Duration {
	const span = 10 * time.Second
	for at := from; at+span <= row.Duration; at += time.Second {
		if float64(r.between(at, at+span)) >= part*row.rateAt(at+span/2)*span.Seconds()-1 {
			return at + span - from
		}
	}
	return -1
}

// idle is the time without an accepted answer, where that lasted for at least some time.
func (r *result) idle(least time.Duration) time.Duration {
	sum, run := 0, 0
	for i, k := range r.Seconds {
		run++
		if k == 0 && i+1 < len(r.Seconds) {
			continue
		}
		if run >= int(least/time.Second) {
			sum += run
		}
		run = 0
	}
	return time.Duration(sum) * time.Second
}

// longest is the longest time without an accepted answer.
func (r *result) longest() time.Duration {
	most, run := 0, 0
	for _, k := range r.Seconds {
		if run++; k > 0 {
			run = 0
		}
		most = max(most, run)
	}
	return time.Duration(most) * time.Second
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
		t.Refused++
		t.Refusals = append(t.Refusals, at)
	case status > 0 && status < 500:
		t.Accepted++
		if i := int(at / time.Second); i < len(t.Seconds) {
			t.Seconds[i]++
		}
	}
}

// crowd runs n workers until the time is over.
func crowd(ctx context.Context, n int, work func()) {
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for ctx.Err() == nil {
				work()
			}
		})
	}
	wg.Wait()
}

const key = "gauntlet"

// arl sends through the limiter, from what was learned before if anything was.
func (r *row) arl(t *testing.T, duration time.Duration, recall *limiter.Learned) *result {
	var out *result
	synctest.Test(t, func(t *testing.T) {
		thisYear()
		ctx, cancel := until(t, duration)
		defer cancel()
		server, err := r.start(ctx)
		if err != nil {
			t.Fatal(err)
		}
		sum := newTally(duration)
		lim := limiter.New(limiter.Config{Recall: func(string) *limiter.Learned { return recall }})
		transport := &limiter.Transport{
			Base: newNetwork(server, r.RTT), Limiter: lim,
			Plan:      func(*http.Request) limiter.Plan { return limiter.Plan{Key: key, MaxBackoff: 1 << 30} },
			OnAttempt: func(a limiter.Attempt) { sum.note(a.Status) },
		}
		go sum.watch(ctx, lim)
		crowd(ctx, r.InFlight, func() {
			if resp, err := transport.RoundTrip(request(ctx)); err == nil {
				resp.Body.Close()
			}
		})
		sum.Learned, _ = lim.Learned(key)
		sum.Events = sum.Learned.Counts.Events
		out = &sum.result
	})
	return out
}

// watch notes the rate once a second.
func (t *tally) watch(ctx context.Context, lim *limiter.Limiter) {
	for ctx.Err() == nil {
		if known, ok := lim.Learned(key); ok {
			t.Rates = append(t.Rates, known.Rate)
		}
		_ = sleep(ctx, time.Second)
	}
}
