package headers

import (
	"net/http"
	"testing"
	"time"
)

// Names of headers as vendors write them, and what the grammar makes of each.
func TestParseName(t *testing.T) {
	t.Parallel()
	const sec, ms = time.Second, time.Millisecond
	tests := []struct {
		header string
		want   name
	}{
		// Waits.
		{"X-Retry-After", name{part: waitPart, family: "X"}},
		{"Retry-After-Ms", name{part: waitPart, family: "X", unit: ms}},
		{"X-MS-Retry-After-MS", name{part: waitPart, family: "X", which: "Ms", unit: ms, foreign: true}},
		{"X-RateLimit-RetryAfter", name{part: waitPart, family: "X-Ratelimit"}},
		{"X-Rate-Limit-Retry-After-Seconds", name{part: waitPart, family: "X-Rate-Limit", unit: sec}},
		{"X-Rate-Limit-Retry-After-Milliseconds", name{part: waitPart, family: "X-Rate-Limit", unit: ms}},
		{"X-RateLimit-RetryAfterMs", name{part: waitPart, family: "X-Ratelimit", unit: ms}},
		{"X-Retry-After-Minutes", name{part: waitPart, family: "X", unit: time.Minute}},
		{"X-Retry-In", name{part: waitPart, family: "X"}},
		{"X-RetryIn-Ms", name{part: waitPart, family: "X", unit: ms}},
		{"Retry-At", name{part: waitPart, family: "X"}},
		{"X-Retry-Delay", name{part: waitPart, family: "X"}},
		{"X-Next-Retry", name{part: waitPart, family: "X"}},
		{"Backoff", name{part: waitPart, family: "X"}},
		{"X-Weave-Backoff", name{part: waitPart, family: "X", which: "Weave", foreign: true}},
		{"X-Throttle-Wait-Seconds", name{part: waitPart, family: "X", which: "Throttle-Wait-Seconds", unit: sec}},
		{"x-ms-ratelimit-microsoft.costmanagement-entity-retry-after", name{part: waitPart, family: "X-Ms-Ratelimit", which: "Microsoft.costmanagement-Entity", foreign: true}},
		// Limits.
		{"X-RateLimit-UserRemaining", name{part: remainingPart, family: "X-Ratelimit", which: "User"}},
		{"X-RateLimit-User-Remaining", name{part: remainingPart, family: "X-Ratelimit", which: "User"}},
		{"X-RateLimit-Remaining-User", name{part: remainingPart, family: "X-Ratelimit", which: "User"}},
		{"X-RateLimit-UserLimit", name{part: limitPart, family: "X-Ratelimit", which: "User"}},
		{"X-RateLimit-UserReset", name{part: resetPart, family: "X-Ratelimit", which: "User"}},
		{"X-RateLimitRemaining", name{part: remainingPart, family: "X-Ratelimit"}},
		{"XRateLimit-Remaining", name{part: remainingPart, family: "Xratelimit"}},
		{"X-ReadRateLimit-Usage", name{part: usedPart, family: "X-Readratelimit"}},
		{"X-Ratelimit-Minute-Remaining", name{part: remainingPart, family: "X-Ratelimit", which: "Minute", window: time.Minute}},
		{"X-RateLimit-Remaining-Minute", name{part: remainingPart, family: "X-Ratelimit", which: "Minute", window: time.Minute}},
		{"X-RateLimit-Limit-Requests-Per-Day", name{part: limitPart, family: "X-Ratelimit", which: "Requests-Per-Day", window: 24 * time.Hour}},
		{"X-Rate-Limit-Limit", name{part: limitPart, family: "X-Rate-Limit"}},
		{"x-ratelimit-rapid-free-plans-hard-limit-limit", name{part: limitPart, family: "X-Ratelimit", which: "Rapid-Free-Plans-Hard", foreign: true}},
		{"x-ratelimit-rapid-free-plans-hard-limit-remaining", name{part: remainingPart, family: "X-Ratelimit", which: "Rapid-Free-Plans-Hard", foreign: true}},
		{"x-ms-ratelimit-remaining-subscription-reads", name{part: remainingPart, family: "X-Ms-Ratelimit", which: "Subscription-Reads"}},
		{"x-ms-ratelimit-burst-remaining-xrm-requests", name{part: remainingPart, family: "X-Ms-Ratelimit", which: "Burst-Xrm-Requests"}},
		{"x-ms-ratelimit-time-remaining-xrm-requests", name{part: remainingPart, family: "X-Ms-Ratelimit", which: "Time-Xrm-Requests", foreign: true}},
		{"X-RateLimit-Quota-Remaining", name{part: remainingPart, family: "X-Ratelimit", which: "Quota"}},
		{"X-RateLimit-Quota-Limit", name{part: limitPart, family: "X-Ratelimit", which: "Quota"}},
		{"X-Sentry-Rate-Limit-ConcurrentRemaining", name{part: remainingPart, family: "X-Sentry-Rate-Limit", which: "Concurrent", concurrency: true}},
		{"X-RateLimit-Remaining-Tokens", name{part: remainingPart, family: "X-Ratelimit", which: "Tokens", foreign: true}},
		{"X-RateLimit-Unused", name{part: remainingPart, family: "X-Ratelimit"}},
		{"X-HubSpot-RateLimit-Daily", name{part: limitPart, family: "X-Hubspot-Ratelimit", which: "Daily", window: 24 * time.Hour}},
		// Resets and windows.
		{"X-RateLimit-Reset-After", name{part: resetAfterPart, family: "X-Ratelimit"}},
		{"X-RateLimit-ResetAfter", name{part: resetAfterPart, family: "X-Ratelimit"}},
		{"X-RateLimit-Reset-In-Ms", name{part: resetAfterPart, family: "X-Ratelimit", unit: ms}},
		{"X-RateLimit-Seconds-Until-Reset", name{part: resetAfterPart, family: "X-Ratelimit", unit: sec}},
		{"X-RateLimit-Reset-Requests-Ms", name{part: resetPart, family: "X-Ratelimit", which: "Requests", unit: ms}},
		{"RateLimit-ResetTime", name{part: resetPart, family: "Ratelimit"}},
		{"X-RateLimit-Reset-Timestamp", name{part: resetPart, family: "X-Ratelimit"}},
		{"X-RateLimit-Reset-Nanoseconds", name{part: resetPart, family: "X-Ratelimit", unit: time.Nanosecond}},
		{"X-Rate-Limit-Interval-Ms", name{part: windowPart, family: "X-Rate-Limit", unit: ms}},
		{"X-Rate-Limit-Api-Key-Interval-Ms", name{part: windowPart, family: "X-Rate-Limit", which: "Api-Key", unit: ms}},
		{"X-RateLimit-Period", name{part: windowPart, family: "X-Ratelimit"}},
		{"X-RateLimit-Limit-Window", name{part: windowPart, family: "X-Ratelimit"}},
		{"X-RateLimit-Window-Limit", name{part: limitPart, family: "X-Ratelimit"}},
		{"X-RateLimit-Limit-Remaining", name{part: remainingPart, family: "X-Ratelimit"}},
		// Without the word RateLimit.
		{"X-DayLimit-Remaining", name{part: remainingPart, family: "X", which: "Day", window: 24 * time.Hour}},
		{"X-AppMinLimit-Remaining", name{part: remainingPart, family: "X", which: "Appmin", window: time.Minute}},
		{"X-User-Limit-24hour-Reset", name{part: resetPart, family: "X", which: "User-Limit-24hour", window: 24 * time.Hour}},
		{"X-Quota-Reset", name{part: resetPart, family: "X", which: "Quota"}},
		{"X-Requests-Remaining", name{part: remainingPart, family: "X", which: "Requests"}},
		{"X-Daily-Requests-Left", name{part: remainingPart, family: "X", which: "Daily-Requests", window: 24 * time.Hour}},
		{"X-Esi-Error-Limit-Remain", name{part: remainingPart, family: "X", which: "Esi-Error", foreign: true}},
	}
	for _, tt := range tests {
		if got, ok := parseName(http.CanonicalHeaderKey(tt.header)); !ok || got != tt.want {
			t.Errorf("parseName(%s) = %+v, %v, want %+v", tt.header, got, ok, tt.want)
		}
	}
}

