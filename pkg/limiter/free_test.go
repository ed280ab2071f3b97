package limiter_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// notModified answers at once: with 304, or for /changed with 200, as a server that counts no 304.
type notModified struct{ count int }

// RoundTrip implements http.RoundTripper.
func (n *notModified) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(time.Millisecond)
	status := http.StatusNotModified
	if r.URL.Path == "/changed" {
		status = http.StatusOK
		n.count++
	}
	h := http.Header{}
	h.Set("X-Ratelimit-Limit", "5000")
	h.Set("X-Ratelimit-Remaining", fmt.Sprint(5000-n.count))
	h.Set("X-Ratelimit-Reset", "3600")
	return &http.Response{StatusCode: status, Header: h, Request: r, Body: io.NopCloser(strings.NewReader(""))}, nil
}

// Responses that are free take nothing of the pace, nor of a documented window; others do as before.
func TestFree(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		free        []limiter.Rule
		path        string
		least, most time.Duration // for 100 requests, of which a window lets 10 through in an hour
	}{
		"free":               {[]limiter.Rule{{Status: 304}}, "/same", 0, 10 * time.Second},
		"by a header too":    {[]limiter.Rule{{Status: 304, Header: map[string]string{"X-Ratelimit-Limit": "*"}}}, "/same", 0, 10 * time.Second},
		"another status":     {[]limiter.Rule{{Status: 304}}, "/changed", 8 * time.Hour, 11 * time.Hour},
		"nothing is free":    {nil, "/same", 8 * time.Hour, 11 * time.Hour},
		"without the header": {[]limiter.Rule{{Status: 304, Header: map[string]string{"X-Free": "1"}}}, "/same", 8 * time.Hour, 11 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				lim := limiter.New(limiter.Config{})
				plan := limiter.Plan{
					Key: "k", Free: test.free,
					Params: &limiter.Params{InitialRate: 0.5, MaxRate: 1, Windows: []limiter.Window{{Limit: 10, Per: time.Hour}}},
				}
				tr := &limiter.Transport{Limiter: lim, Base: &notModified{}, Plan: func(*http.Request) limiter.Plan { return plan }}
				began := time.Now()
				for range 100 {
					req, err := http.NewRequestWithContext(t.Context(), "GET", "http://h"+test.path, nil)
					if err != nil {
						t.Fatal(err)
					}
					resp, err := tr.RoundTrip(req)
					if err != nil {
						t.Fatal(err)
					}
					_, _ = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
				if took := time.Since(began); took < test.least || took > test.most {
					t.Errorf("took %v, want %v to %v", took, test.least, test.most)
				}
			})
		})
	}
}
