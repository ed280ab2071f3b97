package limiter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/arl-cli/arl/internal/headers"
	"github.com/arl-cli/arl/internal/httpcheck"
)

// attempt is one HTTP exchange under one grant.
type attempt struct {
	x        *roundTrip
	grant    Grant
	trial    bool // it tries an open circuit
	wire     wire
	end      context.CancelFunc // of its context
	resp     *http.Response
	err      error
	signal   headers.Signal
	began    time.Time
	elapsed  time.Duration
	received bool        // Receive has had the response
	deferred bool        // off, by a proxy
	done     atomic.Bool // reported
	seen     *capture    // of the body, where it says what the request took
}

// send makes the exchange and reads its signal. The limiter learns at once of a throttle or a failure,
// of anything else when the response has ended.
func (a *attempt) send() {
	a.began = time.Now()
	req, err := a.request()
	if err != nil {
		a.err = &httpcheck.UnsendableError{Err: err}
		a.finish()
		return
	}
	a.resp, a.err = a.x.t.base().RoundTrip(req) //nolint:bodyclose // the caller closes it, or discard does
	if a.err != nil {
		a.err = a.wire.explain(a.err)
	}
	a.read()
	a.elapsed = time.Since(a.began)
	a.x.report.Elapsed = a.elapsed
	if a.err != nil {
		a.end()
	} else if a.x.t.Receive == nil {
		a.resp.Body = &body{ReadCloser: a.resp.Body, a: a, seen: a.capture()}
		if a.signal.Kind == Accepted {
			return // done when the body has ended
		}
	}
	a.finish()
}

// request is the exchange's request for this attempt: traced, bounded, with a body of its own.
func (a *attempt) request() (*http.Request, error) {
	ctx, end := a.x.req.Context(), context.CancelFunc(func() {})
	if a.x.t.Timeout > 0 {
		ctx, end = context.WithTimeoutCause(ctx, a.x.t.Timeout, ErrTimeout)
	}
	ctx = a.wire.watch(ctx, a.x.req.URL.Scheme == "https")
	a.end = func() {
		a.wire.cancel(nil)
		end()
	}
	req := a.x.req.WithContext(ctx)
	if req.Body == nil || req.Body == http.NoBody || a.x.req.GetBody == nil {
		return req, nil
	}
	fresh, err := a.x.req.GetBody()
	if err != nil {
		a.end()
		return nil, fmt.Errorf("rewind the request's body: %w", err)
	}
	req.Body = fresh
	return req, nil
}

// read finds out what the response says of the limit. What is accepted is received first if a rule asks
// for its body, and otherwise then. A throttle's body, or a failure's, is not waited for: see keep.
func (a *attempt) read() {
	if a.err != nil {
		a.failed()
		return
	}
	var head []byte
	if a.x.rules.NeedsBody(a.resp.StatusCode, a.resp.Header) {
		if a.x.t.Receive != nil && a.resp.StatusCode < http.StatusBadRequest && !a.receive() {
			return
		}
		head = a.peek()
	}
	a.signal = headers.ReadSignal(&a.x.rules, a.resp.StatusCode, a.resp.Header, head, time.Now())
	if a.x.t.Receive != nil && a.signal.Kind == Accepted {
		a.receive()
	}
}

func (a *attempt) failed() {
	if e, ok := errors.AsType[*httpcheck.ProxyError](a.err); ok {
		a.signal = headers.Signal{Kind: Failed, Final: e.Final}
		if a.deferred = e.Throttled; a.deferred {
			a.signal = headers.Signal{Kind: Overloaded, Pause: e.Pause, Source: "the proxy"}
		}
		return
	}
	a.signal = headers.Signal{Kind: Failed, Final: a.x.req.Context().Err() != nil || hopeless(a.err)}
}

// receive has Receive read the response's body, once. A response that breaks off is a failed attempt.
func (a *attempt) receive() bool {
	if a.received {
		return true
	}
	a.received = true
	if a.err = a.x.t.Receive(a.resp); a.err == nil {
		return true
	}
	a.resp.Body.Close()
	a.resp, a.err = nil, a.wire.explain(a.err)
	a.failed()
	return false
}

// keep makes the response the exchange's: it is the last one.
func (a *attempt) keep() {
	if a.x.t.Receive == nil {
		return
	}
	defer a.end()
	if a.resp == nil || a.received {
		return
	}
	a.received = true
	if a.err = a.x.t.Receive(a.resp); a.err != nil {
		a.resp.Body.Close()
		a.resp, a.err = nil, a.wire.explain(a.err)
	}
}

// processed reports whether the server may have processed the request.
func (a *attempt) processed() bool {
	return a.wire.written() > 0 && !errors.Is(a.err, ErrNotProcessed)
}

// finish reports the outcome to the limiter, once.
func (a *attempt) finish() {
	if a.done.CompareAndSwap(false, true) {
		a.report()
	}
}

func (a *attempt) report() {
	if a.unsent() {
		a.withdraw()
		return
	}
	extra := max(a.wire.written()-1, 0)
	o := outcome{
		kind: a.signal.Kind, pause: a.signal.Pause, extra: extra, took: a.elapsed, allKeys: a.signal.AllKeys, free: a.signal.Free, budgets: &a.signal.Budgets,
	}
	if a.grant.units != nil {
		a.measure(&o)
	}
	update := a.grant.finish(&o)
	if !a.x.t.observed() {
		return
	}
	event := Event{
		Kind: EventAttempt, API: a.x.plan.API, Tenant: a.x.plan.Tenant, Key: a.x.plan.Key,
		Method: a.x.req.Method, Path: a.x.req.URL.EscapedPath(), Number: a.x.report.Attempts,
		Elapsed: a.elapsed, Waited: a.grant.Waited, Reason: a.grant.Reason,
		Signal: a.signal, Update: update, Err: a.err, Unit: a.grant.chargedUnit(&o),
	}
	if a.resp != nil {
		event.Status = a.resp.StatusCode
	}
	if event.Cache = a.x.plan.Cache; event.Cache == "revalidated" && event.Status != http.StatusNotModified {
		event.Cache = "miss"
	}
	a.x.t.report(event)
}

// discard makes room for the next attempt: it drains a little, so that the connection can be used
// again, and closes. A body that dribbles is not waited for.
func (a *attempt) discard() {
	if a.resp == nil {
		return
	}
	defer a.end()
	slow := time.AfterFunc(drainTimeout, func() { a.resp.Body.Close() })
	_, _ = io.CopyN(io.Discard, a.resp.Body, maxPeek)
	slow.Stop()
	a.resp.Body.Close()
}

// body ends the attempt when the response has been read or closed.
type body struct {
	io.ReadCloser
	a    *attempt
	seen *capture // nil where it is not needed
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.seen != nil {
		b.seen.add(p[:n])
	}
	if err != nil {
		b.a.finish()
	}
	return n, err
}

// Close implements io.Closer.
func (b *body) Close() error {
	err := b.ReadCloser.Close()
	b.a.finish()
	b.a.end()
	return err
}
