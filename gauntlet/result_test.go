package gauntlet

import (
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// result is what came of sending to a row's server.
type result struct {
	Accepted, Throttled int
	Events              int64           // congestion events: throttles that taught something
	Last                time.Duration   // when the last one was accepted
	Seconds             []int32         // accepted in each second
	Throttles           []time.Duration // when
	Ceilings            []float64       // what the limit was taken for, in each second; 0 where nothing was known
	Learned             limiter.Learned

	Taken float64   // of what a unit server counts
	Units []float64 // in each second; nil where requests are counted

	RivalSent, RivalThrottled int
}

// share is the throttled as a part of what was sent.
func (r *result) share() float64 {
	return float64(r.Throttled) / max(float64(r.Accepted+r.Throttled), 1)
}

// between counts what was accepted in a span.
func (r *result) between(from, to time.Duration) int {
	n := 0
	for i := int(from / time.Second); i < min(int(to/time.Second), len(r.Seconds)); i++ {
		n += int(r.Seconds[i])
	}
	return n
}

// throttledIn counts throttles in a span.
func (r *result) throttledIn(from, to time.Duration) int {
	n := 0
	for _, at := range r.Throttles {
		if at >= from && at < to {
			n++
		}
	}
	return n
}

// ceiling is what the limit was taken for at a time.
func (r *result) ceiling(at time.Duration) float64 {
	if i := int(at/time.Second) - 1; i >= 0 && i < len(r.Ceilings) {
		return r.Ceilings[i]
	}
	return 0
}

// job returns when the n-th request was accepted, to the second; -1 if it was not.
func (r *result) job(n int) time.Duration {
	sum := 0
	for i, k := range r.Seconds {
		if sum += int(k); sum >= n {
			return time.Duration(i+1) * time.Second
		}
	}
	return -1
}

// What it takes to have reached a rate: so much of it, for so long.
const (
	reachedPart = 0.9
	reachedSpan = 10 * time.Second
)

// reached returns the beginning of the first span since from in which a rate was reached, as time since
// from; -1 if it never was.
func (r *result) reached(rateAt func(time.Duration) float64, from time.Duration) time.Duration {
	for at := from; at+reachedSpan < time.Duration(len(r.Seconds))*time.Second; at += time.Second {
		want := reachedPart * rateAt(at+reachedSpan/2) * reachedSpan.Seconds()
		if float64(r.between(at, at+reachedSpan)) >= want-1 {
			return at - from
		}
	}
	return -1
}

// settled is like reached, but within the span nothing was throttled.
func (r *result) settled(rateAt func(time.Duration) float64, from time.Duration) time.Duration {
	for at := from; ; at += time.Second {
		more := r.reached(rateAt, at)
		if more < 0 {
			return -1
		}
		if at += more; r.throttledIn(at, at+reachedSpan) == 0 {
			return at - from
		}
	}
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
