package apiclient

import (
	"maps"
	"net/http"
	"net/url"
)

// Cookies are sent to a profile's own origin and set by its responses; other origins neither get nor set any. It must
// be safe for concurrent use.
type Cookies interface {
	// Header returns the value of the Cookie header for a request; empty means none.
	Header(u *url.URL) string
	// Received is called with the headers of a response.
	Received(u *url.URL, h http.Header)
	// Secrets returns the values to redact.
	Secrets() []string
	// Identity is what stays the same as long as it is the same user, as [Credential.Identity] is; empty if that is
	// not known.
	Identity() string
}

// addCookies adds the client's cookies to a request, unless its own header or the client's sets Cookie.
func (c *Client) addCookies(req *http.Request) {
	if c.cfg.Cookies == nil {
		return
	}
	_, own := req.Header["Cookie"]
	_, given := c.cfg.Header["Cookie"]
	value := c.cfg.Cookies.Header(req.URL)
	if own || given || value == "" {
		return
	}
	if req.Header = maps.Clone(req.Header); req.Header == nil {
		req.Header = make(http.Header)
	}
	req.Header["Cookie"] = []string{value}
}

// received passes a response from the profile's own origin to the client's cookies.
func (c *Client) received(req *http.Request, resp *http.Response) {
	if c.cfg.Cookies != nil && c.profile.Owns(req.URL) && !crossedOrigin(req.Context()) {
		c.cfg.Cookies.Received(req.URL, resp.Header)
	}
}
