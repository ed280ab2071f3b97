package transport

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/httpcheck"
	"github.com/arl-cli/arl/pkg/limiter"
)

// listen hands each connection to serve.
func listen(t *testing.T, serve func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return l.Addr().String()
}

// What a proxy says to CONNECT is about the proxy: a wrong password stays one, and its Retry-After is obeyed.
func TestTunnel(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	const later = "Retry-After: 1\r\n"
	tests := []struct {
		response string // to the first CONNECTs
		times    int
		attempts int
		class    failure.Class
		wait     time.Duration
	}{
		{response: "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\n", times: 99, attempts: 1, class: failure.Usage},
		{response: "403 Forbidden\r\n", times: 99, attempts: 1, class: failure.Tunnel},
		{response: "502 Bad Gateway\r\n", times: 99, attempts: 3, class: failure.Tunnel},
		{response: "502 Bad Gateway\r\n", times: 2, attempts: 3},
		{response: "429 Too Many Requests\r\n" + later, times: 1, attempts: 2, wait: time.Second},
		{response: "503 Service Unavailable\r\n" + later, times: 1, attempts: 2, wait: time.Second},
		{response: "201 Created\r\n", times: 99, attempts: 1},
	}
	for _, tt := range tests {
		t.Run(tt.response[:3], func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			proxy := "http://u:wrong@" + listen(t, func(client net.Conn) {
				r := bufio.NewReader(client)
				if req, err := http.ReadRequest(r); err != nil || req.Method != http.MethodConnect {
					return
				}
				response := "200 OK\r\n"
				if int(asked.Add(1)) <= tt.times {
					response = tt.response
				}
				_, _ = io.WriteString(client, "HTTP/1.1 "+response+"Content-Length: 0\r\n\r\n")
				if response[0] != '2' {
					return
				}
				to, err := net.Dial("tcp", server.Listener.Addr().String())
				if err != nil {
					return
				}
				defer to.Close()
				go func() { _, _ = io.Copy(to, r) }()
				_, _ = io.Copy(client, to)
			})
			wire, err := New(Options{Insecure: true, Proxy: &proxy})
			if err != nil {
				t.Fatal(err)
			}
			c := paced(wire)
			transport := c.Transport.(*limiter.Transport)
			transport.Retry.Max = 2
			circuit := &limiter.Circuit{FailureThreshold: 100}
			plan := transport.Plan
			transport.Plan = func(req *http.Request) limiter.Plan {
				p := plan(req)
				p.Circuit = circuit
				return p
			}
			start := time.Now()
			report, err := ask(t, c, "POST", server.URL)
			class := failure.Other
			if err != nil {
				class = failure.Classify(err)
			}
			if class != tt.class || (err == nil) != (tt.class == failure.Other) || report.Attempts != tt.attempts || report.Unknown {
				t.Errorf("class %d after %d attempts, unknown %v (%v), want %d after %d", class, report.Attempts, report.Unknown, err, tt.class, tt.attempts)
			}
			if took := time.Since(start); took < tt.wait {
				t.Errorf("tried again after %v, want %v", took, tt.wait)
			}
			if c.Transport.(*limiter.Transport).Limiter.Snapshot()["k"].Counts.Throttled != 0 {
				t.Error("the proxy's throttle was taken for the API's")
			}
		})
	}
}

