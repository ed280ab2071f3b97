package send

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/pkg/limiter"
)

// Notes keep which records have been sent that must not be sent twice.
type Notes interface {
	// Note returns when the note will outlive a crash. If it fails the record is not sent.
	Note(ctx context.Context, r *batch.Request) error
	// Accept returns when it will outlive a crash that the record has begun a job.
	Accept(ctx context.Context, r *batch.Request, j *batch.Job) error
	// Settle takes a note back: the record was not processed.
	Settle(r *batch.Request)
}

// Noted puts the sender's notes in front of the wire, behind all waiting: what waits for a limit is
// not sent yet. Dial has to use it.
func (s *Sender) Noted(wire http.RoundTripper, p *config.Profile) http.RoundTripper {
	return &noted{wire, p, s}
}

type noted struct {
	wire    http.RoundTripper
	profile *config.Profile
	sender  *Sender
}

// RoundTrip implements http.RoundTripper.
func (n *noted) RoundTrip(req *http.Request) (*http.Response, error) {
	s := sendingOf(req)
	if s == nil || n.repeatable(req) {
		return n.wire.RoundTrip(req)
	}
	if !s.noted {
		if err := n.sender.note(req.Context(), s); err != nil {
			return nil, err
		}
	}
	var on onWire
	ctx := httptrace.WithClientTrace(req.Context(), on.trace())
	resp, err := n.wire.RoundTrip(req.WithContext(ctx))
	switch {
	case err != nil && (!on.sent(ctx) || errors.Is(err, limiter.ErrNotProcessed)), err == nil && unprocessed(resp.StatusCode):
		n.sender.settle(s)
	case err == nil:
		s.processed = resp.StatusCode < http.StatusBadRequest
	}
	return resp, err
}

// unprocessed reports whether a server says with a status that it did nothing: it throttled the request because of a
// limit, or did not know who asks.
func unprocessed(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusUnauthorized
}

// onWire is how far a request has come.
type onWire struct{ connected, written atomic.Bool }

func (w *onWire) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { w.connected.Store(true) },
		WroteHeaders: func() { w.written.Store(true) },
	}
}

// sent reports whether the server may have got the request. Where the exchange was given up, somebody
// may be writing at this moment.
func (w *onWire) sent(ctx context.Context) bool {
	return w.written.Load() || w.connected.Load() && ctx.Err() != nil
}

// repeatable reports whether a crash makes no difference: the record may be sent again.
func (n *noted) repeatable(req *http.Request) bool {
	return limiter.Safe(req) || n.profile.Owns(req.URL) && n.profile.Idempotent(req)
}

// note notes a record.
func (s *Sender) note(ctx context.Context, way *sending) error {
	way.noted = true
	if s.Notes == nil {
		return nil
	}
	err := s.Notes.Note(ctx, way.record)
	if err != nil {
		s.settle(way) // given up, but perhaps written
	}
	if err != nil && ctx.Err() == nil {
		return &notNotedError{err}
	}
	return err
}

// notNotedError is why a record was not sent, and no other will be.
type notNotedError struct{ err error }

func (e *notNotedError) Error() string { return e.err.Error() }
func (e *notNotedError) Unwrap() error { return e.err }

// settle takes the note of a record back.
func (s *Sender) settle(way *sending) {
	way.noted = false
	if s.Notes != nil {
		s.Notes.Settle(way.record)
	}
}
