package apiclient

import (
	"cmp"
	"context"
	"maps"
	"net/http"

	"github.com/arl-cli/arl/internal/httpcache"
	"github.com/arl-cli/arl/internal/httpcheck"
	"github.com/arl-cli/arl/internal/redact"
	"github.com/arl-cli/arl/internal/sendctx"
	"github.com/arl-cli/arl/pkg/limiter"
)

// originTransport adds headers and the credential to requests to the profile's own origin and passes them to the
// limiter. It is below http.Client, so that what it adds is neither copied to redirects nor part of the URLs in errors
// and in Referer.
type originTransport struct {
	c     *Client
	paced *limiter.Transport
	cache *httpcache.Transport // nil: every request is sent
}

func newOriginTransport(c *Client) *originTransport {
	t := &originTransport{c: c, paced: &limiter.Transport{
		Base: c.wire(), Limiter: c.cfg.Limiter, Plan: c.Plan, Retry: c.cfg.Retry, Timeout: c.cfg.Timeout,
		MaxWait: c.cfg.MaxWait, Receive: c.receive(), Observe: c.report, //nolint:bodyclose // no response yet
	}}
	if t.cache = c.newCache(t.send); t.cache != nil {
		t.paced.Base = httpcache.Wire(t.paced.Base)
	}
	return t
}

// wire sends attempts, with a token where one is needed, and redacts errors.
func (c *Client) wire() http.RoundTripper {
	var base http.RoundTripper = &redactingTransport{c.base(), c}
	switch {
	case c.tokens != nil:
		base = &renewingTransport{base, c}
	case c.digest != nil:
		base = &digestTransport{base, c}
	case c.credential.Keys() != nil, c.credential.Signer() != nil:
		base = &signingTransport{base: base, c: c}
	}
	if c.trace != nil {
		base = &tracingTransport{base, c}
	}
	return base
}

func (c *Client) base() http.RoundTripper {
	if c.cfg.Base == nil {
		return http.DefaultTransport
	}
	return c.cfg.Base
}

// RoundTrip implements http.RoundTripper. Neither the Request of the response nor an error shows what was added.
func (t *originTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.cached(req)
	if err != nil {
		return nil, t.c.redactError(req, err)
	}
	t.c.followable(resp)
	t.c.received(req, resp)
	resp.Request = req
	return resp, nil
}

// send sends a request, with a token if it needs one.
func (t *originTransport) send(req *http.Request) (*http.Response, error) {
	if err := cmp.Or(t.c.checkReadOnly(req), t.c.checkCosts(req)); err != nil {
		closeBody(req)
		return nil, err
	}
	if t.c.needsToken(req) {
		return t.sendWithToken(req)
	}
	if err := t.c.requirePath(req); err != nil {
		return nil, err
	}
	if t.c.usesDigest(req) {
		return t.sendWithDigest(req)
	}
	sent, err := t.c.prepared(req)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	return t.paced.RoundTrip(sent)
}

// Prepared returns a request as it would be sent, with headers and the credential, except for a token that would have to
// be obtained first. Redact it before printing it, and do not modify its Header and URL, which may be shared. The error
// is a [*httpcheck.UnsendableError] if the request cannot be sent.
func (c *Client) Prepared(req *http.Request) (*http.Request, error) {
	if err := cmp.Or(c.checkReadOnly(req), c.checkCosts(req)); err != nil {
		return nil, err
	}
	sent, err := c.prepared(req)
	if err != nil {
		return nil, err
	}
	if c.needsToken(req) {
		sent = c.withToken(sent, redact.Hidden)
	} else if _, own := sent.Header["Authorization"]; c.credential.Keys() != nil && !own {
		sent.Header = maps.Clone(sent.Header)
		sent.Header["Authorization"] = []string{"AWS4-HMAC-SHA256 " + redact.Hidden}
	}
	return c.traced(sent), httpcheck.CheckRequest(sent)
}

func (c *Client) prepared(req *http.Request) (*http.Request, error) {
	sent := req.WithContext(req.Context())
	if c.profile.Owns(req.URL) && !crossedOrigin(req.Context()) {
		c.prepareOwn(sent)
	} else {
		c.prepareForeign(sent)
	}
	return sent, frame(sent)
}

// prepareOwn prepares a request to the profile's origin. The headers of the request take precedence over those of the
// client's configuration, and those over the profile's. Most requests have none of their own.
func (c *Client) prepareOwn(req *http.Request) {
	c.addCookies(req)
	if len(req.Header) == 0 {
		req.Header = c.header
	} else {
		req.Header = maps.Clone(req.Header)
		for name, values := range c.header {
			addHeader(req.Header, name, values)
		}
	}
	if c.credential != nil {
		c.credential.ApplyURL(req)
	}
}

// ownHeader returns the headers of every request to the profile's origin.
func (c *Client) ownHeader() http.Header {
	h := make(http.Header)
	for name, values := range c.cfg.Header {
		addHeader(h, http.CanonicalHeaderKey(name), values)
	}
	for name, value := range c.profile.Headers {
		addHeader(h, http.CanonicalHeaderKey(name), []string{value})
	}
	if c.credential != nil && c.digest == nil {
		c.credential.ApplyHeader(h)
	}
	addHeader(h, "User-Agent", c.agent)
	return h
}

// prepareForeign prepares a request to another origin, where a redirect led.
func (c *Client) prepareForeign(req *http.Request) {
	if req.Header = maps.Clone(req.Header); req.Header == nil {
		req.Header = make(http.Header)
	}
	for name, values := range c.cfg.Header {
		if name = http.CanonicalHeaderKey(name); harmless(name) {
			addHeader(req.Header, name, values)
		}
	}
	addHeader(req.Header, "User-Agent", c.agent)
}

// addHeader sets a header, named canonically, unless it is set. Without values it keeps later calls from setting it.
func addHeader(h http.Header, name string, values []string) {
	if _, ok := h[name]; !ok {
		h[name] = values
	}
}

// CloseIdleConnections implements http.Client's method of that name.
func (t *originTransport) CloseIdleConnections() {
	if c, ok := t.c.base().(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// markCrossedOrigin marks a request that a redirect from another origin led to: it gets no credential, even if the
// redirects come back to the profile's origin.
func markCrossedOrigin(ctx context.Context) context.Context {
	call := sendctx.Of(ctx)
	call.CrossedOrigin = true
	return call.In(ctx)
}

func crossedOrigin(ctx context.Context) bool { return sendctx.Of(ctx).CrossedOrigin }

// sentWith returns the request with a place for what its attempts are sent with, see [sendctx.Call].
func sentWith(req *http.Request, secret *string) *http.Request {
	call := sendctx.Of(req.Context())
	call.SentWith = secret
	return req.WithContext(call.In(req.Context()))
}
