package transport_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/arl-cli/arl/internal/transport"
)

// TestWireKeepsConnections sends many requests over no more connections than are allowed, over one with
// HTTP/2.
func TestWireKeepsConnections(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		proto string
		start func(*httptest.Server)
		most  int64
	}{
		{"HTTP/1.1", (*httptest.Server).Start, 2 * 16}, // net/http dials while it waits for one that is in use
		{"HTTP/2.0", (*httptest.Server).StartTLS, 1},
	} {
		t.Run(tt.proto, func(t *testing.T) {
			t.Parallel()
			var opened atomic.Int64
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) }))
			server.EnableHTTP2 = true
			server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
				if s == http.StateNew {
					opened.Add(1)
				}
			}
			tt.start(server)
			t.Cleanup(server.Close)
			wire, err := transport.New(transport.Options{Insecure: true, Connections: 16})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(wire.CloseIdleConnections)
			exchange(t, wire, server.URL, tt.proto) // so that HTTP/2 is known of
			var workers sync.WaitGroup
			for range 16 {
				workers.Go(func() {
					for range 20 {
						exchange(t, wire, server.URL, tt.proto)
					}
				})
			}
			workers.Wait()
			if n := opened.Load(); n > tt.most {
				t.Errorf("%d connections for 16 requests at a time, want %d at most", n, tt.most)
			}
		})
	}
}

// exchange expects to get what it is told.
func exchange(t *testing.T, wire http.RoundTripper, url, want string) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Error(err)
		return
	}
	resp, err := wire.RoundTrip(req)
	if err != nil {
		t.Error(err)
		return
	}
	defer resp.Body.Close()
	if got, err := io.ReadAll(resp.Body); err != nil || string(got) != want {
		t.Errorf("the server saw %q, %v, want %q", got, err, want)
	}
}