// What only looks like one of these names says nothing.
func TestParseNoName(t *testing.T) {
	t.Parallel()
	for _, header := range []string{
		"Content-Type", "X-Request-Id", "X-Retry-Count", "X-Retry-Limit", "X-Retries-Remaining", "Retry-After-Reason", "X-Reset",
		"X-Total-Count", "X-Remaining-Time", "X-Wait-Time", "Beta-RateLimit-Remaining", "X-Beta-RateLimit-Reset", "X-Password-Reset",
		"Retry", "X-Limiter", "Corporate-Limits", "Proxy-Status", "Server-Timing", "",
	} {
		if n, ok := parseName(http.CanonicalHeaderKey(header)); ok && n.part != nothing {
			t.Errorf("parseName(%s) = %+v, want nothing", header, n)
		}
	}
}

// A name is read in a bounded time, whatever it is.
func FuzzParseName(f *testing.F) {
	for _, header := range []string{"X-Ratelimit-Remaining", "Retryafterms", "X-Ratelimit-Inininininin", "-", "Rate-Limit--", "X-Rate-Limit-24hour"} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		n, ok := parseName(header)
		if again, stillOK := parseName(header); n != again || ok != stillOK {
			t.Errorf("parseName(%q) = %+v, %v, then %+v, %v", header, n, ok, again, stillOK)
		}
		if n.unit < 0 || n.window < 0 {
			t.Errorf("parseName(%q) = %+v", header, n)
		}
	})
}
