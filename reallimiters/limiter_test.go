package reallimiters

import (
	"math"
	"slices"
	"testing"
	"time"
)

// How long the two runs of arl are counted, from the first request on, and what the first one is judged by.
const (
	coldTime = 24 * time.Second
	lastTime = 10 * time.Second
	warmTime = 10 * time.Second
)

// A limiter is a server that limits, and what it allows.
//
// The share that a run used is accepted / (rate x time). rate is what the limiter is configured to; a burst
// that it allows on top counts for nothing, since a short run may use it and a long one cannot. Where the
// limit counts in windows, time is a multiple of the window: whatever the phase, that many quotas fit in.
// A window longer than the run is different: its quota is all there is, in any part of the run.
type limiter struct {
	name    string
	rate    float64       // requests per second in the long run
	window  time.Duration // of a limit that counts in windows, else 0
	forgets time.Duration // so long after the last request it is as at the start
	start   func(t *testing.T) (url string)
}

// knee is what an even pace gets of a limiter that wants a minimum distance between two requests: above it,
// the jitter of a real network makes some requests come too early.
const knee = 0.92

// loopback is the time a request takes on loopback, and in the programs at both ends.
const loopback = time.Millisecond

// limiters are all that are measured.
func limiters() []limiter {
	return slices.Concat(goLimiters(), frameworkLimiters(), redisLimiters(), nodeLimiters(), nginxLimiters())
}

// each is a limit that counts in windows.
func each(quota float64, window time.Duration) limiter {
	return limiter{rate: quota / window.Seconds(), window: window, forgets: window}
}

// bucket is a limit that refills bit by bit.
func bucket(rate, burst float64) limiter {
	return limiter{rate: rate, forgets: time.Duration(burst / rate * float64(time.Second))}
}

// spaced is a limit without a burst.
func spaced(rate float64) limiter {
	return limiter{rate: knee * rate, forgets: time.Second}
}

// concurrent is a limit on how many requests are in flight, each of which takes some time.
func concurrent(n float64, latency time.Duration) limiter {
	return limiter{rate: n / (latency + loopback).Seconds(), forgets: time.Second}
}

// at completes a limit.
func (l limiter) at(name string, start func(t *testing.T) string) limiter {
	l.name, l.start = name, start
	return l
}

// sliding is a limiter that weighs its previous window as well.
func (l limiter) sliding() limiter {
	l.forgets *= 2
	return l
}

// allowed is what the limiter accepts within a time, and the part of that time it is counted over.
func (l limiter) allowed(within time.Duration) (requests float64, over time.Duration) {
	switch {
	case l.window == 0:
		over = within
	case l.window > lastTime:
		return l.rate * l.window.Seconds(), coldTime
	default:
		over = within.Truncate(l.window)
	}
	return l.rate * over.Seconds(), over
}

// cost is about how long its measurement takes.
func (l limiter) cost() time.Duration { return coldTime + l.pause() + warmTime }

// pause is the time between the two runs: the first one must not count against the second.
func (l limiter) pause() time.Duration {
	if l.window > coldTime {
		return l.window - coldTime + time.Second
	}
	return l.forgets + time.Second
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		limiter  limiter
		within   time.Duration
		requests float64
		over     time.Duration
	}{
		{bucket(20, 40), lastTime, 200, lastTime},
		{spaced(100), coldTime, 2208, coldTime},
		{each(60, 3*time.Second), lastTime, 180, 9 * time.Second},
		{each(60, 3*time.Second), coldTime, 480, coldTime},
		{each(200, 10*time.Second), coldTime, 400, 20 * time.Second},
		{each(600, time.Minute), lastTime, 600, coldTime},
	} {
		requests, over := c.limiter.allowed(c.within)
		if math.Abs(requests-c.requests) > 1e-6 || over != c.over {
			t.Errorf("allowed(%v) of %g/s, window %v = %g in %v, want %g in %v", c.within, c.limiter.rate, c.limiter.window, requests, over, c.requests, c.over)
		}
	}
}
