package apiclient_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/redact"
	"github.com/arl-cli/arl/pkg/limiter"
)

// wire serves requests in this process.
type wire http.HandlerFunc

func (w wire) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
	rec := httptest.NewRecorder()
	w(rec, req)
	resp := rec.Result()
	resp.Request = req
	return resp, nil
}

// record serves like answer, and notes every request as "METHOD URL Header: value ...".
func record(got *[]string, answer http.HandlerFunc) wire {
	return func(w http.ResponseWriter, r *http.Request) {
		line := r.Method + " " + r.URL.String()
		for _, name := range slices.Sorted(maps.Keys(r.Header)) {
			for _, value := range r.Header[name] {
				line += " " + name + ": " + value
			}
		}
		*got = append(*got, line)
		answer(w, r)
	}
}

func ok(http.ResponseWriter, *http.Request) {}

func newClient(t *testing.T, p *config.Profile, cfg apiclient.Config) *apiclient.Client {
	t.Helper()
	if cfg.Limiter == nil {
		cfg.Limiter = limiter.New(limiter.Config{})
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = "arl/test"
	}
	c, err := apiclient.New(p, cfg)
	if err != nil {
		t.Fatalf("NewClient(%s): %v", p.Name, err)
	}
	return c
}

// attemptsTo is a limiter whose attempts are told.
func attemptsTo(tell func(limiter.Event)) *limiter.Limiter {
	return limiter.New(limiter.Config{Observe: func(e limiter.Event) {
		if e.Kind == limiter.EventAttempt {
			tell(e)
		}
	}})
}

