package apiclient_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/sendctx"
	"github.com/arl-cli/arl/internal/state"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/tokens"
)

const (
	clientSecret = "cl1ent/s3cret+x=y"
	elsewhere    = "https://elsewhere.example/t"
)

// A vendor gives tokens, each of which revokes the one before, and wants the last one.
type vendor struct {
	*httptest.Server
	answer func(w http.ResponseWriter, r *http.Request) // to token requests, instead

	mu       sync.Mutex
	asked    int
	token    string
	forms    []string // of token requests: type, Authorization, body
	bodies   []string // of requests that were let in
	rejected int
}

func newVendor(t *testing.T) *vendor {
	t.Helper()
	v := &vendor{}
	v.Server = httptest.NewServer(v)
	t.Cleanup(v.Close)
	return v
}

// ServeHTTP implements http.Handler.
func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	v.mu.Lock()
	defer v.mu.Unlock()
	if r.URL.Path == "/oauth/token" {
		v.asked++
		v.forms = append(v.forms, r.Header.Get("Content-Type")+" "+r.Header.Get("Authorization")+" "+string(body))
		if v.answer != nil {
			v.answer(w, r)
			return
		}
		v.token = fmt.Sprintf("t0ken/number+%d", v.asked)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": v.token, "expires_in": 3600, "token_type": "Bearer"})
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+v.token {
		v.rejected++
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, "not %s", r.Header.Get("Authorization"))
		return
	}
	if to := r.URL.Query().Get("to"); to != "" {
		http.Redirect(w, r, to, http.StatusFound)
		return
	}
	v.bodies = append(v.bodies, r.Method+" "+string(body))
}

func (v *vendor) profile(format string) *config.Profile {
	return &config.Profile{
		Name: "v", BaseURL: v.URL + "/v1", Pace: config.Pace{InitialRate: new(1000.0)},
		Auth: &config.Auth{
			Type: config.AuthOAuth2, TokenURL: v.URL + "/oauth/token", ClientIDEnv: []string{"ID"}, ClientSecretEnv: []string{"SECRET"},
			Scope: "a:read b:write", Format: format,
		},
	}
}

// client is one of a process of its own, whose token lives in dir.
func (v *vendor) client(t *testing.T, dir string, cfg apiclient.Config) *apiclient.Client {
	t.Helper()
	cfg.Limiter, cfg.Getenv = limiter.New(limiter.Config{}), env("ID=me", "SECRET="+clientSecret)
	if dir != "" {
		cfg.Tokens = func(name string) tokens.Place { return tokens.InDir(dir, name) }
	}
	c, err := apiclient.New(v.profile(""), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func wantOK(t *testing.T, c *apiclient.Client, method, body string) {
	t.Helper()
	req, err := c.NewRequest(t.Context(), method, "/x", []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("%s: %d, want 200", method, resp.StatusCode)
	}
	if got := resp.Request.Header.Get("Authorization"); got != "" {
		t.Errorf("the Request of the response shows %q", got)
	}
}

// One process renews a token, which revokes that of the other: it looks the new one up, and sends its request once
// more, with its body.
func TestOAuthIsShared(t *testing.T) {
	t.Parallel()
	v, dir := newVendor(t), filepath.Join(t.TempDir(), "live")
	one, two := v.client(t, dir, apiclient.Config{}), v.client(t, dir, apiclient.Config{})
	wantOK(t, one, "GET", "")
	wantOK(t, two, "GET", "")
	if v.asked != 1 {
		t.Errorf("asked for %d tokens, want 1", v.asked)
	}
	v.renewElsewhere(t, dir)
	wantOK(t, one, "POST", "one")
	wantOK(t, two, "PATCH", "two")
	if want := "GET |GET |PUT three|POST one|PATCH two"; strings.Join(v.bodies, "|") != want {
		t.Errorf("let in: %q, want %q", v.bodies, want)
	}
	if v.asked != 2 || v.rejected != 2 {
		t.Errorf("asked for %d tokens, rejected %d requests, want 2 and 2", v.asked, v.rejected)
	}
	for _, c := range []*apiclient.Client{one, two} {
		text := "t0ken/number+1 t0ken%2Fnumber%2B2 " + clientSecret
		if got := c.Redact(text); got != "[redacted] [redacted] [redacted]" {
			t.Errorf("%q is shown as %q", text, got)
		}
		req, _ := c.NewRequest(t.Context(), "GET", "/x", nil)
		if key := c.Key(req); key != "v@"+strings.TrimPrefix(key, "v@") || len(key) != len("v@")+8 {
			t.Errorf("key %q, want a hash of the client's id", key)
		}
	}
}

// renewElsewhere is a third process, which does not find the token that the others have.
func (v *vendor) renewElsewhere(t *testing.T, dir string) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, "token-????????????????"))
	if len(files) != 1 {
		t.Fatalf("%q, want one token", files)
	}
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	wantOK(t, v.client(t, dir, apiclient.Config{}), "PUT", "three")
}