// Each step to a connection has a bound: a server or a proxy that says nothing is given up.
func TestEveryStepIsBounded(t *testing.T) {
	t.Parallel()
	silent := listen(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	greets := func(b ...byte) string {
		return listen(t, func(conn net.Conn) {
			_, _ = conn.Write(b)
			_, _ = io.Copy(io.Discard, conn)
		})
	}
	tests := map[string]struct{ proxy, url string }{
		"TLS":                      {"", "https://" + silent},
		"CONNECT":                  {"http://" + silent, "https://api.test"},
		"half a response":          {"http://" + greets([]byte("HTTP/1.1 200 OK\r\n")...), "https://api.test"},
		"SOCKS":                    {"socks5://" + silent, "http://api.test"},
		"SOCKS, password":          {"socks5://u:p@" + greets(5, 2), "http://api.test"},
		"SOCKS, reply":             {"socks5://u:p@" + greets(5, 2, 1, 0), "http://api.test"},
		"SOCKS, half a reply":      {"socks5h://" + greets(5, 0, 5, 0, 0, 3, 9, 'x'), "https://api.test"},
		"SOCKS, TLS behind it":     {"socks5h://" + greets(5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0), "https://api.test"},
		"HTTPS proxy says nothing": {"https://" + silent, "https://api.test"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wire, err := New(Options{Insecure: true, Proxy: &tt.proxy, ConnectTimeout: 50 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, tt.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := wire.RoundTrip(req)
			if err == nil {
				resp.Body.Close()
			}
			if ctx.Err() != nil || failure.Classify(err) != failure.Timeout {
				t.Errorf("%v, class %d, want a timeout of the step", err, failure.Classify(err))
			}
		})
	}
	wire, err := New(Options{})
	if err != nil || wire.TLSHandshakeTimeout != connectPatience {
		t.Errorf("by default %v (%v), want %v", wire.TLSHandshakeTimeout, err, connectPatience)
	}
}

// A handshake with a proxy has its bound, what comes after it has none.
func TestHandshakePasses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		hello   []byte
		request int // how much the client says before its request
		over    bool
	}{
		"no password":       {[]byte{5, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 80}, 3 + 7 + len("api.test"), true},
		"IPv6":              {append([]byte{5, 0, 5, 0, 0, 4}, make([]byte, 18)...), 3 + 7 + len("api.test"), true},
		"a name":            {[]byte{5, 0, 5, 0, 0, 3, 1, 'x', 0, 80}, 3 + 7 + len("api.test"), true},
		"it does not end":   {[]byte{5, 0, 5, 0, 0, 3, 9, 'x'}, 3 + 7 + len("api.test"), false},
		"it does not begin": {nil, 3, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				defer ours.Close()
				go func() {
					r := bufio.NewReader(theirs)
					go func() {
						time.Sleep(connectPatience - time.Second)
						_, _ = theirs.Write(tt.hello)
					}()
					_, _ = r.Discard(tt.request)
					if _, err := http.ReadRequest(r); err != nil {
						return
					}
					time.Sleep(time.Hour)
					_, _ = io.WriteString(theirs, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
				}()
				p := &proxies{}
				wire := &http.Transport{
					Proxy: p.noting(http.ProxyURL(&url.URL{Scheme: "socks5h", Host: "proxy.test:1080"})),
					DialContext: func(_ context.Context, _, address string) (net.Conn, error) {
						return p.guard(ours, address, connectPatience), nil
					},
				}
				start := time.Now()
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://api.test", nil)
				if err != nil {
					t.Fatal(err)
				}
				resp, err := wire.RoundTrip(req)
				if err == nil {
					resp.Body.Close()
				}
				want := connectPatience
				if tt.over {
					want = connectPatience - time.Second + time.Hour
				}
				if took := time.Since(start); took != want || (err == nil) != tt.over {
					t.Errorf("ended after %v (%v), want %v", took, err, want)
				}
			})
		})
	}
}

// A SOCKS proxy that wants another password will not change its mind.
func TestSOCKSPassword(t *testing.T) {
	t.Parallel()
	for name, hello := range map[string][]byte{"no method": {5, 0xff}, "wrong": {5, 2, 1, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := "socks5://u:p@" + listen(t, func(conn net.Conn) {
				_, _ = conn.Write(hello)
				_, _ = io.Copy(io.Discard, conn)
			})
			wire, err := New(Options{Proxy: &proxy})
			if err != nil {
				t.Fatal(err)
			}
			report, err := ask(t, paced(wire), "GET", "http://api.test")
			var tunnel *httpcheck.TunnelError
			if !errors.As(err, &tunnel) || !failure.NoCredential(err) || report.Attempts != 1 {
				t.Errorf("%v after %d attempts, want a wrong password after one", err, report.Attempts)
			}
		})
	}
}
