package headers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/arl-cli/arl/internal/headers"
	"github.com/arl-cli/arl/internal/pacing"
)

// header reads "Name: value" lines. Its Date is 90 s ahead of now, and 2026-11-23T12:01:30Z.
func header(lines string) http.Header {
	h := http.Header{"Date": {now().Add(90 * time.Second).Format(http.TimeFormat)}}
	for line := range strings.Lines(lines) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			h.Add(name, strings.TrimSpace(value))
		}
	}
	return h
}

// budgetsOf are the budgets of an answer.
func budgetsOf(t *testing.T, status int, lines string) []pacing.Budget {
	t.Helper()
	s := headers.ReadSignal(&headers.Rules{}, status, header(lines), nil, now())
	var all []pacing.Budget
	for i := range s.Budgets.Len() {
		all = append(all, *s.Budgets.At(i))
		if all[i].ID <= 0 {
			t.Errorf("%q: the budget %+v has no ID", lines, all[i])
		}
	}
	return all
}

// What is left of a limit, in the spellings that vendors use.
func TestVendorsBudgets(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	tests := []struct {
		name, header string
		want         []pacing.Budget
	}{
		{"nothing", "Content-Type: text/html", nil},
		{"x-ratelimit in seconds", "X-RateLimit-Limit: 60\nX-RateLimit-Remaining: 59\nX-RateLimit-Reset: 30", []pacing.Budget{
			{Name: "X-RateLimit", Limit: 60, Remaining: 59, Reset: 30 * time.Second},
		}},
		{"another case", "x-ratelimit-limit: 60\nX-RATELIMIT-REMAINING: 59\nX-Ratelimit-Reset: 30", []pacing.Budget{
			{Name: "X-RateLimit", Limit: 60, Remaining: 59, Reset: 30 * time.Second},
		}},
		{"github", "x-ratelimit-limit: 5000\nx-ratelimit-remaining: 4999\nx-ratelimit-used: 1\nx-ratelimit-reset: 1795438890\nx-ratelimit-resource: core", []pacing.Budget{
			{Name: "X-RateLimit core", Limit: 5000, Remaining: 4999, Reset: time.Hour},
		}},
		{"github, a resource not known", "x-ratelimit-remaining: 9\nx-ratelimit-resource: scim", []pacing.Budget{
			{Name: "scim", Remaining: 9, Reset: -1},
		}},
		{"gitlab", "RateLimit-Limit: 60\nRateLimit-Name: throttle_authenticated_web\nRateLimit-Observed: 67\nRateLimit-Remaining: 0\nRateLimit-Reset: 1795435320\nRateLimit-ResetTime: Mon, 23 Nov 2026 12:02:00 GMT", []pacing.Budget{
			{Name: "RateLimit", Limit: 60, Remaining: 0, Reset: 30 * time.Second},
		}},
		{"okta", "X-Rate-Limit-Limit: 600\nX-Rate-Limit-Remaining: 0\nX-Rate-Limit-Reset: 1795435300", []pacing.Budget{
			{Name: "X-Rate-Limit", Limit: 600, Remaining: 0, Reset: 10 * time.Second},
		}},
		{"discord", "X-RateLimit-Limit: 5\nX-RateLimit-Remaining: 4\nX-RateLimit-Reset: 1795435300.5\nX-RateLimit-Reset-After: 10.25\nX-RateLimit-Bucket: abcd1234\nX-RateLimit-Scope: user", []pacing.Budget{
			{Name: "abcd1234", Limit: 5, Remaining: 4, Reset: 10250 * ms, Exact: true},
		}},
		{"discord, global", "X-RateLimit-Global: true\nX-RateLimit-Scope: global\nRetry-After: 64.57", nil},
		{"fastify", "x-ratelimit-limit: 3\nx-ratelimit-remaining: 2\nx-ratelimit-reset: 60\nretry-after: 60", []pacing.Budget{
			{Name: "X-RateLimit", Limit: 3, Remaining: 2, Reset: time.Minute},
		}},
		{"discord, without a reset-after", "X-RateLimit-Remaining: 4\nX-RateLimit-Reset: 1795435300.5", []pacing.Budget{
			{Name: "X-RateLimit", Remaining: 4, Reset: 10500 * ms, Exact: true},
		}},
		{"linear", "X-RateLimit-Requests-Limit: 2500\nX-RateLimit-Requests-Remaining: 2499\nX-RateLimit-Requests-Reset: 1795435300000\nX-Complexity: 1\nX-RateLimit-Complexity-Limit: 3000000\nX-RateLimit-Complexity-Remaining: 2999999\nX-RateLimit-Complexity-Reset: 1795435300000", []pacing.Budget{
			{Name: "X-RateLimit requests", Limit: 2500, Remaining: 2499, Reset: 10 * time.Second, Exact: true},
		}},
		{"linear, an endpoint of its own", "X-RateLimit-Endpoint-Requests-Limit: 100\nX-RateLimit-Endpoint-Requests-Remaining: 0\nX-RateLimit-Endpoint-Requests-Reset: 1795435300750\nX-RateLimit-Endpoint-Name: commentCreate", []pacing.Budget{
			{Name: "X-Ratelimit-Endpoint-Requests-Remaining", Limit: 100, Remaining: 0, Reset: 10750 * ms, Exact: true},
		}},
		{"zendesk", "X-Rate-Limit: 700\nX-Rate-Limit-Remaining: 699\nRateLimit-Limit: 700\nRateLimit-Remaining: 699\nRateLimit-Reset: 41\nZendesk-RateLimit-Tickets-Index: total=100; remaining=41; resets=12", []pacing.Budget{
			{Name: "Zendesk-Ratelimit-Tickets-Index", Limit: 100, Remaining: 41, Reset: 12 * time.Second},
			{Name: "RateLimit", Limit: 700, Remaining: 699, Reset: 41 * time.Second},
			{Name: "X-Rate-Limit", Limit: 700, Remaining: 699, Reset: -1},
		}},
		{"openai", "x-ratelimit-limit-requests: 500\nx-ratelimit-remaining-requests: 499\nx-ratelimit-reset-requests: 120ms\nx-ratelimit-limit-tokens: 30000\nx-ratelimit-remaining-tokens: 29000\nx-ratelimit-reset-tokens: 2s", []pacing.Budget{
			{Name: "X-RateLimit requests", Limit: 500, Remaining: 499, Reset: 120 * ms, Exact: true},
		}},
		{"openai, no tokens left", "x-ratelimit-limit-tokens: 30000\nx-ratelimit-remaining-tokens: 0\nx-ratelimit-reset-tokens: 6m0s", []pacing.Budget{
			{Name: "X-RateLimit tokens", Limit: 30000, Remaining: 0, Reset: 6 * time.Minute, Exact: true},
		}},
		{"no tokens left, nobody knows how long", "x-ratelimit-remaining-tokens: 0", nil},
		{"anthropic", "anthropic-ratelimit-requests-limit: 50\nanthropic-ratelimit-requests-remaining: 49\nanthropic-ratelimit-requests-reset: 2026-11-23T12:01:40Z\nanthropic-ratelimit-input-tokens-limit: 50000\nanthropic-ratelimit-input-tokens-remaining: 40000\nanthropic-ratelimit-input-tokens-reset: 2026-11-23T12:01:42Z\nanthropic-ratelimit-output-tokens-remaining: 0\nanthropic-ratelimit-output-tokens-reset: 2026-11-23T12:01:41.5Z", []pacing.Budget{
			{Name: "Anthropic-RateLimit output-tokens", Remaining: 0, Reset: 11500 * ms, Exact: true},
			{Name: "Anthropic-RateLimit requests", Limit: 50, Remaining: 49, Reset: 10 * time.Second},
		}},
		{"jira", "X-RateLimit-Limit: 100\nX-RateLimit-Remaining: 99\nX-RateLimit-Reset: 2026-11-23T12:02Z\nX-RateLimit-NearLimit: false\nRateLimit-Reason: jira-burst-based", []pacing.Budget{
			{Name: "X-RateLimit", Limit: 100, Remaining: 99, Reset: 30 * time.Second},
		}},
		{"jira, announced but not in force", "Beta-RateLimit: \"tenant-app-quota\";r=0;t=2788\nX-Beta-RateLimit-Remaining: 0\nX-Beta-RateLimit-Reset: 2026-11-23T12:02Z", nil},
		{"javascript", "X-RateLimit-Remaining: 9\nX-RateLimit-Reset: Mon Nov 23 2026 12:01:40 GMT+0000 (Coordinated Universal Time)", []pacing.Budget{
			{Name: "X-RateLimit", Remaining: 9, Reset: 10 * time.Second},
		}},
		{"shopify", "X-Shopify-Shop-Api-Call-Limit: 32/40", []pacing.Budget{
			{Name: "X-Shopify-Shop-Api-Call-Limit", Limit: 40, Remaining: 8, Reset: -1},
		}},
		{"salesforce", "Sforce-Limit-Info: api-usage=10018/100000", []pacing.Budget{
			{Name: "Sforce-Limit-Info", Limit: 100000, Remaining: 89982, Reset: -1},
		}},
		{"salesforce, of the app", "Sforce-Limit-Info: api-usage=25/5000; per-app-api-usage=17/250(appName=sample-connected-app)", []pacing.Budget{
			{Name: "Sforce-Limit-Info", Limit: 250, Remaining: 233, Reset: -1},
			{Name: "Sforce-Limit-Info", Limit: 5000, Remaining: 4975, Reset: -1},
		}},
		{"hubspot", "X-HubSpot-RateLimit-Max: 100\nX-HubSpot-RateLimit-Remaining: 98\nX-HubSpot-RateLimit-Interval-Milliseconds: 10000\nX-HubSpot-RateLimit-Daily: 250000\nX-HubSpot-RateLimit-Daily-Remaining: 249500\nX-HubSpot-RateLimit-Secondly: 10\nX-HubSpot-RateLimit-Secondly-Remaining: 9", []pacing.Budget{
			{Name: "X-Hubspot-Ratelimit-Secondly-Remaining", Limit: 10, Remaining: 9, Reset: -1, Window: time.Second},
			{Name: "X-Hubspot-Ratelimit", Limit: 100, Remaining: 98, Reset: -1, Window: 10 * time.Second},
			{Name: "X-Hubspot-Ratelimit-Daily-Remaining", Limit: 250000, Remaining: 249500, Reset: -1, Window: 24 * time.Hour},
		}},
		{"bigcommerce", "X-Rate-Limit-Requests-Left: 6\nX-Rate-Limit-Requests-Quota: 25\nX-Rate-Limit-Time-Reset-Ms: 3452\nX-Rate-Limit-Time-Window-Ms: 5000", []pacing.Budget{
			{Name: "X-Rate-Limit-Requests-Left", Limit: 25, Remaining: 6, Reset: 3452 * ms, Window: 5 * time.Second, Exact: true},
		}},
		{"kong", "X-RateLimit-Limit-Minute: 5\nX-RateLimit-Remaining-Minute: 4\nX-RateLimit-Limit-Hour: 100\nX-RateLimit-Remaining-Hour: 99", []pacing.Budget{
			{Name: "X-RateLimit minute", Limit: 5, Remaining: 4, Reset: -1, Window: time.Minute},
			{Name: "X-RateLimit hour", Limit: 100, Remaining: 99, Reset: -1, Window: time.Hour},
		}},
		{"imgur, names without dashes", "X-RateLimit-ClientLimit: 12500\nX-RateLimit-ClientRemaining: 12400\nX-RateLimit-UserLimit: 500\nX-RateLimit-UserRemaining: 0\nX-RateLimit-UserReset: 1795435300", []pacing.Budget{
			{Name: "X-Ratelimit-Userremaining", Limit: 500, Remaining: 0, Reset: 10 * time.Second},
			{Name: "X-Ratelimit-Clientremaining", Limit: 12500, Remaining: 12400, Reset: -1},
		}},
		{"names with dashes in either order", "X-RateLimit-User-Limit: 500\nX-RateLimit-Remaining-User: 7\nX-RateLimit-User-Reset: 1795435300", []pacing.Budget{
			{Name: "X-Ratelimit-Remaining-User", Limit: 500, Remaining: 7, Reset: 10 * time.Second},
		}},
		{"a window before the part", "X-Ratelimit-Minute-Limit: 60\nX-Ratelimit-Minute-Remaining: 9\nX-Ratelimit-Minute-Reset: 30", []pacing.Budget{
			{Name: "X-RateLimit minute", Limit: 60, Remaining: 9, Reset: 30 * time.Second, Window: time.Minute},
		}},
		{"azure", "x-ms-ratelimit-remaining-subscription-reads: 11999\nx-ms-ratelimit-burst-remaining-xrm-requests: 5999\nx-ms-ratelimit-time-remaining-xrm-requests: 1,200.00", []pacing.Budget{
			{Name: "X-Ms-Ratelimit-Burst-Remaining-Xrm-Requests", Remaining: 5999, Reset: -1},
			{Name: "X-Ms-Ratelimit-Remaining-Subscription-Reads", Remaining: 11999, Reset: -1},
		}},
		{"xero", "X-DayLimit-Remaining: 4999\nX-MinLimit-Remaining: 59\nX-AppMinLimit-Remaining: 9999", []pacing.Budget{
			{Name: "X-Minlimit-Remaining", Remaining: 59, Reset: -1, Window: time.Minute},
			{Name: "X-Daylimit-Remaining", Remaining: 4999, Reset: -1, Window: 24 * time.Hour},
			{Name: "X-Appminlimit-Remaining", Remaining: 9999, Reset: -1, Window: time.Minute},
		}},
		{"twitter", "x-rate-limit-limit: 75\nx-rate-limit-remaining: 74\nx-rate-limit-reset: 1795435300\nx-user-limit-24hour-limit: 100\nx-user-limit-24hour-remaining: 99\nx-user-limit-24hour-reset: 1795435390", []pacing.Budget{
			{Name: "X-Rate-Limit", Limit: 75, Remaining: 74, Reset: 10 * time.Second},
			{Name: "X-User-Limit-24hour-Remaining", Limit: 100, Remaining: 99, Reset: 100 * time.Second, Window: 24 * time.Hour},
		}},
		{"docker", "RateLimit-Limit: 100;w=21600\nRateLimit-Remaining: 76;w=21600", []pacing.Budget{
			{Name: "RateLimit", Limit: 100, Remaining: 76, Reset: -1, Window: 6 * time.Hour},
		}},
		{"a policy of an X- family", "X-RateLimit-Limit: 100\nX-RateLimit-Policy: 100;w=60\nX-RateLimit-Remaining: 76", []pacing.Budget{
			{Name: "X-RateLimit", Limit: 100, Remaining: 76, Reset: -1, Window: time.Minute},
		}},
		{"datadog", "X-RateLimit-Limit: 100\nX-RateLimit-Period: 60\nX-RateLimit-Remaining: 76\nX-RateLimit-Reset: 30", []pacing.Budget{
			{Name: "X-RateLimit", Limit: 100, Remaining: 76, Reset: 30 * time.Second, Window: time.Minute},
		}},
		{"trello", "X-Rate-Limit-Api-Token-Interval-Ms: 10000\nX-Rate-Limit-Api-Token-Max: 100\nX-Rate-Limit-Api-Token-Remaining: 99", []pacing.Budget{
			{Name: "X-Rate-Limit-Api-Token-Remaining", Limit: 100, Remaining: 99, Reset: -1, Window: 10 * time.Second},
		}},
		{"bitbucket fills a bucket each interval", "X-RateLimit-Limit: 60\nX-RateLimit-Remaining: 59\nX-RateLimit-FillRate: 10\nX-RateLimit-Interval-Seconds: 1", []pacing.Budget{
			{Name: "X-RateLimit", Limit: 60, Remaining: 59, Reset: -1},
		}},
		{"sentry, and how many at a time", "X-Sentry-Rate-Limit-Limit: 40\nX-Sentry-Rate-Limit-Remaining: 39\nX-Sentry-Rate-Limit-Reset: 1795435300\nX-Sentry-Rate-Limit-ConcurrentLimit: 25\nX-Sentry-Rate-Limit-ConcurrentRemaining: 0", []pacing.Budget{
			{Name: "X-Sentry-Rate-Limit", Limit: 40, Remaining: 39, Reset: 10 * time.Second},
		}},
		{"kucoin, milliseconds", "gw-ratelimit-limit: 500\ngw-ratelimit-remaining: 300\ngw-ratelimit-reset: 14990", []pacing.Budget{
			{Name: "Gw-Ratelimit", Limit: 500, Remaining: 300, Reset: 14990 * ms, Exact: true},
		}},
		{"strava, the first of several limits", "X-RateLimit-Limit: 600,30000\nX-RateLimit-Usage: 314,27536", []pacing.Budget{
			{Name: "X-RateLimit", Limit: 600, Remaining: 286, Reset: -1},
		}},
		{"a limit by the minute", "X-RateLimit-Limit: 100/minute\nX-RateLimit-Remaining: 76", []pacing.Budget{
			{Name: "X-RateLimit", Limit: 100, Remaining: 76, Reset: -1, Window: time.Minute},
		}},
		{"a limit per 15 minutes", "X-RateLimit-Limit: 100 requests per 15 min\nX-RateLimit-Remaining: 76", []pacing.Budget{
			{Name: "X-RateLimit", Limit: 100, Remaining: 76, Reset: -1, Window: 15 * time.Minute},
		}},
		{"a share", "X-RateLimit: 24/100", []pacing.Budget{
			{Name: "X-RateLimit", Limit: 100, Remaining: 76, Reset: -1},
		}},
		{"more than all of it is none", "X-RateLimit-Limit: 100/60\nX-RateLimit-Remaining: 76", []pacing.Budget{
			{Name: "X-RateLimit", Limit: 100, Remaining: 76, Reset: -1},
		}},
		{"etsy", "X-Limit-Per-Second: 10\nX-Remaining-This-Second: 9\nX-Limit-Per-Day: 10000\nX-Remaining-Today: 9999", []pacing.Budget{
			{Name: "X-Remaining-This-Second", Remaining: 9, Reset: -1, Window: time.Second},
			{Name: "X-Remaining-Today", Remaining: 9999, Reset: -1, Window: 24 * time.Hour},
		}},
		{"nanoseconds", "X-RateLimit-Remaining: 7\nX-RateLimit-Reset: 1795435300250000000", []pacing.Budget{
			{Name: "X-RateLimit", Remaining: 7, Reset: 10250 * ms, Exact: true},
		}},
		{"words of a unit", "X-RateLimit-Remaining: 7\nX-RateLimit-Reset: 30 seconds", []pacing.Budget{
			{Name: "X-RateLimit", Remaining: 7, Reset: 30 * time.Second},
		}},
		{"a window in a word", "X-RateLimit-Limit: 100\nX-RateLimit-Remaining: 7\nX-RateLimit-Window: Minute", []pacing.Budget{
			{Name: "X-RateLimit", Limit: 100, Remaining: 7, Reset: -1, Window: time.Minute},
		}},
		{"a burst remains, the limit is a rate", "X-RateLimit-Limit: 10\nX-RateLimit-Remaining: 40", []pacing.Budget{
			{Name: "X-RateLimit", Limit: 10, Remaining: 40, Reset: -1},
		}},
		{"a reset without a remaining", "X-RateLimit-Limit: 10\nX-RateLimit-Reset: 30", nil},
		{"used without a remaining", "X-RateLimit-Limit: 10\nX-RateLimit-Used: 4", []pacing.Budget{
			{Name: "X-RateLimit", Limit: 10, Remaining: 6, Reset: -1},
		}},
	}
	for _, tt := range tests {
		for _, status := range []int{200, 404, 429, 500, 503} {
			got := budgetsOf(t, status, tt.header)
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(pacing.Budget{}, "ID"), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s, status %d: (-want +got)\n%s", tt.name, status, diff)
			}
		}
	}
}

