package proxy

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync"
	"sync/atomic"
)

// KeepHeads makes t keep the beginning of each response, so that a [Proxy] can read the headers again that net/http takes
// out: from a response that ends its connection it takes Connection, and with it the names of the others that end there.
// Over TLS they stay lost, for net/http does not show what it reads there. It has to be called before t is used.
func KeepHeads(t *http.Transport) {
	dial := t.DialContext
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &headConn{Conn: conn}, nil
	}
}

// maxHead is how much of a response's beginning is kept, in bytes.
const maxHead = 64 << 10

// A headConn is a connection that keeps the beginning of the response that is being waited for.
type headConn struct {
	net.Conn

	mu   sync.Mutex
	kept []byte // nil while there is nothing to keep
}

// Read implements net.Conn.
func (c *headConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept != nil {
		c.kept = append(c.kept, p[:min(n, maxHead-len(c.kept))]...)
	}
	return n, err
}

// keep says that a response is waited for from now on.
func (c *headConn) keep() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = []byte{}
}

// take returns what was kept.
func (c *headConn) take() (head []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	head, c.kept = c.kept, nil
	return head
}

// exchange sends a request, and returns the response with its Connection header.
func exchange(wire http.RoundTripper, req *http.Request) (*http.Response, error) {
	var used atomic.Pointer[headConn]
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if c, ok := info.Conn.(*headConn); ok {
			c.keep()
			used.Store(c)
		}
	}})
	resp, err := wire.RoundTrip(req.WithContext(ctx))
	c := used.Load()
	if c == nil {
		return resp, err
	}
	head := c.take()
	if err == nil && resp.Close && resp.Header["Connection"] == nil {
		resp.Header["Connection"] = connectionIn(head)
	}
	return resp, err
}

// connectionIn finds the Connection header of a response; those that precede the final one have none that matters.
func connectionIn(head []byte) []string {
	r := textproto.NewReader(bufio.NewReader(bytes.NewReader(head)))
	for {
		line, err := r.ReadLine()
		if err != nil {
			return nil
		}
		header, err := r.ReadMIMEHeader()
		if _, status, _ := strings.Cut(line, " "); err != nil || !strings.HasPrefix(strings.TrimSpace(status), "1") {
			return header["Connection"]
		}
	}
}
