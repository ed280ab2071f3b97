package apiclient

import (
	"context"
	"maps"
	"net/http"

	"github.com/arl-cli/arl/internal/redact"
	"github.com/arl-cli/arl/pkg/limiter"
)

// originTransport adds headers and the credential to what goes to the profile's own origin, and
// hands it to the limiter. Because it lies below http.Client, what it adds is not among the headers
// that http.Client copies to redirects, nor in the URLs of its errors and of Referer.
type originTransport struct {
	c     *Client
	paced *limiter.Transport
}

func newOriginTransport(c *Client) *originTransport {
	return &originTransport{c: c, paced: &limiter.Transport{
		Base: c.wire(), Limiter: c.cfg.Limiter, Plan: c.plan, Retry: c.cfg.Retry, Timeout: c.cfg.Timeout,
		MaxWait: c.cfg.MaxWait, Receive: c.cfg.Receive, OnAttempt: c.redacted(c.cfg.OnAttempt),
	}}
}

// wire is what carries attempts, with a token where one is needed, and without a secret in an error.
func (c *Client) wire() http.RoundTripper {
	var base http.RoundTripper = &discreetWire{c.base(), c}
	if c.tokens != nil {
		base = &tokenWire{base, c}
	}
	return base
}

func (c *Client) base() http.RoundTripper {
	if c.cfg.Base == nil {
		return http.DefaultTransport
	}
	return c.cfg.Base
}

// RoundTrip implements http.RoundTripper. Neither the answer's Request nor an error shows what was
// added.
func (t *originTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.send(req)
	if err != nil {
		return nil, t.c.redactError(req, err)
	}
	t.c.followable(resp)
	t.c.received(req, resp)
	resp.Request = req
	return resp, nil
}

// send sends a request, with a token if it takes one that gets renewed.
func (t *originTransport) send(req *http.Request) (*http.Response, error) {
	if t.c.takesToken(req) {
		return t.sendWithToken(req)
	}
	if err := t.c.requirePath(req); err != nil {
		return nil, err
	}
	sent, err := t.c.prepared(req)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	return t.paced.RoundTrip(sent)
}

// Prepared returns a request as it would be sent: with headers and the credential, of which a token that
// would have to be got is left out. It must not be shown without [redact.Text], and its header and URL must not be
// changed: others may have the same. It fails if the request cannot be sent, with a [*limiter.UnsendableError].
func (c *Client) Prepared(req *http.Request) (*http.Request, error) {
	sent, err := c.prepared(req)
	if err != nil {
		return nil, err
	}
	if c.takesToken(req) {
		sent = c.bearing(sent, redact.Hidden)
	}
	return sent, limiter.CheckRequest(sent)
}

func (c *Client) prepared(req *http.Request) (*http.Request, error) {
	sent := req.WithContext(req.Context())
	if c.profile.Owns(req.URL) && !crossedOrigin(req.Context()) {
		c.own(sent)
	} else {
		c.foreign(sent)
	}
	return sent, frame(sent)
}

// own prepares a request to the profile's origin. Who comes first wins: the request, the client's
// configuration, the profile. Most requests have no header of their own.
func (c *Client) own(req *http.Request) {
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

// ownHeader is what goes to the profile's origin with every request.
func (c *Client) ownHeader() http.Header {
	h := make(http.Header)
	for name, values := range c.cfg.Header {
		addHeader(h, http.CanonicalHeaderKey(name), values)
	}
	for name, value := range c.profile.Headers {
		addHeader(h, http.CanonicalHeaderKey(name), []string{value})
	}
	if c.credential != nil {
		c.credential.ApplyHeader(h)
	}
	addHeader(h, "User-Agent", c.agent)
	return h
}

// foreign prepares a request to which a redirect led away from the profile's origin.
func (c *Client) foreign(req *http.Request) {
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

// addHeader sets a header, named canonically, unless it is there; no values take it away from those who
// come later.
func addHeader(h http.Header, name string, values []string) {
	if _, ok := h[name]; !ok {
		h[name] = values
	}
}

// CloseIdleConnections closes those of the wire, for http.Client's method of that name.
func (t *originTransport) CloseIdleConnections() {
	if c, ok := t.c.base().(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

type crossedOriginKey struct{}

// markCrossedOrigin marks a request that was led to by another origin: from there on credentials stay at home
// even if the redirects come back.
func markCrossedOrigin(ctx context.Context) context.Context {
	return context.WithValue(ctx, crossedOriginKey{}, true)
}

func crossedOrigin(ctx context.Context) bool { return ctx.Value(crossedOriginKey{}) != nil }