// Servers send numbers that are none.
func TestOddNumbers(t *testing.T) {
	t.Parallel()
	const none = -1
	tests := []struct {
		limit, remaining string
		want             int64 // left
	}{
		{"60", "5", 5},
		{"60", " 5 ", 5},
		{"60", "5.9", 5},
		{"60", "5, 5;w=60", 5},
		{"60", "0", 0},
		{"60", "-3", 0}, // counted on behind the limit
		{"60", "", none},
		{"60", "NaN", none},
		{"60", "+Inf", none},
		{"60", "unlimited", none},
		{"60", "5e3", none},
		{"60", "0x10", none},
		{"60", "20:1,100:120", none},
		{"60", "-", none},
		{"60", "99999999999999999999999999", 1e15},
		{"", "5", 5},
		{"x", "5", 5},
		{"", "-1", none}, // says that there is no limit
		{"-1", "-1", none},
		{"-1", "5", none},
		{"0", "0", none},
	}
	for _, tt := range tests {
		got := int64(none)
		for _, b := range budgetsOf(t, 200, "X-RateLimit-Limit: "+tt.limit+"\nX-RateLimit-Remaining: "+tt.remaining) {
			got = b.Remaining
		}
		if got != tt.want {
			t.Errorf("limit %q, remaining %q: left = %d, want %d", tt.limit, tt.remaining, got, tt.want)
		}
	}
}

