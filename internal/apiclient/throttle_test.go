package apiclient_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A hiddenThrottle is an answer that only a profile's rules make sense of.
type hiddenThrottle struct {
	name, api    string
	status       int
	header, body string // header: lines "Name: value"
	want         pacing.Kind
	wait         time.Duration // at least, before the request is sent again; 0 if it is not
}

// check sends one request that is answered so, and then well.
func (h hiddenThrottle) check(t *testing.T, r *config.Registry) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var seen []limiter.Event
		start, again := time.Now(), time.Duration(0)
		c := newClient(t, profile(t, r, h.api), apiclient.Config{
			Credential: credential.Bearer("x", "test"),
			Limiter:    attemptsTo(func(a limiter.Event) { seen = append(seen, a) }),
			Retry:      limiter.Retry{Max: -1},
			Base: wire(func(w http.ResponseWriter, _ *http.Request) {
				if len(seen) > 0 {
					again = time.Since(start)
					return
				}
				for line := range strings.Lines(h.header) {
					name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
					w.Header().Add(name, value)
				}
				w.WriteHeader(h.status)
				fmt.Fprint(w, h.body)
			}),
		})
		body, err := send(c, request(t, c, http.MethodPost, "/x"))
		if err != nil || len(seen) == 0 || seen[0].Signal.Kind != h.want {
			t.Fatalf("%s: attempts %+v, %v, want the first to be %v", h.name, seen, err, h.want)
		}
		if h.wait == 0 && (len(seen) != 1 || body != h.body) {
			t.Errorf("%s: %d attempts, the last answered %q, want one, and its response", h.name, len(seen), body)
		}
		if h.wait > 0 && (len(seen) != 2 || again < h.wait) {
			t.Errorf("%s: %d attempts, the second after %v, want it after %v", h.name, len(seen), again, h.wait)
		}
	})
}

// The built-in profiles know the throttles of their APIs that hide behind another status, and the
// errors that waiting does not cure.
func TestBuiltInThrottles(t *testing.T) {
	t.Parallel()
	const second, minute = time.Second, time.Minute
	for _, h := range []hiddenThrottle{
		{"github, primary", "github", 403, "X-RateLimit-Limit: 60\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1795438800\nDate: Mon, 23 Nov 2026 12:00:00 GMT", `{"message":"API rate limit exceeded for 203.0.113.7."}`, limiter.Throttled, time.Hour},
		{"github, secondary", "github", 403, "X-RateLimit-Remaining: 4900", `{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}`, limiter.Throttled, minute},
		{"github, secondary with a time", "github", 403, "Retry-After: 90", `{"message":"You have exceeded a secondary rate limit."}`, limiter.Throttled, 90 * second},
		{"github, secondary in other words", "github", 403, "Retry-After: 90", `{"message":"Slow down."}`, limiter.Throttled, 90 * second},
		{"github, secondary of an older server", "github", 403, "X-RateLimit-Remaining: 4900", `{"message":"You have triggered an abuse detection mechanism. Please wait a few minutes before you try again."}`, limiter.Throttled, minute},
		{"github, forbidden", "github", 403, "X-RateLimit-Remaining: 4900", `{"message":"Resource not accessible by integration"}`, limiter.Accepted, 0},
		{"github, GraphQL", "github", 200, "X-RateLimit-Remaining: 0", `{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded for user ID 1."}]}`, limiter.Throttled, minute},
		{"github, GraphQL, with spaces", "github", 200, "", "{\n  \"data\": null,\n  \"errors\": [ {\"path\": [], \"type\" : \"RATE_LIMITED\"} ]\n}", limiter.Throttled, minute},
		{"github, GraphQL, with escapes", "github", 200, "", `{"errors":[{"t\u0079pe":"RATE\u005fLIMITED"}]}`, limiter.Throttled, minute},
		{"github, GraphQL, the older type", "github", 200, "X-RateLimit-Remaining: 0", `{"data":null,"errors":[{"type":"RATE_LIMIT","code":"graphql_rate_limit","message":"API rate limit already exceeded"}]}`, limiter.Throttled, minute},
		{"github, GraphQL, after another error", "github", 200, "", `{"errors":[{"type":"NOT_FOUND"},{"type":"RATE_LIMITED"}]}`, limiter.Throttled, minute},
		{"github, GraphQL, secondary", "github", 200, "X-RateLimit-Remaining: 4000", `{"errors":[{"message":"You have exceeded a secondary rate limit. Please wait."}]}`, limiter.Throttled, minute},
		{"github, GraphQL, another error", "github", 200, "", `{"errors":[{"type":"NOT_FOUND","message":"no RATE_LIMITED"}]}`, limiter.Accepted, 0},
		{"github, GraphQL, elsewhere", "github", 200, "", `{"data":{"errors":[{"type":"RATE_LIMITED"}]},"type":"RATE_LIMITED"}`, limiter.Accepted, 0},
		{"github, GraphQL, cut off", "github", 200, "", `{"errors":[{"type":"RATE_LIMITED"},{"mess`, limiter.Throttled, minute},
		{"github, the last of a budget", "github", 200, "X-RateLimit-Remaining: 0", `{"data":{}}`, limiter.Accepted, 0},
		{"notion, throttled", "notion", 429, "Retry-After: 3", `{"object":"error","status":429,"code":"rate_limited","additional_data":{"rate_limit_reason":"workspace"}}`, limiter.Throttled, 3 * second},
		{"notion, overloaded", "notion", 529, "", `{"object":"error","status":529,"code":"service_overload"}`, limiter.Overloaded, 0},
		{"openai, quota", "openai", 429, "Retry-After: 1", `{"error":{"message":"You exceeded your current quota.","type":"insufficient_quota","code":"insufficient_quota"}}`, limiter.Failed, 0},
		{"openai, rate", "openai", 429, "Retry-After-Ms: 640", `{"error":{"type":"requests","code":"rate_limit_exceeded"}}`, limiter.Throttled, 640 * time.Millisecond},
		{"airtable, billing", "airtable", 429, "", `{"errors":[{"error":"PUBLIC_API_BILLING_LIMIT_EXCEEDED"}]}`, limiter.Failed, 0},
		{"airtable, rate", "airtable", 429, "", `{"errors":[{"error":"RATE_LIMIT_REACHED"}]}`, limiter.Throttled, 30 * second},
		{"slack, in a 200", "slack", 200, "", `{"ok":false,"error":"ratelimited"}`, limiter.Throttled, 30 * second},
		{"slack, in a 200 as others spell it", "slack", 200, "", "{\"error\": \"rate_limited\", \"ok\": false}", limiter.Throttled, 30 * second},
		{"slack, 429", "slack", 429, "Retry-After: 10", `{"ok":false,"error":"ratelimited"}`, limiter.Throttled, 10 * second},
		{"slack, another error", "slack", 200, "", `{"ok":false,"error":"channel_not_found"}`, limiter.Accepted, 0},
		{"slack, a message about it", "slack", 200, "", `{"ok":true,"messages":[{"text":"it said {\"error\":\"ratelimited\"}"}]}`, limiter.Accepted, 0},
	} {
		h.check(t, config.NewRegistry())
	}
}

