// Package sendctx defines the values that a caller and a limiter's Transport exchange through the context of a request.
package sendctx

import "context"

// A Call is what is to be known of a request besides what an http.Request says. The zero value asks for nothing.
type Call struct {
	// Waits bounds what the request waits for: limits, outages, the time between retries. What was sent is completed all
	// the same, so ending Waits before the request's context drains a run. It must end when that context does; nil means
	// that context.
	Waits    context.Context
	Priority int // of limiter.WithPriority

	// Costs is what the request takes of units, in place of an estimate; an empty name means the only unit. A unit that the
	// request does not take is an error, unless CostsOfAll says that they are meant for requests of several kinds.
	Costs      map[string]int64
	CostsOfAll bool

	GraphQL       bool // it is a GraphQL document, whatever its path
	Uncached      bool // ask the server, whatever is stored: what is asked for changes
	CrossedOrigin bool // a redirect from another origin led to it: it carries no credential

	Report   *Report // is filled in, and must not be read before the request has ended; nil means that nothing reads it
	SentWith *string // is set to the token, or the nonce of the challenge, that an attempt is sent with; nil as above
}

type callKey struct{}

// Of returns the call of a context's requests.
func Of(ctx context.Context) Call {
	if c, ok := ctx.Value(callKey{}).(*Call); ok {
		return *c
	}
	return Call{}
}

// In returns a context whose requests have that call.
func (c Call) In(ctx context.Context) context.Context {
	return context.WithValue(ctx, callKey{}, &c)
}

// WithReport is ctx with [Call.Report].
func WithReport(ctx context.Context, r *Report) context.Context {
	c := Of(ctx)
	c.Report = r
	return c.In(ctx)
}

// WithWaits is ctx with [Call.Waits].
func WithWaits(ctx, waits context.Context) context.Context {
	c := Of(ctx)
	c.Waits = waits
	return c.In(ctx)
}

// Waits returns the context that bounds what the requests of ctx wait for.
func Waits(ctx context.Context) context.Context {
	if waits := Of(ctx).Waits; waits != nil {
		return waits
	}
	return ctx
}
