package transport

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/sendctx"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/test/http2test"
)

// A stream that the server reset is one attempt. What was surely not processed is retried, whatever its
// method; of the rest a POST is unknown.
func TestResetStreams(t *testing.T) {
	t.Parallel()
	// first is what the first request meets; later ones are served.
	tests := []struct {
		name      string
		first     func(http2test.Request)
		get, post int // attempts
		unknown   bool
		warm      bool // another stream has ended before
	}{
		{name: "rejected", first: func(r http2test.Request) { r.Reset(http2test.RefusedStream) }, get: 2, post: 2},
		{name: "protocol error", first: func(r http2test.Request) { r.Reset(http2test.ProtocolError) }, get: 2, post: 1, unknown: true},
		{name: "calm", first: func(r http2test.Request) { r.Reset(http2test.EnhanceYourCalm) }, get: 2, post: 1, unknown: true},
		{name: "goaway before the stream", first: func(r http2test.Request) { r.GoAway(r.Stream-2, 0) }, warm: true, get: 2, post: 2},
		{name: "goaway before the stream, and the end", first: func(r http2test.Request) { r.GoAway(r.Stream-2, 0); r.Close() }, warm: true, get: 2, post: 2},
		{name: "goaway before the only stream", first: func(r http2test.Request) { r.GoAway(0, http2test.EnhanceYourCalm) }, get: 2, post: 2},
		{name: "goaway after the stream, and the end", first: func(r http2test.Request) { r.GoAway(r.Stream, 0); r.Close() }, get: 2, post: 1, unknown: true},
		{name: "the end", first: func(r http2test.Request) { r.Close() }, warm: true, get: 2, post: 1, unknown: true},
	}
	for _, tt := range tests {
		for _, method := range []string{"GET", "POST"} {
			t.Run(tt.name+" "+method, func(t *testing.T) {
				t.Parallel()
				var arrived atomic.Int32
				s := http2test.New(t, func(r http2test.Request) {
					bad := 1
					if tt.warm {
						bad = 2
					}
					arrived.Add(1)
					if r.Number == bad {
						tt.first(r)
						return
					}
					r.OK()
				})
				wire, err := New(Options{Insecure: true})
				if err != nil {
					t.Fatal(err)
				}
				c := paced(wire)
				if tt.warm {
					if _, err := ask(t, c, "GET", s.URL); err != nil {
						t.Fatal(err)
					}
				}
				arrived.Store(0)
				report, err := ask(t, c, method, s.URL)
				want := tt.get
				if method == "POST" {
					want = tt.post
				}
				unknown := tt.unknown && method == "POST"
				if n := int(arrived.Load()); n != want || report.Attempts != want {
					t.Errorf("%d arrived in %d attempts, want %d (%v)", n, report.Attempts, want, err)
				}
				if report.Unknown != unknown || (err != nil) != unknown {
					t.Errorf("unknown %v, %v, want %v", report.Unknown, err, unknown)
				}
			})
		}
	}
}

// paced returns a client that waits for next to nothing.
func paced(wire http.RoundTripper) *http.Client {
	return &http.Client{Transport: &limiter.Transport{
		Limiter: limiter.New(limiter.Config{}), Base: wire, Retry: limiter.Retry{Max: 10, Jitter: func() float64 { return 0 }},
		Plan: func(*http.Request) limiter.Plan {
			return limiter.Plan{Key: "k", Params: &limiter.Params{InitialRate: 10_000}}
		},
	}}
}

