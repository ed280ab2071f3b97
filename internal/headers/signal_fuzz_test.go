package headers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/headers"
	"github.com/arl-cli/arl/internal/pacing"
)

const longest = 31 * 24 * time.Hour

// sane fails if a signal says what none may say.
func sane(t *testing.T, s *headers.Signal) {
	t.Helper()
	if s.Pause < 0 || s.Pause > longest {
		t.Errorf("the pause is %v, want one within 31 days", s.Pause)
	}
	if s.Pause > 0 && s.Source == "" {
		t.Errorf("nobody named the pause of %v", s.Pause)
	}
	if s.Budgets.Len() > pacing.MaxBudgets {
		t.Fatalf("%d budgets, want at most %d", s.Budgets.Len(), pacing.MaxBudgets)
	}
	for i := range s.Budgets.Len() {
		b := s.Budgets.At(i)
		if b.ID <= 0 || b.Name == "" || b.Remaining < 0 || b.Limit < 0 || b.Window < 0 || b.Reset < -1 || b.Reset > longest {
			t.Errorf("budget %d is %+v", i, *b)
		}
	}
}

// Whatever a server sends, reading it ends, and makes sense.
func FuzzReadSignal(f *testing.F) {
	for _, lines := range []string{
		"Retry-After: 3",
		"Retry-After: 1e308\nDate: Mon, 23 Nov 2026 12:01:40 GMT",
		"X-RateLimit-Limit: 60\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1795435300.5\nX-RateLimit-Resource: core",
		"X-RateLimit-Limit-Requests: 500\nX-RateLimit-Remaining-Requests: 499\nX-RateLimit-Reset-Requests: 6m0s",
		"Anthropic-RateLimit-Requests-Reset: 2026-11-23T12:01:40Z",
		"RateLimit: limit=100, remaining=50, reset=5\nRateLimit-Policy: 100;w=60",
		"RateLimit-Limit: 100, 100;w=60\nRateLimit-Remaining: 0\nRateLimit-Reset: -1",
		"Zendesk-RateLimit-Tickets-Index: total=100; remaining=41; resets=12",
		"X-HubSpot-RateLimit-Max: 100\nX-HubSpot-RateLimit-Interval-Milliseconds: 10000",
		"X-Shopify-Shop-Api-Call-Limit: 32/40",
		"Sforce-Limit-Info: api-usage=25/5000; per-app-api-usage=17/250(appName=a)",
		"X-Rate-Limit--: 1\nX-Rate-Limit-: 1\nRatelimit-: 1\nX-Ratelimit: 5",
	} {
		for _, status := range []int{200, 429, 503} {
			f.Add(status, lines)
		}
	}
	f.Fuzz(func(t *testing.T, status int, lines string) {
		h := header(lines)
		s := headers.ReadSignal(&headers.Rules{}, status, h, nil, now())
		sane(t, &s)
		if len(h)+strings.Count(lines, ",")+strings.Count(lines, ";") > 8 {
			return // perhaps more limits than are read
		}
		for range 4 { // a header's map has no order
			if again := headers.ReadSignal(&headers.Rules{}, status, h, nil, now()); again != s {
				t.Errorf("the same response says %+v, then %+v", s, again)
			}
		}
	})
}

// The same for the fields that have a grammar.
func FuzzBudgets(f *testing.F) {
	f.Add(`"default";r=50;t=30`, `"default";q=100;w=60`, "100", "5")
	f.Add(`"a";r=0;t=30, "b";r=9`, `"a";q=10;w=60;qu="content-bytes";pk=:ZjE=:,"b";q=1`, "100, 100;w=60", "-1")
	f.Add("limit=100, remaining=50, reset=5", "100;w=60", "x", "1e9")
	f.Add("a;r=1.5;t=2.5", `"a";qu=concurrent-requests`, "", "99999999999999999999")
	f.Add(`("a" "b");r=1`, "();q=1;w=-999999999999999", "0", "0")
	f.Fuzz(func(t *testing.T, state, policy, limit, left string) {
		h := http.Header{
			"Ratelimit": {state, state}, "Ratelimit-Policy": {policy},
			"Ratelimit-Limit": {limit}, "Ratelimit-Remaining": {left}, "Ratelimit-Reset": {left},
			"X-Ratelimit-Used": {left}, "X-Ratelimit-Limit": {limit}, "X-Ratelimit-Bucket": {policy},
			"Sforce-Limit-Info": {state},
		}
		s := headers.ReadSignal(&headers.Rules{}, http.StatusTooManyRequests, h, nil, now())
		sane(t, &s)
	})
}
