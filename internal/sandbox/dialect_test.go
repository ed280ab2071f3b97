package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// headersSaid asks three times 200 ms apart, beginning 100 ms after midnight
// in 2000, and returns what the second and the third answer say of limits, a
// line for each header: of two admitted requests and one that is throttled, for
// limits of two a minute.
func headersSaid(t *testing.T, c Config) (accepted, throttled []string) {
	said := func(r result) (list []string) {
		for name, values := range r.header {
			if !strings.HasPrefix(name, "Content-") && (name != "Date" || values == nil) {
				list = append(list, name+": "+strings.Join(values, " | "))
			}
		}
		slices.Sort(list)
		return list
	}
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, c)
		time.Sleep(100 * time.Millisecond)
		ask(t, s, "/items/1")
		time.Sleep(200 * time.Millisecond)
		accepted = said(ask(t, s, "/items/1"))
		time.Sleep(200*time.Millisecond + 1)
		throttled = said(ask(t, s, "/items/1"))
	})
	return accepted, throttled
}

type dialectTest struct {
	name                string
	accepted, throttled []string
}

// dialectTests say what each dialect makes of two requests a minute, aligned:
// 59.7 s are left at the first answer, a nanosecond less than 59.5 at the second.
func dialectTests() []dialectTest {
	both := func(name string, lines ...string) dialectTest { return dialectTest{name, lines, lines} }
	return []dialectTest{
		{"retry-after", nil, []string{"Retry-After: 60"}},
		{"retry-after-floor", nil, []string{"Retry-After: 59"}},
		{"retry-after-5", nil, []string{"Retry-After: 5"}},
		{"retry-after-date", nil, []string{"Retry-After: Sat, 01 Jan 2000 00:01:00 GMT"}},
		{"retry-after-epoch", nil, []string{"Retry-After: 946684860"}},
		{"retry-after-ms", nil, []string{"Retry-After-Ms: 59500"}},
		{"x-amz-retry-after", nil, []string{"X-Amz-Retry-After: 59500"}},
		{"x-retry-in", nil, []string{"X-Retry-In: 60"}},
		{"x-ratelimit-retry-after", nil, []string{"X-Ratelimit-Retry-After: 60"}},
		{"retry-after-fraction", []string{"Retry-After: 59.7"}, []string{"Retry-After: 59.5"}},
		{"no-date", nil, []string{"Date: "}},
		{"none", nil, nil},
		both("x-ratelimit", "X-Ratelimit-Limit: 2", "X-Ratelimit-Remaining: 0", "X-Ratelimit-Reset: 946684860"),
		both("x-ratelimit-floor", "X-Ratelimit-Limit: 2", "X-Ratelimit-Remaining: 0", "X-Ratelimit-Reset: 946684860"),
		both("x-ratelimit-float", "X-Ratelimit-Limit: 2", "X-Ratelimit-Remaining: 0", "X-Ratelimit-Reset: 946684860"),
		both("x-ratelimit-delta", "X-Ratelimit-Limit: 2", "X-Ratelimit-Remaining: 0", "X-Ratelimit-Reset: 60"),
		{
			"x-ratelimit-delta-ms",
			[]string{"X-Ratelimit-Limit: 2", "X-Ratelimit-Remaining: 0", "X-Ratelimit-Reset: 59700"},
			[]string{"X-Ratelimit-Limit: 2", "X-Ratelimit-Remaining: 0", "X-Ratelimit-Reset: 59500"},
		},
		both("x-ratelimit-js", "X-Ratelimit-Limit: 2", "X-Ratelimit-Remaining: 0", "X-Ratelimit-Reset: Sat Jan 01 2000 00:01:00 GMT+0000 (Coordinated Universal Time)"),
		both("ratelimit-6", "Ratelimit-Limit: 2", "Ratelimit-Policy: 2;w=60", "Ratelimit-Remaining: 0", "Ratelimit-Reset: 60"),
		both("ratelimit-6-floor", "Ratelimit-Limit: 2", "Ratelimit-Policy: 2;w=60", "Ratelimit-Remaining: 0", "Ratelimit-Reset: 59"),
		both("ratelimit-6-list", "Ratelimit-Limit: 2, 2;w=60", "Ratelimit-Remaining: 0", "Ratelimit-Reset: 60"),
		both("ratelimit-7", "Ratelimit-Policy: 2;w=60", "Ratelimit: limit=2, remaining=0, reset=60"),
		both("ratelimit-7-floor", "Ratelimit-Policy: 2;w=60", "Ratelimit: limit=2, remaining=0, reset=59"),
		both("ratelimit-8", `Ratelimit-Policy: "default";q=2;w=60`, `Ratelimit: "default";r=0;t=60`),
		both("ratelimit-8-floor", `Ratelimit-Policy: "default";q=2;w=60`, `Ratelimit: "default";r=0;t=59`),
		both("ratelimit-8-pk", `Ratelimit-Policy: "2-in-1min"; q=2; w=60; pk=:NGYyODdk:`, `Ratelimit: "2-in-1min"; r=0; t=60`),
		both("github", "X-Ratelimit-Limit: 2", "X-Ratelimit-Remaining: 0", "X-Ratelimit-Reset: 946684860", "X-Ratelimit-Resource: core", "X-Ratelimit-Used: 2"),
		both("okta", "X-Rate-Limit-Limit: 2", "X-Rate-Limit-Remaining: 0", "X-Rate-Limit-Reset: 946684860"),
		{
			"discord",
			[]string{"X-Ratelimit-Bucket: 80c17d2f203122d936070c88c8d10f33", "X-Ratelimit-Limit: 2", "X-Ratelimit-Remaining: 0", "X-Ratelimit-Reset-After: 59.7", "X-Ratelimit-Reset: 946684860"},
			[]string{"X-Ratelimit-Bucket: 80c17d2f203122d936070c88c8d10f33", "X-Ratelimit-Limit: 2", "X-Ratelimit-Remaining: 0", "X-Ratelimit-Reset-After: 59.5", "X-Ratelimit-Reset: 946684860", "X-Ratelimit-Scope: user"},
		},
		both("linear", "X-Ratelimit-Requests-Limit: 2", "X-Ratelimit-Requests-Remaining: 0", "X-Ratelimit-Requests-Reset: 946684860000"),
		both("zendesk", "Ratelimit-Limit: 2", "Ratelimit-Remaining: 0", "Ratelimit-Reset: 60", "X-Rate-Limit-Remaining: 0", "X-Rate-Limit: 2"),
		{
			"openai",
			[]string{"X-Ratelimit-Limit-Requests: 2", "X-Ratelimit-Remaining-Requests: 0", "X-Ratelimit-Reset-Requests: 59.7s"},
			[]string{"X-Ratelimit-Limit-Requests: 2", "X-Ratelimit-Remaining-Requests: 0", "X-Ratelimit-Reset-Requests: 59.5s"},
		},
		both("anthropic", "Anthropic-Ratelimit-Requests-Limit: 2", "Anthropic-Ratelimit-Requests-Remaining: 0", "Anthropic-Ratelimit-Requests-Reset: 2000-01-01T00:01:00Z"),
		{
			"jira",
			[]string{"X-Ratelimit-Limit: 2", "X-Ratelimit-Nearlimit: true", "X-Ratelimit-Remaining: 0", "X-Ratelimit-Reset: 2000-01-01T00:01Z"},
			[]string{"Ratelimit-Reason: jira-quota-tenant-based", "X-Ratelimit-Limit: 2", "X-Ratelimit-Nearlimit: true", "X-Ratelimit-Remaining: 0", "X-Ratelimit-Reset: 2000-01-01T00:01Z"},
		},
		both("shopify", "X-Shopify-Shop-Api-Call-Limit: 2/2"),
		both("salesforce", "Sforce-Limit-Info: api-usage=2/2"),
		both("hubspot", "X-Hubspot-Ratelimit-Interval-Milliseconds: 60000", "X-Hubspot-Ratelimit-Max: 2", "X-Hubspot-Ratelimit-Remaining: 0"),
	}
}

