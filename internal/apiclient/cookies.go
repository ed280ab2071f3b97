package apiclient

import (
	"maps"
	"net/http"
	"net/url"
)

// Cookies are added to the requests to a profile's own origin. Answers from other origins set none, and
// requests to them carry none. It must be safe for use by many goroutines.
type Cookies interface {
	// Header returns the value of the Cookie header for a request; empty means none.
	Header(u *url.URL) string
	// Received is told of an answer.
	Received(u *url.URL, h http.Header)
	// Secrets lists the values that nobody may see.
	Secrets() []string
}

// addCookies adds the client's cookies to a request, unless its own header or the client's says which.
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

// received tells the client's cookies of an answer from the profile's own origin.
func (c *Client) received(req *http.Request, resp *http.Response) {
	if c.cfg.Cookies != nil && c.profile.Owns(req.URL) && !crossedOrigin(req.Context()) {
		c.cfg.Cookies.Received(req.URL, resp.Header)
	}
}
