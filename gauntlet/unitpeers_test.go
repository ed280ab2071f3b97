package gauntlet

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A pacer is somebody else's way: begin makes what all callers share, and what it returns lets one request of a size
// go, and is told how it ended.
type pacer func(r *unitRow) (wait func(ctx context.Context, model int, size float64), throttled func(model int))

// others runs a row's requests with another way of pacing. A throttled request is sent again after its Retry-After.
func (r *unitRow) others(t *testing.T, begin pacer) (out *result) {
	synctest.Test(t, func(t *testing.T) {
		thisYear()
		ctx, cancel := until(t, r.Duration)
		defer cancel()
		s := r.stage(r.Sizes, r.Duration)
		wait, throttled := begin(r)
		crowd(ctx, unitCallers*max(r.Models, 1), 0, func() bool {
			req, size := s.next(ctx)
			model, _ := strconv.Atoi(req.Header.Get("X-Model"))
			for ctx.Err() == nil {
				wait(ctx, model, size)
				resp, err := s.wire.RoundTrip(req)
				if err != nil {
					return true
				}
				resp.Body.Close()
				if resp.StatusCode != http.StatusTooManyRequests {
					return true
				}
				throttled(model)
				after, _ := strconv.Atoi(resp.Header.Get("Retry-After-Ms"))
				_ = sleep(ctx, time.Duration(after)*ms)
			}
			return true
		})
		out = &s.sum.result
	})
	return out
}

// oracle knows the limits and what requests take, and sends each as soon as it may: what is possible.
func oracle(r *unitRow) (func(context.Context, int, float64), func(int)) {
	models := map[int]supplies{}
	turns := map[int]chan struct{}{}
	for m := range max(r.Models, 1) {
		turns[m] = make(chan struct{}, 1)
		for _, q := range r.Limits {
			models[m] = append(models[m], &supply{quantity: q, left: q.Depth, at: time.Now()})
		}
	}
	return func(ctx context.Context, model int, size float64) {
		turns[model] <- struct{}{}
		defer func() { <-turns[model] }()
		for ctx.Err() == nil {
			wait, short := models[model].let(size)
			if short == nil {
				return
			}
			_ = sleep(ctx, wait+time.Microsecond)
		}
	}, func(int) {}
}

// cookbook is the algorithm of OpenAI's cookbook (api_request_parallel_processor.py): a bucket of a minute's worth for
// requests and one for tokens, filled evenly at limits that somebody typed in, full at first; what is estimated is taken
// when a request goes, nothing is settled; after a 429 everything stops for 15 seconds. Its requests are typed in, too:
// where none are limited, so many that they are in nobody's way.
func cookbook(r *unitRow) (func(context.Context, int, float64), func(int)) {
	const stop = 15 * time.Second
	filled := make([]quantity, len(r.Limits))
	for i, q := range r.Limits {
		filled[i] = quantity{Requests: q.Requests, Rate: q.Rate, Depth: 60 * q.Rate}
	}
	known := *r
	known.Limits = filled
	take, _ := oracle(&known)
	var mu sync.Mutex
	stopped := map[int]time.Time{}
	return func(ctx context.Context, model int, size float64) {
			if r.Estimate != nil {
				size = float64(r.Estimate(size))
			}
			take(ctx, model, size)
			mu.Lock()
			left := time.Until(stopped[model].Add(stop))
			mu.Unlock()
			_ = sleep(ctx, left)
		}, func(model int) {
			mu.Lock()
			defer mu.Unlock()
			stopped[model] = time.Now()
		}
}

// constant sends so many requests a second to each model, whatever they take.
func constant(rate float64) pacer {
	return func(r *unitRow) (func(context.Context, int, float64), func(int)) {
		known := *r
		known.Limits = []quantity{{Requests: true, Rate: rate, Depth: 1}}
		return oracle(&known)
	}
}

// bestConstant is the best constant pace in hindsight: of those that a search finds, the one with which the most was
// accepted while at most one request in a hundred was throttled. One that knocks all the time would get more.
func (r *unitRow) bestConstant(t *testing.T) *result {
	const mostThrottled = 0.01
	var best *result
	for _, part := range []float64{0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.2} {
		one := r.others(t, constant(part*r.atBest()))
		if best == nil || one.Taken > best.Taken && one.share() <= mostThrottled {
			best = one
		}
	}
	return best
}

// atBest is how many requests of the mix a second the limits allow on average.
func (r *unitRow) atBest() float64 {
	sum, n := 0.0, 0
	for at := time.Duration(0); at < r.Duration; at += time.Second {
		sum += r.Sizes(n, at)
		n++
	}
	rate := 0.0
	for _, q := range r.Limits {
		if allowed := q.Rate * float64(n) / sum; !q.Requests && (rate == 0 || allowed < rate) {
			rate = allowed
		}
	}
	return rate
}
