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

// report passes on what the transports observe, with secrets redacted.
func (c *Client) report(e limiter.Event) {
	e.Path = c.secrets.Redact(e.Path)
	if e.Err != nil {
		e.Err = c.redactError(nil, e.Err)
	}
	c.cfg.Limiter.Report(e)
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
