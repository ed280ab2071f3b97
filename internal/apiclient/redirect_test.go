package apiclient_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/pkg/limiter"
)

// fast is a pace without waits.
func fast() config.Pace { return config.Pace{InitialRate: new(1e6)} }

// redirects follows a map of URLs, from "host/path" to where it leads.
func redirects(to map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if location, ok := to[r.URL.Host+r.URL.Path]; ok {
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}
	}
}

func TestRedirectsDropCredentials(t *testing.T) {
	t.Parallel()
	auths := map[string]struct {
		auth  config.Auth
		first string // what carries the credential
	}{
		"bearer": {config.Auth{Type: config.AuthBearer, Env: []string{"A"}}, "Authorization: Bearer hunter2"},
		"basic":  {config.Auth{Type: config.AuthBasic, Env: []string{"B"}}, "Authorization: Basic bWU6aHVudGVyMg=="},
		"header": {config.Auth{Type: config.AuthHeader, Name: "Any-Name", Env: []string{"A"}}, "Any-Name: hunter2"},
		"query":  {config.Auth{Type: config.AuthQuery, Name: "k", Env: []string{"A"}}, "k=hunter2"},
	}
	for name, tt := range auths {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			var events []limiter.Event
			p := &config.Profile{Name: "my-api", BaseURL: "https://h", Pace: fast(), Headers: map[string]string{"X-Team": "hunter2"}, Auth: &tt.auth}
			c := newClient(t, p, apiclient.Config{
				Getenv: env("A=hunter2", "B=me:hunter2"), Limiter: attemptsTo(func(a limiter.Event) { events = append(events, a) }),
				Header: http.Header{"X-Mine": {"hunter2"}, "Cookie": {"hunter2"}, "Accept": {"a/b"}},
				Base:   record(&got, redirects(map[string]string{"h/a": "/b", "h/b": "https://evil/c", "evil/c": "https://h/d"})),
			})
			req := request(t, c, "GET", "/a", "X-Request", "hunter2", "Proxy-Authorization", "hunter2")
			resp, err := c.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			for i, sent := range got[:2] {
				if !strings.Contains(sent, tt.first) || !strings.Contains(sent, "X-Team: hunter2") {
					t.Errorf("request %d is %q, want it with %s", i+1, sent, tt.first)
				}
			}
			const rest = " Accept: a/b User-Agent: arl/test"
			if diff := cmp.Diff([]string{"GET https://evil/c" + rest, "GET https://h/d" + rest}, got[2:]); diff != "" {
				t.Errorf("after leaving the origin (-want +got):\n%s", diff)
			}
			if keys := []string{events[2].Key, events[3].Key}; keys[0] != "evil" || keys[1] != events[0].Key {
				t.Errorf("keys after leaving the origin: %q, want evil and %s", keys, events[0].Key)
			}
			if shown := fmt.Sprint(resp.Request.URL, resp.Request.Header); strings.Contains(shown, "hunter2") {
				t.Errorf("the Request of the response shows %s", shown)
			}
		})
	}
}

func TestRedirectDowngrades(t *testing.T) {
	t.Parallel()
	for _, location := range []string{"http://h/b", "https://h:444/b", "https://user:pass@h.evil/b", "//evil/b"} {
		var got []string
		c := newClient(t, &config.Profile{Name: "my-api", BaseURL: "https://h", Pace: fast()}, apiclient.Config{
			Credential: credential.Bearer("hunter2", "test"),
			Base:       record(&got, redirects(map[string]string{"h/a": location})),
		})
		if _, err := send(c, request(t, c, "GET", "/a?hunter2")); err != nil {
			t.Fatal(err)
		}
		if len(got) < 2 || strings.Contains(got[1], "hunter2") || strings.Contains(got[1], "Authorization") || strings.Contains(got[1], "Referer") {
			t.Errorf("redirected to %s: sent %q, want nothing of the first request", location, got)
		}
	}
}

