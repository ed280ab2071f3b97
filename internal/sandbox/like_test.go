package sandbox

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// likeTest is how an API throttles a client that sends at once as much as it can.
type likeTest struct {
	name, path string
	admits     int
	status     int
	body       string   // a part of it
	headers    []string // of the throttle, without Date and Content-*
}

func likeTests() []likeTest {
	return []likeTest{
		{"airtable", "/v0/app1/tbl1", 5, 429, `"RATE_LIMIT_REACHED"`, nil},
		{"anthropic", "/v1/messages", 50, 429, `"rate_limit_error"`, []string{
			"Anthropic-Ratelimit-Requests-Limit: 50", "Anthropic-Ratelimit-Requests-Remaining: 0",
			"Anthropic-Ratelimit-Requests-Reset: 2000-01-01T00:01:00Z", "Retry-After: 2",
		}},
		{"aws", "/", 40, 400, `"ThrottlingException"`, nil},
		{"discord", "/api/v10/channels/7/messages", 5, 429, `"retry_after":5,"global":false`, []string{
			"Retry-After: 5", "X-Ratelimit-Bucket: 80c17d2f203122d936070c88c8d10f33", "X-Ratelimit-Limit: 5",
			"X-Ratelimit-Remaining: 0", "X-Ratelimit-Reset-After: 5", "X-Ratelimit-Reset: 946684805", "X-Ratelimit-Scope: user",
		}},
		{"express", "/", 100, 429, "Too many requests, please", []string{
			`Ratelimit-Policy: "100-in-15min"; q=100; w=900; pk=:NGYyODdk:`, `Ratelimit: "100-in-15min"; r=0; t=900`, "Retry-After: 900",
		}},
		{"fieldguide", "/v1/clients", 4, 429, `"rate_limited"`, nil},
		{"github", "/search/code", 30, 403, "API rate limit exceeded", []string{
			"X-Ratelimit-Limit: 30", "X-Ratelimit-Remaining: 0", "X-Ratelimit-Reset: 946684860", "X-Ratelimit-Resource: search", "X-Ratelimit-Used: 30",
		}},
		{"gitlab", "/api/v4/projects", 2000, 429, "Retry later", []string{"Ratelimit-Limit: 2000", "Ratelimit-Policy: 2000;w=60", "Ratelimit-Remaining: 0", "Ratelimit-Reset: 60", "Retry-After: 60"}},
		{"google", "/drive/v3/files", 600, 403, `"userRateLimitExceeded"`, nil},
		{"hubspot", "/crm/v3/objects", 100, 429, `"policyName":"TEN_SECONDLY_ROLLING"`, []string{
			"X-Hubspot-Ratelimit-Daily-Remaining: 249900", "X-Hubspot-Ratelimit-Daily: 250000",
			"X-Hubspot-Ratelimit-Interval-Milliseconds: 10000", "X-Hubspot-Ratelimit-Max: 100", "X-Hubspot-Ratelimit-Remaining: 0",
		}},
		{"jira", "/rest/api/3/issue/1", 100, 429, `"errorMessages"`, []string{
			"Ratelimit-Reason: jira-burst-based", "Retry-After: 1", "X-Ratelimit-Limit: 100", "X-Ratelimit-Nearlimit: true",
			"X-Ratelimit-Remaining: 0", "X-Ratelimit-Reset: 2000-01-01T00:01Z",
		}},
		{"linear", "/graphql", 5000, 400, `"RATELIMITED"`, []string{
			"X-Ratelimit-Requests-Limit: 5000", "X-Ratelimit-Requests-Remaining: 0", "X-Ratelimit-Requests-Reset: 946688400000",
		}},
		{"microsoft-graph", "/v1.0/users", 130, 429, `"TooManyRequests"`, []string{"Retry-After: 10"}},
		{"nginx", "/", 0, 503, "<center>nginx</center>", nil}, // with a full queue
		{"notion", "/v1/pages/1", 180, 429, `"rate_limit_reason":"connection"`, []string{"Retry-After: 60"}},
		{"okta", "/api/v1/users", 600, 429, `"E0000047"`, []string{"X-Rate-Limit-Limit: 600", "X-Rate-Limit-Remaining: 0", "X-Rate-Limit-Reset: 946684860"}},
		{"openai", "/v1/models", 500, 429, "try again in 0.12s", []string{
			"Retry-After: 1", "X-Ratelimit-Limit-Requests: 500", "X-Ratelimit-Remaining-Requests: 0", "X-Ratelimit-Reset-Requests: 1m0s",
		}},
		{"salesforce", "/services/data", 100_000, 403, `"REQUEST_LIMIT_EXCEEDED"`, []string{"Sforce-Limit-Info: api-usage=100000/100000"}},
		{"shopify", "/admin/api/orders.json", 40, 429, "Exceeded 2 calls per second", []string{"Retry-After: 1", "X-Shopify-Shop-Api-Call-Limit: 40/40"}},
		{"slack", "/api/users.list", 20, 429, `"ratelimited"`, []string{"Retry-After: 60"}},
		{"stripe", "/v1/charges", 100, 429, `"rate_limit"`, nil},
		{"vanta", "/v1/integrations", 20, 429, `"rate_limited"`, nil},
		{"zapier", "/hooks/catch/1/a", 30, 429, `"rate_limited"`, nil},
		{"zendesk", "/api/v2/tickets", 700, 429, `"APIRateLimitExceeded"`, []string{
			"Ratelimit-Limit: 700", "Ratelimit-Remaining: 0", "Ratelimit-Reset: 60", "Retry-After: 60", "X-Rate-Limit-Remaining: 0", "X-Rate-Limit: 700",
		}},
	}
}