// What waits for its turn while a token is revoked is sent with the next one: only what was in flight is rejected.
func TestWaitingTakesNewToken(t *testing.T) {
	t.Parallel()
	v, dir := newVendor(t), filepath.Join(t.TempDir(), "live")
	p := v.profile("")
	p.Pace = config.Pace{InitialRate: new(50.0), MaxRate: new(50.0)}
	c, err := apiclient.New(p, apiclient.Config{
		Limiter: limiter.New(limiter.Config{}), Getenv: env("ID=me", "SECRET="+clientSecret),
		Tokens: func(name string) tokens.Place { return tokens.InDir(dir, name) },
	})
	if err != nil {
		t.Fatal(err)
	}
	wantOK(t, c, "GET", "")
	var done sync.WaitGroup
	for range 30 {
		done.Go(func() { wantOK(t, c, "GET", "") })
	}
	time.Sleep(100 * time.Millisecond) // some are through
	v.renewElsewhere(t, dir)
	done.Wait()
	if v.asked != 2 || v.rejected > 5 {
		t.Errorf("asked for %d tokens, %d requests were rejected, want 2 and at most 5", v.asked, v.rejected)
	}
}

func TestTokenRequest(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{
		"":      `application/x-www-form-urlencoded  client_id=me&client_secret=cl1ent%2Fs3cret%2Bx%3Dy&grant_type=client_credentials&scope=a%3Aread+b%3Awrite`,
		"json":  `application/json  {"client_id":"me","client_secret":"cl1ent/s3cret+x=y","grant_type":"client_credentials","scope":"a:read b:write"}`,
		"basic": `application/x-www-form-urlencoded Basic bWU6Y2wxZW50JTJGczNjcmV0JTJCeCUzRHk= grant_type=client_credentials&scope=a%3Aread+b%3Awrite`,
	} {
		v := newVendor(t)
		c, err := apiclient.New(v.profile(format), apiclient.Config{
			Limiter: limiter.New(limiter.Config{}), Getenv: env("ID=me", "SECRET="+clientSecret),
		})
		if err != nil {
			t.Fatal(err)
		}
		wantOK(t, c, "GET", "")
		wantOK(t, c, "GET", "")
		if len(v.forms) != 1 || v.forms[0] != want {
			t.Errorf("%s: asked by %q, want %q", format, v.forms, want)
		}
	}
}

