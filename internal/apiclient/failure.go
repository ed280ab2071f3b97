package apiclient

import "net/http"

// Failure returns what a response says went wrong in spite of its status, without secrets; empty if it is no failure.
func (c *Client) Failure(status int, h http.Header, body []byte) string {
	if status >= http.StatusBadRequest {
		return ""
	}
	message, failed := c.Profile().Failure(status, h, body)
	if !failed {
		return ""
	}
	return c.Redact(message)
}
