package limiter_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// now is the moment at which the answers of these tests are read; their Date is 90 s ahead of it.
func now() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func TestRetryAfterForms(t *testing.T) {
	t.Parallel()
	const least = 250 * time.Millisecond
	tests := []struct {
		header, value string
		want          time.Duration // 0: names no time
	}{
		{"Retry-After", "3", 3 * time.Second},
		{"Retry-After", " 3 ", 3 * time.Second},
		{"Retry-After", "0", least},
		{"Retry-After", "1.5", 1500 * time.Millisecond},
		{"Retry-After", "3600", time.Hour},
		{"Retry-After", "2678400", 31 * 24 * time.Hour},
		{"Retry-After", "2678401", 0},
		{"Retry-After", "-5", 0},
		{"Retry-After", "", 0},
		{"Retry-After", "NaN", 0},
		{"Retry-After", "Inf", 0},
		{"Retry-After", "soon", 0},
		{"Retry-After", "<html>", 0},
		{"Retry-After", "9999999999", 0},
		{"Retry-After", "99999999999999999999999", 0},
		{"Retry-After", "1795435200", 0},                                   // epoch seconds, in the past
		{"Retry-After", "Mon, 23 Nov 2026 12:01:40 GMT", 10 * time.Second}, // IMF-fixdate
		{"Retry-After", "Monday, 23-Nov-26 12:01:40 GMT", 10 * time.Second},
		{"Retry-After", "Mon Nov 23 12:01:40 2026", 10 * time.Second},
		{"Retry-After", "Mon, 23 Nov 2026 11:00:00 GMT", 0},
		{"Retry-After-Ms", "1500", 1500 * time.Millisecond},
		{"X-Amz-Retry-After", "1500", 1500 * time.Millisecond},
		{"X-RateLimit-Retry-After", "7", 7 * time.Second},
		{"X-Retry-In", "7", 7 * time.Second},
		{"X-RateLimit-Reset-After", "0.5", 500 * time.Millisecond},
		{"RateLimit-Reset", "30", 30 * time.Second},
		{"X-RateLimit-Reset", "1795435300", 10 * time.Second}, // epoch seconds against Date
		{"X-RateLimit-Reset", "1795435300.5", 10500 * time.Millisecond},
		{"X-RateLimit-Reset", "1795435300000", 10 * time.Second}, // epoch milliseconds
		{"X-RateLimit-Reset", "30", 30 * time.Second},
		{"X-RateLimit-Reset-Requests", "6m0s", 6 * time.Minute},
		{"X-RateLimit-Reset-Requests", "120ms", least},
		{"X-Rate-Limit-Reset", "2026-11-23T12:01:40Z", 10 * time.Second},
	}
	for _, tt := range tests {
		h := http.Header{"Date": {now().Add(90 * time.Second).Format(http.TimeFormat)}}
		h.Set(tt.header, tt.value)
		got := limiter.ReadSignal(&limiter.Rules{}, 429, h, nil, now())
		want := limiter.Signal{Kind: limiter.Throttled, Pause: tt.want}
		if tt.want != 0 {
			want.Source = http.CanonicalHeaderKey(tt.header)
		}
		if got.Budgets = (limiter.Budgets{}); got != want {
			t.Errorf("ReadSignal(429, %s: %q) = %+v, want %+v", tt.header, tt.value, got, want)
		}
	}
}

