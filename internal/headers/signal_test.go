package headers_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/headers"
	"github.com/arl-cli/arl/internal/pacing"
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
		{"Retry-After", "1e400", 0},
		{"Retry-After", "+Inf", 0},
		{"Retry-After", "9223372036854775808", 0},
		{"Retry-After", "1795435300", 10 * time.Second},                    // epoch seconds
		{"Retry-After", "1795435200", 0},                                   // in the past
		{"Retry-After", "Mon, 23 Nov 2026 12:01:40 GMT", 10 * time.Second}, // IMF-fixdate
		{"Retry-After", "Monday, 23-Nov-26 12:01:40 GMT", 10 * time.Second},
		{"Retry-After", "Mon Nov 23 12:01:40 2026", 10 * time.Second},
		{"Retry-After", "Mon, 23 Nov 2026 11:00:00 GMT", 0},
		{"Retry-After", "1795435300000", 10 * time.Second}, // milliseconds, microseconds, nanoseconds
		{"Retry-After", "1795435300000000", 10 * time.Second},
		{"Retry-After", "1795435300000000000", 10 * time.Second},
		{"Retry-After", "30 seconds", 30 * time.Second},
		{"Retry-After", "2 min", 2 * time.Minute},
		{"Retry-After", "1m", time.Minute},
		{"Retry-After", "1 hour and 30 Minutes", 90 * time.Minute},
		{"Retry-After", "1 minute, 30 seconds", 90 * time.Second},
		{"Retry-After", "PT1M30S", 90 * time.Second},
		{"Retry-After", "120; for a reason", 2 * time.Minute},
		{"Retry-After", "2026-11-23T12:01:40Z", 10 * time.Second},
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
		{"X-RateLimit-Reset", "2026-11-23T12:02Z", 30 * time.Second},
		{"X-RateLimit-Reset", "Mon Nov 23 2026 12:01:40 GMT+0000 (Coordinated Universal Time)", 10 * time.Second},
		{"X-RateLimit-Reset", "1795435290", least}, // this very second
		{"X-RateLimit-Reset", "1795435289", 0},     // over
		{"X-RateLimit-Reset", "1798113691", 0},     // 31 days and a second
		{"X-Rate-Limit-Time-Reset-Ms", "3452", 3452 * time.Millisecond},
		{"Anthropic-RateLimit-Requests-Reset", "2026-11-23T12:01:41Z", 11 * time.Second},
	}
	for _, tt := range tests {
		h := http.Header{"Date": {now().Add(90 * time.Second).Format(http.TimeFormat)}}
		h.Set(tt.header, tt.value)
		got := headers.ReadSignal(&headers.Rules{}, 429, h, nil, now())
		want := headers.Signal{Kind: pacing.Throttled, Pause: tt.want}
		if tt.want != 0 {
			want.Source = http.CanonicalHeaderKey(tt.header)
		}
		if doubted := got.Ignored != ""; doubted != (tt.header == "Retry-After" && tt.want == 0) {
			t.Errorf("ReadSignal(429, %s: %q).Ignored = %q", tt.header, tt.value, got.Ignored)
		}
		if got.Budgets, got.Ignored = (pacing.Budgets{}), ""; got != want {
			t.Errorf("ReadSignal(429, %s: %q) = %+v, want %+v", tt.header, tt.value, got, want)
		}
	}
}

