package sandbox

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"
)

// buffered is how many bytes of a response are held back, so that a short one
// is handed over whole.
const buffered = 4 << 10

// exchange is the server's side of one round trip: the handler writes to it.
// Its fields belong to the handler's goroutine until answered is closed, and
// response and err to the client from then on.
type exchange struct {
	request *http.Request
	ctx     context.Context // the client's
	cancel  context.CancelFunc

	header   http.Header
	status   int // 0: not written yet
	declared int // Content-Length; -1: none
	written  int // bytes of body
	held     []byte
	pipe     *io.PipeWriter // nil: not streaming yet
	unwatch  func() bool    // ends the watch over ctx while streaming

	answered chan struct{}
	response *http.Response
	err      error
}

func newExchange(ctx context.Context, cancel context.CancelFunc, req *http.Request) *exchange {
	return &exchange{
		request:  req,
		ctx:      ctx,
		cancel:   cancel,
		header:   make(http.Header),
		declared: -1,
		answered: make(chan struct{}),
	}
}

// Header implements [http.ResponseWriter].
func (x *exchange) Header() http.Header { return x.header }

// WriteHeader implements [http.ResponseWriter]. Informational responses are dropped.
func (x *exchange) WriteHeader(status int) {
	if x.status != 0 || status < 200 && status != http.StatusSwitchingProtocols {
		return
	}
	x.status = status
	head := x.header.Clone()
	if _, ok := head["Date"]; !ok {
		head.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	if n, err := strconv.Atoi(head.Get("Content-Length")); err == nil && n >= 0 {
		x.declared = n
	}
	x.response = &http.Response{
		Status:        strconv.Itoa(status) + " " + http.StatusText(status),
		StatusCode:    status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        head,
		ContentLength: int64(x.declared),
		Request:       x.request,
	}
}

// Write implements [http.ResponseWriter].
func (x *exchange) Write(p []byte) (int, error) {
	if x.status == 0 {
		x.describe(p)
		x.WriteHeader(http.StatusOK)
	}
	if !bodyAllowed(x.status) {
		return 0, http.ErrBodyNotAllowed
	}
	if x.declared >= 0 && x.written+len(p) > x.declared {
		return 0, http.ErrContentLength
	}
	x.written += len(p)
	switch {
	case x.isHead():
		return len(p), nil
	case x.pipe == nil && len(x.held)+len(p) <= buffered:
		x.held = append(x.held, p...)
		return len(p), nil
	}
	if err := x.stream(); err != nil {
		return 0, err
	}
	return x.pipe.Write(p)
}

// describe guesses the type of a body that names none.
func (x *exchange) describe(p []byte) {
	if _, ok := x.header["Content-Type"]; !ok {
		x.header.Set("Content-Type", http.DetectContentType(p))
	}
}

// Flush implements [http.Flusher]: the client has the response from here on.
func (x *exchange) Flush() {
	x.WriteHeader(http.StatusOK)
	if !x.isHead() && bodyAllowed(x.status) {
		_ = x.stream()
	}
}

// stream hands over the response with a pipe for its body, and writes what was
// held back.
func (x *exchange) stream() error {
	if x.pipe == nil {
		r, w := io.Pipe()
		x.pipe = w
		x.unwatch = context.AfterFunc(x.ctx, func() { _ = w.CloseWithError(context.Cause(x.ctx)) })
		x.response.Body = &streamedBody{PipeReader: r, cancel: x.cancel}
		close(x.answered)
	}
	if len(x.held) == 0 {
		return nil
	}
	_, err := x.pipe.Write(x.held)
	x.held = nil
	return err
}

// finish ends the response of a handler that has returned.
func (x *exchange) finish() {
	x.WriteHeader(http.StatusOK)
	var cut error
	if x.written < x.declared && !x.isHead() && bodyAllowed(x.status) {
		cut = io.ErrUnexpectedEOF
	}
	if x.pipe != nil {
		x.end(cut)
		return
	}
	x.whole(cut)
	close(x.answered)
}

// whole completes a response whose body was held back to its end.
func (x *exchange) whole(cut error) {
	switch {
	case !bodyAllowed(x.status):
		x.response.ContentLength = 0
		x.response.Body = http.NoBody
		return
	case x.declared < 0 && (!x.isHead() || x.written > 0):
		x.response.ContentLength = int64(x.written)
		x.response.Header.Set("Content-Length", strconv.Itoa(x.written))
	}
	if x.written == 0 && cut == nil || x.isHead() {
		x.response.Body = http.NoBody
		return
	}
	body := &shortBody{err: cut}
	body.Reset(x.held)
	x.response.Body = body
}

// fail breaks the exchange off: before the response, or in the middle of its body.
func (x *exchange) fail(err error) {
	if x.pipe != nil {
		x.end(err)
		return
	}
	x.err = err
	close(x.answered)
}

// end closes a streamed body with an error, or with nil for its regular end. A
// handler that ended after the client's context may have given up half-way.
func (x *exchange) end(err error) {
	x.unwatch()
	if x.ctx.Err() != nil {
		err = context.Cause(x.ctx)
	}
	_ = x.pipe.CloseWithError(err) // nil: io.EOF
}

func (x *exchange) isHead() bool { return x.request.Method == http.MethodHead }

func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// errReset is what a client's read says of a connection that was reset.
func errReset() error {
	return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
}
