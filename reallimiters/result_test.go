package reallimiters

import (
	"fmt"
	"strings"
	"time"
)

// A result is what arl reached at one limiter.
type result struct {
	limiter
	first, second     run
	last, whole, warm float64 // used of what is allowed: in the first run's end, in all of it, in the second run
}

func resultOf(l limiter, first, second run) *result {
	return &result{
		limiter: l,
		first:   first,
		second:  second,
		last:    l.used(first, coldTime, lastTime),
		whole:   l.used(first, 0, coldTime),
		warm:    l.used(second, 0, warmTime),
	}
}

// throttled is the share of what a run sent that was throttled.
func (r *run) throttled() float64 {
	_, n := r.count(time.Hour)
	return float64(n) / float64(len(r.attempts))
}

// stalled is how long the machine stood still at worst.
func (r *result) stalled() time.Duration { return max(r.first.stalled, r.second.stalled) }

// used is the share of what the limiter allows that a run used. A time that ends somewhere is counted backwards
// from there, else from the first request on.
func (l limiter) used(r run, end, within time.Duration) float64 {
	allowed, over := l.allowed(within)
	from := max(end-over, 0)
	return min(r.accepted(from, from+over)/allowed, 1)
}

// mean is over all limiters.
func mean(all []*result, of func(*result) float64) float64 {
	sum := 0.0
	for _, r := range all {
		sum += of(r)
	}
	return sum / float64(len(all))
}

func worst(all []*result, of func(*result) float64) float64 {
	least := of(all[0])
	for _, r := range all {
		least = min(least, of(r))
	}
	return least
}

func last(r *result) float64          { return r.last }
func whole(r *result) float64         { return r.whole }
func warm(r *result) float64          { return r.warm }
func throttledCold(r *result) float64 { return r.first.throttled() }
func throttledWarm(r *result) float64 { return r.second.throttled() }

// table is Markdown.
func table(all []*result) string {
	var b strings.Builder
	row := func(cells ...string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	row("limiter", "allows", "cold, last 10 s", "whole cold run", "throttled", "warm", "throttled", "stalled")
	row("---", "---:", "---:", "---:", "---:", "---:", "---:", "---:")
	for _, r := range all {
		row(r.name, fmt.Sprintf("%.3g/s", r.rate), percent(r.last), percent(r.whole), r.first.throttles(), percent(r.warm), r.second.throttles(),
			r.stalled().Round(time.Millisecond).String())
	}
	row("**mean**", "", percent(mean(all, last)), percent(mean(all, whole)), percent2(mean(all, throttledCold)),
		percent(mean(all, warm)), percent2(mean(all, throttledWarm)), "")
	row("**worst**", "", percent(worst(all, last)), percent(worst(all, whole)), "", percent(worst(all, warm)), "", "")
	return b.String()
}

func (r *run) throttles() string {
	_, n := r.count(time.Hour)
	return fmt.Sprintf("%d (%s)", n, percent2(r.throttled()))
}

func percent(part float64) string  { return fmt.Sprintf("%.0f %%", 100*part) }
func percent2(part float64) string { return fmt.Sprintf("%.2f %%", 100*part) }
