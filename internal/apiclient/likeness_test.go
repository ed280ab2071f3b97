package apiclient_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/sandbox"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A likeness is a batch that a built-in profile sends, knowing nothing yet, to a server that is like its API.
type likeness struct {
	api      string
	base     string // the path of base_url
	n        int    // requests
	request  func(i int) (method, path, body string)
	most     float64  // the part of the attempts that may be throttled
	by       []string // what may throttle, as the server calls it; nil: anything
	faults   sandbox.Faults
	oneKey   string // the only key that was throttled, if any was, without its credential
	mayBeAny bool   // any key may be throttled
}

func reads(path string) func(int) (string, string, string) {
	return func(i int) (string, string, string) { return http.MethodGet, fmt.Sprintf(path, i), "" }
}

func posts(path, body string) func(int) (string, string, string) {
	return func(i int) (string, string, string) {
		return http.MethodPost, path, strings.ReplaceAll(body, "{i}", fmt.Sprint(i))
	}
}

// prompts are for two models, every fifth ten times as long as the others.
func prompts(path string) func(int) (string, string, string) {
	return func(i int) (string, string, string) {
		tokens := 200
		if i%5 == 0 {
			tokens = 2000
		}
		return http.MethodPost, path, fmt.Sprintf(`{"model":"model-%d","max_tokens":%d,"messages":[{"role":"user","content":"%d"}]}`, i%2, tokens, i)
	}
}

// streams are prompts whose responses are streams. Those of which usage is asked tell it in their last event.
func streams(path string, usage bool) func(int) (string, string, string) {
	more := `{"stream":true,`
	if usage {
		more = `{"stream":true,"stream_options":{"include_usage":true},`
	}
	plain := prompts(path)
	return func(i int) (string, string, string) {
		method, path, body := plain(i)
		return method, path, more + strings.TrimPrefix(body, "{")
	}
}

const graphQLPage = `{"query":"query($n: Int, $after: String) { items(first: $n, after: $after) { nodes { id parts(first: 10) { nodes { id } } } pageInfo { hasNextPage endCursor } } rateLimit { cost remaining resetAt } }","variables":{"n":%d}}`

func queries(path string) func(int) (string, string, string) {
	return func(i int) (string, string, string) {
		return http.MethodPost, path, fmt.Sprintf(graphQLPage, 10+40*(i%2))
	}
}

// Each built-in profile, cold, against its likeness: nothing is lost, few are throttled, and only by the limit that the
// batch runs into.
func TestBuiltInsAgainstTheirLikeness(t *testing.T) {
	t.Parallel()
	for _, l := range []likeness{
		{api: "openai", base: "/v1", n: 200, request: prompts("/chat/completions"), most: 0.1, by: []string{"tokens", "requests"}, mayBeAny: true},
		{api: "openai", base: "/v1", n: 200, request: prompts("/responses"), most: 0.1, by: []string{"tokens", "requests"}, mayBeAny: true},
		{api: "openai", base: "/v1", n: 200, request: streams("/chat/completions", true), most: 0.1, by: []string{"tokens", "requests"}, mayBeAny: true},
		{api: "openai", base: "/v1", n: 200, request: streams("/chat/completions", false), most: 0.1, by: []string{"tokens", "requests"}, mayBeAny: true},
		{api: "openai", base: "/v1", n: 200, request: streams("/responses", false), most: 0.1, by: []string{"tokens", "requests"}, mayBeAny: true},
		{api: "openai", base: "/v1", n: 300, request: posts("/embeddings", `{"model":"embedder","input":"text {i}"}`), most: 0.1, oneKey: "openai/embedder"},
		{api: "anthropic", base: "/v1", n: 100, request: prompts("/messages"), most: 0.15, by: []string{"requests", "output-tokens"}, mayBeAny: true},
		{api: "anthropic", base: "/v1", n: 100, request: streams("/messages", false), most: 0.15, by: []string{"requests", "output-tokens"}, mayBeAny: true},
		{api: "anthropic", base: "/v1", n: 60, request: prompts("/messages"), most: 0.15, faults: sandbox.Faults{Overloaded: 0.1}, mayBeAny: true},
		{api: "github", n: 300, request: queries("/graphql"), most: 0.05, oneKey: "github/graphql"},
		{api: "github", n: 300, request: reads("/repos/o/r/issues/%d"), most: 0.05, oneKey: "github"},
		{api: "shopify", base: "/admin/api/v", n: 300, request: queries("/graphql.json"), most: 0.1, by: []string{"cost"}, oneKey: "shopify/graphql"},
		{api: "shopify", base: "/admin/api/v", n: 150, request: reads("/products/%d.json"), most: 0.1, oneKey: "shopify"},
		{api: "linear", n: 200, request: queries("/graphql"), most: 0.05, by: []string{"requests", "complexity"}, oneKey: "linear"},
		{api: "jira", n: 200, request: reads("/rest/api/3/issue/%d"), most: 0.1, oneKey: "jira"},
		{api: "jira", n: 120, request: func(i int) (string, string, string) { return http.MethodPut, "/rest/api/3/issue/A-1", "{}" }, most: 0.15, by: []string{"jira-per-issue-on-write"}, oneKey: "jira/issue-A-1"},
		{api: "okta", base: "/api/v1", n: 1000, request: reads("/users/%d"), most: 0.05, oneKey: "okta/users"},
		{api: "hubspot", n: 400, request: reads("/crm/v3/objects/contacts/%d"), most: 0.1, by: []string{"TEN_SECONDLY_ROLLING"}, oneKey: "hubspot"},
		{api: "salesforce", n: 200, request: reads("/services/data/v60.0/sobjects/Account/%d"), most: 0.01},
		{api: "stripe", base: "/v1", n: 500, request: reads("/customers/%d"), most: 0.05},
		{api: "zendesk", base: "/api/v2", n: 1000, request: reads("/tickets/%d"), most: 0.05, oneKey: "zendesk"},
		{api: "discord", base: "/api/v10", n: 60, request: func(i int) (string, string, string) {
			return http.MethodPost, fmt.Sprintf("/channels/%d/messages", i%2), `{"content":"x"}`
		}, most: 0.15, mayBeAny: true},
		{api: "google", n: 800, request: reads("/drive/v3/files/%d"), most: 0.05, oneKey: "google/drive"},
		{api: "microsoft-graph", base: "/v1.0", n: 500, request: reads("/users/%d"), most: 0.1, oneKey: "microsoft-graph/users"},
		{api: "gitlab", base: "/api/v4", n: 1000, request: reads("/projects/%d"), most: 0.05, oneKey: "gitlab/projects"},
	} {
		method, path, _ := l.request(1)
		t.Run(fmt.Sprintf("%s %s %s", l.api, method, path), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, l.run)
		})
	}
}