func TestDialects(t *testing.T) {
	t.Parallel()
	var names []string
	for _, tt := range dialectTests() {
		names = append(names, tt.name)
		accepted, throttled := headersSaid(t, Config{Limits: []Limit{{Kind: Aligned, N: 2, Per: time.Minute}}, Headers: tt.name})
		if diff := cmp.Diff(tt.accepted, accepted); diff != "" {
			t.Errorf("%s, accepted (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.throttled, throttled); diff != "" {
			t.Errorf("%s, throttled (-want +got):\n%s", tt.name, diff)
		}
	}
	if diff := cmp.Diff(Dialects(), names); diff != "" {
		t.Errorf("dialects with a test (-want +got):\n%s", diff)
	}
}

// TestRounding uses a window that ends on no whole second: it opens after
// 100 ms and lasts 2.25 s.
func TestRounding(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, header, want string }{
		{"retry-after", "Retry-After", "2"},
		{"retry-after-floor", "Retry-After", "1"},
		{"retry-after-fraction", "Retry-After", "1.85"},
		{"retry-after-date", "Retry-After", "Sat, 01 Jan 2000 00:00:03 GMT"},
		{"x-ratelimit", "X-RateLimit-Reset", "946684803"},
		{"x-ratelimit-floor", "X-RateLimit-Reset", "946684802"},
		{"x-ratelimit-float", "X-RateLimit-Reset", "946684802.35"},
		{"ratelimit-6", "RateLimit-Reset", "2"},
		{"ratelimit-6-floor", "RateLimit-Reset", "1"},
		{"discord", "X-RateLimit-Reset", "946684802.35"},
		{"linear", "X-RateLimit-Requests-Reset", "946684802350"},
		{"anthropic", "Anthropic-RateLimit-Requests-Reset", "2000-01-01T00:00:03Z"},
		{"jira", "X-RateLimit-Reset", "2000-01-01T00:01Z"},
		{"openai", "X-RateLimit-Reset-Requests", "1.85s"},
	} {
		c := Config{Limits: []Limit{{Kind: Fixed, N: 2, Per: 2250 * time.Millisecond}}, Headers: tt.name}
		got := headersOf(t, c, tt.header)
		if want := http.StatusText(http.StatusTooManyRequests); got[2][0] != want || got[2][1] != tt.want {
			t.Errorf("%s: %v, want %s, %s", tt.name, got[2], want, tt.want)
		}
	}
}

