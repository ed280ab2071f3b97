package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// What a server of HTTP/2 is allowed in silence: a connection that has nothing to say for a while is asked
// whether it is alive, and given up if it does not reply.
const (
	http2Silence = 15 * time.Second
	http2Reply   = 10 * time.Second
)

// http2Conns are the connections of a wire that speak HTTP/2. net/http has a pool of them that sends some
// requests a second time by itself, whatever they are, and whose errors do not tell which were processed.
// Here a request is one stream, and how that ended is what the caller learns.
type http2Conns struct {
	client *http.Transport // makes an HTTP/2 connection of a TLS connection

	mu    sync.Mutex
	conns map[string][]*http2Conn // by host:port

	mostIdle int // connections beyond which those that carry nothing are closed; 0 means none

	transport *http.Transport // makes connections, and sends what does not go over these
	dials     http2Dials
}

// useHTTP2 makes t offer HTTP/2 to servers, over connections of our own.
func useHTTP2(t *http.Transport, windows http.HTTP2Config) *http2Conns {
	windows.SendPingTimeout, windows.PingTimeout, windows.WriteByteTimeout = http2Silence, http2Reply, 2*http2Silence
	p := &http2Conns{conns: make(map[string][]*http2Conn), transport: t, client: &http.Transport{
		DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return ctx.Value(tlsConnKey{}).(*tls.Conn), nil
		},
		ForceAttemptHTTP2:  true,
		DisableCompression: t.DisableCompression,

		MaxResponseHeaderBytes: t.MaxResponseHeaderBytes,
		IdleConnTimeout:        t.IdleConnTimeout,
		HTTP2:                  &windows,
	}}
	p.dials.servers = make(map[string]*http2Demand)
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = &tls.Config{} //nolint:gosec // Go's own minimum is 1.2
	}
	t.TLSClientConfig.NextProtos = []string{"h2", "http/1.1"}
	t.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{"h2": p.adopt}
	t.RegisterProtocol("https", p)
	return p
}

type tlsConnKey struct{}

// adopt is http.Transport's TLSNextProto: it takes in a connection that was just made. Of those that the first
// requests to a server made at once, one is enough.
func (p *http2Conns) adopt(authority string, conn *tls.Conn) http.RoundTripper {
	defer p.dials.endOne(authority)
	origin := &http2Origin{p: p, authority: authority}
	if !p.dials.wanted(authority) && p.spare(authority) {
		go func() { _ = conn.Close() }()
		return origin
	}
	cc, err := p.client.NewClientConn(context.WithValue(context.Background(), tlsConnKey{}, conn), "https", authority)
	if err != nil {
		go func() { _ = conn.Close() }()
		return brokenConn{err}
	}
	c := &http2Conn{ClientConn: cc, conn: conn, ended: func() { p.dials.streamEnded(authority) }}
	c.SetStateHook(func(*http.ClientConn) { c.ended() })
	origin.fresh.Store(c)
	p.mu.Lock()
	defer p.mu.Unlock()
	c.expected = p.streams(authority)
	p.closeIdle()
	p.conns[authority] = append(p.conns[authority], c)
	return origin
}

// free finds a connection with a free stream, which is then one that is starting; nil if there is none.
// ClientConn.Reserve is not for us: where the server allows fewer streams than were reserved before it said
// so, all who reserved wait for each other. mu is held.
func (p *http2Conns) free(authority string) *http2Conn {
	conns := slices.DeleteFunc(p.conns[authority], func(c *http2Conn) bool { return c.Err() != nil })
	if p.conns[authority] = conns; len(conns) == 0 {
		delete(p.conns, authority)
	}
	for _, c := range conns {
		if c.room() > int(c.starting.Load()) {
			c.starting.Add(1)
			return c
		}
	}
	return nil
}

// spare reports whether a connection has a free stream.
func (p *http2Conns) spare(authority string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.free(authority)
	if c != nil {
		c.starting.Add(-1)
	}
	return c != nil
}

