// Package http2test is an HTTP/2 server over TLS on loopback that answers frame by frame, as a test
// says: with resets, with GOAWAY, with nothing.
package http2test

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
)

// Frame types and error codes of RFC 9113.
const (
	Data      = 0x0
	Headers   = 0x1
	RSTStream = 0x3
	settings  = 0x4
	ping      = 0x6
	GoAway    = 0x7

	ProtocolError   = 0x1
	RefusedStream   = 0x7
	EnhanceYourCalm = 0xb

	endStream = 0x1
	ack       = 0x1
	headers   = 0x4 // they end with this frame
)

// A Conn is one connection to the server.
type Conn struct {
	Number int // 1 for the first

	tls *tls.Conn
	mu  sync.Mutex
}

// A Request is a stream on which a request has arrived in full.
type Request struct {
	*Conn
	Stream uint32
	Number int // of all requests to the server, 1 for the first
}

// A TB is what New needs of a test.
type TB interface{ Cleanup(func()) }

// New starts a server, and hands each request to serve, one after the other on each connection.
func New(t TB, serve func(Request)) *httptest.Server {
	var mu sync.Mutex
	conns, requests := 0, 0
	count := func(n *int) int {
		mu.Lock()
		defer mu.Unlock()
		*n++
		return *n
	}
	s := httptest.NewUnstartedServer(nil)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{NextProtos: []string{"h2"}} //nolint:gosec // of a test
	s.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){
		"h2": func(_ *http.Server, conn *tls.Conn, _ http.Handler) {
			c := &Conn{Number: count(&conns), tls: conn}
			c.read(func(stream uint32) { serve(Request{c, stream, count(&requests)}) })
		},
	}
	s.StartTLS()
	t.Cleanup(s.CloseClientConnections)
	return s
}

// read reads frames until the connection ends.
func (c *Conn) read(arrived func(stream uint32)) {
	defer c.Close()
	r := bufio.NewReader(c.tls)
	if _, err := r.Discard(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")); err != nil {
		return
	}
	c.Send(settings, 0, 0, nil)
	for {
		var head [9]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return
		}
		payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
		if _, err := io.ReadFull(r, payload); err != nil {
			return
		}
		kind, flags, stream := head[3], head[4], binary.BigEndian.Uint32(head[5:])
		switch {
		case (kind == settings || kind == ping) && flags&ack == 0:
			if kind == settings {
				payload = nil
			}
			c.Send(kind, ack, 0, payload)
		case (kind == Headers || kind == Data) && flags&endStream != 0:
			arrived(stream)
		}
	}
}

// Send writes a frame.
func (c *Conn) Send(kind, flags byte, stream uint32, payload []byte) {
	b := append(binary.BigEndian.AppendUint32(nil, uint32(len(payload))<<8|uint32(kind)), flags) //nolint:gosec // short
	b = append(binary.BigEndian.AppendUint32(b, stream), payload...)
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = c.tls.Write(b)
}

// Close breaks the connection.
func (c *Conn) Close() { _ = c.tls.Close() }

// Reset resets the request's stream.
func (r Request) Reset(code uint32) {
	r.Send(RSTStream, 0, r.Stream, binary.BigEndian.AppendUint32(nil, code))
}

// GoAway says that no stream after last was or will be processed.
func (c *Conn) GoAway(last, code uint32) {
	c.Send(GoAway, 0, 0, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, last), code))
}

// OK responds with 200 and nothing.
func (r Request) OK() { r.Send(Headers, endStream|headers, r.Stream, []byte{0x88}) } // :status 200