func TestReadSignal(t *testing.T) {
	t.Parallel()
	rules := &limiter.Rules{
		ThrottleWhen: []limiter.Rule{
			{Status: 403, Header: map[string]string{"X-RateLimit-Remaining": "0"}},
			{Status: 403, Body: "secondary rate limit", Pause: time.Minute},
		},
		NeverRetry: []limiter.Rule{{Status: 429, Body: "insufficient_quota"}},
	}
	tests := []struct {
		name   string
		status int
		header http.Header
		body   string
		want   limiter.Signal
	}{
		{name: "ok", status: 200, want: limiter.Signal{Kind: limiter.Accepted}},
		{name: "Retry-After on an accepted answer is no pause", status: 200, header: http.Header{"Retry-After": {"9"}}, want: limiter.Signal{Kind: limiter.Accepted}},
		{name: "not found", status: 404, want: limiter.Signal{Kind: limiter.Accepted}},
		{name: "forbidden", status: 403, body: "no", want: limiter.Signal{Kind: limiter.Accepted}},
		{name: "403, nothing remaining", status: 403, header: http.Header{"X-Ratelimit-Remaining": {"0"}, "Retry-After": {"4"}}, want: limiter.Signal{Kind: limiter.Throttled, Pause: 4 * time.Second, Source: "Retry-After"}},
		{name: "403, secondary limit", status: 403, body: "You have exceeded a secondary rate limit", want: limiter.Signal{Kind: limiter.Throttled, Pause: time.Minute, Source: "throttle_when"}},
		{name: "throttled", status: 429, want: limiter.Signal{Kind: limiter.Throttled}},
		{name: "quota", status: 429, body: `{"code":"insufficient_quota"}`, want: limiter.Signal{Kind: limiter.Failed, Final: true, Source: "never_retry"}},
		{name: "server error", status: 500, want: limiter.Signal{Kind: limiter.Failed}},
		{name: "unavailable", status: 503, want: limiter.Signal{Kind: limiter.Failed}},
		{name: "unavailable for a while", status: 503, header: http.Header{"Retry-After": {"2"}}, want: limiter.Signal{Kind: limiter.Overloaded, Pause: 2 * time.Second, Source: "Retry-After"}},
		{name: "a reset says nothing of an overload", status: 503, header: http.Header{"X-Ratelimit-Reset": {"30"}}, want: limiter.Signal{Kind: limiter.Failed}},
		{name: "a reset of a limit that has room", status: 429, header: http.Header{"X-Ratelimit-Reset": {"30"}, "X-Ratelimit-Remaining": {"7"}}, want: limiter.Signal{Kind: limiter.Throttled}},
		{name: "a reset of a limit that is used up", status: 429, header: http.Header{"X-Ratelimit-Reset": {"30"}, "X-Ratelimit-Remaining": {"0"}}, want: limiter.Signal{Kind: limiter.Throttled, Pause: 30 * time.Second, Source: "X-Ratelimit-Reset"}},
		{name: "overloaded", status: 529, want: limiter.Signal{Kind: limiter.Overloaded}},
	}
	for _, tt := range tests {
		got := limiter.ReadSignal(rules, tt.status, tt.header, []byte(tt.body), now())
		if got.Budgets = (limiter.Budgets{}); got != tt.want {
			t.Errorf("%s: ReadSignal = %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// Whatever a server sends, a pause is within [0, 31 days].
func FuzzReadSignal(f *testing.F) {
	f.Add(429, "Retry-After", "3")
	f.Add(503, "X-RateLimit-Reset", "1e308")
	f.Add(200, "RateLimit", `"default";r=50;t=30`)
	f.Add(200, "RateLimit", "limit=100, remaining=50, reset=5")
	f.Add(200, "X-RateLimit-Remaining", "100, 100;w=60")
	f.Add(200, "X-Shopify-Shop-Api-Call-Limit", "32/40")
	f.Add(403, "Date", "Mon, 23 Nov 2026 12:01:40 GMT")
	f.Fuzz(func(t *testing.T, status int, name, value string) {
		h := http.Header{"X-Ratelimit-Remaining": {"7"}, "Ratelimit-Policy": {`"default";q=100;w=60`}}
		h.Set(name, value)
		got := limiter.ReadSignal(&limiter.Rules{}, status, h, nil, now())
		if got.Pause < 0 || got.Pause > 31*24*time.Hour {
			t.Errorf("ReadSignal(%d, %s: %q) = %+v, want a pause within 31 days", status, name, value, got)
		}
		for i := range got.Budgets.Len() {
			b := got.Budgets.At(i)
			if b.ID == 0 || b.Left < 0 || b.Limit < 0 || b.Reset < -1 || b.Reset > 31*24*time.Hour {
				t.Errorf("ReadSignal(%d, %s: %q) has the budget %+v", status, name, value, b)
			}
		}
	})
}
