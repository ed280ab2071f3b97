package transport

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"time"
)

// secure is a lenient connection with TLS.
type secure struct {
	lenient

	conn *tls.Conn
}

func newSecure(conn *tls.Conn) *secure { return &secure{lenient{Conn: conn}, conn} }

// ConnectionState is tls.Conn's.
func (s *secure) ConnectionState() tls.ConnectionState { return s.conn.ConnectionState() }

// dialTLS makes connections with TLS to servers, and to proxies that want it, without a proxy between.
func dialTLS(t *http.Transport, d *dialer, patience time.Duration) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := d.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		config := t.TLSClientConfig.Clone()
		if config == nil {
			config = &tls.Config{} //nolint:gosec // Go's own minimum is 1.2
		}
		if config.ServerName == "" {
			config.ServerName, _, _ = net.SplitHostPort(address)
		}
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		c := tls.Client(conn, config)
		if err := handshake(ctx, c); err != nil {
			_ = conn.Close()
			return nil, err
		}
		if c.ConnectionState().NegotiatedProtocol == "h2" {
			return c, nil
		}
		return newSecure(c), nil
	}
}

// handshake is that of TLS, told to who traces it.
func handshake(ctx context.Context, c *tls.Conn) error {
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.TLSHandshakeStart != nil {
		trace.TLSHandshakeStart()
	}
	err := c.HandshakeContext(ctx)
	if trace != nil && trace.TLSHandshakeDone != nil {
		trace.TLSHandshakeDone(c.ConnectionState(), err)
	}
	return err
}

// CloseIdleConnections closes the connections that carry nothing.
func (w *Wire) CloseIdleConnections() {
	w.Transport.CloseIdleConnections()
	if w.http2 != nil {
		w.http2.CloseIdleConnections()
	}
}