func TestRedirectKeepsQueryCredentialOnOwnOrigin(t *testing.T) {
	t.Parallel()
	var got []string
	c := newClient(t, &config.Profile{Name: "my-api", BaseURL: "https://h", Pace: fast()}, apiclient.Config{
		Credential: credential.Query("k", "hunter2", "test"),
		Base:       record(&got, redirects(map[string]string{"h/a": "/b?x=1"})),
	})
	if _, err := send(c, request(t, c, "GET", "/a")); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"GET https://h/a?k=hunter2 User-Agent: arl/test",
		"GET https://h/b?x=1&k=hunter2 User-Agent: arl/test",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

func TestRedirectLimit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		cfg   apiclient.Config
		sent  int
		limit int // of the error; -1 means none
	}{
		{apiclient.Config{NoRedirects: true}, 1, -1},
		{apiclient.Config{MaxRedirects: 3}, 4, 3},
		{apiclient.Config{MaxRedirects: -1}, 1, 0},
	} {
		var got []string
		tt.cfg.Base = record(&got, redirects(map[string]string{"h/a": "/a"}))
		c := newClient(t, &config.Profile{Name: "my-api", BaseURL: "https://h", Pace: fast()}, tt.cfg)
		_, err := send(c, request(t, c, "GET", "/a"))
		tooMany, ok := errors.AsType[*apiclient.TooManyRedirectsError](err)
		if len(got) != tt.sent || ok != (tt.limit >= 0) || ok && tooMany.Limit != tt.limit {
			t.Errorf("%+v: error %v after %d requests, want limit %d after %d", tt.cfg, err, len(got), tt.limit, tt.sent)
		}
	}
}

// A redirect to what is not HTTP is an error at once: nothing more is sent, and no key is made of it.
func TestRedirectToAnotherScheme(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"ftp://h/b", "file:///etc/passwd", "javascript:alert(1)", "http:///b", "mailto:a@b"} {
		var got []string
		l := limiter.New(limiter.Config{})
		c := newClient(t, &config.Profile{Name: "my-api", BaseURL: "https://h", Pace: fast()}, apiclient.Config{
			Limiter: l, Base: record(&got, redirects(map[string]string{"h/a": to})),
		})
		_, err := send(c, request(t, c, "GET", "/a"))
		if foreign, ok := errors.AsType[*apiclient.ForeignSchemeError](err); !ok || !strings.HasPrefix(to, foreign.Scheme+":") {
			t.Errorf("%s: %v, want another scheme", to, err)
		}
		if keys := l.Snapshot(); len(keys) != 1 || len(got) != 1 {
			t.Errorf("%s: keys %v after %q, want one", to, keys, got)
		}
	}
}

func TestErrorsAreRedacted(t *testing.T) {
	t.Parallel()
	cause := errors.New("dial https://h/a?k=hunter2")
	var events []limiter.Event
	c := newClient(t, &config.Profile{Name: "my-api", BaseURL: "https://h", Pace: fast()}, apiclient.Config{
		Credential: credential.Query("k", "hunter2", "test"), Retry: limiter.Retry{Max: -1},
		Base:    failing{cause},
		Limiter: attemptsTo(func(a limiter.Event) { events = append(events, a) }),
	})
	_, err := send(c, request(t, c, "GET", "/hunter2?mine=hunter2"))
	if err == nil || strings.Contains(err.Error(), "hunter2") || !errors.Is(err, cause) {
		t.Errorf("error %v, want one without hunter2 that wraps the cause", err)
	}
	if len(events) != 1 || strings.Contains(fmt.Sprint(events[0].Path, events[0].Err), "hunter2") {
		t.Errorf("event %+v, want one without hunter2", events)
	}
}

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// A redirect to what has to be escaped is followed as a user's path would be.
func TestRedirectIsEscaped(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"/b c?q=d e":          "https://h/b%20c?q=d%20e",
		"/\u00e9?q=\u00e9":    "https://h/%C3%A9?q=%C3%A9",
		"/b%2Fc d?q=%20":      "https://h/b%2Fc%20d?q=%20",
		"/100%?q=100%":        "https://h/100%25?q=100%",
		"?q=a|b":              "https://h/a?q=a%7Cb",
		"https://h/b c#d e":   "https://h/b%20c#d%20e",
		"/plain%20enough?a=b": "https://h/plain%20enough?a=b",
	} {
		var got []string
		c := newClient(t, &config.Profile{Name: "my-api", BaseURL: "https://h", Pace: fast()}, apiclient.Config{
			Base: record(&got, redirects(map[string]string{"h/a": location})),
		})
		if location[0] == '?' { // it would lead to itself
			got = nil
			c = newClient(t, &config.Profile{Name: "my-api", BaseURL: "https://h", Pace: fast()}, apiclient.Config{
				Base: record(&got, func(w http.ResponseWriter, r *http.Request) {
					if r.URL.RawQuery == "" {
						w.Header().Set("Location", location)
						w.WriteHeader(http.StatusFound)
					}
				}),
			})
		}
		if _, err := send(c, request(t, c, "GET", "/a")); err != nil {
			t.Errorf("%s: %v", location, err)
			continue
		}
		if len(got) != 2 || !strings.HasPrefix(got[1], "GET "+want+" ") {
			t.Errorf("%s: requests %q, want the second to %s", location, got, want)
		}
	}
}
