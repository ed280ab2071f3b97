package limiter_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/arl-cli/arl/pkg/limiter"
)

// header reads "Name: value" lines.
func header(lines string) http.Header {
	h := http.Header{"Date": {now().Add(90 * time.Second).Format(http.TimeFormat)}}
	for line := range strings.Lines(lines) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			h.Add(name, value)
		}
	}
	return h
}

// What is left of a limit, in every spelling that vendors use. The answers' Date is 90 s ahead.
func TestBudgets(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, header string
		want         []limiter.Budget
	}{
		{"nothing", "Content-Type: text/html", nil},
		{"X-RateLimit", "X-RateLimit-Limit: 60\nX-RateLimit-Remaining: 59\nX-RateLimit-Reset: 30", []limiter.Budget{
			{Name: "X-Ratelimit-Remaining", Limit: 60, Left: 59, Reset: 30 * time.Second},
		}},
		{"github", "X-RateLimit-Limit: 5000\nX-RateLimit-Remaining: 4999\nX-RateLimit-Used: 1\nX-RateLimit-Reset: 1795438890\nX-RateLimit-Resource: core", []limiter.Budget{
			{Name: "X-Ratelimit-Remaining", Limit: 5000, Left: 4999, Reset: time.Hour},
		}},
		{"okta", "X-Rate-Limit-Limit: 600\nX-Rate-Limit-Remaining: 0\nX-Rate-Limit-Reset: 1795435300", []limiter.Budget{
			{Name: "X-Rate-Limit-Remaining", Limit: 600, Left: 0, Reset: 10 * time.Second},
		}},
		{"discord", "X-RateLimit-Limit: 5\nX-RateLimit-Remaining: 4\nX-RateLimit-Reset: 1795435300.5\nX-RateLimit-Reset-After: 10.25\nX-RateLimit-Bucket: abcd", []limiter.Budget{
			{Name: "X-Ratelimit-Remaining", Limit: 5, Left: 4, Reset: 10250 * time.Millisecond, Exact: true},
		}},
		{"linear", "X-RateLimit-Requests-Limit: 1500\nX-RateLimit-Requests-Remaining: 1499\nX-RateLimit-Requests-Reset: 1795435300000\nX-RateLimit-Complexity-Limit: 250000\nX-RateLimit-Complexity-Remaining: 249000", []limiter.Budget{
			{Name: "X-Ratelimit-Requests-Remaining", Limit: 1500, Left: 1499, Reset: 10 * time.Second, Exact: true},
		}},
		{"zendesk", "RateLimit-Limit: 700\nRateLimit-Remaining: 699\nRateLimit-Reset: 41", []limiter.Budget{
			{Name: "Ratelimit-Remaining", Limit: 700, Left: 699, Reset: 41 * time.Second},
		}},
		{"openai", "X-RateLimit-Limit-Requests: 500\nX-RateLimit-Remaining-Requests: 499\nX-RateLimit-Reset-Requests: 120ms\nX-RateLimit-Limit-Tokens: 30000\nX-RateLimit-Remaining-Tokens: 29000\nX-RateLimit-Reset-Tokens: 2s", []limiter.Budget{
			{Name: "X-Ratelimit-Remaining-Requests", Limit: 500, Left: 499, Reset: 120 * time.Millisecond, Exact: true},
		}},
		{"openai, no tokens left", "X-RateLimit-Remaining-Tokens: 0\nX-RateLimit-Reset-Tokens: 6m0s", []limiter.Budget{
			{Name: "X-Ratelimit-Remaining-Tokens", Left: 0, Reset: 6 * time.Minute, Exact: true},
		}},
		{"anthropic", "anthropic-ratelimit-requests-limit: 50\nanthropic-ratelimit-requests-remaining: 49\nanthropic-ratelimit-requests-reset: 2026-11-23T12:01:40Z\nanthropic-ratelimit-input-tokens-remaining: 40000", []limiter.Budget{
			{Name: "Anthropic-Ratelimit-Requests-Remaining", Limit: 50, Left: 49, Reset: 10 * time.Second},
		}},
		{"jira", "X-RateLimit-Limit: 100\nX-RateLimit-Remaining: 99\nX-RateLimit-Reset: 2026-11-23T12:02Z\nX-RateLimit-NearLimit: false", []limiter.Budget{
			{Name: "X-Ratelimit-Remaining", Limit: 100, Left: 99, Reset: 30 * time.Second},
		}},
		{"javascript", "X-RateLimit-Remaining: 9\nX-RateLimit-Reset: Mon Nov 23 2026 12:01:40 GMT+0000 (Coordinated Universal Time)", []limiter.Budget{
			{Name: "X-Ratelimit-Remaining", Left: 9, Reset: 10 * time.Second},
		}},
		{"shopify", "X-Shopify-Shop-Api-Call-Limit: 32/40", []limiter.Budget{
			{Name: "X-Shopify-Shop-Api-Call-Limit", Limit: 40, Left: 8, Reset: -1},
		}},
		{"salesforce", "Sforce-Limit-Info: api-usage=10018/100000", []limiter.Budget{
			{Name: "Sforce-Limit-Info", Limit: 100000, Left: 89982, Reset: -1},
		}},
		{"hubspot", "X-HubSpot-RateLimit-Max: 100\nX-HubSpot-RateLimit-Remaining: 98\nX-HubSpot-RateLimit-Interval-Milliseconds: 10000\nX-HubSpot-RateLimit-Daily: 250000\nX-HubSpot-RateLimit-Daily-Remaining: 249500", []limiter.Budget{
			{Name: "X-Hubspot-Ratelimit-Remaining", Limit: 100, Left: 98, Reset: -1},
			{Name: "X-Hubspot-Ratelimit-Daily-Remaining", Left: 249500, Reset: -1},
		}},
		{"kong", "X-RateLimit-Limit-Minute: 5\nX-RateLimit-Remaining-Minute: 4\nX-RateLimit-Limit-Hour: 100\nX-RateLimit-Remaining-Hour: 99", []limiter.Budget{
			{Name: "X-Ratelimit-Remaining-Minute", Limit: 5, Left: 4, Reset: -1},
			{Name: "X-Ratelimit-Remaining-Hour", Limit: 100, Left: 99, Reset: -1},
		}},
		{"draft 6", "RateLimit-Limit: 100, 100;w=60\nRateLimit-Remaining: 50\nRateLimit-Reset: 50\nRateLimit-Policy: 100;w=60", []limiter.Budget{
			{Name: "Ratelimit-Remaining", Limit: 100, Left: 50, Reset: 50 * time.Second},
		}},
		{"draft 7", "RateLimit: limit=100, remaining=50, reset=5\nRateLimit-Policy: 100;w=60", []limiter.Budget{
			{Name: "RateLimit", Limit: 100, Left: 50, Reset: 5 * time.Second},
		}},
		{"draft 8", `RateLimit-Policy: "burst";q=100;w=60,"daily";q=1000;w=86400
RateLimit: "burst";r=50;t=30, "daily";r=900;t=3600`, []limiter.Budget{
			{Name: "RateLimit burst", Limit: 100, Left: 50, Reset: 30 * time.Second},
			{Name: "RateLimit daily", Limit: 1000, Left: 900, Reset: time.Hour},
		}},
		{"draft 8, several lines and a token for a name", `RateLimit: burst;r=1;t=2
RateLimit: "daily";r=900`, []limiter.Budget{
			{Name: "RateLimit burst", Left: 1, Reset: 2 * time.Second},
			{Name: "RateLimit daily", Left: 900, Reset: -1},
		}},
		{"draft 8 as a library sends it", `RateLimit-Policy: "240-in-3sec"; q=240; w=3; pk=:ZjE=:
RateLimit: "240-in-3sec"; r=239; t=3`, []limiter.Budget{
			{Name: "RateLimit 240-in-3sec", Limit: 240, Left: 239, Reset: 3 * time.Second},
		}},
		{"bytes are no requests", `RateLimit-Policy: "volume";q=65535;qu="content-bytes";w=10
RateLimit: "volume";r=100;t=10`, nil},
		{"malformed", `RateLimit: "burst;r=1`, nil},
		{"numbers of every wrong kind", "X-RateLimit-Remaining: NaN\nX-RateLimit-Limit: -5", nil},
		{"a reset without a remaining", "X-RateLimit-Reset: 30", nil},
	}
	for _, tt := range tests {
		s := limiter.ReadSignal(&limiter.Rules{}, 200, header(tt.header), nil, now())
		var got []limiter.Budget
		for i := range s.Budgets.Len() {
			got = append(got, *s.Budgets.At(i))
		}
		if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(limiter.Budget{}, "ID", "Name", "Window"), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
		for _, b := range got {
			if b.ID == 0 {
				t.Errorf("%s: no ID", tt.name)
			}
		}
	}
}

