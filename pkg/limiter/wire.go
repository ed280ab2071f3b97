package limiter

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http/httptrace"
	"strings"
	"sync"
)

// ErrNotProcessed says of an attempt's error that the server did not process the request, whatever
// arrived of it. A Base that knows wraps it; such a request may be retried, whatever its method.
var ErrNotProcessed = errors.New("the server did not process the request")

// errAnotherCopy is why an attempt was ended that net/http was about to send once more.
var errAnotherCopy = errors.New("an attempt is one copy of its request")

// brokenError is what has happened when net/http would send a request once more.
type brokenError struct{}

func (brokenError) Error() string { return "the connection broke before a response came" }
func (brokenError) Unwrap() error { return io.EOF }

// A wire watches through httptrace how an attempt is written. An attempt is one copy of its request.
// net/http would by itself send another, at once and past the limiter: where a kept-alive connection
// breaks, if the method or the mere presence of an Idempotency-Key field allows it
// (Transport.shouldRetryRequest), and over HTTP/2 where the server resets the stream
// (http2canRetryError), even if it has done what the first copy asked for. The other copy is stopped
// before its first byte; whether there is to be one is for Retry to say.
//
// A Base that sends again because of a response it has got, as to a challenge, is not stopped: what it
// writes is charged.
type wire struct {
	ctx    context.Context // the attempt's; a field because a wire is one attempt
	cancel context.CancelCauseFunc
	trace  httptrace.ClientTrace

	mu       sync.Mutex
	conn     net.Conn // that the request was given to
	reused   bool
	http2    bool
	copies   int  // written, each at least in part
	answered int  // how many of them had a response
	stopped  bool // there would have been another
	expired  bool // time was up, or the request was cancelled
}

// watch returns the context for an attempt's request. Over TLS the connection knows its protocol; to look at
// every field costs a little.
func (w *wire) watch(ctx context.Context, overTLS bool) context.Context {
	ctx, w.cancel = context.WithCancelCause(ctx)
	w.trace = httptrace.ClientTrace{
		GetConn:              func(string) { w.stop() },
		GotConn:              w.got,
		WroteHeaders:         w.wrote,
		GotFirstResponseByte: w.responded,
	}
	if !overTLS {
		w.trace.WroteHeaderField = w.wroteField
	}
	w.ctx = httptrace.WithClientTrace(ctx, &w.trace)
	return w.ctx
}

// stop ends the attempt if what comes next would be another copy of the request.
func (w *wire) stop() bool {
	w.mu.Lock()
	another := w.copies > w.answered
	w.stopped = w.stopped || another
	w.mu.Unlock()
	if another {
		w.cancel(errAnotherCopy)
	}
	return another
}

// got receives the connection that the request is about to be written to. HTTP/2 looks at the context
// before it writes; HTTP/1 does not, but has the connection for itself.
func (w *wire) got(info httptrace.GotConnInfo) {
	stop := w.stop()
	c, secure := info.Conn.(*tls.Conn)
	shared := secure && c.ConnectionState().NegotiatedProtocol == "h2"
	w.mu.Lock()
	if !stop {
		w.conn, w.reused, w.http2 = info.Conn, info.Reused, shared
	} else if !secure {
		shared = w.http2 // as the first copy's fields told
	}
	w.mu.Unlock()
	if stop && !shared {
		_ = info.Conn.Close()
	}
}

// wroteField tells HTTP/2 by its pseudo-header fields.
func (w *wire) wroteField(name string, _ []string) {
	if strings.HasPrefix(name, ":") {
		w.mu.Lock()
		w.http2 = true
		w.mu.Unlock()
	}
}

func (w *wire) wrote() {
	w.mu.Lock()
	w.copies++
	w.mu.Unlock()
}

func (w *wire) responded() {
	w.mu.Lock()
	w.answered++
	w.mu.Unlock()
}

// written reports how many copies were written.
func (w *wire) written() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.copies
}

// explain returns what has happened where an attempt ended with err.
func (w *wire) explain(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return brokenError{}
	}
	ended := w.ctx.Err()
	if w.expired = ended != nil; w.expired && errors.Is(err, ended) {
		return context.Cause(w.ctx) // HTTP/2 knows only the context's error
	}
	return err
}

// stale reports whether the attempt failed because its kept-alive connection had died.
func (w *wire) stale() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.reused && !w.http2 && w.answered == 0 && w.copies > 0 && !w.expired
}

// lost returns the connection that broke under the attempt; nil if that is not why it failed.
func (w *wire) lost() net.Conn {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.expired {
		return nil
	}
	return w.conn
}
