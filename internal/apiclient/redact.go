package apiclient

import (
	"net/http"

	"github.com/arl-cli/arl/internal/redact"
	"github.com/arl-cli/arl/pkg/limiter"
)

// redactingTransport redacts errors before anything sees them: libraries quote what a server sent, which may repeat what
// it received.
type redactingTransport struct {
	http.RoundTripper
	c *Client
}

// RoundTrip implements http.RoundTripper.
func (w *redactingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := w.RoundTripper.RoundTrip(req)
	if err != nil {
		return resp, w.c.redactError(req, err)
	}
	return resp, nil
}

// redacted redacts the attempts that listen receives.
func (c *Client) redacted(listen func(limiter.Attempt)) func(limiter.Attempt) {
	if listen == nil {
		return nil
	}
	return func(a limiter.Attempt) {
		a.Path = c.secrets.Redact(a.Path)
		if a.Err != nil {
			a.Err = c.redactError(nil, a.Err)
		}
		listen(a)
	}
}

// redactError removes secrets from the message of an error: the client's, and those of the request that caused it if it
// is not nil.
func (c *Client) redactError(req *http.Request, err error) error {
	return redact.Error(err, func(text string) string { return c.RedactFor(req, text) })
}

// RedactFor is [Client.Redact] for a message about a request: it removes the secrets of the request too. req may be nil
// or incomplete.
func (c *Client) RedactFor(req *http.Request, text string) string {
	text = c.secrets.Redact(text)
	if req == nil {
		return text
	}
	if own := redact.InRequest(req); len(own) > 0 {
		text = redact.Text(text, own...)
	}
	return text
}