// send sends and returns the body of the response.
func send(c *apiclient.Client, req *http.Request) (string, error) {
	resp, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

func request(t *testing.T, c *apiclient.Client, method, path string, header ...string) *http.Request {
	t.Helper()
	req, err := c.NewRequest(t.Context(), method, path, nil)
	if err != nil {
		t.Fatalf("NewRequest(%s, %s): %v", method, path, err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return req
}

func TestClientHeaders(t *testing.T) {
	t.Parallel()
	p := &config.Profile{
		Name: "my-api", BaseURL: "https://h/v1", Headers: map[string]string{"Api-Version": "1", "Accept": "a/b"},
		Auth: &config.Auth{Type: config.AuthBearer, Env: []string{"A"}},
	}
	tests := []struct {
		name   string
		cfg    apiclient.Config
		header []string
		want   string
	}{
		{"profile", apiclient.Config{}, nil, "Accept: a/b Api-Version: 1 Authorization: Bearer x User-Agent: arl/test"},
		{
			"client before profile",
			apiclient.Config{Header: http.Header{"Accept": {"c/d", "e/f"}, "User-Agent": {"me"}}},
			nil,
			"Accept: c/d Accept: e/f Api-Version: 1 Authorization: Bearer x User-Agent: me",
		},
		{"taken away", apiclient.Config{Header: http.Header{"Accept": nil, "Authorization": nil, "User-Agent": nil}}, nil, "Api-Version: 1"},
		{
			"request before client",
			apiclient.Config{Header: http.Header{"Accept": {"c/d"}}},
			[]string{"Accept", "g/h"},
			"Accept: g/h Api-Version: 1 Authorization: Bearer x User-Agent: arl/test",
		},
		{"own credential", apiclient.Config{Credential: credential.Basic("me", "p", "-u")}, nil, "Accept: a/b Api-Version: 1 Authorization: Basic bWU6cA== User-Agent: arl/test"},
		{"own header", apiclient.Config{Header: http.Header{"Authorization": {"Token y"}}}, nil, "Accept: a/b Api-Version: 1 Authorization: Token y User-Agent: arl/test"},
		{"anonymous", apiclient.Config{Anonymous: true}, nil, "Accept: a/b Api-Version: 1 User-Agent: arl/test"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			tt.cfg.Base, tt.cfg.Getenv = record(&got, ok), env("A=x")
			c := newClient(t, p, tt.cfg)
			if _, err := send(c, request(t, c, http.MethodGet, "/a", tt.header...)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"GET https://h/v1/a " + tt.want}, got); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNewClientErrors(t *testing.T) {
	t.Parallel()
	l := limiter.New(limiter.Config{})
	notion, err := config.NewRegistry().Profile("notion")
	if err != nil {
		t.Fatal(err)
	}
	_, err = apiclient.New(notion, apiclient.Config{Limiter: l})
	want := &credential.MissingError{API: "notion", Env: []string{"NOTION_TOKEN", "NOTION_API_KEY"}, Keyring: true}
	if got, _ := errors.AsType[*credential.MissingError](err); !cmp.Equal(got, want) {
		t.Errorf("NewClient without a credential = %v, want %v", err, want)
	}
	own := apiclient.Config{Limiter: l, Header: http.Header{"Authorization": {"Bearer x"}}}
	if _, err := apiclient.New(notion, own); err != nil {
		t.Errorf("NewClient with a header of its own = %v, want nil", err)
	}
	if _, err := apiclient.New(&config.Profile{Name: "x"}, apiclient.Config{Limiter: l}); err == nil {
		t.Error("NewClient of a profile without base_url = nil, want an error")
	}
	if _, err := apiclient.New(notion, apiclient.Config{Anonymous: true}); err == nil {
		t.Error("NewClient without a limiter = nil, want an error")
	}
}

func TestTenantIsTheSameWhereverTheTokenIs(t *testing.T) {
	t.Parallel()
	p := &config.Profile{Name: "my-api", BaseURL: "https://h", Auth: &config.Auth{Type: config.AuthBearer, Env: []string{"A"}}}
	a := newClient(t, p, apiclient.Config{Getenv: env("A=x")})
	b := newClient(t, p, apiclient.Config{Header: http.Header{"Authorization": {"Bearer x"}}})
	one, other := a.Key(request(t, a, "GET", "/")), b.Key(request(t, b, "GET", "/"))
	if one != other || !strings.HasPrefix(one, "my-api@") {
		t.Errorf("keys %q and %q, want the same one", one, other)
	}
}

func TestClientRepeats(t *testing.T) {
	t.Parallel()
	p := &config.Profile{
		Name: "my-api", BaseURL: "https://h/v1",
		IdempotentPosts: []string{"/search"}, IdempotencyHeader: "Request-Id",
		MaxRetriesOnBackoff: new(1),
		ThrottleWhen:        []config.Rule{{Status: 403, Body: "secondary", Pause: config.Pause{Duration: 7 * time.Second}}},
	}
	tests := []struct {
		name, path string
		header     []string
		status     int
		body       string
		want       int // attempts
	}{
		{"failure of a post", "/pages", nil, 500, "", 1},
		{"failure of a post that reads", "/search", nil, 500, "", 4},
		{"failure of a post with a key", "/pages", []string{"Request-Id", "1"}, 500, "", 4},
		{"throttle", "/pages", nil, 429, "", 2},
		{"hidden throttle", "/pages", nil, 403, "a secondary limit", 2},
		{"other 403", "/pages", nil, 403, "forbidden", 1},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			var got []string
			c := newClient(t, p, apiclient.Config{Base: record(&got, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.body)
			})})
			body, err := send(c, request(t, c, http.MethodPost, tt.path, tt.header...))
			if err != nil || body != tt.body || len(got) != tt.want {
				t.Errorf("%s: body %q, error %v after %d attempts, want %q after %d", tt.name, body, err, len(got), tt.body, tt.want)
			}
		})
	}
}

func TestClientPausesInAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &config.Profile{
			Name: "my-api", BaseURL: "https://h", Pace: fast(),
			CircuitBreaker: &config.CircuitBreaker{FailureThreshold: 2, OpenInterval: time.Minute},
		}
		failures := 2
		c := newClient(t, p, apiclient.Config{Circuit: p.Circuit(), Base: wire(func(w http.ResponseWriter, _ *http.Request) {
			if failures--; failures >= 0 {
				w.WriteHeader(http.StatusBadGateway)
			}
		})})
		start := time.Now()
		resp, err := c.Do(request(t, c, "GET", "/"))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if took := time.Since(start); resp.StatusCode != http.StatusOK || took < time.Minute || took > 2*time.Minute {
			t.Errorf("status %d after %v, want 200 after the circuit was open for a minute", resp.StatusCode, took)
		}
	})
}

