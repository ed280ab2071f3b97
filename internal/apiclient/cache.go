package apiclient

import (
	"net/http"
	"strings"

	"github.com/arl-cli/arl/internal/httpcache"
	"github.com/arl-cli/arl/internal/sendctx"
	"github.com/arl-cli/arl/pkg/limiter"
)

// newCache makes what answers the client's requests from the cache; nil without one, and where nothing is stored and
// nothing will be.
func (c *Client) newCache(send func(*http.Request) (*http.Response, error)) *httpcache.Transport {
	if c.cfg.Cache == nil {
		return nil
	}
	t := &httpcache.Transport{Cache: c.cfg.Cache, Send: send, Receive: c.cfg.Receive}
	switch {
	case c.cfg.CachePolicy != nil:
		t.Policy = *c.cfg.CachePolicy
	case c.profile.Cache != nil:
		t.Policy = *c.profile.Cache
	}
	if !t.Policy.On && !c.cfg.Cache.Exists() {
		return nil
	}
	return t
}

// receive is cfg.Receive, but for responses that only say that what is stored still holds.
func (c *Client) receive() func(*http.Response) error {
	if c.cfg.Cache == nil || c.cfg.Receive == nil {
		return c.cfg.Receive
	}
	return func(resp *http.Response) error {
		if httpcache.NotModified(resp) {
			return nil
		}
		return c.cfg.Receive(resp)
	}
}

// cached answers a request from the cache, or sends it.
func (t *originTransport) cached(req *http.Request) (*http.Response, error) {
	if t.cache == nil || !t.cache.Concerns(req) || sendctx.Of(req.Context()).Uncached {
		return t.send(req)
	}
	prepared, err := t.c.prepared(req)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	key := httpcache.Key{URL: req.URL, Identity: t.c.owner(req, prepared), Header: prepared.Header}
	resp, fresh, err := t.cache.Do(req, key)
	if fresh {
		t.c.report(limiter.Event{
			Kind: limiter.EventAttempt, API: t.c.profile.Name, Tenant: t.c.keys.tenant, Key: t.c.Plan(req).Key,
			Method: req.Method, Path: req.URL.EscapedPath(), Status: resp.StatusCode, Cache: string(httpcache.Fresh),
		})
	}
	return resp, err
}

// owner tells apart whose responses are whose. A cookie may be somebody's session.
func (c *Client) owner(req, prepared *http.Request) string {
	var parts []string
	if own := req.Header["Authorization"]; len(own) > 0 {
		parts = append(parts, own...)
	} else if c.credential != nil && c.profile.Owns(req.URL) && !crossedOrigin(req.Context()) {
		parts = append(parts, c.credential.Owner())
	}
	return strings.Join(append(parts, prepared.Header["Cookie"]...), "\x00\x00")
}