// A reset that makes no sense leaves the budget without one; an instant that is over is now.
func TestBudgetReset(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"30":                            30 * time.Second,
		"0":                             0,
		"1795435200":                    0, // 90 s ago
		"1795435200000":                 0,
		"Mon, 23 Nov 2026 11:00:00 GMT": 0,
		"2678400":                       31 * 24 * time.Hour,
		"2678401":                       -1,
		"1798200000":                    -1, // 32 days
		"-5":                            -1,
		"":                              -1,
		"NaN":                           -1,
		"soon":                          -1,
		"9999999999":                    -1,
		"9223372036854775808":           -1,
	} {
		got := budgetsOf(t, 200, "X-RateLimit-Remaining: 5\nX-RateLimit-Reset: "+value)
		if len(got) != 1 || got[0].Remaining != 5 || got[0].Reset != want {
			t.Errorf("reset %q: %+v, want one budget, 5 left, with the reset %v", value, got, want)
		}
	}
}

// The same limit has the same ID in every answer, and different limits never.
func TestBudgetIDs(t *testing.T) {
	t.Parallel()
	seen := map[int64]string{}
	for _, lines := range []string{
		"X-RateLimit-Remaining: 5",
		"X-RateLimit-Remaining: 5\nX-RateLimit-Resource: core",
		"X-RateLimit-Remaining: 5\nX-RateLimit-Resource: search",
		"X-RateLimit-Remaining: 5\nX-RateLimit-Bucket: abcd",
		"X-RateLimit-Remaining-Minute: 5",
		"X-RateLimit-Remaining-Requests: 5",
		"X-Rate-Limit-Remaining: 5",
		"RateLimit-Remaining: 5",
		"RateLimit: limit=9, remaining=5, reset=5",
		`RateLimit: "a";r=5`,
		`RateLimit: "b";r=5`,
		`RateLimit: "a";r=5;pk=:ZjE=:`,
		`RateLimit: "a";r=5;pk="f2"`,
		"X-Shopify-Shop-Api-Call-Limit: 1/40",
		"Sforce-Limit-Info: api-usage=1/40",
		"X-RateLimit-Endpoint-Requests-Remaining: 5\nX-RateLimit-Endpoint-Name: a",
		"X-RateLimit-Endpoint-Requests-Remaining: 5\nX-RateLimit-Endpoint-Name: b",
	} {
		first, again := budgetsOf(t, 200, lines), budgetsOf(t, 429, lines+"\nX-Request-Id: 7")
		if len(first) != 1 || len(again) != 1 || first[0].ID != again[0].ID {
			t.Errorf("%q: %+v, then %+v, want one budget with one ID", lines, first, again)
			continue
		}
		if other, ok := seen[first[0].ID]; ok {
			t.Errorf("%q has the ID of %q", lines, other)
		}
		seen[first[0].ID] = lines
	}
	byPolicy := budgetsOf(t, 200, "RateLimit-Policy: \"a\";q=9;pk=:ZjE=:\nRateLimit: \"a\";r=5")
	if seen[byPolicy[0].ID] != `RateLimit: "a";r=5;pk=:ZjE=:` {
		t.Error("a partition counts, whether the policy or the state names it")
	}
}