func TestPrepared(t *testing.T) {
	t.Parallel()
	c := newClient(t, &config.Profile{Name: "my-api", BaseURL: "https://h"}, apiclient.Config{
		Credential: credential.Query("k", "hunter2", "test"), Header: http.Header{"X-Api-Key": {"Key hunter3"}},
	})
	req := request(t, c, "GET", "/a")
	full := prepared(t, c, req)
	got := redact.Text(fmt.Sprint(full.URL, full.Header), c.Secrets()...)
	if want := "https://h/a?k=[redacted] map[User-Agent:[arl/test] X-Api-Key:[[redacted]]]"; got != want {
		t.Errorf("Prepared(%v) = %s, want %s", req.URL, got, want)
	}
	if req.URL.RawQuery != "" || len(req.Header) != 0 {
		t.Errorf("the request itself is now %v %v, want it unchanged", req.URL, req.Header)
	}
	other := request(t, c, "GET", "/b")
	other.Header.Set("X-A", "b")
	other = prepared(t, c, other)
	if got := prepared(t, c, req).Header; got.Get("X-A") != "" || other.Header.Get("X-A") != "b" || other.Header.Get("X-Api-Key") == "" {
		t.Errorf("after another request with %v the header is %v, want them apart", other.Header, got)
	}
}

func TestClientPacesByBucket(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &config.Profile{
			Name: "my-api", BaseURL: "https://h", Pace: config.Pace{InitialRate: new(100.0), SlowStart: new(false)},
			Buckets: []config.Bucket{{Name: "slow", Paths: []string{"/slow"}, Pace: config.Pace{Limits: []limiter.Window{{Limit: 1, Per: time.Minute}}}}},
		}
		var keys []string
		c := newClient(t, p, apiclient.Config{Base: wire(ok), Limiter: attemptsTo(func(a limiter.Event) { keys = append(keys, a.Key) })})
		start := time.Now()
		for _, path := range []string{"/slow", "/fast", "/slow"} {
			if _, err := send(c, request(t, c, "GET", path)); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took < time.Minute || took > 61*time.Second {
			t.Errorf("two requests of one a minute took %v, want a minute", took)
		}
		if diff := cmp.Diff([]string{"my-api/slow", "my-api", "my-api/slow"}, keys); diff != "" {
			t.Errorf("keys (-want +got):\n%s", diff)
		}
		if got := slices.Sorted(maps.Keys(c.Snapshot())); !slices.Equal(got, []string{"my-api", "my-api/slow"}) {
			t.Errorf("Snapshot() has %v, want both keys", got)
		}
	})
}

func TestGetRejectsForeignOrigins(t *testing.T) {
	t.Parallel()
	var got []string
	c := newClient(t, &config.Profile{Name: "my-api", BaseURL: "https://h"}, apiclient.Config{Base: record(&got, ok)})
	resp, err := c.Get(t.Context(), "https://evil/x")
	if err == nil {
		resp.Body.Close()
	}
	if _, foreign := errors.AsType[*config.ForeignOriginError](err); !foreign || len(got) != 0 {
		t.Errorf("Get of a foreign URL = %v after %v, want a *ForeignOriginError and nothing sent", err, got)
	}
}

func prepared(t *testing.T, c *apiclient.Client, req *http.Request) *http.Request {
	t.Helper()
	full, err := c.Prepared(req)
	if err != nil {
		t.Fatal(err)
	}
	return full
}
