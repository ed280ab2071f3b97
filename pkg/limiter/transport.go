package limiter

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/arl-cli/arl/internal/headers"
	"github.com/arl-cli/arl/internal/httpcheck"
	"github.com/arl-cli/arl/internal/sendctx"
)

// Transport is an http.RoundTripper that sends every attempt through a limiter, reads what the
// responses say of the limit, and retries what may be retried. Redirects pass it too, since
// http.Client sends each of them as a request of its own.
//
// The zero value with a Limiter works: one key per host, 429 is a throttle. It is safe for use by
// many goroutines once its fields are set.
type Transport struct {
	Base    http.RoundTripper // nil means http.DefaultTransport
	Limiter *Limiter          // required
	Retry   Retry

	// Plan says how a request is to be sent; nil means by host, with the defaults.
	Plan func(*http.Request) Plan
	// Timeout bounds one attempt, from the first byte sent to the last one read; never the wait for a
	// limit. 0 means none.
	Timeout time.Duration
	// MaxWait bounds how long one request may wait for limits, all attempts together. 0 means no bound.
	MaxWait time.Duration
	// Receive, if set, reads the body of a response within the attempt, and puts another in its place:
	// a response that breaks off is then a failed attempt, retried where that is safe.
	Receive func(*http.Response) error
	// Observe receives the attempts and outages of this transport; nil means that [Config.Observe] does. It must not block.
	Observe func(Event)
}

// RoundTrip implements http.RoundTripper. The last response is returned, whatever it says. A request that cannot be
// sent is an error that [ErrUnsendable] matches, at once.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := httpcheck.CheckRequest(req); err != nil {
		closeBody(req)
		return nil, err
	}
	call := sendctx.Of(req.Context())
	x := roundTrip{t: t, req: req, plan: t.planOf(req, &call), waits: call.Waits, report: call.Report}
	if x.waits == nil {
		x.waits = req.Context()
	}
	if x.report == nil {
		x.report = &sendctx.Report{}
	}
	x.rules = headers.Rules{Backoff: x.plan.Backoff, ThrottleWhen: x.plan.ThrottleWhen, NeverRetry: x.plan.NeverRetry, Free: x.plan.Free, Units: x.plan.unitRules()}
	return x.run()
}

func (t *Transport) planOf(req *http.Request, call *sendctx.Call) Plan {
	var p Plan
	if t.Plan != nil {
		p = t.Plan(req)
	}
	if p.Key == "" {
		p.Key = req.URL.Host
	}
	if p.Priority == PriorityNormal {
		p.Priority = call.Priority
	}
	return p
}

func (t *Transport) base() http.RoundTripper {
	if t.Base == nil {
		return http.DefaultTransport
	}
	return t.Base
}

// A roundTrip is one request on its way through all its attempts.
type roundTrip struct {
	t      *Transport
	req    *http.Request
	plan   Plan
	report *sendctx.Report
	waits  context.Context // a field because an exchange is one call
	rules  headers.Rules
	counts attemptCounts
	erred  bool // a response has said that it failed
	began  time.Time
}

func (rt *roundTrip) run() (*http.Response, error) {
	defer closeBody(rt.req)
	for {
		a, err := rt.attempt()
		if err != nil {
			return nil, err // never sent: cancelled, or waited as long as it may
		}
		again, after := rt.decide(a)
		again = again && rt.inTime(max(after, a.signal.Pause))
		rt.report.Throttled = a.signal.Kind == Throttled
		rt.report.Unknown = !again && a.signal.Unclear() && a.processed() && !rt.safe()
		if !again || !rt.rewindable() {
			a.keep()
			return a.resp, a.err
		}
		a.discard()
		if err := rt.pause(after); err != nil {
			return nil, err
		}
	}
}

// decide says whether to retry. While an outage lasts, what may be retried waits for its end instead
// of using up its retries.
func (rt *roundTrip) decide(a *attempt) (again bool, after time.Duration) {
	if a.unsent() {
		return rt.decideUnsent(a)
	}
	processed, safe := a.processed(), rt.safe()
	if safe && a.err != nil && a.wire.stale() && rt.counts.stale < maxStale {
		rt.counts.stale++
		rt.abandon(a)
		return true, 0
	}
	if a.deferred {
		rt.abandon(a)
		return rt.retry().decide(&rt.counts, headers.Signal{Kind: Throttled}, processed, safe)
	}
	if rt.outage(a) && (safe || !processed) {
		return true, 0
	}
	return rt.retry().decide(&rt.counts, a.signal, processed, safe)
}

// maxStale is how often a request finds that the connection kept for it has died, before that counts as
// a failure. It is no news of the server, and curl too sends again at once.
const maxStale = 2

