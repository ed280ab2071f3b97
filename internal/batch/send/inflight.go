package send

import (
	"context"
	"io"
	"net/http"
	"sync"
)

// InFlight bounds how many requests of a run are on the wire at once, whatever they are for: as many hosts as there
// are in a list would take as many connections otherwise.
type InFlight struct{ slots chan struct{} }

// NewInFlight allows n requests at once.
func NewInFlight(n int) *InFlight { return &InFlight{make(chan struct{}, max(n, 1))} }

// Wire returns base with the bound. A request counts until its response's body is closed.
func (f *InFlight) Wire(base http.RoundTripper) http.RoundTripper { return &boundedWire{f, base} }

type boundedWire struct {
	*InFlight
	base http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (w *boundedWire) RoundTrip(req *http.Request) (*http.Response, error) {
	select {
	case w.slots <- struct{}{}:
	case <-req.Context().Done():
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, context.Cause(req.Context())
	}
	resp, err := w.base.RoundTrip(req)
	if err != nil {
		<-w.slots
		return nil, err
	}
	resp.Body = &countedBody{ReadCloser: resp.Body, leave: sync.OnceFunc(func() { <-w.slots })}
	return resp, nil
}

// CloseIdleConnections closes those of the wire, for http.Client's method of that name.
func (w *boundedWire) CloseIdleConnections() {
	if c, ok := w.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// A countedBody takes its request out of the count when it is closed.
type countedBody struct {
	io.ReadCloser
	leave func()
}

// Close implements io.Closer.
func (b *countedBody) Close() error {
	defer b.leave()
	return b.ReadCloser.Close()
}
