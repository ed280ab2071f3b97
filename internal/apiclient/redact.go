package apiclient

import (
	"net/http"

	"github.com/arl-cli/arl/internal/redact"
	"github.com/arl-cli/arl/pkg/limiter"
)

// discreetWire hides secrets from errors before anything learns of them: libraries quote what a server sent, and
// that may be what it was sent.
type discreetWire struct {
	http.RoundTripper
	c *Client
}

// RoundTrip implements http.RoundTripper.
func (w *discreetWire) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := w.RoundTripper.RoundTrip(req)
	if err != nil {
		return resp, w.c.redactError(req, err)
	}
	return resp, nil
}

// redacted hides the client's secrets from what listens to its attempts.
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

// redactError hides secrets from an error's text: the client's, and those of a request that caused it, unless that
// is nil. What the error wraps can still be tested.
func (c *Client) redactError(req *http.Request, err error) error {
	return redact.Error(err, func(text string) string { return c.RedactFor(req, text) })
}

// RedactFor is [Client.Redact] for a text that a request has led to: it hides what is secret in that, too. req may
// be nil, and need not be complete.
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
