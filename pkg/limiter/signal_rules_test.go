package limiter_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// hidden are rules for the APIs that answer with something else than 429, or with a 429 that no
// waiting cures.
func hidden() map[string]*limiter.Rules {
	return map[string]*limiter.Rules{
		"github": {ThrottleWhen: []limiter.Rule{
			{Status: 403, Header: map[string]string{"X-RateLimit-Remaining": "0"}},
			{Status: 403, Body: "secondary rate limit", Pause: time.Minute},
			{Status: 200, Header: map[string]string{"X-RateLimit-Remaining": "0"}, Body: `"type":"RATE_LIMITED"`}, // GraphQL
		}},
		"google": {
			ThrottleWhen: []limiter.Rule{{Status: 403, Body: "rateLimitExceeded"}, {Status: 403, Body: "userRateLimitExceeded"}},
			NeverRetry:   []limiter.Rule{{Status: 403, Body: "quotaExceeded"}, {Status: 403, Body: "dailyLimitExceeded"}},
		},
		"salesforce": {ThrottleWhen: []limiter.Rule{{Status: 403, Body: "REQUEST_LIMIT_EXCEEDED", Pause: 5 * time.Minute}}},
		"linear":     {ThrottleWhen: []limiter.Rule{{Status: 400, Body: "RATELIMITED"}}},
		"aws": {ThrottleWhen: []limiter.Rule{
			{Status: 400, Body: "ThrottlingException"},
			{Status: 400, Header: map[string]string{"X-Amzn-ErrorType": "ThrottlingException"}},
			{Status: 503, Body: "<Code>SlowDown</Code>"},
		}},
		"openai":   {NeverRetry: []limiter.Rule{{Status: 429, Body: "insufficient_quota"}}},
		"airtable": {NeverRetry: []limiter.Rule{{Status: 429, Body: "BILLING_LIMIT_EXCEEDED"}}},
		"hubspot":  {NeverRetry: []limiter.Rule{{Status: 429, Body: `"policyName":"DAILY"`}}},
		"slack":    {ThrottleWhen: []limiter.Rule{{Status: 200, Body: `"error":"ratelimited"`, Pause: 30 * time.Second}}},
		"any":      {ThrottleWhen: []limiter.Rule{{Header: map[string]string{"X-Throttled": "*"}}}},
	}
}

