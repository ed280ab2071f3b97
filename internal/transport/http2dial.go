package transport

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync"
	"sync/atomic"
)

// http2Dials has the requests to servers of HTTP/2 whose connections are all full. Left to itself net/http makes a
// connection for each of them, most of which are not needed any more when they are open.
type http2Dials struct {
	waiting atomic.Int32 // requests that wait, of all servers

	mu      sync.Mutex // taken after that of http2Conns, never before it
	servers map[string]*http2Demand
}

// A http2Demand is what one server's connections are wanted for.
type http2Demand struct {
	making  []*http2Dial  // connections that are being made
	waiting int           // requests that wait for one of those, or for a stream that ends
	changed chan struct{} // closed when it is worth looking again
}

// A http2Dial is one connection that is being made.
type http2Dial struct{ authority string }

type dialingKey struct{} // in the context of a request that makes a connection

// connect sends a request as soon as a connection has a free stream for it. It makes a connection where those that
// are being made will not carry all who wait.
func (p *http2Conns) connect(req *http.Request, authority string) (*http.Response, error) {
	for {
		changed := p.dials.join(authority)
		c, streams := p.look(authority)
		if c != nil {
			p.dials.leave(authority)
			return c.RoundTrip(req)
		}
		if dial := p.dials.begin(authority, streams); dial != nil {
			return p.dial(req, dial)
		}
		select {
		case <-changed:
			p.dials.leave(authority)
		case <-req.Context().Done():
			p.dials.leave(authority)
			return nil, context.Cause(req.Context())
		}
	}
}

// look returns a connection with a free stream, which is then one that is starting. If there is none, streams is how
// many a new connection is expected to have.
func (p *http2Conns) look(authority string) (c *http2Conn, streams int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.free(authority); c != nil {
		return c, 0
	}
	return nil, max(p.streams(authority), 1) // 1: perhaps the server speaks HTTP/1.1 by now
}

// streams is how many streams a connection to a server has, as one said that has brought a response; 0 if none has.
// mu is held.
func (p *http2Conns) streams(authority string) int {
	for _, c := range p.conns[authority] {
		if c.answered.Load() {
			return c.Available() + c.InFlight()
		}
	}
	return 0
}

// dial sends a request over the connection that is made for it, or over one that is free before.
func (p *http2Conns) dial(req *http.Request, dial *http2Dial) (*http.Response, error) {
	defer p.dials.end(dial)
	// adopt learns of a connection that speaks HTTP/2, this of one that does not.
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { p.dials.end(dial) },
	})
	return p.transport.RoundTrip(req.WithContext(context.WithValue(ctx, dialingKey{}, dial)))
}

// join counts a request that may have to wait. What it returns is closed when it is worth looking again.
func (d *http2Dials) join(authority string) <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.servers[authority]
	if s == nil {
		s = &http2Demand{changed: make(chan struct{})}
		d.servers[authority] = s
	}
	s.waiting++
	d.waiting.Add(1)
	return s.changed
}

// leave ends a wait.
func (d *http2Dials) leave(authority string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left(authority)
}

// left ends a wait. mu is held.
func (d *http2Dials) left(authority string) {
	s := d.servers[authority]
	s.waiting--
	d.waiting.Add(-1)
	if s.waiting == 0 && len(s.making) == 0 {
		delete(d.servers, authority)
	}
}

// begin makes one of those that wait the one that makes a connection, if those that are being made will not carry
// all. It returns nil if they will.
func (d *http2Dials) begin(authority string, streams int) *http2Dial {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.servers[authority]
	if len(s.making)*streams >= len(s.making)+s.waiting {
		return nil
	}
	dial := &http2Dial{authority}
	s.making = append(s.making, dial)
	d.left(authority)
	return dial
}

// end notes that a connection was made, or that it will not be. It may be noted more than once.
func (d *http2Dials) end(dial *http2Dial) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.servers[dial.authority]
	if s == nil {
		return
	}
	if i := slices.Index(s.making, dial); i >= 0 {
		d.ended(dial.authority, s, i)
	}
}

// wanted reports whether a connection is being made because the others are full.
func (d *http2Dials) wanted(authority string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.servers[authority]
	return s != nil && len(s.making) > 0
}

// endOne is end for a connection of HTTP/2, of which nobody knows which request made it.
func (d *http2Dials) endOne(authority string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.servers[authority]; s != nil && len(s.making) > 0 {
		d.ended(authority, s, 0)
	}
}

// ended takes out the connection i of those that are being made. mu is held.
func (d *http2Dials) ended(authority string, s *http2Demand, i int) {
	s.making = slices.Delete(s.making, i, i+1)
	s.wake()
	if s.waiting == 0 && len(s.making) == 0 {
		delete(d.servers, authority)
	}
}

// streamEnded lets those look again who wait for a stream.
func (d *http2Dials) streamEnded(authority string) {
	if d.waiting.Load() == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.servers[authority]; s != nil {
		s.wake()
	}
}

// wake lets all who wait look again. The mutex of http2Dials is held.
func (s *http2Demand) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}
