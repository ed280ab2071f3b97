package limiter

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// attempt is one HTTP exchange under one grant.
type attempt struct {
	x       *exchange
	grant   Grant
	trial   bool // it tries an open circuit
	wire    wire
	cancel  context.CancelFunc
	resp    *http.Response
	err     error
	signal  Signal
	elapsed time.Duration
	done    atomic.Bool // reported
}

// wire counts how often the request was really written: net/http repeats some requests by itself
// when a kept-alive connection turns out to be dead. It does so only where nothing was processed or
// the request may be repeated, but every time costs the server's budget.
type wire struct {
	written atomic.Int32
	trace   httptrace.ClientTrace
}

// watch returns a context whose requests are counted.
func (w *wire) watch(ctx context.Context) context.Context {
	w.trace.WroteHeaders = func() { w.written.Add(1) }
	return httptrace.WithClientTrace(ctx, &w.trace)
}

func (w *wire) sent() bool { return w.written.Load() > 0 }

// send makes the exchange and reads its signal.
func (a *attempt) send() {
	start := time.Now()
	req, err := a.request()
	if err != nil {
		a.err = err
		a.finish()
		return
	}
	a.resp, a.err = a.x.t.base().RoundTrip(req) //nolint:bodyclose // whoever asked closes it, or discard does
	if a.err == nil && a.x.t.Receive != nil {
		a.receive()
	}
	now := time.Now()
	a.elapsed = now.Sub(start)
	a.x.report.Elapsed = a.elapsed
	a.read(now)
	if a.err == nil && a.x.t.Receive == nil {
		a.resp.Body = &body{ReadCloser: a.resp.Body, a: a}
		if a.signal.Kind == Accepted {
			return // done when the body has ended
		}
	}
	a.finish()
}

// request is the exchange's request for this attempt: traced, bounded, with a body of its own.
func (a *attempt) request() (*http.Request, error) {
	ctx := a.wire.watch(a.x.req.Context())
	if a.x.t.Timeout > 0 {
		ctx, a.cancel = context.WithTimeoutCause(ctx, a.x.t.Timeout, ErrTimeout)
	}
	req := a.x.req.WithContext(ctx)
	if req.Body == nil || req.Body == http.NoBody || a.x.req.GetBody == nil {
		return req, nil
	}
	fresh, err := a.x.req.GetBody()
	if err != nil {
		return nil, fmt.Errorf("rewind the request's body: %w", err)
	}
	req.Body = fresh
	return req, nil
}

func (a *attempt) receive() {
	if err := a.x.t.Receive(a.resp); err != nil {
		a.resp.Body.Close()
		a.resp, a.err = nil, err
	}
}

// read finds out what the answer says of the limit.
func (a *attempt) read(now time.Time) {
	if a.err != nil {
		a.signal = Signal{Kind: Failed, Final: a.x.req.Context().Err() != nil || hopeless(a.err)}
		return
	}
	var head []byte
	if a.x.plan.Rules.NeedsBody(a.resp.StatusCode, a.resp.Header) {
		head = a.peek()
	}
	a.signal = ReadSignal(a.x.plan.Rules, a.resp.StatusCode, a.resp.Header, head, now)
}

// finish reports the outcome to the limiter, once.
func (a *attempt) finish() {
	if a.done.CompareAndSwap(false, true) {
		a.report()
	}
}

func (a *attempt) report() {
	extra := max(int(a.wire.written.Load())-1, 0)
	verdict := a.grant.Done(Outcome{
		Kind: a.signal.Kind, Pause: a.signal.Pause, Extra: extra, All: a.signal.All, Budgets: &a.signal.Budgets,
	})
	if a.cancel != nil && (a.resp == nil || a.x.t.Receive != nil) {
		a.cancel()
	}
	if a.x.t.OnAttempt == nil {
		return
	}
	event := Attempt{
		API: a.x.plan.API, Tenant: a.x.plan.Tenant, Key: a.x.plan.Key,
		Method: a.x.req.Method, Path: a.x.req.URL.EscapedPath(), Number: a.x.report.Attempts,
		Elapsed: a.elapsed, Waited: a.grant.Waited, WaitedFor: a.grant.Reason,
		Signal: a.signal, Verdict: verdict, Err: a.err,
	}
	if a.resp != nil {
		event.Status = a.resp.StatusCode
	}
	a.x.t.OnAttempt(event)
}

// discard makes room for the next attempt: it drains a little, so that the connection can be used
// again, and closes. A body that dribbles is not waited for.
func (a *attempt) discard() {
	if a.resp == nil {
		return
	}
	slow := time.AfterFunc(drained, func() { a.resp.Body.Close() })
	_, _ = io.CopyN(io.Discard, a.resp.Body, peeked)
	slow.Stop()
	a.resp.Body.Close()
}

// body ends the attempt when the answer has been read or closed.
type body struct {
	io.ReadCloser
	a *attempt
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.a.finish()
	}
	return n, err
}

// Close implements io.Closer.
func (b *body) Close() error {
	err := b.ReadCloser.Close()
	b.a.finish()
	if b.a.cancel != nil {
		b.a.cancel()
	}
	return err
}
