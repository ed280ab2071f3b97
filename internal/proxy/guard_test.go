package proxy

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
)

// A client that takes the proxy for an HTTP proxy is told what to do instead, whatever it asks for; so is the user, once.
func TestMisused(t *testing.T) {
	t.Parallel()
	var warnings atomic.Int64
	s := newStage(t, func(http.ResponseWriter, *http.Request) { t.Error("the API was reached") }, nil)
	s.proxy.cfg.Warn = func(message string) {
		warnings.Add(1)
		if !strings.Contains(message, s.url) {
			t.Error(message)
		}
	}
	for _, line := range []string{
		"GET http://api.example.com/x",
		"GET http://127.0.0.1:9/x",
		"GET http://127.0.0.1/x",
		"GET https://" + strings.TrimPrefix(s.url, "http://") + "/x",
		"GET http://u:p@" + strings.TrimPrefix(s.url, "http://") + "/x",
		"GET file:///etc/passwd",
		"GET mailto:x@example.com",
		"CONNECT api.example.com:443",
		"CONNECT " + strings.TrimPrefix(s.url, "http://"),
		"TRACE http://api.example.com/x",
	} {
		got := s.raw(t, line+" HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
		if !strings.HasPrefix(got, "HTTP/1.1 400 ") || !strings.Contains(got, s.url) || !strings.Contains(got, "HTTP_PROXY") {
			t.Errorf("%s: %s", line, got)
		}
	}
	if n := warnings.Load(); n != 1 {
		t.Errorf("%d warnings", n)
	}
}

// A client that shows what it sends gets nothing to show.
func TestTrace(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(http.ResponseWriter, *http.Request) { t.Error("the API was reached") }, nil)
	for _, method := range []string{"TRACE", "TRACK", "trace"} {
		resp, text := s.ask(t, method, "/x", "", "Max-Forwards: 5")
		if resp.StatusCode != http.StatusMethodNotAllowed || kindIn(t, text) != "throttled" || !strings.Contains(resp.Header.Get("Allow"), "GET") {
			t.Errorf("%s: %d %v %s", method, resp.StatusCode, resp.Header, text)
		}
	}
}

// An offer to go on with another version of HTTP is ignored; what is meant to be another protocol is not forwarded as
// something that it is not.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	s := newStage(t, echo, func(p *config.Profile, _ *apiclient.Config) {})
	for protocols, want := range map[string]int{
		"h2c": 200, "H2C": 200, "HTTP/2.0, h2c": 200, "TLS/1.0": 200, "": 200,
		"websocket": 501, "WebSocket": 501, "h2c, websocket": 501, "SPDY/3.1": 501, "h2co": 501, "connect-udp": 501,
	} {
		resp, text := s.ask(t, "GET", "/x", "", "Connection: keep-alive, uPgrade", "Upgrade: "+protocols)
		if resp.StatusCode != want || strings.Contains(text, "Upgrade") {
			t.Errorf("%q: %d %s, want %d", protocols, resp.StatusCode, text, want)
		}
	}
	if resp, text := s.ask(t, "GET", "/x", "", "Upgrade: websocket"); resp.StatusCode != 200 {
		t.Errorf("without Connection: %d %s", resp.StatusCode, text)
	}
}