func (l likeness) run(t *testing.T) {
	c, err := sandbox.Like(l.api)
	if err != nil {
		t.Fatal(err)
	}
	c.Latency.Base, c.Faults = 80*time.Millisecond, l.faults
	server, err := sandbox.New(c)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	throttled := map[string]int{}
	r := load(t, fmt.Sprintf("apis: {%s: {base_url: 'http://like.example%s'}}", l.api, l.base))
	client := newClient(t, profile(t, r, l.api), apiclient.Config{
		Base: sandbox.Transport(server), Credential: credential.Bearer("x", "test"), Retry: limiter.Retry{Max: 10},
		Limiter: attemptsTo(func(a limiter.Event) {
			if a.Throttled() {
				mu.Lock()
				defer mu.Unlock()
				key, _, _ := strings.Cut(a.Key, "@")
				throttled[key]++
			}
		}),
	})
	failed := l.sendAll(t, client)
	stats, err := server.Stats()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d requests, %d throttled by %v, %v, in %v", stats.Requests, stats.Throttled, stats.ThrottledBy, throttled, stats.LastAt.Sub(stats.FirstAt).Round(time.Second))
	if len(failed) > 0 {
		t.Errorf("%d of %d failed, the first: %s", len(failed), l.n, failed[0])
	}
	if part := float64(stats.Throttled) / float64(stats.Requests); part > l.most {
		t.Errorf("%d of %d throttled (%.3f), by %v, want at most %.3f", stats.Throttled, stats.Requests, part, stats.ThrottledBy, l.most)
	}
	l.checkWho(t, throttled, stats.ThrottledBy)
}

// checkWho checks which keys were throttled, and by what.
func (l likeness) checkWho(t *testing.T, keys map[string]int, by map[string]int64) {
	t.Helper()
	for key := range keys {
		if !l.mayBeAny && key != l.oneKey {
			t.Errorf("%s was throttled: %v, want only %s", key, keys, l.oneKey)
		}
	}
	for name := range by {
		if l.by != nil && !strings.Contains(strings.Join(l.by, " "), name) {
			t.Errorf("throttled by %v, want only %v", by, l.by)
		}
	}
}

// sendAll sends the requests, eight at a time, and returns what went wrong.
func (l likeness) sendAll(t *testing.T, c *apiclient.Client) (failed []string) {
	t.Helper()
	numbers, results := make(chan int), make(chan string, l.n)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for i := range numbers {
				results <- l.sendOne(t, c, i)
			}
		})
	}
	for i := range l.n {
		numbers <- i
	}
	close(numbers)
	workers.Wait()
	close(results)
	for problem := range results {
		if problem != "" {
			failed = append(failed, problem)
		}
	}
	return failed
}

// sendOne sends a request, and returns what went wrong.
func (l likeness) sendOne(t *testing.T, c *apiclient.Client, i int) string {
	method, path, body := l.request(i)
	var data []byte
	if body != "" {
		data = []byte(body)
	}
	req, err := c.NewRequest(t.Context(), method, path, data)
	if err != nil {
		return err.Error()
	}
	if method == http.MethodPost {
		req.Header.Set("Idempotency-Key", fmt.Sprintf("k%d", i)) // overloads may be retried
	}
	resp, err := c.Do(req)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err.Error()
	}
	if resp.StatusCode >= http.StatusBadRequest {
		return fmt.Sprintf("%s %s: %d", method, path, resp.StatusCode)
	}
	return ""
}
