// Package sendctx is what a caller and a limiter's Transport tell each other through the context of a request.
package sendctx

import (
	"context"
	"time"
)

// A Report is what one request took, all attempts and redirects together. See [WithReport].
type Report struct {
	Attempts  int
	Waited    time.Duration // for limits and between retries
	Elapsed   time.Duration // of the last attempt
	Throttled bool          // the last response was a throttle: the request was not processed
	Unknown   bool          // the request may or may not have been processed, and was not retried
	Cost      []Cost        // what it took of each unit; nil if it took none
}

type reportKey struct{}

// WithReport makes the transport fill in r for the requests of ctx. r must not be read before the
// request has ended.
func WithReport(ctx context.Context, r *Report) context.Context {
	return context.WithValue(ctx, reportKey{}, r)
}

// ReportOf returns the report of [WithReport], or one that nothing reads.
func ReportOf(ctx context.Context) *Report {
	if r, ok := ctx.Value(reportKey{}).(*Report); ok {
		return r
	}
	return &Report{}
}

type waitsKey struct{}

// WithWaits makes the transport wait, for limits, for outages and between retries, only as long as
// waits lasts. What was sent comes to its end all the same: ending waits before ctx is how a run is
// drained. waits must end when ctx does; nil stands for ctx.
func WithWaits(ctx, waits context.Context) context.Context {
	return context.WithValue(ctx, waitsKey{}, waits)
}

// Waits returns the context with which the waits of a request end: that of [WithWaits], or ctx itself.
func Waits(ctx context.Context) context.Context {
	if waits, ok := ctx.Value(waitsKey{}).(context.Context); ok {
		return waits
	}
	return ctx
}

type uncachedKey struct{}

// WithoutCache makes the requests of ctx ask the server, whatever is stored: what they ask for changes.
func WithoutCache(ctx context.Context) context.Context {
	return context.WithValue(ctx, uncachedKey{}, true)
}

// Uncached reports whether the requests of ctx are to ask the server.
func Uncached(ctx context.Context) bool { return ctx.Value(uncachedKey{}) != nil }
