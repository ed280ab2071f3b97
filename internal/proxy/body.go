package proxy

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// maxBody is how much of a body is held so that it can be sent again, in bytes.
const maxBody = 1 << 20

// A client may pause for bodyPatience within a body, and in the long run has to send minBodyRate bytes per second.
// Only time in which the proxy is reading counts, never the wait for a limit.
const (
	bodyPatience = 30 * time.Second
	minBodyRate  = 500
)

// A timedBody is the body of a request whose client has to keep sending. It is read by one goroutine at a time, which
// the handler may not wait for.
type timedBody struct {
	io.ReadCloser
	setDeadline func(time.Time) error

	mu    sync.Mutex
	left  time.Duration // that the client may take; what arrives adds to it
	ended bool
	err   error // that ended it too early
}

// timeBody returns a request's body, for which the proxy does not wait without end. It takes the body's place in a copy
// of the request, since the server wants to see its own in the original. leave has to be called when the request has
// been handled.
func timeBody(w http.ResponseWriter, r *http.Request) *timedBody {
	return &timedBody{
		ReadCloser: r.Body, setDeadline: http.NewResponseController(w).SetReadDeadline, left: bodyPatience,
		ended: r.Body == nil || r.Body == http.NoBody,
	}
}

// Read implements io.Reader.
func (b *timedBody) Read(p []byte) (int, error) {
	began := time.Now()
	b.mu.Lock()
	_ = b.setDeadline(began.Add(b.left)) // fails only on a connection that is closed
	b.mu.Unlock()
	n, err := b.ReadCloser.Read(p)
	b.account(n, time.Since(began), err)
	if errors.Is(err, io.EOF) {
		_ = b.setDeadline(time.Time{}) // from here on the server watches for the client's departure
	}
	return n, err
}

// account notes what a read of n bytes took.
func (b *timedBody) account(n int, took time.Duration, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left > 0 { // or it has expired
		b.left = min(b.left-took+time.Duration(n)*time.Second/minBodyRate, bodyPatience)
	}
	b.ended = b.ended || errors.Is(err, io.EOF)
	if err != nil && !b.ended {
		b.err = err
	}
}

// leave bounds how long the server reads what is left of the body, to use the connection again.
func (b *timedBody) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.ended {
		_ = b.setDeadline(time.Now().Add(b.left))
	}
}

// expire ends the wait for what is still to come.
func (b *timedBody) expire() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.ended {
		b.left = 0
		_ = b.setDeadline(time.Now())
	}
}

// failure is what went wrong with the body: the client was too slow, or broke off.
func (b *timedBody) failure() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// buffer reads the body of a request as far as it is held. If that is all of it, the request can be retried;
// otherwise what follows is streamed, once.
func buffer(r *http.Request) error {
	if r.ContentLength > maxBody {
		return nil
	}
	held, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return err
	}
	if len(held) > maxBody {
		r.Body = &rest{io.MultiReader(bytes.NewReader(held), r.Body), r.Body}
		return nil
	}
	if len(r.Trailer) == 0 { // which only chunks carry
		r.ContentLength = int64(len(held))
		r.TransferEncoding = nil
	}
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(held)), nil }
	r.Body, err = r.GetBody()
	return err
}

// rest is a body of which something was read already.
type rest struct {
	io.Reader
	io.Closer
}