// RoundTrip implements http.RoundTripper for http.Transport's RegisterProtocol. The first requests to a server go the
// usual way, as nobody knows yet what it speaks.
func (p *http2Conns) RoundTrip(req *http.Request) (*http.Response, error) {
	port := req.URL.Port()
	if port == "" {
		port = "443"
	}
	authority := net.JoinHostPort(strings.ToLower(req.URL.Hostname()), port)
	c, known := p.pick(authority)
	switch {
	case c != nil:
		return c.RoundTrip(req)
	case !known, req.Context().Value(dialingKey{}) != nil:
		return nil, http.ErrSkipAltProtocol
	}
	return p.connect(req, authority)
}

// pick returns a connection with a free stream, which is then one that is starting, or nil, and whether there are
// others.
func (p *http2Conns) pick(authority string) (c *http2Conn, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c = p.free(authority)
	return c, len(p.conns[authority]) > 0
}

// CloseIdleConnections closes those that carry nothing.
func (p *http2Conns) CloseIdleConnections() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conns := range p.conns {
		for _, c := range conns {
			if c.InFlight() == 0 {
				_ = c.Close()
			}
		}
	}
}

// An http2Origin is what http.Transport has for a connection: the way to all of those to the same server.
type http2Origin struct {
	p         *http2Conns
	authority string
	fresh     atomic.Pointer[http2Conn] // not used yet: so that an error of a new connection is told
}

// RoundTrip implements http.RoundTripper.
func (o *http2Origin) RoundTrip(req *http.Request) (*http.Response, error) {
	if c := o.fresh.Swap(nil); c != nil {
		c.starting.Add(1)
		return c.RoundTrip(req)
	}
	c, known := o.p.pick(o.authority)
	switch {
	case c != nil:
		return c.RoundTrip(req)
	case !known, req.Context().Value(dialingKey{}) != nil:
		return nil, noConnError{}
	}
	return o.p.connect(req, o.authority)
}

// noConnError makes http.Transport make a connection: nothing was sent.
type noConnError struct{}

func (noConnError) Error() string             { return "no HTTP/2 connection is free" }
func (noConnError) IsHTTP2NoCachedConnError() {}

// A brokenConn is what is left of a connection that could not be used.
type brokenConn struct{ err error }

// RoundTrip implements http.RoundTripper.
func (f brokenConn) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// An http2Conn is one connection.
type http2Conn struct {
	*http.ClientConn
	conn     *tls.Conn
	reused   atomic.Bool
	starting atomic.Int32 // requests that have no response yet; perhaps no stream either
	ended    func()       // called when a stream may be free
	expected int          // how many streams it will allow, as its siblings do; 0: not known
	answered atomic.Bool  // it has brought a response, and before that what it allows
}

// room is how many more streams it allows. Before a server has said how many that are, net/http takes it for 100, and
// those that are too many may end as errors that do not tell whether they were processed.
func (c *http2Conn) room() int {
	n := c.Available()
	if c.expected > 0 && !c.answered.Load() {
		n = min(n, c.expected-c.InFlight())
	}
	return n
}

// RoundTrip sends a request that is starting on one stream.
func (c *http2Conn) RoundTrip(req *http.Request) (*http.Response, error) {
	defer c.started()
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{Conn: c.conn, Reused: c.reused.Swap(true)})
	}
	resp, err := c.ClientConn.RoundTrip(req)
	switch {
	case err == nil:
		c.answered.Store(true)
	case unprocessedStream(err):
		err = fmt.Errorf("%w: %w", limiter.ErrNotProcessed, err)
	}
	return resp, err
}

// started ends the beginning of a request.
func (c *http2Conn) started() {
	c.starting.Add(-1)
	c.ended()
}

// A streamError is net/http's, which it hands out to a type with the same fields.
type streamError struct {
	StreamID uint32
	Code     uint32
	Cause    error
}

// Error implements error.
func (e streamError) Error() string { return fmt.Sprintf("stream error %d", e.Code) }

// refusedStream is the code of a stream that was not processed (RFC 9113, section 8.7).
const refusedStream = 0x7

// unprocessedStream reports whether a server said that it has not processed a request: it rejected the stream, or named
// one before it as the last in a GOAWAY frame. For that net/http has no type.
func unprocessedStream(err error) bool {
	if e, ok := errors.AsType[streamError](err); ok {
		return e.Code == refusedStream
	}
	return strings.HasPrefix(err.Error(), "http2: Transport received Server's graceful shutdown GOAWAY") ||
		strings.HasPrefix(err.Error(), "http2: Transport received GOAWAY from server")
}