// Of several limits that are used up, the one that takes longest decides.
func TestLongestResetOfWhatIsUsedUp(t *testing.T) {
	t.Parallel()
	h := header("X-RateLimit-Remaining-Minute: 0\nX-RateLimit-Reset-Minute: 10\nX-RateLimit-Remaining-Hour: 0\nX-RateLimit-Reset-Hour: 900\nX-RateLimit-Remaining-Day: 7\nX-RateLimit-Reset-Day: 9000")
	got := limiter.ReadSignal(&limiter.Rules{}, 429, h, nil, now())
	if got.Pause != 15*time.Minute || got.Source != "X-Ratelimit-Reset-Hour" {
		t.Errorf("pause = %v from %q, want 15m from the hour's reset", got.Pause, got.Source)
	}
}

// Limits of GitHub's resources have the same headers, and are different limits.
func TestResourcesAreDifferentBudgets(t *testing.T) {
	t.Parallel()
	id := func(resource string) int64 {
		s := limiter.ReadSignal(&limiter.Rules{}, 200, header("X-RateLimit-Remaining: 5\nX-RateLimit-Resource: "+resource), nil, now())
		return s.Budgets.At(0).ID
	}
	if id("core") == id("search") || id("core") != id("core") {
		t.Error("core and search must differ, core and core must not")
	}
}

func BenchmarkReadSignal(b *testing.B) {
	plain := header("Content-Type: application/json\nContent-Length: 200\nServer: nginx\nVary: Accept\nCache-Control: no-store\nEtag: x\nX-Request-Id: 1\nStrict-Transport-Security: max-age=1\nConnection: keep-alive")
	limited := plain.Clone()
	limited.Set("X-RateLimit-Limit", "60")
	limited.Set("X-RateLimit-Remaining", "59")
	limited.Set("X-RateLimit-Reset", "30")
	structured := plain.Clone()
	structured.Set("RateLimit", `"default";r=50;t=30`)
	rules := &limiter.Rules{}
	for name, h := range map[string]http.Header{"plain": plain, "x-ratelimit": limited, "structured": structured} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				limiter.ReadSignal(rules, 200, h, nil, now())
			}
		})
	}
}