// ownThrottles says for other APIs what the documentation shows: every form of a hidden throttle can be
// spelled in config.yaml.
const ownThrottles = `apis:
  google:
    base_url: https://google.test
    throttle_when:
      - {status: 403, body: ateLimitExceeded, pause: 2s} # rateLimitExceeded, userRateLimitExceeded
    never_retry:
      - {status: 403, body: quotaExceeded}
      - {status: 403, body: dailyLimitExceeded}
  salesforce:
    base_url: https://salesforce.test
    throttle_when: [{status: 403, body: REQUEST_LIMIT_EXCEEDED, pause: 5m}]
  linear:
    base_url: https://linear.test
    throttle_when: [{status: 400, body: RATELIMITED}]
  aws:
    base_url: https://aws.test
    throttle_when:
      - {status: 400, body: ThrottlingException}
      - {status: 400, header: {X-Amzn-ErrorType: ThrottlingException}}
      - {status: 503, body: <Code>SlowDown</Code>, pause: 1500ms}
  hubspot:
    base_url: https://hubspot.test
    never_retry: [{status: 429, body: '"policyName":"DAILY"'}]
  stripe:
    base_url: https://stripe.test
    never_retry: [{status: 429, body: lock_timeout}]
  graphql:
    base_url: https://graphql.test
    throttle_when: [{status: 200, body: '"code":"THROTTLED"', pause: 2s}]
  telegram:
    base_url: https://telegram.test
    throttle_when: [{status: 429, pause: .parameters.retry_after}]
  vertex:
    base_url: https://vertex.test
    throttle_when: [{status: 429, pause: ".error.details[].retryDelay"}]
  shop:
    base_url: https://shop.test
    throttle_when:
      - {status: 200, json: ".errors[].extensions.code", in: [THROTTLED, "MAX_*_EXCEEDED"], pause: .retry_after_ms}
      - {json: .error_code, in: [429, 17], pause: 7s}
    never_retry: [{status: 429, json: .reason, in: ["daily*"]}]
  enhance:
    base_url: https://enhance.test
    backoff_status_codes: [420, 429]
`

