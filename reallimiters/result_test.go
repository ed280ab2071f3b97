package reallimiters

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A result is what arl reached at one limiter: shares of what it allows, and of what was sent.
type result struct {
	limiter
	last, whole, warm float64 // of the first run's end, of all of it, of the second run
	coldSent          sent
	warmSent          sent
}

// sent is how many requests were sent, and how many of them were throttled.
type sent struct{ all, throttled int }

func (s sent) share() float64 { return float64(s.throttled) / float64(s.all) }

func (s sent) String() string { return fmt.Sprintf("%d (%.2f %%)", s.throttled, 100*s.share()) }

func sentIn(r run) sent {
	accepted, throttled := r.count(time.Hour)
	return sent{accepted + throttled, throttled}
}

func resultOf(l limiter, cold, warm run) *result {
	return &result{
		limiter:  l,
		last:     l.used(cold, coldTime, lastTime),
		whole:    l.used(cold, 0, coldTime),
		warm:     l.used(warm, 0, warmTime),
		coldSent: sentIn(cold),
		warmSent: sentIn(warm),
	}
}

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
func throttledCold(r *result) float64 { return r.coldSent.share() }
func throttledWarm(r *result) float64 { return r.warmSent.share() }

// table is Markdown.
func table(all []*result) string {
	var b strings.Builder
	row := func(cells ...string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	row("limiter", "allows", "cold, last 10 s", "whole cold run", "throttled", "warm", "throttled")
	row("---", "---:", "---:", "---:", "---:", "---:", "---:")
	for _, r := range all {
		row(r.name, fmt.Sprintf("%.3g/s", r.rate), percent(r.last), percent(r.whole), r.coldSent.String(), percent(r.warm), r.warmSent.String())
	}
	row("**mean**", "", percent(mean(all, last)), percent(mean(all, whole)), percent2(mean(all, throttledCold)),
		percent(mean(all, warm)), percent2(mean(all, throttledWarm)))
	row("**worst**", "", percent(worst(all, last)), percent(worst(all, whole)), "", percent(worst(all, warm)), "")
	return b.String()
}

func percent(part float64) string  { return fmt.Sprintf("%.0f %%", 100*part) }
func percent2(part float64) string { return fmt.Sprintf("%.2f %%", 100*part) }

// watchMachine tells how late a sleeper woke up at worst: what no program can do anything about.
func watchMachine(t *testing.T) (stalled func() time.Duration) {
	const nap = 5 * time.Millisecond
	var latest atomic.Int64
	go func() {
		for t.Context().Err() == nil {
			began := time.Now()
			time.Sleep(nap)
			latest.Store(max(latest.Load(), int64(time.Since(began)-nap)))
		}
	}()
	return func() time.Duration { return time.Duration(latest.Load()) }
}
