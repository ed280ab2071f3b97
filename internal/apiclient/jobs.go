package apiclient

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/arl-cli/arl/internal/config"
)

// Polls returns how a response to a request may accept a job that finishes later, as the profile says.
func (c *Client) Polls(req *http.Request) []config.CompiledPoll {
	if !c.profile.HasPolls() || !c.profile.Owns(req.URL) {
		return nil
	}
	bucket, _ := c.profile.BucketOf(req, func() []byte { return bodyOf(req) })
	return c.profile.PollsOf(req, bucket)
}

// NewRequestAt returns a GET for a URL that a server named: that of a job's state or result. On the profile's own origin
// it has the headers of the request that it follows, but for what is about that request's body; on another one none that
// may carry a credential.
func (c *Client) NewRequestAt(ctx context.Context, u *url.URL, first *http.Request) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "", nil)
	if err != nil {
		return nil, err
	}
	req.URL, req.Host = u, u.Host
	own := c.profile.Owns(u)
	for name, values := range first.Header {
		if about := strings.HasPrefix(name, "Content-") || strings.HasPrefix(name, "If-") || name == "Range" ||
			strings.EqualFold(name, c.profile.IdempotencyHeader) || strings.EqualFold(name, "Idempotency-Key"); !about && (own || harmless(name)) {
			req.Header[name] = values
		}
	}
	return req, nil
}
