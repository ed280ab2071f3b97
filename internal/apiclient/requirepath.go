package apiclient

import (
	"net/http"
	"strings"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
)

// requirePath returns an error for a request without a path to an API whose path is the credential, if there is none. A
// request with a path needs no credential.
func (c *Client) requirePath(req *http.Request) error {
	a := c.profile.Auth
	if a == nil || a.Type != config.AuthPath || c.credential != nil || c.cfg.Anonymous || strings.Trim(req.URL.Path, "/") != "" {
		return nil
	}
	return credential.Missing(c.profile)
}