// TestSeveralLimitsInHeaders has a bucket, a cap, a day and one that is hidden.
func TestSeveralLimitsInHeaders(t *testing.T) {
	t.Parallel()
	limits := []Limit{
		{N: 100, Per: time.Minute, Burst: 10, Name: "burst"},
		{Kind: Concurrency, N: 9},
		{Kind: Daily, N: 1000},
		{Kind: Fixed, N: 3, Per: time.Minute, Hidden: true},
	}
	for _, tt := range []struct {
		headers string
		want    []string
	}{
		{"ratelimit-6", []string{"Ratelimit-Limit: 100", "Ratelimit-Policy: 100;w=60, 1000;w=86400", "Ratelimit-Remaining: 8", "Ratelimit-Reset: 1"}},
		{"ratelimit-6-list", []string{"Ratelimit-Limit: 100, 100;w=60, 1000;w=86400", "Ratelimit-Remaining: 8", "Ratelimit-Reset: 1"}},
		{"ratelimit-7", []string{"Ratelimit-Policy: 100;w=60, 1000;w=86400", "Ratelimit: limit=100, remaining=8, reset=1"}},
		{"ratelimit-8", []string{
			`Ratelimit-Policy: "burst";q=100;w=60, "default-2";q=9;qu="concurrent-requests", "default-3";q=1000;w=86400`,
			`Ratelimit: "burst";r=8;t=1, "default-2";r=8, "default-3";r=998;t=86400`,
		}},
		{"ratelimit-8-pk", []string{
			`Ratelimit-Policy: "100-in-1min"; q=100; w=60; pk=:NGYyODdk:, "1000-in-1day"; q=1000; w=86400; pk=:NGYyODdk:`,
			`Ratelimit: "100-in-1min"; r=8; t=1, "1000-in-1day"; r=998; t=86400`,
		}},
		{"hubspot", []string{
			"X-Hubspot-Ratelimit-Daily-Remaining: 998", "X-Hubspot-Ratelimit-Daily: 1000",
			"X-Hubspot-Ratelimit-Interval-Milliseconds: 60000", "X-Hubspot-Ratelimit-Max: 100", "X-Hubspot-Ratelimit-Remaining: 8",
		}},
		{"shopify", []string{"X-Shopify-Shop-Api-Call-Limit: 2/10"}},
		{"salesforce", []string{"Sforce-Limit-Info: api-usage=92/100"}},
		{"github", []string{"X-Ratelimit-Limit: 100", "X-Ratelimit-Remaining: 8", "X-Ratelimit-Reset: 946684802", "X-Ratelimit-Resource: burst", "X-Ratelimit-Used: 92"}},
	} {
		got, _ := headersSaid(t, Config{Limits: limits, Headers: tt.headers})
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.headers, diff)
		}
	}
}
