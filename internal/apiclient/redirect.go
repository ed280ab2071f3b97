package apiclient

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"

	"github.com/arl-cli/arl/internal/config"
)

// A TooManyRedirectsError says that a request was redirected more than Limit times.
type TooManyRedirectsError struct{ Limit int }

// Error implements error.
func (e *TooManyRedirectsError) Error() string {
	return fmt.Sprintf("more than %d redirects", e.Limit)
}

// A ForeignSchemeError says that a redirect leads to a URL that is not an HTTP one.
type ForeignSchemeError struct{ Scheme string }

// Error implements error.
func (e *ForeignSchemeError) Error() string {
	if e.Scheme == "http" || e.Scheme == "https" {
		return "the redirect has no host"
	}
	return fmt.Sprintf("the redirect leads to %s:, which is not HTTP", e.Scheme)
}

// defaultRedirects is curl's.
const defaultRedirects = 50

// checkRedirect is the CheckRedirect of http.Client, which has copied the headers of the first request to req by then.
func (c *Client) checkRedirect(req *http.Request, via []*http.Request) error {
	if c.cfg.NoRedirects {
		return http.ErrUseLastResponse
	}
	if limit := c.redirects(); len(via) > limit {
		return &TooManyRedirectsError{Limit: limit}
	}
	c.escapeTarget(req, via)
	if req.URL.Scheme != "http" && req.URL.Scheme != "https" || req.URL.Host == "" {
		return &ForeignSchemeError{Scheme: req.URL.Scheme}
	}
	req.URL.User = nil // a credential chosen by the server
	if c.stays(req, via) {
		c.setReferer(req, via)
		return nil
	}
	maps.DeleteFunc(req.Header, func(name string, _ []string) bool { return !harmless(name) })
	req.Host = "" // the URL's
	*req = *req.WithContext(markCrossedOrigin(req.Context()))
	return nil
}

// escapeTarget escapes what the server left unescaped in the URL of a redirect; http.Client does not.
func (c *Client) escapeTarget(req *http.Request, via []*http.Request) {
	if req.Response == nil {
		return
	}
	location := req.Response.Header.Get("Location")
	if u, err := via[len(via)-1].URL.Parse(config.EscapeReference(location)); err == nil && location != "" {
		req.URL = u
	}
}

// followable escapes a Location that http.Client could not parse.
func (c *Client) followable(resp *http.Response) {
	location := resp.Header.Get("Location")
	if location == "" || c.cfg.NoRedirects {
		return
	}
	if _, err := url.Parse(location); err == nil {
		return
	}
	resp.Header.Set("Location", config.EscapeReference(location))
}

// setReferer sets or removes the Referer that http.Client has added to a redirect.
func (c *Client) setReferer(req *http.Request, via []*http.Request) {
	if c.cfg.Referer {
		from := *via[len(via)-1].URL
		from.User, from.Fragment = nil, ""
		req.Header.Set("Referer", from.String())
	} else if via[0].Header.Get("Referer") == "" {
		req.Header.Del("Referer")
	}
}

func (c *Client) redirects() int {
	if c.cfg.MaxRedirects == 0 {
		return defaultRedirects
	}
	return max(c.cfg.MaxRedirects, 0)
}

// stays reports whether all redirects so far were within the profile's own origin.
func (c *Client) stays(req *http.Request, via []*http.Request) bool {
	for _, r := range via {
		if !c.profile.Owns(r.URL) {
			return false
		}
	}
	return c.profile.Owns(req.URL)
}

// harmless reports whether a header may be sent to an origin that is not the profile's. It lists those known to carry
// no credential: any other header can, and so can Referer.
func harmless(name string) bool {
	switch name {
	case "Accept", "Accept-Encoding", "Accept-Language", "Cache-Control", "Content-Encoding", "Content-Language",
		"Content-Type", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since",
		"Range", "User-Agent":
		return true
	}
	return false
}
