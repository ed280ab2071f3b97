package proxy

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
)

// A path that begins with that of base_url is asked for as it is, and never is anything asked for above base_url.
func TestTarget(t *testing.T) {
	t.Parallel()
	s := newStage(t, echo, nil)
	for path, want := range map[string]string{
		"/users":              "/v1/users",
		"/v1/users":           "/v1/users",
		"/v1/users?a=/v1/":    "/v1/users?a=/v1/",
		"/v1":                 "/v1",
		"/v1/":                "/v1/",
		"/v1?a":               "/v1?a",
		"/":                   "/v1/",
		"/v1/v1/users":        "/v1/v1/users",
		"/v11/users":          "/v1/v11/users",
		"/V1/users":           "/v1/V1/users",
		"/%761/users":         "/v1/%761/users",
		"//v1/users":          "/v1//v1/users",
		"/v1//users":          "/v1//users",
		"/v1/%2e%2e/x":        "/v1/%2e%2e/x",
		"/v1/../x":            "/v1/x",
		"/x/../v1/y":          "/v1/y",
		"/v1/../../v1/../x":   "/v1/x",
		"/v1/../v2/v1/x":      "/v1/v2/v1/x",
		"/a/v1/users":         "/v1/a/v1/users",
		"/http://x.example/y": "/v1/http://x.example/y",
		"/v1/http://x.ex/y":   "/v1/http://x.ex/y",
		"//x.example/y":       "/v1//x.example/y",
	} {
		if _, text := s.ask(t, "GET", path, ""); !strings.HasPrefix(text, "GET "+want+" ") {
			t.Errorf("%s: %s, want %s", path, text, want)
		}
	}
}

// Without a path in base_url every path is taken as it is.
func TestTargetOfRoot(t *testing.T) {
	t.Parallel()
	s := newStage(t, echo, func(p *config.Profile, _ *apiclient.Config) { p.BaseURL = strings.TrimSuffix(p.BaseURL, "/v1") + "/" })
	for _, path := range []string{"/", "/x", "/v1/x", "//x", "/x/"} {
		if _, text := s.ask(t, "GET", path, ""); !strings.HasPrefix(text, "GET "+path+" ") {
			t.Errorf("%s: %s", path, text)
		}
	}
}

// What a client asks for with the version in front is in the same bucket as without.
func TestTargetHasBucket(t *testing.T) {
	t.Parallel()
	s := newStage(t, echo, func(p *config.Profile, _ *apiclient.Config) {
		p.Buckets = []config.Bucket{{Name: "{base}", Paths: []string{"/{base}/**"}}}
	})
	s.ask(t, "GET", "/one/x", "")
	s.ask(t, "GET", "/v1/one/x", "")
	s.ask(t, "GET", "/v1/two/x", "")
	_, text := s.ask(t, "GET", MetricsPath, "")
	var keys []string
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, `arl_rate{api="x",key="`); ok {
			key, _, _ := strings.Cut(rest, `"`)
			keys = append(keys, key)
		}
	}
	if got := strings.Join(keys, " "); got != "x/one x/two" {
		t.Errorf("keys %s", got)
	}
}

// So it is with what may be retried.
func TestTargetIsIdempotent(t *testing.T) {
	t.Parallel()
	var times atomic.Int64
	s := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
		times.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	}, func(p *config.Profile, c *apiclient.Config) {
		p.IdempotentPosts = []string{"/search"}
		c.Retry.Max = 1
	})
	for path, want := range map[string]int64{"/search": 2, "/v1/search": 2, "/v1/v1/search": 1, "/other": 1} {
		times.Store(0)
		s.ask(t, "POST", path, "{}")
		if got := times.Load(); got != want {
			t.Errorf("%s was sent %d times, want %d", path, got, want)
		}
	}
}
