package transport

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/arl-cli/arl/internal/headers"
	"github.com/arl-cli/arl/internal/httpcheck"
	"github.com/arl-cli/arl/pkg/limiter"
)

// connectPatience is how long each step to a connection may take, where --connect-timeout names no time:
// to look the name up and connect, a proxy's handshake, that of TLS.
const connectPatience = 30 * time.Second

type tunnelStatusKey struct{}

// WithTunnelStatus returns a context with which a request notes in to what a proxy responds to CONNECT.
func WithTunnelStatus(ctx context.Context, to *atomic.Int64) context.Context {
	return context.WithValue(ctx, tunnelStatusKey{}, to)
}

// tunnelled is http.Transport's OnProxyConnectResponse.
func tunnelled(ctx context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if status, ok := ctx.Value(tunnelStatusKey{}).(*atomic.Int64); ok {
		status.Store(int64(resp.StatusCode))
	}
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		resp.StatusCode = http.StatusOK // net/http takes no other, but each is a tunnel (RFC 9110, section 9.3.6)
		return nil
	}
	s := headers.ReadSignal(&headers.Rules{}, resp.StatusCode, resp.Header, nil, time.Now())
	later := s.Kind == limiter.Throttled || s.Kind == limiter.Overloaded
	return &httpcheck.ProxyError{
		Err:       &httpcheck.TunnelError{Status: resp.StatusCode, Message: resp.Status},
		Final:     !later && resp.StatusCode < http.StatusInternalServerError && resp.StatusCode != http.StatusRequestTimeout,
		Throttled: later, Pause: s.Pause,
	}
}

// socksError finds a SOCKS proxy's own words in an error of http.Transport, which has no type for them.
func socksError(err error) error {
	op, ok := errors.AsType[*net.OpError](err)
	if !ok || !strings.HasPrefix(op.Op, "socks ") {
		return err
	}
	if _, network := errors.AsType[net.Error](op.Err); network {
		return err
	}
	e := &httpcheck.TunnelError{Message: op.Err.Error()}
	return &httpcheck.ProxyError{Err: e, Final: e.Denied()}
}

// proxies are the addresses of the proxies that a wire has been told to use.
type proxies struct{ addrs sync.Map }

// noting notes which proxies there are.
func (p *proxies) noting(proxy proxyFunc) proxyFunc {
	if proxy == nil {
		return nil
	}
	return func(req *http.Request) (*url.URL, error) {
		u, err := proxy(req)
		if u != nil && u.Port() != "" {
			p.addrs.Store(net.JoinHostPort(u.Hostname(), u.Port()), nil)
		}
		return u, err
	}
}

// guard gives a connection to a proxy no more than patience for its handshake. net/http knows no bound
// for that of SOCKS.
func (p *proxies) guard(conn net.Conn, address string, patience time.Duration) net.Conn {
	if _, ok := p.addrs.Load(address); !ok {
		return conn
	}
	return &greeted{Conn: conn, late: time.AfterFunc(patience, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })}
}

// greeted is a connection to a proxy. What is written first tells which handshake there is, if any.
type greeted struct {
	net.Conn
	late *time.Timer
	over func(read []byte) bool // reports whether the handshake is; nil if there is none, or no longer
	read []byte
	used bool
}

// Write implements net.Conn.
func (g *greeted) Write(b []byte) (int, error) {
	if !g.used {
		g.used = true
		switch {
		case bytes.HasPrefix(b, []byte("CONNECT ")):
			g.over = func(read []byte) bool { return bytes.Contains(read, []byte("\r\n\r\n")) }
		case bytes.HasPrefix(b, []byte{5}):
			g.over = socksOver
		default:
			g.late.Stop()
		}
	}
	return g.Conn.Write(b)
}

// Read implements net.Conn.
func (g *greeted) Read(b []byte) (int, error) {
	n, err := g.Conn.Read(b)
	if g.over != nil {
		if g.read = append(g.read, b[:n]...); g.over(g.read) {
			g.late.Stop()
			g.over, g.read = nil, nil
		}
	}
	return n, err
}

// socksOver reports whether a SOCKS proxy has said all that comes before a connection (RFC 1928, RFC 1929):
// the method, with a password what it thinks of it, and the reply with the address it is bound to.
func socksOver(read []byte) bool {
	const password, ipv4, name, ipv6 = 2, 1, 3, 4
	if len(read) < 2 {
		return false
	}
	method, rest := read[1], read[2:]
	if method == password {
		rest = rest[min(2, len(rest)):]
	}
	if len(rest) < 5 {
		return false
	}
	reply := 4 + 2 + map[byte]int{ipv4: net.IPv4len, ipv6: net.IPv6len, name: 1 + int(rest[4])}[rest[3]]
	return len(rest) >= reply
}
