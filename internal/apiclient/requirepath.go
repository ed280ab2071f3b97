package apiclient

import (
	"net/http"
	"strings"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
)

// requirePath says that a request leads nowhere: it names no path, because the path is the credential, and there is
// none. An API of that kind can be used without one only by who names paths.
func (c *Client) requirePath(req *http.Request) error {
	a := c.profile.Auth
	if a == nil || a.Type != config.AuthPath || c.credential != nil || c.cfg.Anonymous || strings.Trim(req.URL.Path, "/") != "" {
		return nil
	}
	return credential.Missing(c.profile)
}