func TestConfiguredThrottles(t *testing.T) {
	t.Parallel()
	const second = time.Second
	r := load(t, ownThrottles)
	for _, h := range []hiddenThrottle{
		{"google", "google", 403, "", `{"error":{"code":403,"errors":[{"domain":"usageLimits","reason":"rateLimitExceeded"}]}}`, limiter.Throttled, 2 * second},
		{"google, of a user", "google", 403, "", `{"error":{"code":403,"errors":[{"domain":"usageLimits","reason":"userRateLimitExceeded"}]}}`, limiter.Throttled, 2 * second},
		{"google, of the day", "google", 403, "", `{"error":{"code":403,"errors":[{"domain":"youtube.quota","reason":"quotaExceeded"}]}}`, limiter.Failed, 0},
		{"google, forbidden", "google", 403, "", `{"error":{"code":403,"errors":[{"reason":"insufficientPermissions"}]}}`, limiter.Accepted, 0},
		{"salesforce", "salesforce", 403, "Sforce-Limit-Info: api-usage=100000/100000", `[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]`, limiter.Throttled, 5 * time.Minute},
		{"linear", "linear", 400, "X-RateLimit-Requests-Remaining: 0\nX-RateLimit-Requests-Reset: 1795435260000\nDate: Mon, 23 Nov 2026 12:00:00 GMT", `{"errors":[{"extensions":{"code":"RATELIMITED"}}]}`, limiter.Throttled, time.Minute},
		{"linear, a mistake", "linear", 400, "", `{"errors":[{"extensions":{"code":"GRAPHQL_PARSE_FAILED"}}]}`, limiter.Accepted, 0},
		{"aws, in the body", "aws", 400, "", `{"__type":"com.amazon.coral.availability#ThrottlingException","message":"Rate exceeded"}`, limiter.Throttled, second},
		{"aws, in a header", "aws", 400, "X-Amzn-ErrorType: ThrottlingException", `{"message":"Rate exceeded"}`, limiter.Throttled, second},
		{"aws, with a time", "aws", 400, "X-Amzn-ErrorType: ThrottlingException\nX-Amz-Retry-After: 2500", "", limiter.Throttled, 2500 * time.Millisecond},
		{"aws, S3", "aws", 503, "", `<Error><Code>SlowDown</Code></Error>`, limiter.Throttled, 1500 * time.Millisecond},
		{"aws, S3 out of order", "aws", 503, "", `<Error><Code>ServiceUnavailable</Code></Error>`, limiter.Failed, 0},
		{"hubspot, of the day", "hubspot", 429, "", `{"errorType":"RATE_LIMIT","policyName":"DAILY"}`, limiter.Failed, 0},
		{"hubspot", "hubspot", 429, "", `{"errorType":"RATE_LIMIT","policyName":"TEN_SECONDLY_ROLLING"}`, limiter.Throttled, second},
		{"stripe, a conflict", "stripe", 429, "", `{"error":{"code":"lock_timeout"}}`, limiter.Failed, 0},
		{"stripe", "stripe", 429, "", `{"error":{"code":"rate_limit"}}`, limiter.Throttled, second},
		{"graphql", "graphql", 200, "", `{"errors":[{"extensions":{"code":"THROTTLED"}}]}`, limiter.Throttled, 2 * second},
		{"telegram", "telegram", 429, "", `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}`, limiter.Throttled, 35 * second},
		{"telegram, without a time", "telegram", 429, "", `{"ok":false}`, limiter.Throttled, second},
		{"telegram, a header that says less", "telegram", 429, "Retry-After: 3", `{"parameters":{"retry_after":35}}`, limiter.Throttled, 35 * second},
		{"telegram, a header that says more", "telegram", 429, "Retry-After: 90", `{"parameters":{"retry_after":35}}`, limiter.Throttled, 90 * second},
		{"vertex", "vertex", 429, "", `{"error":{"code":429,"details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure"},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"3.5s"}]}}`, limiter.Throttled, 3500 * time.Millisecond},
		{"shop", "shop", 200, "", `{"retry_after_ms": 2500, "errors":[{"extensions":{"code":"THROTTLED"}}]}`, limiter.Throttled, 2500 * time.Millisecond},
		{"shop, a pattern", "shop", 200, "", `{"errors":[{"extensions":{"code":"max_cost_exceeded"}}]}`, limiter.Throttled, second},
		{"shop, a number", "shop", 400, "", `{"error_code":17}`, limiter.Throttled, 7 * second},
		{"shop, another number", "shop", 400, "", `{"error_code":171}`, limiter.Accepted, 0},
		{"shop, a used-up day", "shop", 429, "", `{"reason":"Daily_quota"}`, limiter.Failed, 0},
		{"shop, not JSON", "shop", 200, "", `<html>error_code 429</html>`, limiter.Accepted, 0},
		{"another status", "enhance", 420, "", "", limiter.Throttled, second},
	} {
		h.check(t, r)
	}
}