// outage tells the circuit how an attempt ended, and reports whether it failed during an outage.
func (rt *roundTrip) outage(a *attempt) bool {
	c := rt.plan.Circuit
	switch {
	case c == nil:
		return false
	case a.signal.Final:
		rt.abandon(a)
		return false
	}
	end := ending{trial: a.trial, failed: a.signal.Kind > Throttled}
	switch {
	case !end.failed:
	case a.err != nil:
		end.lost = a.wire.lost()
	case !gateway(a.resp.StatusCode):
		end.definite, end.again = true, rt.erred
		rt.erred = true
	}
	open, wait := c.leave(end)
	if wait != nil {
		rt.t.report(Event{Kind: EventOutage, API: rt.plan.API, Lasted: wait.lasted, Left: wait.next})
	}
	return open && end.failed
}

// abandon gives up an attempt's trial of an open circuit: it found out nothing.
func (rt *roundTrip) abandon(a *attempt) {
	if a.trial && rt.plan.Circuit != nil {
		rt.plan.Circuit.abandon()
	}
}

// gateway reports whether a status is said for a server that cannot be reached, or that serves nothing.
func gateway(status int) bool {
	switch status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout, headers.StatusOverloaded:
		return true
	}
	return status >= 520 && status <= 530 // Cloudflare's
}

func (rt *roundTrip) retry() Retry {
	r := rt.t.Retry
	if rt.plan.MaxBackoff != 0 {
		r.MaxBackoff = rt.plan.MaxBackoff
	}
	return r
}

// inTime reports whether a retry after a wait would begin before MaxTime has passed.
func (rt *roundTrip) inTime(after time.Duration) bool {
	return rt.t.Retry.MaxTime <= 0 || time.Since(rt.began)+after <= rt.t.Retry.MaxTime
}

func (rt *roundTrip) safe() bool { return rt.plan.Idempotent || Safe(rt.req) }

// rewindable reports whether the request's body, if any, can be sent again.
func (rt *roundTrip) rewindable() bool {
	return rt.req.Body == nil || rt.req.Body == http.NoBody || rt.req.GetBody != nil
}

// pause waits between retries.
func (rt *roundTrip) pause(d time.Duration) error {
	if d <= 0 {
		return context.Cause(rt.waits)
	}
	rt.report.Waited += d
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-rt.waits.Done():
		return context.Cause(rt.waits)
	}
}

// attempt acquires a slot and uses it.
func (rt *roundTrip) attempt() (*attempt, error) {
	grant, trial, err := rt.acquire()
	if err != nil {
		return nil, err
	}
	rt.report.Attempts++
	if rt.began.IsZero() {
		rt.began = time.Now()
	}
	a := &attempt{x: rt, grant: grant, trial: trial}
	a.send()
	return a, nil
}

// acquire waits for the circuit, then for a slot. A slot that comes when the circuit has opened
// meanwhile is given back.
func (rt *roundTrip) acquire() (grant Grant, trial bool, err error) {
	for {
		if rt.plan.Circuit != nil && rt.plan.Circuit.isOpen() {
			if trial, err = rt.enterCircuit(); err != nil {
				return Grant{}, false, err
			}
		}
		grant, err = rt.t.Limiter.acquire(rt.waits, &rt.plan, rt.waitLeft())
		if err != nil {
			if trial {
				rt.plan.Circuit.abandon()
			}
			return Grant{}, false, err
		}
		rt.report.Waited += grant.Waited
		if rt.plan.Circuit == nil || trial || !rt.plan.Circuit.isOpen() {
			return grant, trial, nil
		}
		grant.Cancel()
	}
}

// enterCircuit waits for the end of an outage, no longer than MaxWait.
func (rt *roundTrip) enterCircuit() (trial bool, err error) {
	ctx, start := rt.waits, time.Now()
	if left := rt.waitLeft(); left > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, left, ErrCircuitOpen)
		defer cancel()
	}
	trial, err = rt.plan.Circuit.enter(ctx)
	rt.report.Waited += time.Since(start)
	return trial, err
}

// waitLeft is what is left of MaxWait for this request; 0 means that there is no bound.
func (rt *roundTrip) waitLeft() time.Duration {
	most := rt.t.MaxWait
	if rt.plan.MaxWait > 0 {
		most = rt.plan.MaxWait
	}
	if most <= 0 {
		return 0
	}
	return max(most-rt.report.Waited, time.Nanosecond)
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}

// ErrTimeout is the cause of an attempt that took longer than Transport.Timeout.
var ErrTimeout = errors.New("the attempt took too long")
