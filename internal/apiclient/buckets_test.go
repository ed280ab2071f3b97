package apiclient_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/sandbox"
	"github.com/arl-cli/arl/pkg/limiter"
)

func TestKeysOfPlaceholders(t *testing.T) {
	t.Parallel()
	p := &config.Profile{
		Name: "p", BaseURL: "https://example.com/v0",
		Auth: &config.Auth{Type: config.AuthBearer, Env: []string{"A"}},
		Buckets: []config.Bucket{
			{Name: "write", Methods: []string{"POST"}},
			{Name: "{base}", Paths: []string{"/{base}/**"}},
		},
	}
	c := newClient(t, p, apiclient.Config{Getenv: env("A=hunter2secret")})
	key := func(method, path string) string {
		name, _, _ := strings.Cut(c.Key(request(t, c, method, path)), "@")
		return name
	}
	for path, want := range map[string]string{
		"/app1/T": "p/app1", "/app1": "p/app1", "/App1/T?x=y": "p/App1", "/a%2Fb": "p/a%2Fb", "/a@b,c": "p/a%40b%2Cc",
		"/":                                      "p",
		"/*":                                     "p/%2A",
		"/write":                                 "p/{base}", // another bucket has that name
		"/hunter2secret/x":                       "p/{base}", // a key contains no secret
		"/" + strings.Repeat("hunter2secret", 9): "p/{base}",
		"/" + strings.Repeat("x", 2000):          "p/{base}",
		"/" + strings.Repeat("x", 200):           "p/" + strings.Repeat("x", 55) + "~aa20c23e",
	} {
		if got := key("GET", path); got != want {
			t.Errorf("Key of %.60q = %q, want %q", path, got, want)
		}
	}
	if got := key("POST", "/app1/T"); got != "p/write" {
		t.Errorf("Key of a POST = %q, want the first bucket that matches", got)
	}
}

// However many values there are, so many have keys.
func TestKeysAreBounded(t *testing.T) {
	t.Parallel()
	p := &config.Profile{Name: "p", BaseURL: "https://h", Buckets: []config.Bucket{{Name: "{x}", Paths: []string{"/{x}"}}}}
	c := newClient(t, p, apiclient.Config{})
	keys := make(map[string]int)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := range 500 {
				key := c.Key(request(t, c, "GET", fmt.Sprint("/", i, "-", j)))
				mu.Lock()
				keys[key]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(keys) != 201 || keys["p/{x}"] != 1800 {
		t.Errorf("2000 values have %d keys, %d of them that of {x}, want 201 and 1800", len(keys), keys["p/{x}"])
	}
}

func TestBuiltInBuckets(t *testing.T) {
	t.Parallel()
	r := config.NewRegistry()
	for _, tt := range []struct{ api, method, path, want string }{
		{"airtable", "GET", "/app1/Tasks", "airtable/app1"},
		{"airtable", "POST", "/app2/Tasks", "airtable/app2"},
		{"slack", "GET", "/conversations.history", "slack/conversations.history"},
		{"slack", "POST", "/chat.postMessage", "slack/chat.postMessage"},
		{"github", "GET", "/user", "github"},
		{"github", "GET", "/search/code", "github/search"},
		{"github", "POST", "/graphql", "github/graphql"},
		{"github", "POST", "/repos/o/r/issues", "github/write"},
		{"vanta", "GET", "/v1/controls", "vanta"},
		{"vanta", "GET", "/v1/integrations/x", "vanta/integrations"},
		{"vanta", "PUT", "/v1/resources/user_account", "vanta/integrations"},
		{"vanta", "GET", "/v1/audits/1/evidence", "vanta/auditor"},
		{"vanta", "PATCH", "/v1/audits/1/evidence/2", "vanta/auditor-write"},
	} {
		c := newClient(t, profile(t, r, tt.api), apiclient.Config{Anonymous: true})
		if got := c.Key(request(t, c, tt.method, tt.path)); got != tt.want {
			t.Errorf("%s: Key(%s %s) = %q, want %q", tt.api, tt.method, tt.path, got, tt.want)
		}
	}
}

// alike is a built-in profile's client of a server that is like that API.
func alike(t *testing.T, api string, cfg apiclient.Config) (*apiclient.Client, *sandbox.Server) {
	t.Helper()
	like, err := sandbox.Like(api)
	if err != nil {
		t.Fatal(err)
	}
	server, err := sandbox.New(like)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Base, cfg.Anonymous = sandbox.Transport(server), true
	return newClient(t, profile(t, config.NewRegistry(), api), cfg), server
}

// crowd sends n requests for a path, eight at a time, and returns how long they took.
func crowd(t *testing.T, c *apiclient.Client, n int, path string) time.Duration {
	t.Helper()
	start := time.Now()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range (n + 7 - i) / 8 {
				resp, err := c.Get(t.Context(), path)
				if err != nil {
					t.Errorf("Get(%s) = %v", path, err)
					return
				}
				resp.Body.Close()
				if resp.StatusCode != http.StatusOK {
					t.Errorf("Get(%s) = %s", path, resp.Status)
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}

// Two methods of Slack have limits of their own: what one learns does not slow the other. Two windows that are used up in
// the same time do not tell a window from a bucket that locks out, so there are more than two.
func TestSlackLearnsByMethod(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := alike(t, "slack", apiclient.Config{})
		var slow, fast time.Duration
		var wg sync.WaitGroup
		wg.Go(func() { slow = crowd(t, c, 100, "/users.list") })
		wg.Go(func() { fast = crowd(t, c, 150, "/users.info") })
		wg.Wait()
		if slow < 4*time.Minute || slow > 6*time.Minute {
			t.Errorf("100 requests at 20 a minute took %v, want 4 to 6 minutes", slow)
		}
		if fast > 4*time.Minute {
			t.Errorf("150 requests at 50 a minute took %v, want at most 4 minutes", fast)
		}
		known := c.Snapshot()
		list, info := known["slack/users.list"], known["slack/users.info"]
		if list.Rate >= info.Rate || list.Ceiling == 0 {
			t.Errorf("learned %v/s for users.list and %v/s for users.info, want less for the former", list.Rate, info.Rate)
		}
	})
}

// A throttle of one base pauses that base and no other.
func TestAirtableLearnsByBase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, server := alike(t, "airtable", apiclient.Config{})
		base := c.Profile().BaseURL
		for range 6 { // another client uses up a base's limit
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/app1/T", nil)
			resp, err := sandbox.Transport(server).RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
		}
		var locked, free time.Duration
		var wg sync.WaitGroup
		wg.Go(func() { locked = crowd(t, c, 8, "/app1/T") })
		wg.Go(func() { free = crowd(t, c, 40, "/app2/T") })
		wg.Wait()
		if locked < 30*time.Second {
			t.Errorf("the base that is locked out answered after %v, want at least 30s", locked)
		}
		if free > 12*time.Second {
			t.Errorf("40 requests for another base took %v, want at most 12s", free)
		}
		known := c.Snapshot()
		if known["airtable/app1"].Counts.Throttled == 0 || known["airtable/app2"].Counts.Throttled != 0 {
			t.Errorf("Snapshot() = %+v, want a throttle of app1 alone", known)
		}
	})
}

