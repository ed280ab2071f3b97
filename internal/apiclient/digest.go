package apiclient

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync"

	"github.com/icholy/digest"

	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/sendctx"
)

// digestLogin answers the challenges of one origin (RFC 7616). The first request is sent without a credential, and once
// more when it has been challenged; those after it carry an answer from the start. It is safe for concurrent use.
type digestLogin struct {
	user, password string

	mu        sync.Mutex
	challenge *digest.Challenge // nil until there has been one
	count     int               // answers to it so far: each has a number of its own, or it would be a replay
}

// digestLogin returns the login of Config.Digest; nil if that is not set.
func (c *Client) newDigestLogin() (*digestLogin, error) {
	if !c.cfg.Digest {
		return nil, nil
	}
	user, password, ok := c.credential.Login()
	if !ok {
		return nil, &credential.InvalidError{API: c.profile.Name, Source: "--digest", Problem: "there is no user and password to answer with; -u USER:PASSWORD, -n, or a profile whose auth is basic have them"}
	}
	return &digestLogin{user: user, password: password}, nil
}

// usesDigest reports whether a request is sent with an answer to a challenge.
func (c *Client) usesDigest(req *http.Request) bool {
	if c.digest == nil || !c.profile.Owns(req.URL) || crossedOrigin(req.Context()) {
		return false
	}
	_, own := req.Header["Authorization"]
	return !own
}

// maxChallenges is how often a request is sent again because it was challenged. Once is the rule; a nonce may wear out
// meanwhile under others that are sent at the same time.
const maxChallenges = 4

// sendWithDigest sends a request, and again as long as the response to it is a challenge that has not been answered: it
// was not processed.
func (t *originTransport) sendWithDigest(req *http.Request) (*http.Response, error) {
	sent, err := t.c.prepared(req)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	var answered string // the nonce of the challenge that was answered last; empty if none was
	sent = sentWith(sent, &answered)
	resp, err := t.paced.RoundTrip(sent)
	for range maxChallenges {
		if err != nil || resp.StatusCode != http.StatusUnauthorized || !rewindable(req) || !t.c.digest.learn(resp.Header, answered) {
			break
		}
		if sent.GetBody != nil {
			if sent.Body, err = sent.GetBody(); err != nil {
				return resp, nil // the body is gone: the challenge is the response
			}
		}
		_, _ = io.CopyN(io.Discard, resp.Body, 16<<10) // so that the connection can be reused
		resp.Body.Close()
		resp, err = t.paced.RoundTrip(sent)
	}
	return resp, err
}

// digestTransport answers the newest challenge once the limiter has let a request pass: each attempt by itself, because
// no answer holds twice.
type digestTransport struct {
	base http.RoundTripper
	c    *Client
}

// RoundTrip implements http.RoundTripper.
func (w *digestTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	answered := sendctx.Of(req.Context()).SentWith
	if answered == nil {
		return w.base.RoundTrip(req)
	}
	answer, err := w.c.digest.answer(req)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	if answer != nil {
		*answered = answer.Nonce
		req = req.WithContext(req.Context())
		req.Header = maps.Clone(req.Header)
		req.Header["Authorization"] = []string{answer.String()}
		w.c.secrets.Add(answer.Response)
	}
	return w.base.RoundTrip(req)
}

// answer returns what proves for a request that its sender knows the password; nil before the first challenge.
func (d *digestLogin) answer(req *http.Request) (*digest.Credentials, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.challenge == nil {
		return nil, nil
	}
	d.count++
	answer, err := digest.Digest(d.challenge, digest.Options{
		Method: req.Method, URI: req.URL.RequestURI(), GetBody: bodyGetter(req), Count: d.count, Username: d.user, Password: d.password,
	})
	if err != nil {
		return nil, fmt.Errorf("answer the challenge of the server: %w", err)
	}
	return answer, nil
}

// bodyGetter returns how the body of a request is read for a digest of it, which servers with qop=auth-int want.
func bodyGetter(req *http.Request) func() (io.ReadCloser, error) {
	if req.GetBody != nil {
		return req.GetBody
	}
	return func() (io.ReadCloser, error) { return http.NoBody, nil }
}

// learn takes over the challenge of a response to a request that answered the one of that nonce, and reports whether the
// request should be sent again: not if it answered a challenge that still holds, because then the password is wrong.
func (d *digestLogin) learn(h http.Header, answered string) bool {
	challenge, err := digest.FindChallenge(h)
	if err != nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if answered != "" && !challenge.Stale {
		return d.challenge != nil && d.challenge.Nonce != answered // another request has met a newer one
	}
	if d.challenge == nil || d.challenge.Nonce == answered {
		d.challenge, d.count = challenge, 0
	}
	return true
}
