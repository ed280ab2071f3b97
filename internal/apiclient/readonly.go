package apiclient

import (
	"net/http"

	"github.com/arl-cli/arl/internal/httpcheck"
)

// checkReadOnly rejects requests that may change something, also those of a redirect.
func (c *Client) checkReadOnly(req *http.Request) error {
	if !c.cfg.ReadOnly && !c.profile.ReadOnly {
		return nil
	}
	if err := c.profile.CheckReadOnly(req); err != nil {
		return &httpcheck.UnsendableError{Err: err}
	}
	return nil
}
