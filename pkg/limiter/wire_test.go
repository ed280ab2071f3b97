package limiter_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// net/http repeats a GET by itself when a kept-alive connection turns out to be dead: what it wrote
// is charged all the same. Real sockets, because that is where it happens.
func TestRepeatsOfNetHTTPAreCharged(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	var served atomic.Int32
	go serveThenDie(ln, &served)
	l := limiter.New(limiter.Config{})
	c := &http.Client{Transport: &limiter.Transport{
		Limiter: l, Base: &http.Transport{},
		Plan: func(*http.Request) limiter.Plan {
			return limiter.Plan{Key: "k", Params: &limiter.Params{InitialRate: 1000}}
		},
	}}
	attempts := 0
	for range 2 {
		var report limiter.Report
		req, err := http.NewRequestWithContext(limiter.WithReport(t.Context(), &report), http.MethodGet, "http://"+ln.Addr().String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		attempts += report.Attempts
	}
	if attempts != 2 || served.Load() != 3 {
		t.Fatalf("%d attempts, %d requests on the wire, want 2 and 3", attempts, served.Load())
	}
	deadline := time.Now().Add(5 * time.Second)
	for l.Snapshot()["k"].Counts.Sent != 3 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	if got := l.Snapshot()["k"].Counts.Sent; got != 3 {
		t.Errorf("%d requests were charged, want 3", got)
	}
}

// serveThenDie answers the first request of the first connection, reads the second one and hangs up;
// later connections are served as they should be.
func serveThenDie(ln net.Listener, served *atomic.Int32) {
	for first := true; ; first = false {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			r := bufio.NewReader(conn)
			for n := 0; ; n++ {
				req, err := http.ReadRequest(r)
				if err != nil {
					return
				}
				req.Body.Close()
				served.Add(1)
				if first && n == 1 {
					return
				}
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			}
		}()
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
	reports := make([]limiter.Report, 2)
	var wg sync.WaitGroup
	post := func(r *limiter.Report) {
		req, err := http.NewRequestWithContext(limiter.WithReport(ctx, r), http.MethodPost, server.URL, http.NoBody)
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