func TestLike(t *testing.T) {
	t.Parallel()
	var names []string
	for _, tt := range likeTests() {
		names = append(names, tt.name)
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := likeServer(t, tt.name)
				if tt.name == "nginx" { // fill the queue
					for range 21 {
						go func() { ask(t, s, tt.path) }()
					}
					synctest.Wait()
				}
				n, r := untilThrottled(t, s, tt.path)
				var headers []string
				for name, values := range r.header {
					if !strings.HasPrefix(name, "Content-") && name != "Date" {
						headers = append(headers, name+": "+strings.Join(values, " | "))
					}
				}
				slices.Sort(headers)
				if n != tt.admits || r.status != tt.status || !strings.Contains(r.body, tt.body) {
					t.Errorf("%d admitted, then %d, %s, want %d, then %d, %s", n, r.status, r.body, tt.admits, tt.status, tt.body)
				}
				if diff := cmp.Diff(tt.headers, headers); diff != "" {
					t.Errorf("headers of the throttle (-want +got):\n%s", diff)
				}
			})
		})
	}
	if diff := cmp.Diff(Likes(), names); diff != "" {
		t.Errorf("names with a test (-want +got):\n%s", diff)
	}
}

func likeServer(t *testing.T, name string) *Server {
	t.Helper()
	c, err := Like(name)
	if err != nil {
		t.Fatal(err)
	}
	return newServer(t, c)
}

func untilThrottled(t *testing.T, s *Server, path string) (admitted int, throttle result) {
	t.Helper()
	method, target, found := strings.Cut(path, " ")
	if !found {
		method, target = http.MethodGet, path
	}
	for n := range 200_000 {
		w := httptest.NewRecorder() // quicker than a Transport
		s.ServeHTTP(w, httptest.NewRequest(method, target, nil))
		if w.Code >= 400 {
			return n, result{status: w.Code, header: w.Header(), body: w.Body.String()}
		}
	}
	t.Fatal("nothing is throttled")
	return 0, result{}
}

// TestLikeScopes asks for something else once the limit is met.
func TestLikeScopes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, full, other string
		want              int
	}{
		{"airtable", "/v0/app1/tbl", "/v0/app2/tbl", 200},
		{"airtable", "/app1/tbl", "/v0/app1/other", 429},
		{"github", "/search/code", "/user", 200},
		{"slack", "/users.list", "/conversations.list", 200},
		{"slack", "/users.info", "/chat.postMessage", 200},
		{"slack", "/chat.postMessage", "/users.info", 200},
		{"discord", "/channels/1/messages", "/channels/2/messages", 200},
		{"zapier", "/hooks/catch/1/a", "/hooks/catch/1/b", 200},
		{"zapier", "/hooks/catch/1/a", "/hooks/catch/1/a/", 429},
		{"vanta", "/v1/integrations", "/v1/vendors", 200},
		{"vanta", "/v1/vendors", "/v1/documents", 429},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := likeServer(t, tt.name)
			untilThrottled(t, s, tt.full)
			if r := ask(t, s, tt.other); r.status != tt.want {
				t.Errorf("%s: %s = %d after %s was throttled, want %d", tt.name, tt.other, r.status, tt.full, tt.want)
			}
		})
	}
}

func TestLikeGitHubSecondaryLimits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what string
		want int
	}{{"GET /user", 900}, {"POST /issues", 80}} {
		synctest.Test(t, func(t *testing.T) {
			s := likeServer(t, "github")
			n, r := untilThrottled(t, s, tt.what)
			if n != tt.want || r.status != http.StatusForbidden || !strings.Contains(r.body, "secondary rate limit") || r.header.Get("X-RateLimit-Limit") != "5000" {
				t.Errorf("%s: %d admitted, then %d, %s, %v, want %d, then 403 by the secondary limit", tt.what, n, r.status, r.body, r.header, tt.want)
			}
			time.Sleep(time.Minute)
			if r := ask(t, s, tt.what); r.status >= 400 {
				t.Errorf("%s a minute later = %d", tt.what, r.status)
			}
		})
	}
}

func TestLikeAirtableLocksOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := likeServer(t, "airtable")
		untilThrottled(t, s, "/v0/app1/tbl")
		time.Sleep(30*time.Second - 1)
		if r := ask(t, s, "/v0/app1/tbl"); r.status != 429 {
			t.Errorf("status just before 30 s = %d, want 429", r.status)
		}
		time.Sleep(time.Nanosecond)
		if r := ask(t, s, "/v0/app1/tbl"); r.status != 200 {
			t.Errorf("status after 30 s = %d, want 200", r.status)
		}
	})
}

func TestLikeUnknown(t *testing.T) {
	t.Parallel()
	if _, err := Like("nosuch"); err == nil || !strings.Contains(err.Error(), `"nosuch": want one of airtable, anthropic,`) {
		t.Errorf("Like(nosuch) = %v, want an error that lists the names", err)
	}
}