func TestHiddenThrottles(t *testing.T) {
	t.Parallel()
	refused := func(pause time.Duration, source string) limiter.Signal {
		return limiter.Signal{Kind: limiter.Throttled, Pause: pause, Source: source}
	}
	never := limiter.Signal{Kind: limiter.Failed, Final: true, Definite: true, Source: "never_retry"}
	ok := limiter.Signal{Kind: limiter.Accepted}
	tests := []struct {
		api          string
		status       int
		header, body string
		want         limiter.Signal
	}{
		{"github", 403, "X-RateLimit-Limit: 60\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1795438890", `{"message":"API rate limit exceeded for 203.0.113.7. (But here's the good news: Authenticated requests get a higher rate limit. Check out the documentation for more details.)"}`, refused(time.Hour, "X-Ratelimit-Reset")},
		{"github", 403, "X-RateLimit-Limit: 5000\nX-RateLimit-Remaining: 4900\nX-RateLimit-Reset: 1795438890", `{"documentation_url":"https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits","message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}`, refused(time.Minute, "throttle_when")},
		{"github", 403, "Retry-After: 90\nX-RateLimit-Remaining: 4900", `{"message":"You have exceeded a secondary rate limit."}`, refused(90*time.Second, "Retry-After")},
		{"github", 403, "X-RateLimit-Remaining: 4900", `{"message":"Resource not accessible by integration"}`, ok},
		{"github", 200, "X-RateLimit-Remaining: 0", `{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded for user ID 1."}]}`, refused(0, "throttle_when")},
		{"github", 200, "X-RateLimit-Remaining: 0", `{"data":{}}`, ok},
		{"google", 403, "", `{"error":{"errors":[{"domain":"usageLimits","reason":"rateLimitExceeded","message":"Rate Limit Exceeded"}],"code":403,"message":"Rate Limit Exceeded"}}`, refused(0, "throttle_when")},
		{"google", 403, "", `{"error":{"errors":[{"domain":"usageLimits","reason":"userRateLimitExceeded","message":"User Rate Limit Exceeded"}],"code":403}}`, refused(0, "throttle_when")},
		{"google", 403, "", `{"error":{"errors":[{"domain":"youtube.quota","reason":"quotaExceeded","message":"The request cannot be completed because you have exceeded your quota."}],"code":403}}`, never},
		{"google", 403, "", `{"error":{"errors":[{"domain":"global","reason":"insufficientPermissions"}],"code":403}}`, ok},
		{"salesforce", 403, "Sforce-Limit-Info: api-usage=100000/100000", `[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]`, refused(5*time.Minute, "throttle_when")},
		{"linear", 400, "X-RateLimit-Requests-Limit: 2500\nX-RateLimit-Requests-Remaining: 0\nX-RateLimit-Requests-Reset: 1795435350000\nX-RateLimit-Complexity-Remaining: 2900000\nX-RateLimit-Complexity-Reset: 1795438890000", `{"errors":[{"message":"Rate limit exceeded","extensions":{"type":"ratelimited","code":"RATELIMITED","userError":true}}]}`, refused(time.Minute, "X-Ratelimit-Requests-Reset")},
		{"linear", 400, "", `{"errors":[{"message":"Syntax Error","extensions":{"code":"GRAPHQL_PARSE_FAILED"}}]}`, ok},
		{"aws", 400, "", `{"__type":"com.amazon.coral.availability#ThrottlingException","message":"Rate exceeded"}`, refused(0, "throttle_when")},
		{"aws", 400, "X-Amzn-ErrorType: ThrottlingException", `{"message":"Rate exceeded"}`, refused(0, "throttle_when")},
		{"aws", 400, "X-Amzn-ErrorType: ValidationException", `{"message":"no"}`, ok},
		{"aws", 503, "", `<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>`, refused(0, "throttle_when")},
		{"aws", 503, "", `<Error><Code>ServiceUnavailable</Code></Error>`, limiter.Signal{Kind: limiter.Failed}},
		{"openai", 429, "Retry-After: 1", `{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`, never},
		{"openai", 429, "", `{"error":{"message":"Rate limit reached for requests. Please try again in 120ms.","type":"requests","code":"rate_limit_exceeded"}}`, refused(0, "")},
		{"airtable", 429, "", `{"errors":[{"error":"PUBLIC_API_BILLING_LIMIT_EXCEEDED","message":"The API billing plan limit for this workspace has been exceeded."}]}`, never},
		{"airtable", 429, "", `{"errors":[{"error":"RATE_LIMIT_REACHED","message":"Rate limit exceeded. Please try again later"}]}`, refused(0, "")},
		{"hubspot", 429, "", `{"status":"error","message":"You have reached your daily limit.","errorType":"RATE_LIMIT","policyName":"DAILY"}`, never},
		{"hubspot", 429, "", `{"status":"error","message":"You have reached your ten_secondly_rolling limit.","errorType":"RATE_LIMIT","policyName":"TEN_SECONDLY_ROLLING"}`, refused(0, "")},
		{"slack", 200, "", `{"ok":false,"error":"ratelimited"}`, refused(30*time.Second, "throttle_when")},
		{"slack", 200, "", `{"ok":true}`, ok},
		{"any", 418, "X-Throttled: yes", "", refused(0, "throttle_when")},
		{"any", 418, "X-Throttled:", "", ok},
		{"any", 418, "", "", ok},
	}
	for _, tt := range tests {
		rules := hidden()[tt.api]
		got := limiter.ReadSignal(rules, tt.status, header(tt.header), []byte(tt.body), now())
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

// An API that refuses with a 200 is understood from the body, which the caller still gets whole.
func TestThrottleWithin200(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bodies := []string{`{"ok":false,"error":"ratelimited"}`, `{"ok":true}` + strings.Repeat(" ", 200_000)}
		served := 0
		api := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			served++
			w.Write([]byte(bodies[min(served, len(bodies))-1]))
		})
		c := client(api, &limiter.Transport{Plan: func(*http.Request) limiter.Plan {
			return limiter.Plan{Key: "slack", Rules: hidden()["slack"]}
		}})
		start := time.Now()
		resp, err := c.Get("http://slack.test/api/chat.postMessage")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		got, err := io.ReadAll(resp.Body)
		if err != nil || string(got) != bodies[1] || served != 2 {
			t.Errorf("after %d requests: %d bytes, %v, want the whole second answer", served, len(got), err)
		}
		if waited := time.Since(start); waited < 30*time.Second {
			t.Errorf("waited %v, want the rule's 30s", waited)
		}
	})
}

// An API may say itself which statuses are throttles.
func TestBackoffStatuses(t *testing.T) {
	t.Parallel()
	rules := &limiter.Rules{Backoff: []int{420, 503}}
	for status, want := range map[int]limiter.Kind{
		200: limiter.Accepted, 420: limiter.Throttled, 429: limiter.Accepted, 503: limiter.Throttled, 500: limiter.Failed,
	} {
		if got := limiter.ReadSignal(rules, status, http.Header{}, nil, now()); got.Kind != want {
			t.Errorf("ReadSignal(%d) = %v, want %v", status, got.Kind, want)
		}
	}
}