// Tokens as servers really give them: JSON and forms under each other's names, and lives that are no whole numbers.
func TestTokenResponses(t *testing.T) {
	t.Parallel()
	const object, form = `{"access_token":"tok","token_type":"bearer"`, "access_token=tok&token_type=Bearer"
	for name, tt := range map[string]struct {
		media, body string
		short       bool // the token lives for a second
	}{
		"plain":           {"text/plain; charset=utf-8", object + `,"expires_in":3600}`, false},
		"no type":         {"", object + `}`, false},
		"html":            {"text/html", "\ufeff \n" + object + `,"expires_in":1}`, true},
		"called a form":   {"application/x-www-form-urlencoded", object + `,"expires_in":1.0}`, true},
		"fraction":        {"application/json", object + `,"expires_in":1.9}`, true},
		"long fraction":   {"application/json", object + `,"expires_in":3600.0}`, false},
		"exponent":        {"application/json", object + `,"expires_in":3.6e3}`, false},
		"text":            {"application/json", object + `,"expires_in":"1.0"}`, true},
		"no number":       {"application/json", object + `,"expires_in":"in an hour"}`, false},
		"null":            {"application/json", object + `,"expires_in":null}`, false},
		"never":           {"application/json", object + `,"expires_in":-1}`, false},
		"enormous":        {"application/json", object + `,"expires_in":1e30}`, false},
		"form":            {"text/plain", form + "&expires_in=1.0", true},
		"form as JSON":    {"application/json", form + "&expires_in=3600", false},
		"form, unnamed":   {"", form, false},
		"type is missing": {"application/json", `{"access_token":"tok"}`, false},
		"type is null":    {"application/json", `{"access_token":"tok","token_type":null}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t)
			v.answer = func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = nil
				if tt.media != "" {
					w.Header().Set("Content-Type", tt.media)
				}
				v.token = "tok"
				fmt.Fprint(w, tt.body)
			}
			_, life, err := apiclient.AskForToken(t.Context(), v.client(t, "", apiclient.Config{}))
			if err != nil {
				t.Fatal(err)
			}
			if short := life > 0 && life <= 2*time.Second; short != tt.short {
				t.Errorf("it lives for %v, short %v, want %v", life, short, tt.short)
			}
			wantOK(t, v.client(t, "", apiclient.Config{}), "GET", "")
		})
	}
}

// Whatever goes wrong with a token request, no secret is in the error, and nothing follows the server elsewhere.
func TestTokenErrors(t *testing.T) {
	t.Parallel()
	status := func(code int, body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Location", elsewhere)
			w.WriteHeader(code)
			fmt.Fprint(w, body)
		}
	}
	for name, tt := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		want   string
		denied bool
		asked  int // by two requests
	}{
		"denied":   {status(401, `{"error":"invalid_client","error_description":"not `+clientSecret+`"}`), "returned 401 Unauthorized: invalid_client: not [redacted]", true, 1},
		"redirect": {status(307, ``), "returned 307 Temporary Redirect", true, 1},
		"broken":   {status(500, `<html>`+clientSecret), "returned 500 Internal Server Error", false, 2},
		"no token": {status(200, `{}`), "missing access_token", false, 2},
		"line":     {status(200, `{"access_token":"a\r\nb"}`), "the response does not contain a token", false, 2},
		"kind":     {status(200, `{"access_token":"a","token_type":"mac"}`), `the token type is "mac"`, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t)
			v.answer = tt.answer
			c := v.client(t, "", apiclient.Config{Retry: limiter.Retry{Max: -1}})
			for range 2 {
				resp, err := c.Get(t.Context(), "/x")
				if err == nil {
					resp.Body.Close()
					t.Fatal("no error")
				}
				if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), clientSecret) {
					t.Errorf("%v, want %s", err, tt.want)
				}
				if got := tokenDenied(err); got != tt.denied {
					t.Errorf("denied %v, want %v", got, tt.denied)
				}
			}
			if v.asked != tt.asked {
				t.Errorf("asked %d times, want %d", v.asked, tt.asked)
			}
		})
	}
}

func tokenDenied(err error) bool {
	e, ok := errors.AsType[*apiclient.TokenError](err)
	return ok && e.Denied
}

// A token stays with the profile's origin, and what a request brings goes before it.
func TestTokenStaysAtHome(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	var seen http.Header
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.Header }))
	defer other.Close()
	c := v.client(t, "", apiclient.Config{})
	resp, err := c.Get(t.Context(), "/x?to="+other.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if seen == nil || seen.Get("Authorization") != "" {
		t.Errorf("the other origin got %q", seen)
	}
	req, _ := c.NewRequest(t.Context(), "GET", "/x", nil)
	req.Header.Set("Authorization", "Bearer mine")
	if resp, err = c.Do(req); err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 401 || v.asked != 1 {
		t.Errorf("a token of its own: %d after %d askings, want 401 and no more than the first", resp.StatusCode, v.asked)
	}
}

// What would be sent is shown without asking for a token.
func TestPreparedAsksForNothing(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	c := v.client(t, "", apiclient.Config{})
	req, _ := c.NewRequest(t.Context(), "GET", "/x", nil)
	if got := prepared(t, c, req).Header.Get("Authorization"); got != "Bearer [redacted]" || v.asked != 0 {
		t.Errorf("prepared with %q after %d askings", got, v.asked)
	}
}

// A program is run when a token is needed, and again when that is rejected.
func TestTokenOfCommand(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.token = "c0mmand-1"
	count := filepath.Join(t.TempDir(), "count")
	p := &config.Profile{Name: "v", BaseURL: v.URL, Auth: &config.Auth{
		Type: config.AuthCommand, Command: []string{"sh", "-c", `echo x >> "$1"; echo c0mmand-$(($(wc -l < "$1")))`, "sh", count},
	}}
	c, err := apiclient.New(p, apiclient.Config{Limiter: limiter.New(limiter.Config{}), Getenv: env()})
	if err != nil {
		t.Fatal(err)
	}
	wantOK(t, c, "GET", "")
	wantOK(t, c, "GET", "")
	if got := c.Redact("c0mmand-1"); got != "[redacted]" {
		t.Errorf("%q is shown", got)
	}
}

// A session shares tokens beside the live state, and a report counts the API's requests alone.
func TestSessionSharesTokens(t *testing.T) {
	t.Parallel()
	v, home := newVendor(t), t.TempDir()
	getenv := env("HOME="+home, "USERPROFILE="+home, "AppData="+home, "LocalAppData="+home, "ID=me", "SECRET="+clientSecret)
	for range 2 {
		r := config.NewRegistry()
		if err := r.Register(v.profile("json")); err != nil {
			t.Fatal(err)
		}
		s, err := state.OpenSession(state.SessionConfig{Getenv: getenv, Registry: r})
		if err != nil {
			t.Fatal(err)
		}
		c, err := s.Client("v", apiclient.Config{MaxWait: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		var report sendctx.Report
		req, _ := c.NewRequest(sendctx.WithReport(t.Context(), &report), "GET", "/x", nil)
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 200 || report.Attempts != 1 {
			t.Errorf("%d after %d attempts, want 200 after 1", resp.StatusCode, report.Attempts)
		}
		if err := s.Close(true); err != nil {
			t.Error(err)
		}
	}
	if v.asked != 1 {
		t.Errorf("asked for %d tokens, want 1", v.asked)
	}
}
