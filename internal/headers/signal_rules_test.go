package headers_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/headers"
	"github.com/arl-cli/arl/internal/pacing"
)

// hidden are rules for the APIs that answer with something else than 429, or with a 429 that no
// waiting cures.
func hidden() map[string]*headers.Rules {
	return map[string]*headers.Rules{
		"github": {ThrottleWhen: []headers.Rule{
			{Status: 403, Header: map[string]string{"X-RateLimit-Remaining": "0"}},
			{Status: 403, Body: "secondary rate limit", Pause: time.Minute},
			{Status: 200, Header: map[string]string{"X-RateLimit-Remaining": "0"}, Body: `"type":"RATE_LIMITED"`}, // GraphQL
		}},
		"google": {
			ThrottleWhen: []headers.Rule{{Status: 403, Body: "rateLimitExceeded"}, {Status: 403, Body: "userRateLimitExceeded"}},
			NeverRetry:   []headers.Rule{{Status: 403, Body: "quotaExceeded"}, {Status: 403, Body: "dailyLimitExceeded"}},
		},
		"salesforce": {ThrottleWhen: []headers.Rule{{Status: 403, Body: "REQUEST_LIMIT_EXCEEDED", Pause: 5 * time.Minute}}},
		"linear":     {ThrottleWhen: []headers.Rule{{Status: 400, Body: "RATELIMITED"}}},
		"aws": {ThrottleWhen: []headers.Rule{
			{Status: 400, Body: "ThrottlingException"},
			{Status: 400, Header: map[string]string{"X-Amzn-ErrorType": "ThrottlingException"}},
			{Status: 503, Body: "<Code>SlowDown</Code>"},
		}},
		"openai":   {NeverRetry: []headers.Rule{{Status: 429, Body: "insufficient_quota"}}},
		"airtable": {NeverRetry: []headers.Rule{{Status: 429, Body: "BILLING_LIMIT_EXCEEDED"}}},
		"hubspot":  {NeverRetry: []headers.Rule{{Status: 429, Body: `"policyName":"DAILY"`}}},
		"slack":    {ThrottleWhen: []headers.Rule{{Status: 200, Body: `"error":"ratelimited"`, Pause: 30 * time.Second}}},
		"any":      {ThrottleWhen: []headers.Rule{{Header: map[string]string{"X-Throttled": "*"}}}},
	}
}

