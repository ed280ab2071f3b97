package apiclient

import (
	"net/http"

	"github.com/arl-cli/arl/internal/httpcheck"
)

// checkReadOnly refuses what may change something, also where a redirect leads there.
func (c *Client) checkReadOnly(req *http.Request) error {
	if !c.cfg.ReadOnly && !c.profile.ReadOnly {
		return nil
	}
	if err := c.profile.CheckReadOnly(req); err != nil {
		return &httpcheck.UnsendableError{Err: err}
	}
	return nil
}
