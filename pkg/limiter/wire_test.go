package limiter_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/arl-cli/arl/internal/sendctx"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/test/http2test"
)

// over returns a client whose attempts go over base, and quickly.
func over(base http.RoundTripper, retry limiter.Retry) *http.Client {
	retry.Jitter = func() float64 { return 0 }
	return &http.Client{Transport: &limiter.Transport{
		Limiter: limiter.New(limiter.Config{}), Base: base, Retry: retry,
		Plan: func(*http.Request) limiter.Plan {
			return limiter.Plan{Key: "k", Params: &limiter.Params{InitialRate: 1000}}
		},
	}}
}

// deliver sends a request and reads its response.
func deliver(t *testing.T, c *http.Client, method, url, body string, h http.Header) (*sendctx.Report, error) {
	t.Helper()
	var report sendctx.Report
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(sendctx.WithReport(t.Context(), &report), method, url, r)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(req.Header, h)
	resp, err := c.Do(req)
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	return &report, err
}

// net/http sends a request again by itself when a kept-alive connection turns out to be dead, if the
// method allows it or a field says so that need not have a value. Every copy that reaches the server is an
// attempt of ours. Real sockets, because that is where it happens.
func TestOneAttemptIsOneCopy(t *testing.T) {
	t.Parallel()
	empty := http.Header{"Idempotency-Key": {""}}
	tests := []struct {
		name         string
		method, body string
		header       http.Header
		retry        int
		copies       int
		unknown      bool
	}{
		{name: "GET", method: "GET", copies: 2},
		{name: "GET without retries", method: "GET", retry: -1, copies: 2},
		{name: "PUT", method: "PUT", body: "{}", retry: -1, copies: 2},
		{name: "POST", method: "POST", body: "{}", copies: 1, unknown: true},
		{name: "POST with an empty key", method: "POST", body: "{}", header: empty, copies: 1, unknown: true},
		{name: "POST with an empty key and no body", method: "POST", header: empty, copies: 1, unknown: true},
		{name: "POST with another empty key", method: "POST", body: "{}", header: http.Header{"X-Idempotency-Key": {}}, copies: 1, unknown: true},
		{name: "POST with quotes for a key", method: "POST", body: "{}", header: http.Header{"Idempotency-Key": {`""`}}, copies: 1, unknown: true},
		{name: "POST with a key", method: "POST", body: "{}", header: http.Header{"Idempotency-Key": {"a"}}, copies: 2},
	}
	for _, tls := range []bool{false, true} {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				var served atomic.Int32
				s := hangsUpOnSecond(t, &served, tls)
				c := over(s.Client().Transport, limiter.Retry{Max: tt.retry})
				if _, err := deliver(t, c, "GET", s.URL, "", nil); err != nil {
					t.Fatal(err)
				}
				report, err := deliver(t, c, tt.method, s.URL, tt.body, tt.header)
				if copies := int(served.Load()) - 1; copies != tt.copies || report.Attempts != tt.copies {
					t.Errorf("%d copies in %d attempts, want %d", copies, report.Attempts, tt.copies)
				}
				if report.Unknown != tt.unknown || (err != nil) != tt.unknown {
					t.Errorf("unknown %v (%v), want %v", report.Unknown, err, tt.unknown)
				}
			})
		}
	}
}

// hangsUpOnSecond serves the first request of its first connection, reads the second and hangs up.
func hangsUpOnSecond(t *testing.T, served *atomic.Int32, tls bool) *httptest.Server {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if served.Add(1) == 2 {
			panic(http.ErrAbortHandler)
		}
	}))
	if tls {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// A Base that sends again because of a response is not in the way of anything: the second copy is
// charged.
func TestCopyAfterResponseIsCharged(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer s.Close()
	base := s.Client().Transport
	l := limiter.New(limiter.Config{})
	c := &http.Client{Transport: &limiter.Transport{Limiter: l, Base: roundTripper(func(req *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		resp.Body.Close()
		req = req.Clone(req.Context())
		req.Header.Set("Authorization", "Digest")
		return base.RoundTrip(req)
	}), Plan: func(*http.Request) limiter.Plan { return limiter.Plan{Key: "k"} }}}
	if _, err := deliver(t, c, "POST", s.URL, "", nil); err != nil {
		t.Fatal(err)
	}
	if got := l.Snapshot()["k"].Counts.Sent; got != 2 {
		t.Errorf("%d requests were charged, want 2", got)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// Over HTTP/2 net/http sends a request again when its stream is reset in some ways.
func TestOneAttemptIsOneStream(t *testing.T) {
	t.Parallel()
	for _, code := range []uint32{http2test.ProtocolError, http2test.RefusedStream} {
		for _, method := range []string{"GET", "POST"} {
			for _, body := range []string{"", "{}"} {
				t.Run(method, func(t *testing.T) {
					t.Parallel()
					var arrived atomic.Int32
					s := http2test.New(t, func(r http2test.Request) {
						arrived.Add(1)
						r.Reset(code)
					})
					base := s.Client().Transport.(*http.Transport)
					base.ForceAttemptHTTP2 = true
					report, err := deliver(t, over(base, limiter.Retry{Max: 2}), method, s.URL, body, nil)
					want := 3
					if method == "POST" {
						want = 1
					}
					if n := int(arrived.Load()); n != want || report.Attempts != want || err == nil || report.Unknown != (method == "POST") {
						t.Errorf("%d arrived in %d attempts, unknown %v (%v), want %d", n, report.Attempts, report.Unknown, err, want)
					}
				})
			}
		}
	}
}

// A POST that is cancelled while its answer is awaited may have been processed; one that still waits for
// its slot was not.
func TestCancelledIsUnknown(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	}))
	defer server.Close()
	c := &http.Client{Transport: &limiter.Transport{
		Limiter: limiter.New(limiter.Config{}), Base: &http.Transport{},
		Plan: func(*http.Request) limiter.Plan {
			return limiter.Plan{Key: "k", Params: &limiter.Params{InitialRate: 0.1}}
		},
	}}
	ctx, cancel := context.WithCancel(t.Context())
	reports := make([]sendctx.Report, 2)
	var wg sync.WaitGroup
	post := func(r *sendctx.Report) {
		req, err := http.NewRequestWithContext(sendctx.WithReport(ctx, r), http.MethodPost, server.URL, http.NoBody)
		if err != nil {
			t.Error(err)
			return
		}
		if resp, err := c.Do(req); err == nil {
			resp.Body.Close()
			t.Error("answered")
		}
	}
	wg.Go(func() { post(&reports[0]) })
	<-arrived
	wg.Go(func() { post(&reports[1]) })
	cancel()
	wg.Wait()
	if !reports[0].Unknown || reports[1].Unknown {
		t.Errorf("unknown: %v in flight, %v waiting, want true, false", reports[0].Unknown, reports[1].Unknown)
	}
}
