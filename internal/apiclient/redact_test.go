package apiclient_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/pkg/limiter"
)

// What is secret in a request is hidden in the errors that it leads to, and in no others.
func TestRedactFor(t *testing.T) {
	t.Parallel()
	wire := roundTripper(func(req *http.Request) (*http.Response, error) {
		_, password, _ := req.BasicAuth()
		return nil, errors.New("you sent " + req.Header.Get("X-Api-Key") + " and " + password + " and " + req.URL.Query().Get("token"))
	})
	var logged []string
	c, err := apiclient.New(&config.Profile{Name: "x", BaseURL: "http://x.test"}, apiclient.Config{
		Limiter: attemptsTo(func(a limiter.Event) { logged = append(logged, a.Err.Error()) }), Base: wire, Retry: limiter.Retry{Max: -1},
	})
	if err != nil {
		t.Fatal(err)
	}
	req, err := c.NewRequest(t.Context(), http.MethodGet, "/x?token=t0ken", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Api-Key", "k3y")
	req.SetBasicAuth("me", "hunter2")
	resp, err := c.Do(req)
	if err == nil {
		resp.Body.Close()
		t.Fatal("no error")
	}
	logged = append(logged, err.Error())
	for _, text := range logged {
		if !strings.Contains(text, "you sent [redacted] and [redacted] and [redacted]") {
			t.Errorf("it says %q", text)
		}
	}
	if got := c.Redact("k3y"); got != "k3y" {
		t.Errorf("the client took the request's secret for its own")
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
