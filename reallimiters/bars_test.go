package reallimiters

import (
	"fmt"
	"slices"
	"testing"
	"time"
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

// Where the machine stood still during most measurements, the means of all of them are held to less: to this part of
// what is to be used, and to so many times of what may be throttled.
const (
	busyUsed      = 0.85
	busyThrottled = 4
)

// missesOfMeans lists the bars that limiters together miss: those that were measured while the machine did not stand
// still, if they are most of them.
func missesOfMeans(all []*result) []string {
	used, throttled := 1.0, 1.0
	if steady := steady(all); 2*len(steady) > len(all) {
		all = steady
	} else {
		used, throttled = busyUsed, busyThrottled
	}
	var list missed
	list.mean(all, "cold, last 10 s", last, used*meanLast)
	list.mean(all, "whole cold run", whole, used*meanWhole)
	list.mean(all, "warm", warm, used*meanWarm)
	list.meanThrottled(all, "cold", throttledCold, throttled*meanThrottledCold)
	list.meanThrottled(all, "warm", throttledWarm, throttled*meanThrottledWarm)
	return list
}

// steady are those during which the machine did not stand still.
func steady(all []*result) (list []*result) {
	for _, r := range all {
		if r.stalled() < busy {
			list = append(list, r)
		}
	}
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

// A machine that is busy excuses no more than that: means that are far below their bars are missed on any.
func TestBusyMachineIsNoExcuse(t *testing.T) {
	t.Parallel()
	results := func(part float64, stalled time.Duration) (list []*result) {
		for range 10 {
			r := run{stalled: stalled, attempts: make([]attempt, 1)}
			list = append(list, &result{first: r, second: r, last: part * meanLast, whole: part * meanWhole, warm: part * meanWarm})
		}
		return list
	}
	quiet, halted := 5*time.Millisecond, time.Second
	for _, test := range []struct {
		name   string
		all    []*result
		misses int
	}{
		{"quiet, as usual", results(1.01, quiet), 0},
		{"quiet, a little below", results(0.95, quiet), 3},
		{"busy, a little below", results(0.95, halted), 0},
		{"busy, far below", results(0.8, halted), 3},
		{"some of them below, for being busy", append(results(1.01, quiet), results(0.1, halted)[:5]...), 0},
		{"some of them below, without an excuse", append(results(1.01, quiet), results(0.1, quiet)[:5]...), 3},
	} {
		if got := missesOfMeans(test.all); len(got) != test.misses {
			t.Errorf("%s: %q, want %d", test.name, got, test.misses)
		}
	}
}