func ask(t *testing.T, c *http.Client, method, url string) (*sendctx.Report, error) {
	t.Helper()
	var report sendctx.Report
	ctx, cancel := context.WithTimeout(sendctx.WithReport(t.Context(), &report), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	return &report, err
}

// More requests than a connection has streams take a few connections, and those are used again.
func TestFullConnections(t *testing.T) {
	t.Parallel()
	var opened atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) }))
	s.EnableHTTP2 = true
	s.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 10}
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.StartTLS()
	defer s.Close()
	wire, err := New(Options{Insecure: true, Connections: 40})
	if err != nil {
		t.Fatal(err)
	}
	c := paced(wire)
	if _, err := ask(t, c, "GET", s.URL); err != nil {
		t.Fatal(err)
	}
	var workers sync.WaitGroup
	for range 40 {
		workers.Go(func() {
			for range 25 {
				if _, err := ask(t, c, "POST", s.URL); err != nil {
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()
	if n := opened.Load(); n > 40 {
		t.Errorf("%d connections for 1000 requests, 40 at a time, want 40 at most", n)
	}
}

// Where a server does not let further connections through, most requests go on over the one that is open.
func TestNoMoreConnections(t *testing.T) {
	t.Parallel()
	const workers, enough = 20, 500
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var arrived, dialled atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if arrived.Add(1) == enough {
			cancel()
		}
		fmt.Fprint(w, r.Proto)
	}))
	s.EnableHTTP2 = true
	s.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 4}
	s.StartTLS()
	defer s.Close()
	wire, err := New(Options{Insecure: true, Connections: workers})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ask(t, paced(wire), "GET", s.URL); err != nil {
		t.Fatal(err)
	}
	wire.DialTLSContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		dialled.Add(1)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for ctx.Err() == nil {
				req, err := http.NewRequestWithContext(ctx, "POST", s.URL, strings.NewReader("{}"))
				if err != nil {
					t.Error(err)
					return
				}
				if resp, err := wire.RoundTrip(req); err == nil {
					_, _ = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
			}
		})
	}
	running.Wait()
	if n := arrived.Load(); n < enough {
		t.Errorf("%d requests arrived over the connection that is open, want %d", n, enough)
	}
	if n := dialled.Load(); n > workers/2 {
		t.Errorf("%d connections were tried for %d requests at a time, 4 on each, want %d at most", n, workers, workers/2)
	}
	if d := &wire.http2.dials; d.waiting.Load() != 0 || len(d.servers) != 0 {
		t.Errorf("%d still wait, for %d servers", d.waiting.Load(), len(d.servers))
	}
}

// A connection that is lost with many streams on it is one loss, not an outage.
func TestLostConnectionIsNoOutage(t *testing.T) {
	t.Parallel()
	const streams = 30
	s := http2test.New(t, func(r http2test.Request) {
		switch {
		case r.Conn.Number > 1, r.Stream == 1:
			r.OK()
		case r.Stream == 3:
			time.AfterFunc(300*time.Millisecond, r.Close) // when there are many
		}
	})
	wire, err := New(Options{Insecure: true})
	if err != nil {
		t.Fatal(err)
	}
	c := paced(wire)
	transport := c.Transport.(*limiter.Transport)
	circuit := &limiter.Circuit{FailureThreshold: 3}
	transport.Observe = func(e limiter.Event) {
		if e.Kind == limiter.EventOutage {
			t.Error("taken for an outage")
		}
	}
	plan := transport.Plan
	transport.Plan = func(req *http.Request) limiter.Plan {
		p := plan(req)
		p.Circuit = circuit
		return p
	}
	if _, err := ask(t, c, "GET", s.URL); err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	var attempts atomic.Int64
	for range streams {
		done.Go(func() {
			report, err := ask(t, c, "GET", s.URL)
			if err != nil {
				t.Error(err)
			}
			attempts.Add(int64(report.Attempts))
		})
	}
	done.Wait()
	if n := attempts.Load(); n < streams+3 {
		t.Errorf("%d attempts at %d requests, want some to be lost", n, streams)
	}
}

// A server that has gone silent is given up, without any -m.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	cert := certificate(t)
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		go func() {
			conn := tls.Server(theirs, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}}) //nolint:gosec // of a test
			_, _ = io.Copy(io.Discard, conn)
		}()
		wire := &http.Transport{
			DialContext:     func(context.Context, string, string) (net.Conn, error) { return ours, nil },
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // of a test
		}
		useHTTP2(wire, http.HTTP2Config{})
		start := time.Now()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.test/", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := wire.RoundTrip(req)
		if err == nil {
			resp.Body.Close()
			t.Fatal("a response")
		}
		if took := time.Since(start); took != http2Silence+http2Reply {
			t.Errorf("given up after %v (%v), want %v", took, err, http2Silence+http2Reply)
		}
		ours.Close()
	})
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	return s.TLS.Certificates[0]
}
