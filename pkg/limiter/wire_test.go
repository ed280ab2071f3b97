package limiter_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
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
