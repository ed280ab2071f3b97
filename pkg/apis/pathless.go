package apis

import (
	"net/http"
	"strings"
)

// pathless says that a request leads nowhere: it names no path, because the path is the credential, and there is
// none. An API of that kind can be used without one only by who names paths.
func (c *Client) pathless(req *http.Request) error {
	a := c.profile.Auth
	if a == nil || a.Type != AuthPath || c.credential != nil || c.cfg.Anonymous || strings.Trim(req.URL.Path, "/") != "" {
		return nil
	}
	return (&finder{p: c.profile}).missing()
}
