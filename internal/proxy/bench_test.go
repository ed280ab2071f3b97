package proxy

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/pkg/limiter"
)

// instant is a wire that answers at once.
type instant struct{}

func (instant) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req, ContentLength: 2,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader("{}")),
	}, nil
}

// blank is a ResponseWriter that writes nowhere.
type blank struct{ header http.Header }

func (b *blank) Header() http.Header         { return b.header }
func (b *blank) Write(p []byte) (int, error) { return len(p), nil }
func (b *blank) WriteHeader(int)             {}

// BenchmarkProxy is what the proxy costs by itself, without a network on either side.
func BenchmarkProxy(b *testing.B) {
	rate, burst := 1e9, 1000
	profile := &config.Profile{Name: "x", BaseURL: "https://x.example/v1", Pace: config.Pace{InitialRate: &rate, Burst: &burst}}
	p, err := New(Config{API: "x", Dial: func(wrap func(http.RoundTripper) http.RoundTripper) (*apiclient.Client, error) {
		return apiclient.New(profile, apiclient.Config{Limiter: limiter.New(limiter.Config{}), Base: wrap(instant{})})
	}})
	if err != nil {
		b.Fatal(err)
	}
	req := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080/items/17?a=b", nil)
	req.URL.Host, req.URL.Scheme = "", "" // as a server reads it
	req.Body = http.NoBody
	req.Header.Set("User-Agent", "bench")
	b.ReportAllocs()
	for b.Loop() {
		p.ServeHTTP(&blank{http.Header{}}, req)
	}
}