func TestHiddenThrottles(t *testing.T) {
	t.Parallel()
	throttled := func(pause time.Duration, source string) headers.Signal {
		return headers.Signal{Kind: pacing.Throttled, Pause: pause, Source: source}
	}
	never := headers.Signal{Kind: pacing.Failed, Final: true, Definite: true, Source: "never_retry"}
	ok := headers.Signal{Kind: pacing.Accepted}
	tests := []struct {
		api          string
		status       int
		header, body string
		want         headers.Signal
	}{
		{"github", 403, "X-RateLimit-Limit: 60\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1795438890", `{"message":"API rate limit exceeded for 203.0.113.7. (But here's the good news: Authenticated requests get a higher rate limit. Check out the documentation for more details.)"}`, throttled(time.Hour, "X-Ratelimit-Reset")},
		{"github", 403, "X-RateLimit-Limit: 5000\nX-RateLimit-Remaining: 4900\nX-RateLimit-Reset: 1795438890", `{"documentation_url":"https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits","message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}`, throttled(time.Minute, "throttle_when")},
		{"github", 403, "Retry-After: 90\nX-RateLimit-Remaining: 4900", `{"message":"You have exceeded a secondary rate limit."}`, throttled(90*time.Second, "Retry-After")},
		{"github", 403, "X-RateLimit-Remaining: 4900", `{"message":"Resource not accessible by integration"}`, ok},
		{"github", 200, "X-RateLimit-Remaining: 0", `{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded for user ID 1."}]}`, throttled(0, "throttle_when")},
		{"github", 200, "X-RateLimit-Remaining: 0", `{"data":{}}`, ok},
		{"google", 403, "", `{"error":{"errors":[{"domain":"usageLimits","reason":"rateLimitExceeded","message":"Rate Limit Exceeded"}],"code":403,"message":"Rate Limit Exceeded"}}`, throttled(0, "throttle_when")},
		{"google", 403, "", `{"error":{"errors":[{"domain":"usageLimits","reason":"userRateLimitExceeded","message":"User Rate Limit Exceeded"}],"code":403}}`, throttled(0, "throttle_when")},
		{"google", 403, "", `{"error":{"errors":[{"domain":"youtube.quota","reason":"quotaExceeded","message":"The request cannot be completed because you have exceeded your quota."}],"code":403}}`, never},
		{"google", 403, "", `{"error":{"errors":[{"domain":"global","reason":"insufficientPermissions"}],"code":403}}`, ok},
		{"salesforce", 403, "Sforce-Limit-Info: api-usage=100000/100000", `[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]`, throttled(5*time.Minute, "throttle_when")},
		{"linear", 400, "X-RateLimit-Requests-Limit: 2500\nX-RateLimit-Requests-Remaining: 0\nX-RateLimit-Requests-Reset: 1795435350000\nX-RateLimit-Complexity-Remaining: 2900000\nX-RateLimit-Complexity-Reset: 1795438890000", `{"errors":[{"message":"Rate limit exceeded","extensions":{"type":"ratelimited","code":"RATELIMITED","userError":true}}]}`, beside("X-Ratelimit-Complexity-Remaining", throttled(time.Minute, "X-Ratelimit-Requests-Reset"))},
		{"linear", 400, "", `{"errors":[{"message":"Syntax Error","extensions":{"code":"GRAPHQL_PARSE_FAILED"}}]}`, ok},
		{"aws", 400, "", `{"__type":"com.amazon.coral.availability#ThrottlingException","message":"Rate exceeded"}`, throttled(0, "throttle_when")},
		{"aws", 400, "X-Amzn-ErrorType: ThrottlingException", `{"message":"Rate exceeded"}`, throttled(0, "throttle_when")},
		{"aws", 400, "X-Amzn-ErrorType: ValidationException", `{"message":"no"}`, ok},
		{"aws", 503, "", `<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>`, throttled(0, "throttle_when")},
		{"aws", 503, "", `<Error><Code>ServiceUnavailable</Code></Error>`, headers.Signal{Kind: pacing.Failed}},
		{"openai", 429, "Retry-After: 1", `{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`, never},
		{"openai", 429, "", `{"error":{"message":"Rate limit reached for requests. Please try again in 120ms.","type":"requests","code":"rate_limit_exceeded"}}`, throttled(0, "")},
		{"airtable", 429, "", `{"errors":[{"error":"PUBLIC_API_BILLING_LIMIT_EXCEEDED","message":"The API billing plan limit for this workspace has been exceeded."}]}`, never},
		{"airtable", 429, "", `{"errors":[{"error":"RATE_LIMIT_REACHED","message":"Rate limit exceeded. Please try again later"}]}`, throttled(0, "")},
		{"hubspot", 429, "", `{"status":"error","message":"You have reached your daily limit.","errorType":"RATE_LIMIT","policyName":"DAILY"}`, never},
		{"hubspot", 429, "", `{"status":"error","message":"You have reached your ten_secondly_rolling limit.","errorType":"RATE_LIMIT","policyName":"TEN_SECONDLY_ROLLING"}`, throttled(0, "")},
		{"slack", 200, "", `{"ok":false,"error":"ratelimited"}`, throttled(30*time.Second, "throttle_when")},
		{"slack", 200, "", `{"ok":true}`, ok},
		{"any", 418, "X-Throttled: yes", "", throttled(0, "throttle_when")},
		{"any", 418, "X-Throttled:", "", ok},
		{"any", 418, "", "", ok},
	}
	for _, tt := range tests {
		rules := hidden()[tt.api]
		got := headers.ReadSignal(rules, tt.status, header(tt.header), []byte(tt.body), now())
		if got.Budgets = (pacing.Budgets{}); got != tt.want {
			t.Errorf("%s, %d %.60s: ReadSignal = %+v, want %+v", tt.api, tt.status, tt.body, got, tt.want)
		}
	}
}

// The body is read only where a rule asks for it.
func TestNeedsBody(t *testing.T) {
	t.Parallel()
	none, some := http.Header{"X-Ratelimit-Remaining": {"0"}}, http.Header{"X-Ratelimit-Remaining": {"7"}}
	tests := []struct {
		api    string
		status int
		header http.Header
		want   bool
	}{
		{"github", 200, some, false},
		{"github", 200, none, true},
		{"github", 403, some, true},
		{"github", 404, none, false},
		{"github", 429, none, false},
		{"slack", 200, nil, true},
		{"slack", 429, nil, false},
		{"openai", 200, nil, false},
		{"openai", 429, nil, true},
		{"any", 200, nil, false},
	}
	for _, tt := range tests {
		if got := hidden()[tt.api].NeedsBody(tt.status, tt.header); got != tt.want {
			t.Errorf("%s: NeedsBody(%d, %v) = %v, want %v", tt.api, tt.status, tt.header, got, tt.want)
		}
	}
}

// An API may say itself which statuses are throttles.
func TestBackoffStatuses(t *testing.T) {
	t.Parallel()
	rules := &headers.Rules{Backoff: []int{420, 503}}
	for status, want := range map[int]pacing.Kind{
		200: pacing.Accepted, 420: pacing.Throttled, 429: pacing.Accepted, 503: pacing.Throttled, 500: pacing.Failed,
	} {
		if got := headers.ReadSignal(rules, status, http.Header{}, nil, now()); got.Kind != want {
			t.Errorf("ReadSignal(%d) = %v, want %v", status, got.Kind, want)
		}
	}
}

// beside is a signal of a response that also tells of a limit that counts something else.
func beside(undeclared string, s headers.Signal) headers.Signal {
	s.Undeclared = undeclared
	return s
}
