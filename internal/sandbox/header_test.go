package sandbox

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// headersOf asks three times 200 ms apart, beginning 100 ms after midnight in
// 2000, and returns the wanted headers of each answer.
func headersOf(t *testing.T, c Config, names ...string) (got [][]string) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, c)
		time.Sleep(100 * time.Millisecond)
		for range 3 {
			r := ask(t, s, "/items/1")
			line := []string{http.StatusText(r.status)}
			for _, name := range names {
				line = append(line, r.header.Get(name))
			}
			got = append(got, line)
			time.Sleep(200 * time.Millisecond)
		}
	})
	return got
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	minute := []Limit{{Kind: Aligned, N: 2, Per: time.Minute}}
	bucket := []Limit{{N: 1, Per: 30 * time.Second, Burst: 2}}
	const ok, throttled = "OK", "Too Many Requests"
	for _, tt := range []struct {
		name    string
		config  Config
		headers []string
		want    [][]string
	}{
		{
			"default",
			Config{Limits: minute},
			[]string{"Retry-After", "X-RateLimit-Limit", "RateLimit"},
			[][]string{{ok, "", "", ""}, {ok, "", "", ""}, {throttled, "60", "", ""}},
		},
		{
			"none",
			Config{Limits: minute, Headers: "none"},
			[]string{"Retry-After"},
			[][]string{{ok, ""}, {ok, ""}, {throttled, ""}},
		},
		{
			"retry-after-ms",
			Config{Limits: minute, Headers: "retry-after-ms"},
			[]string{"Retry-After-Ms", "Retry-After"},
			[][]string{{ok, "", ""}, {ok, "", ""}, {throttled, "59500", ""}},
		},
		{
			"retry-after-date",
			Config{Limits: minute, Headers: "retry-after-date"},
			[]string{"Retry-After"},
			[][]string{{ok, ""}, {ok, ""}, {throttled, "Sat, 01 Jan 2000 00:01:00 GMT"}},
		},
		{
			"skewed clock",
			Config{Limits: minute, Headers: "retry-after-date", ClockSkew: 90 * time.Second},
			[]string{"Retry-After", "Date"},
			[][]string{
				{ok, "", "Sat, 01 Jan 2000 00:01:30 GMT"},
				{ok, "", "Sat, 01 Jan 2000 00:01:30 GMT"},
				{throttled, "Sat, 01 Jan 2000 00:02:30 GMT", "Sat, 01 Jan 2000 00:01:30 GMT"},
			},
		},
		{
			"x-ratelimit",
			Config{Limits: minute, Headers: "x-ratelimit, retry-after"},
			[]string{"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After"},
			[][]string{{ok, "2", "1", "946684860", ""}, {ok, "2", "0", "946684860", ""}, {throttled, "2", "0", "946684860", "60"}},
		},
		{
			"ratelimit-6",
			Config{Limits: minute, Headers: "ratelimit-6"},
			[]string{"RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"},
			[][]string{{ok, "2;w=60", "2", "1", "60"}, {ok, "2;w=60", "2", "0", "60"}, {throttled, "2;w=60", "2", "0", "60"}},
		},
		{
			"ratelimit-7",
			Config{Limits: minute, Headers: "ratelimit-7"},
			[]string{"RateLimit"},
			[][]string{{ok, "limit=2, remaining=1, reset=60"}, {ok, "limit=2, remaining=0, reset=60"}, {throttled, "limit=2, remaining=0, reset=60"}},
		},
		{
			"ratelimit-7 of a bucket: reset when full",
			Config{Limits: bucket, Headers: "ratelimit-7"},
			[]string{"RateLimit"},
			[][]string{{ok, "limit=1, remaining=1, reset=30"}, {ok, "limit=1, remaining=0, reset=60"}, {throttled, "limit=1, remaining=0, reset=60"}},
		},
		{
			"ratelimit-8 of a bucket: t until the next",
			Config{Limits: bucket, Headers: "ratelimit-8"},
			[]string{"RateLimit-Policy", "RateLimit"},
			[][]string{
				{ok, `"default";q=1;w=30`, `"default";r=1;t=30`},
				{ok, `"default";q=1;w=30`, `"default";r=0;t=30`},
				{throttled, `"default";q=1;w=30`, `"default";r=0;t=30`},
			},
		},
		{
			"the tightest of several",
			Config{Limits: append([]Limit{{N: 100, Per: time.Hour, Burst: 100}, {Kind: Concurrency, N: 9}}, minute...), Headers: "ratelimit-7"},
			[]string{"RateLimit"},
			[][]string{{ok, "limit=2, remaining=1, reset=60"}, {ok, "limit=2, remaining=0, reset=60"}, {throttled, "limit=2, remaining=0, reset=60"}},
		},
		{
			"ratelimit-8 names all",
			Config{Limits: []Limit{minute[0], {Kind: Concurrency, N: 9}}, Headers: "ratelimit-8"},
			[]string{"RateLimit-Policy", "RateLimit"},
			[][]string{
				{ok, `"default";q=2;w=60, "default-2";q=9;qu="concurrent-requests"`, `"default";r=1;t=60, "default-2";r=8`},
				{ok, `"default";q=2;w=60, "default-2";q=9;qu="concurrent-requests"`, `"default";r=0;t=60, "default-2";r=8`},
				{throttled, `"default";q=2;w=60, "default-2";q=9;qu="concurrent-requests"`, `"default";r=0;t=60, "default-2";r=9`},
			},
		},
		{
			"lock-out",
			Config{Limits: []Limit{{N: 2, Per: time.Second, Burst: 1, Lockout: 30 * time.Second}}, Headers: "retry-after,ratelimit-8"},
			[]string{"Retry-After", "RateLimit"},
			[][]string{{ok, "", `"default";r=0;t=1`}, {throttled, "30", `"default";r=0;t=30`}, {throttled, "30", `"default";r=0;t=30`}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, headersOf(t, tt.config, tt.headers...)); diff != "" {
				t.Errorf("%v (-want +got):\n%s", tt.headers, diff)
			}
		})
	}
}

// TestWaitingAsToldIsEnough does what each dialect says and no more.
func TestWaitingAsToldIsEnough(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"retry-after", "retry-after-ms", "retry-after-date", "x-ratelimit", "ratelimit-6"} {
		for _, kind := range timed() {
			t.Run(fmt.Sprint(name, "/", kind), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					time.Sleep(123456789)
					s := newServer(t, Config{Limits: []Limit{{Kind: kind, N: 3, Per: perOf(kind, 7*time.Second)}}, Headers: name})
					for range 20 {
						if r := ask(t, s, "/items/1"); r.status == http.StatusTooManyRequests {
							time.Sleep(told(t, r.header))
							if r := ask(t, s, "/items/1"); r.status != http.StatusOK {
								t.Fatalf("status after waiting as told = %d, want 200", r.status)
							}
						}
					}
				})
			})
		}
	}
}

// told reads how long a throttled client is to wait.
func told(t *testing.T, h http.Header) time.Duration {
	var n int64
	if at, err := http.ParseTime(h.Get("Retry-After")); err == nil {
		return time.Until(at)
	}
	for name, unit := range map[string]time.Duration{"Retry-After": time.Second, "Retry-After-Ms": time.Millisecond, "RateLimit-Reset": time.Second} {
		if _, err := fmt.Sscan(h.Get(name), &n); err == nil {
			return time.Duration(n) * unit
		}
	}
	if _, err := fmt.Sscan(h.Get("X-RateLimit-Reset"), &n); err != nil {
		t.Fatalf("no header says how long to wait: %v", h)
	}
	return time.Until(time.Unix(n, 0))
}
