package gauntlet

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// admits sends evenly, n requests in a span, and counts what is admitted.
func admits(l limit, from, span time.Duration, n int) int {
	accepted := 0
	for i := range n {
		at := from + span*time.Duration(i)/time.Duration(n)
		if l.fits(at) {
			l.take(at)
			accepted++
		} else {
			l.miss(at)
		}
	}
	return accepted
}

// A phase of sending, and how many requests are to be admitted in it.
type sending struct {
	from, span time.Duration
	sent, want int
}

// Each limit admits what its definition says.
func TestShortLimits(t *testing.T) {
	t.Parallel()
	const s = time.Second
	counts := true
	tests := map[string]struct {
		limit limit
		sends []sending
	}{
		"a bucket starts full and refills": {&tokenBucket{rate: 10, burst: 5}, []sending{
			{0, 0, 20, 5}, {s, 0, 20, 5}, {s, s / 10, 1, 0}, {2 * s, 10 * s, 100, 100}, {13 * s, 10 * s, 200, 104},
		}},
		"spacing saves nothing up": {&spacing{gap: s / 10}, []sending{
			{0, 0, 20, 1}, {5 * s, 0, 20, 1}, {10 * s, 10 * s, 100, 100}, {21 * s, 10 * s, 105, 53},
		}},
		"a window aligned to the clock": {&fixedWindow{n: 10, window: 5 * s}, []sending{
			{4 * s, 0, 20, 10}, {5 * s, 0, 20, 10}, {9 * s, s, 20, 0}, {10 * s, 20 * s, 80, 40},
		}},
		"a window with a phase": {&fixedWindow{n: 10, window: 5 * s, phase: s}, []sending{
			{3 * s, s, 20, 10}, {4 * s, s, 20, 10}, {8 * s, s, 20, 0}, {9 * s, s, 20, 10},
		}},
		"a window opened by a request": {&fixedWindow{n: 10, window: 5 * s, opened: true}, []sending{
			{3 * s, 5 * s, 20, 10}, {8 * s, 0, 1, 1}, {12 * s, s, 20, 9}, {13 * s, 0, 20, 10}, {60 * s, s, 20, 10}, {64 * s, s, 20, 0},
		}},
		"a log": {&slidingLog{n: 10, window: 5 * s}, []sending{
			{0, 0, 20, 10}, {4 * s, s, 20, 0}, {5 * s, s, 10, 10}, {10 * s, s, 10, 10}, {20 * s, 50 * s, 100, 100}, {80 * s, 50 * s, 200, 100},
		}},
		"a log that counts what is throttled": {&slidingLog{n: 10, window: 5 * s, counts: counts}, []sending{
			{0, 5 * s, 11, 10}, {5 * s, 50 * s, 110, 0}, {60 * s, 50 * s, 100, 100},
		}},
		"a counter": {&slidingCounter{n: 10, window: 10 * s}, []sending{
			{0, 0, 20, 10}, {9 * s, s, 20, 0}, {10 * s, 0, 20, 0}, {15 * s, 0, 20, 5}, {19 * s, 0, 20, 4}, {40*s + s/2, 100 * s, 100, 100},
		}},
		"a counter that counts what is throttled": {&slidingCounter{n: 10, window: 10 * s, counts: counts}, []sending{
			{0, 0, 20, 10}, {10 * s, 9 * s, 9, 0}, {40*s + s/2, 100 * s, 100, 100},
		}},
		"a queue": {&leakyQueue{rate: 10, size: 5}, []sending{
			{0, 0, 20, 5}, {s / 10, 0, 20, 1}, {10 * s, 10 * s, 100, 100}, {20 * s, 10 * s, 200, 104},
		}},
		"in flight": {&inFlightLimit{n: 3, least: s, most: s}, []sending{
			{0, 0, 20, 3}, {s / 2, 0, 20, 0}, {s, 0, 20, 3}, {10 * s, 10 * s, 30, 30},
		}},
		"a lock-out": {&lockOut{limit: &tokenBucket{rate: 10, burst: 1}, span: 3 * s}, []sending{
			{0, 0, 2, 1}, {s, 2 * s, 10, 0}, {3 * s, 0, 1, 1},
		}},
		"a lock-out that a retry extends": {&lockOut{limit: &tokenBucket{rate: 10, burst: 1}, span: 3 * s, extends: true}, []sending{
			{0, 0, 2, 1}, {2 * s, 0, 1, 0}, {4 * s, 0, 1, 0}, {7 * s, 0, 1, 1},
		}},
		"two limits at once": {together{&tokenBucket{rate: 10, burst: 10}, &fixedWindow{n: 30, window: 10 * s}}, []sending{
			{0, 0, 20, 10}, {s, s, 10, 10}, {3 * s, 0, 20, 10}, {5 * s, s, 10, 0}, {10 * s, 0, 20, 10},
		}},
		"a rival": {&contested{limit: &fixedWindow{n: 10, window: s}, gap: s / 5, until: 10 * s}, []sending{
			{s / 20, 5 * s, 50, 30}, {5*s + s/20, 5 * s, 25, 25}, {12 * s, 10 * s, 100, 100},
		}},
	}
	for name, test := range tests {
		for _, x := range test.sends {
			if got := admits(test.limit, x.from, x.span, x.sent); got != x.want {
				t.Errorf("%s: %d of %d from %v on within %v admitted, want %d", name, got, x.sent, x.from, x.span, x.want)
			}
		}
	}
}