func TestReadSignal(t *testing.T) {
	t.Parallel()
	rules := &headers.Rules{
		ThrottleWhen: []headers.Rule{
			{Status: 403, Header: map[string]string{"X-RateLimit-Remaining": "0"}},
			{Status: 403, Body: "secondary rate limit", Pause: time.Minute},
		},
		NeverRetry: []headers.Rule{{Status: 429, Body: "insufficient_quota"}},
	}
	tests := []struct {
		name   string
		status int
		header http.Header
		body   string
		want   headers.Signal
	}{
		{name: "ok", status: 200, want: headers.Signal{Kind: pacing.Accepted}},
		{name: "Retry-After on an accepted answer is no pause", status: 200, header: http.Header{"Retry-After": {"9"}}, want: headers.Signal{Kind: pacing.Accepted}},
		{name: "not found", status: 404, want: headers.Signal{Kind: pacing.Accepted}},
		{name: "forbidden", status: 403, body: "no", want: headers.Signal{Kind: pacing.Accepted}},
		{name: "403, nothing remaining", status: 403, header: http.Header{"X-Ratelimit-Remaining": {"0"}, "Retry-After": {"4"}}, want: headers.Signal{Kind: pacing.Throttled, Pause: 4 * time.Second, Source: "Retry-After"}},
		{name: "403, secondary limit", status: 403, body: "You have exceeded a secondary rate limit", want: headers.Signal{Kind: pacing.Throttled, Pause: time.Minute, Source: "throttle_when"}},
		{name: "throttled", status: 429, want: headers.Signal{Kind: pacing.Throttled}},
		{name: "quota", status: 429, body: `{"code":"insufficient_quota"}`, want: headers.Signal{Kind: pacing.Failed, Final: true, Definite: true, Source: "never_retry"}},
		{name: "server error", status: 500, want: headers.Signal{Kind: pacing.Failed}},
		{name: "unavailable", status: 503, want: headers.Signal{Kind: pacing.Failed}},
		{name: "unavailable for a while", status: 503, header: http.Header{"Retry-After": {"2"}}, want: headers.Signal{Kind: pacing.Overloaded, Pause: 2 * time.Second, Source: "Retry-After"}},
		{name: "a reset says nothing of an overload", status: 503, header: http.Header{"X-Ratelimit-Reset": {"30"}}, want: headers.Signal{Kind: pacing.Failed}},
		{name: "a reset of a limit that has room", status: 429, header: http.Header{"X-Ratelimit-Reset": {"30"}, "X-Ratelimit-Remaining": {"7"}}, want: headers.Signal{Kind: pacing.Throttled}},
		{name: "a reset of a limit that is used up", status: 429, header: http.Header{"X-Ratelimit-Reset": {"30"}, "X-Ratelimit-Remaining": {"0"}}, want: headers.Signal{Kind: pacing.Throttled, Pause: 30 * time.Second, Source: "X-Ratelimit-Reset"}},
		{name: "a failure that names a time", status: 500, header: http.Header{"Retry-After": {"2"}}, want: headers.Signal{Kind: pacing.Overloaded, Pause: 2 * time.Second, Source: "Retry-After"}},
		{name: "a gateway that names a time", status: 504, header: http.Header{"X-Ms-Retry-After-Ms": {"2500"}}, want: headers.Signal{Kind: pacing.Overloaded, Pause: 2500 * time.Millisecond, Source: "X-Ms-Retry-After-Ms"}},
		{name: "request timeout", status: 408, want: headers.Signal{Kind: pacing.Failed, Definite: true}},
		{name: "too early", status: 425, header: http.Header{"Retry-After": {"1"}}, want: headers.Signal{Kind: pacing.Overloaded, Pause: time.Second, Source: "Retry-After", Definite: true}},
		{name: "a failure that stays", status: 500, header: http.Header{"X-Should-Retry": {"false"}}, want: headers.Signal{Kind: pacing.Failed, Final: true}},
		{name: "a throttle that stays", status: 429, header: http.Header{"X-Should-Retry": {"False"}, "Retry-After": {"2"}}, want: headers.Signal{Kind: pacing.Throttled, Pause: 2 * time.Second, Source: "Retry-After", Final: true}},
		{name: "a timeout that stays", status: 408, header: http.Header{"Stripe-Should-Retry": {"false"}}, want: headers.Signal{Kind: pacing.Accepted}},
		{name: "a conflict that passes", status: 409, header: http.Header{"Stripe-Should-Retry": {"true"}}, want: headers.Signal{Kind: pacing.Failed, Definite: true}},
		{name: "a failure that stays, in other words", status: 500, header: http.Header{"X-Should-Retry": {"no"}}, want: headers.Signal{Kind: pacing.Failed, Final: true}},
		{name: "contradictory advice", status: 500, header: http.Header{"X-Should-Retry": {"true", "false", "true"}}, want: headers.Signal{Kind: pacing.Failed, Final: true}},
		{name: "advice that says nothing", status: 409, header: http.Header{"X-Should-Retry": {"maybe"}}, want: headers.Signal{Kind: pacing.Accepted}},
		{name: "advice on success", status: 200, header: http.Header{"X-Should-Retry": {"true"}}, want: headers.Signal{Kind: pacing.Accepted}},
		{name: "overloaded", status: 529, want: headers.Signal{Kind: pacing.Overloaded}},
	}
	for _, tt := range tests {
		got := headers.ReadSignal(rules, tt.status, tt.header, []byte(tt.body), now())
		if got.Budgets = (pacing.Budgets{}); got != tt.want {
			t.Errorf("%s: ReadSignal = %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// Which of several headers decides how long a throttle lasts.
func TestPauseOfSeveralHeaders(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, header string
		want         time.Duration
		source       string
	}{
		{"Retry-After before a reset", "Retry-After: 3\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 30", 3 * time.Second, "Retry-After"},
		{"the longest of Retry-After and its siblings", "Retry-After: 3\nX-RateLimit-Retry-After: 4\nX-Retry-In: 5\nX-Amz-Retry-After: 6000", 6 * time.Second, "X-Amz-Retry-After"},
		{"Retry-After, where its siblings say the same", "X-Retry-After: 3\nRetry-After: 3\nRetry-After-Ms: 3000", 3 * time.Second, "Retry-After"},
		{"milliseconds of a second that was rounded down", "Retry-After: 0\nRetry-After-Ms: 640", 640 * time.Millisecond, "Retry-After-Ms"},
		{"a list", "Retry-After: 50, 53, 7", 53 * time.Second, "Retry-After"},
		{"a list with what is not a time", "Retry-After: soon, 7, 99999999999", 7 * time.Second, "Retry-After"},
		{"a list of dates", "Retry-After: Mon, 23 Nov 2026 12:01:40 GMT, Mon, 23 Nov 2026 12:01:50 GMT", 20 * time.Second, "Retry-After"},
		{"a list of a number and dates", "Retry-After: 2, Mon, 23 Nov 2026 12:01:40 GMT, Mon, 23 Nov 2026 11:00:00 GMT, 3", 10 * time.Second, "Retry-After"},
		{"several lines", "Retry-After: 1\nRetry-After: 3, 2", 3 * time.Second, "Retry-After"},
		{"several resets", "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 9, 30\nX-RateLimit-Reset: 12", 30 * time.Second, "X-Ratelimit-Reset"},
		{"the lowest of several remainders", "X-RateLimit-Remaining: 7, 0\nX-RateLimit-Reset: 9", 9 * time.Second, "X-Ratelimit-Reset"},
		{"a Retry-After that says nothing", "Retry-After: soon\nX-Retry-In: 5", 5 * time.Second, "X-Retry-In"},
		{"Retry-After in the past, then a reset", "Retry-After: Mon, 23 Nov 2026 11:00:00 GMT\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 30", 30 * time.Second, "X-Ratelimit-Reset"},
		{"the longest of what is used up", "X-RateLimit-Remaining-Minute: 0\nX-RateLimit-Reset-Minute: 10\nX-RateLimit-Remaining-Hour: 0\nX-RateLimit-Reset-Hour: 900\nX-RateLimit-Remaining-Day: 7\nX-RateLimit-Reset-Day: 9000", 15 * time.Minute, "X-Ratelimit-Reset-Hour"},
		{"used up before not known", "X-RateLimit-Remaining-Minute: 0\nX-RateLimit-Reset-Minute: 10\nX-RateLimit-Reset-Day: 9000", 10 * time.Second, "X-Ratelimit-Reset-Minute"},
		{"tokens are used up, requests are not", "X-RateLimit-Remaining-Requests: 9\nX-RateLimit-Reset-Requests: 8m\nX-RateLimit-Remaining-Tokens: 0\nX-RateLimit-Reset-Tokens: 7.66s", 7660 * time.Millisecond, "X-Ratelimit-Reset-Tokens"},
		{"contradiction", "X-RateLimit-Remaining: 50\nX-RateLimit-Reset: 30", 0, ""},
		{"a reset that is over", "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1795435200", 0, ""},
		{"less than nothing is left", "X-RateLimit-Limit: 60\nX-RateLimit-Remaining: -3\nX-RateLimit-Reset: 30", 30 * time.Second, "X-Ratelimit-Reset"},
		{"draft 8", "RateLimit: \"burst\";r=0;t=4, \"daily\";r=0;t=3600, \"monthly\";r=9;t=86400", time.Hour, "Ratelimit"},
		{"draft 7", "RateLimit: limit=100, remaining=0, reset=5", 5 * time.Second, "Ratelimit"},
		{"draft 6", "RateLimit-Limit: 100\nRateLimit-Remaining: 0\nRateLimit-Reset: 6", 6 * time.Second, "Ratelimit-Reset"},
		{"reset-after before reset", "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1795435300.5\nX-RateLimit-Reset-After: 9.75", 9750 * time.Millisecond, "X-Ratelimit-Reset-After"},
		{"zendesk", "Zendesk-RateLimit-Tickets-Index: total=100; remaining=0; resets=41", 41 * time.Second, "Zendesk-Ratelimit-Tickets-Index"},
		{"slots for requests under way come back when those end", "RateLimit-Policy: \"a\";q=6;qu=\"concurrent-requests\"\nRateLimit: \"a\";r=0;t=600", 0, ""},
	}
	for _, tt := range tests {
		got := headers.ReadSignal(&headers.Rules{}, 429, header(tt.header), nil, now())
		if got.Kind != pacing.Throttled || got.Pause != tt.want || got.Source != tt.source {
			t.Errorf("%s: ReadSignal = %v, %v from %q, want %v from %q", tt.name, got.Kind, got.Pause, got.Source, tt.want, tt.source)
		}
	}
}

// Without a Date an instant counts against the local calendar.
func TestResetWithoutDate(t *testing.T) {
	t.Parallel()
	for _, date := range []string{"", "yesterday"} {
		h := http.Header{"X-Ratelimit-Reset": {"1795435210"}, "Date": {date}}
		if got := headers.ReadSignal(&headers.Rules{}, 429, h, nil, now()); got.Pause != 10*time.Second {
			t.Errorf("Date %q: pause = %v, want 10s", date, got.Pause)
		}
	}
}

// What net/http never makes must not hurt either.
func TestHeaderWithoutValues(t *testing.T) {
	t.Parallel()
	h := http.Header{"Retry-After": {}, "Date": nil, "X-Ratelimit-Remaining": {}, "Ratelimit": nil, "Ratelimit-Policy": {}, "": {""}}
	if got := headers.ReadSignal(&headers.Rules{}, 429, h, nil, now()); got != (headers.Signal{Kind: pacing.Throttled}) {
		t.Errorf("ReadSignal = %+v, want a throttle that says nothing", got)
	}
}
