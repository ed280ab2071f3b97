package writeout

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"github.com/arl-cli/arl/internal/transport"
)

// A Transfer is what -w tells of a request. Times are those of the last attempt, with those of the
// redirects before it and without any wait, in the words of curl's manual.
type Transfer struct {
	URL      string         // as asked for
	File     string         // that the response was written to
	Response *http.Response // the last one; nil without a response
	Referer  string
	Method   string

	paged    bool
	repeated int // attempts at pages of a list, but for the first of each

	mu        sync.Mutex
	hop       *http.Response // that led to the request in flight
	start     time.Time      // of the attempt
	redirects time.Duration  // what the redirects before it took
	times     moments
	local     net.Addr
	remote    net.Addr
	connects  int
	certs     int          // of the server
	tunnel    atomic.Int64 // the proxy's response to CONNECT
	head      int          // of the request, in bytes
	uploaded  *int64       // bytes
	received  *int64       // bytes, as they came
}

// moments are when a step of an attempt was done; zero if it was not.
type moments struct{ lookup, connect, handshake, request, answer, end time.Time }

// Wire measures every attempt. It goes directly around the wire, so that what is received is counted
// before it is decompressed.
func (t *Transfer) Wire(base http.RoundTripper) http.RoundTripper { return &measured{base, t} }

type measured struct {
	http.RoundTripper
	t *Transfer
}

// RoundTrip implements http.RoundTripper.
func (m *measured) RoundTrip(req *http.Request) (*http.Response, error) {
	m.t.begin(req)
	ctx := transport.WithTunnelStatus(req.Context(), &m.t.tunnel)
	req = req.WithContext(httptrace.WithClientTrace(ctx, m.t.trace()))
	if req.Body != nil && req.Body != http.NoBody {
		req.Body = &counted{req.Body, m.t, m.t.uploaded, nil}
	}
	resp, err := m.RoundTripper.RoundTrip(req)
	if err != nil {
		m.t.mark(&m.t.times.end)
		return nil, err
	}
	resp.Body = &counted{resp.Body, m.t, m.t.received, &m.t.times.end}
	return resp, nil
}

func (t *Transfer) begin(req *http.Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if req.Response != t.hop {
		t.redirects += t.since(t.times.end)
		t.hop = req.Response
	}
	t.start, t.times, t.head = time.Now(), moments{}, 0
	t.uploaded, t.received = new(int64), new(int64) // what is left of an earlier attempt counts for itself
	t.Method, t.Referer = req.Method, req.Header.Get("Referer")
}

// Page notes the response to the request for a page of a list, nil if there was none, and how many attempts it took.
func (t *Transfer) Page(resp *http.Response, attempts int) {
	t.paged, t.Response = true, resp
	t.repeated += t.repeats(attempts)
}

// repeats is how many of the attempts at a request were repeats of another.
func (t *Transfer) repeats(attempts int) int { return max(attempts-1-t.followed(), 0) }

// since is how long after the attempt's start something happened.
func (t *Transfer) since(at time.Time) time.Duration {
	if at.IsZero() {
		return 0
	}
	return at.Sub(t.start)
}

// count reads a counter.
func (t *Transfer) count(n *int64) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n == nil {
		return 0
	}
	return *n
}

func (t *Transfer) mark(at *time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	*at = time.Now()
}

func (t *Transfer) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSDone:              func(httptrace.DNSDoneInfo) { t.mark(&t.times.lookup) },
		ConnectDone:          func(_, _ string, _ error) { t.mark(&t.times.connect) },
		TLSHandshakeDone:     func(tls.ConnectionState, error) { t.mark(&t.times.handshake) },
		GotConn:              t.connected,
		WroteHeaderField:     t.wroteHeader,
		WroteRequest:         func(httptrace.WroteRequestInfo) { t.mark(&t.times.request) },
		GotFirstResponseByte: func() { t.mark(&t.times.answer) },
	}
}

func (t *Transfer) connected(info httptrace.GotConnInfo) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.local, t.remote = info.Conn.LocalAddr(), info.Conn.RemoteAddr()
	t.certs = 0
	if secure, ok := info.Conn.(interface{ ConnectionState() tls.ConnectionState }); ok {
		t.certs = len(secure.ConnectionState().PeerCertificates)
	}
	if !info.Reused {
		t.connects++
	}
	if t.times.request.IsZero() {
		t.times.request = time.Now() // about to be sent
	}
}

func (t *Transfer) wroteHeader(name string, values []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, v := range values {
		t.head += len(name) + len(v) + len(": \r\n")
	}
}

// counted counts what is read of a body, and notes when it ended.
type counted struct {
	io.ReadCloser
	t   *Transfer
	n   *int64
	end *time.Time // may be nil
}

// Read implements io.Reader.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.t.mu.Lock()
	defer c.t.mu.Unlock()
	*c.n += int64(n)
	if c.end != nil {
		*c.end = time.Now()
	}
	return n, err
}