// What servers say of their limits.
func TestShortStatus(t *testing.T) {
	t.Parallel()
	const s, ms = time.Second, time.Millisecond
	tests := map[string]struct {
		limit limit
		take  int           // requests at 0
		at    time.Duration // when it is asked
		want  status
	}{
		"a bucket":            {limit: &tokenBucket{rate: 10, burst: 5}, take: 4, at: 50 * ms, want: status{5, 1, 500 * ms, 350 * ms, 0}},
		"an empty bucket":     {limit: &tokenBucket{rate: 10, burst: 5, reset: untilNext}, take: 5, want: status{5, 0, 500 * ms, 100 * ms, 100 * ms}},
		"one per second":      {limit: &tokenBucket{rate: 10, burst: 5, reset: oneSecond}, take: 2, want: status{10, 3, s, s, 0}},
		"spacing":             {limit: &spacing{gap: s}, take: 1, at: 400 * ms, want: status{1, 0, s, 600 * ms, 600 * ms}},
		"a window":            {limit: &fixedWindow{n: 10, window: 5 * s, phase: s}, take: 4, at: s, want: status{10, 6, 5 * s, 3 * s, 0}},
		"a full window":       {limit: &fixedWindow{n: 10, window: 5 * s, opened: true}, take: 10, at: s, want: status{10, 0, 5 * s, 4 * s, 4 * s}},
		"a log":               {limit: &slidingLog{n: 10, window: 5 * s}, take: 4, at: s, want: status{10, 6, 5 * s, 4 * s, 0}},
		"a full log":          {limit: &slidingLog{n: 10, window: 5 * s, whole: true}, take: 10, at: s, want: status{10, 0, 5 * s, 5 * s, 4 * s}},
		"a counter":           {limit: &slidingCounter{n: 10, window: 5 * s}, take: 8, at: 6 * s, want: status{10, 4, 5 * s, 4 * s, 0}},
		"a full counter":      {limit: &slidingCounter{n: 10, window: 5 * s}, take: 10, at: s, want: status{10, 0, 5 * s, 4 * s, 4 * s}},
		"an exact one":        {limit: &slidingCounter{n: 10, window: 5 * s, exact: true}, take: 10, at: s, want: status{10, 0, 5 * s, 4 * s, 4*s + time.Microsecond}},
		"a queue":             {limit: &leakyQueue{rate: 10, size: 5}, take: 5, at: 50 * ms, want: status{5, 0, 500 * ms, 450 * ms, 50 * ms}},
		"in flight":           {limit: &inFlightLimit{n: 3, least: s, most: s}, take: 2, want: status{3, 1, 0, s, s}},
		"a lock-out":          {limit: &lockOut{limit: &tokenBucket{rate: 10, burst: 5}, span: 3 * s}, take: 6, at: s, want: status{5, 0, 500 * ms, 2 * s, 2 * s}},
		"the tighter of two":  {limit: together{&tokenBucket{rate: 10, burst: 5}, &fixedWindow{n: 4, window: 5 * s}}, take: 2, want: status{4, 2, 5 * s, 5 * s, 0}},
		"the longer of waits": {limit: together{&tokenBucket{rate: 10, burst: 5}, &fixedWindow{n: 6, window: 5 * s}}, take: 5, want: status{5, 0, 500 * ms, 500 * ms, 100 * ms}},
	}
	for name, test := range tests {
		admits(test.limit, 0, 0, test.take)
		if got := test.limit.told(test.at); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

// The wait that an exact counter tells is long enough, and not longer.
func TestShortCounterRoom(t *testing.T) {
	t.Parallel()
	chance := rand.New(rand.NewPCG(1, 1))
	for range 1000 {
		c := &slidingCounter{n: 2 + chance.IntN(50), window: time.Second + time.Duration(chance.Int64N(int64(time.Minute))), exact: true}
		at := time.Duration(0)
		for range chance.IntN(4 * c.n) {
			at += time.Duration(chance.Int64N(int64(c.window) / int64(c.n)))
			if c.fits(at) {
				c.take(at)
			}
		}
		wait := c.told(at).Retry
		if before := *c; wait > 2*time.Microsecond && before.fits(at+wait-2*time.Microsecond) {
			t.Fatalf("%+v fits before %v + %v", c, at, wait)
		}
		if !c.fits(at + wait) {
			t.Fatalf("%+v does not fit at %v + %v", c, at, wait)
		}
	}
}

// What each dialect writes of a quota of 100 per 60 s of which 40 are left, for 12.3 s.
func TestShortDialects(t *testing.T) {
	t.Parallel()
	l := &fixedWindow{n: 100, window: time.Minute}
	const at = 2*time.Minute - 12300*time.Millisecond
	admits(l, at, 0, 60)
	epoch := yearBegan().Unix() + 2*60
	tests := []struct {
		dialect   dialect
		throttled bool
		want      string // name and value of each field, in the order of the names
	}{
		{dialect{}, true, ""},
		{dialect{Retry: ceiled}, false, ""},
		{dialect{Retry: ceiled}, true, "Retry-After: 0"},
		{dialect{Fields: xRateLimit, Reset: ceiled}, false, "X-Ratelimit-Limit: 100, X-Ratelimit-Remaining: 40, X-Ratelimit-Reset: 13"},
		{dialect{Fields: xRateLimit, Reset: floored}, true, "X-Ratelimit-Limit: 100, X-Ratelimit-Remaining: 40, X-Ratelimit-Reset: 12"},
		{dialect{Fields: xRateDashLimit, Reset: fraction}, false, "X-Rate-Limit-Limit: 100, X-Rate-Limit-Remaining: 40, X-Rate-Limit-Reset: 12.300"},
		{dialect{Fields: xRateLimit, Reset: epochCeiled}, false, fmt.Sprintf("X-Ratelimit-Limit: 100, X-Ratelimit-Remaining: 40, X-Ratelimit-Reset: %d", epoch)},
		{dialect{Fields: xRateLimit}, false, "X-Ratelimit-Limit: 100, X-Ratelimit-Remaining: 40"},
		{dialect{Fields: draft06, Reset: ceiled}, false, "Ratelimit-Limit: 100, Ratelimit-Policy: 100;w=60, Ratelimit-Remaining: 40, Ratelimit-Reset: 13"},
		{dialect{Fields: draft07, Reset: ceiled}, false, "Ratelimit: limit=100, remaining=40, reset=13, Ratelimit-Policy: 100;w=60"},
		{dialect{Fields: draft08, Reset: floored}, false, `Ratelimit: "p0";r=40;t=12, Ratelimit-Policy: "p0";q=100;w=60`},
		{dialect{Fields: policyOnly}, false, `Ratelimit-Policy: "p0";q=100;w=60`},
	}
	for _, test := range tests {
		h := http.Header{}
		test.dialect.header(h, l, at, test.throttled)
		if got := fieldsOf(h); got != test.want {
			t.Errorf("%s: %s, want %s", test.dialect, got, test.want)
		}
	}
}

// fieldsOf lists a header, in the order of the names.
func fieldsOf(h http.Header) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		list = append(list, name+": "+strings.Join(h[name], " | "))
	}
	return strings.Join(list, ", ")
}

// Instants and spans are rounded as each server does it.
func TestShortRounding(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 700e6)
	for r, want := range map[rounding][3]string{
		ceiled:        {"0", "1", "2"},
		floored:       {"0", "0", "2"},
		fraction:      {"0.000", "0.400", "2.000"},
		epochCeiled:   {"1001", "1002", "1003"},
		epochFloored:  {"1000", "1001", "1002"},
		epochFraction: {"1000.700", "1001.100", "1002.700"},
	} {
		for i, ahead := range []time.Duration{-time.Second, 400 * time.Millisecond, 2 * time.Second} {
			if got := r.write(now, ahead); got != want[i] {
				t.Errorf("%v of %v: %s, want %s", r, ahead, got, want[i])
			}
		}
	}
}
