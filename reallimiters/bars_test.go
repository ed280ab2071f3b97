package reallimiters

import (
	"fmt"
	"slices"
	"testing"
)

// The bars, in one place. They lie below what is reached on a machine with five times as much to do as it has
// processors.
const (
	meanLast          = 0.84
	meanWhole         = 0.74
	meanWarm          = 0.86
	meanThrottledCold = 0.006
	meanThrottledWarm = 0.010
)

// A bar is what arl must reach at one limiter, as shares of what it allows.
type bar struct{ last, warm float64 }

// usual is the bar of every limiter that is not weak.
func usual() bar { return bar{last: 0.65, warm: 0.70} }

// weak are the limiters at which arl does not reach the usual bar.
func weak() map[string]bar {
	return map[string]bar{
		// A sliding window is emptied at once, and then waited for as long as if it were a fixed one.
		"fiber sliding 100 per 4 s":    {0.40, 0.40},
		"httprate 100 per 2 s":         {0.40, 0.50},
		"@nestjs/throttler 50 per 2 s": {0.25, 0.35},
		// What remains of a bucket is taken for what remains of a window.
		"throttled 30/s burst 10":  {0.25, 0.25},
		"redis_rate 50/s burst 25": {0.45, 0.50},
		// A reset in whole seconds is a second off.
		"rate-limiter-flexible 20 per 1 s": {0.35, 0.30},
		"go-limiter 200 per 1 s":           {0.55, 0.50},
		// Without a burst a request that is late makes the next one come too early.
		"x/time/rate 25/s burst 1":             {0.25, 0.20},
		"failsafe-go smooth 50/s":              {0.35, 0.15},
		"nginx limit_req 100r/s without burst": {0.02, 0.02},
		// A limit on what is in flight is learned as a rate.
		"failsafe-go bulkhead 8 of 60 ms": {0.35, 0.45},
		"nginx limit_conn 6 of 60 ms":     {0.40, 0.45},
	}
}

// misses lists the bars that are missed at one limiter.
func (r *result) misses() []string {
	want, known := weak()[r.name]
	if !known {
		want = usual()
	}
	var list missed
	list.unless(r.last >= want.last, "%s: cold, last 10 s: %.1f %%, want %.0f; arl --explain:\n%s", r.name, 100*r.last, 100*want.last, r.first.explained)
	list.unless(r.warm >= want.warm, "%s: warm: %.1f %%, want %.0f; arl --explain:\n%s", r.name, 100*r.warm, 100*want.warm, r.second.explained)
	return list
}

// missesOfMeans lists the bars that all limiters together miss.
func missesOfMeans(all []*result) []string {
	var list missed
	list.mean(all, "cold, last 10 s", last, meanLast)
	list.mean(all, "whole cold run", whole, meanWhole)
	list.mean(all, "warm", warm, meanWarm)
	list.meanThrottled(all, "cold", throttledCold, meanThrottledCold)
	list.meanThrottled(all, "warm", throttledWarm, meanThrottledWarm)
	return list
}

type missed []string

func (m *missed) unless(reached bool, format string, a ...any) {
	if !reached {
		*m = append(*m, fmt.Sprintf(format, a...))
	}
}

func (m *missed) mean(all []*result, what string, of func(*result) float64, want float64) {
	got := mean(all, of)
	m.unless(got >= want, "mean of %s: %.1f %%, want %.0f", what, 100*got, 100*want)
}

func (m *missed) meanThrottled(all []*result, what string, of func(*result) float64, most float64) {
	got := mean(all, of)
	m.unless(got <= most, "mean throttled %s: %.2f %%, want at most %.2f", what, 100*got, 100*most)
}

// A limiter that gets another name must keep its bar.
func TestWeakAreMeasured(t *testing.T) {
	t.Parallel()
	for name := range weak() {
		if !slices.ContainsFunc(limiters(), func(l limiter) bool { return l.name == name }) {
			t.Errorf("no limiter is called %q", name)
		}
	}
}