// Fifteen bases at 5/s are more than the 50/s of their token: the server throttles nothing.
func TestAirtableKeepsToItsToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, server := alike(t, "airtable", apiclient.Config{})
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 15 {
			wg.Go(func() { crowd(t, c, 60, fmt.Sprint("/app", i, "/T")) })
		}
		wg.Wait()
		took := time.Since(start)
		if stats, err := server.Stats(); err != nil || stats.Throttled != 0 || stats.Accepted != 900 {
			t.Errorf("%d accepted, %d throttled, %v, want 900 and none", stats.Accepted, stats.Throttled, err)
		}
		if took < 17*time.Second || took > 27*time.Second {
			t.Errorf("900 requests at 50/s took %v, want 18s, and at most 27s for the base that comes last", took)
		}
	})
}

// GitHub's secondary limit is one of the whole token: who meets it in one bucket pauses all.
func TestGitHubPausesTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		throttle := true
		c := newClient(t, profile(t, config.NewRegistry(), "github"), apiclient.Config{
			Anonymous: true, Retry: limiter.Retry{MaxBackoff: -1},
			Base: wire(func(w http.ResponseWriter, _ *http.Request) {
				if throttle {
					w.WriteHeader(http.StatusForbidden)
					fmt.Fprint(w, `{"message":"You have exceeded a secondary rate limit."}`)
				}
			}),
		})
		if _, err := send(c, request(t, c, "POST", "/repos/o/r/issues")); err != nil {
			t.Fatal(err)
		}
		throttle = false
		if l, ok := c.Snapshot()["github/*"]; !ok || time.Until(l.PausedUntil) != time.Minute {
			t.Errorf("github/* is paused until %v, want a minute from now", l.PausedUntil)
		}
		start := time.Now()
		if _, err := send(c, request(t, c, "GET", "/user")); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != time.Minute {
			t.Errorf("a read after the throttle of a write took %v, want 1m", took)
		}
	})
}

// What a client may have in flight at once is bounded over all buckets, and never widens what the profile
// says.
func TestClientBoundsAllBuckets(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ profile, client, want int }{{0, 0, 0}, {0, 7, 7}, {9, 7, 7}, {5, 7, 5}, {5, 0, 5}} {
		p := &config.Profile{
			Name: "p", BaseURL: "https://h.example", Pace: config.Pace{MaxConcurrency: &test.profile},
			Buckets: []config.Bucket{{Name: "{x}", Paths: []string{"/{x}"}}},
		}
		var flying, most int
		var mu sync.Mutex
		synctest.Test(t, func(t *testing.T) {
			flying, most = 0, 0
			c := newClient(t, p, apiclient.Config{
				MaxConcurrency: test.client, Limiter: limiter.New(limiter.Config{}),
				Base: sandbox.Transport(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
					mu.Lock()
					flying++
					most = max(most, flying)
					mu.Unlock()
					time.Sleep(time.Minute)
					mu.Lock()
					flying--
					mu.Unlock()
				})),
			})
			var wg sync.WaitGroup
			for i := range 20 {
				wg.Go(func() {
					if resp, err := c.Get(t.Context(), fmt.Sprint("/", i)); err != nil {
						t.Error(err)
					} else {
						resp.Body.Close()
					}
				})
			}
			wg.Wait()
		})
		if want := test.want; most != want && (want != 0 || most != 20) {
			t.Errorf("profile %d, client %d: %d in flight, want %d", test.profile, test.client, most, want)
		}
	}
}
