package apiclient

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/sendctx"
	"github.com/arl-cli/arl/pkg/tokens"
)

// A TokenError says that a token could not be obtained.
type TokenError struct {
	API    string
	Denied bool // the server denied it: the client's id, its secret or the scope is wrong
	Login  bool // somebody has to log in
	Err    error
}

// Error implements error.
func (e *TokenError) Error() string { return fmt.Sprintf("no token for %s: %v", e.API, e.Err) }

// Unwrap returns the cause.
func (e *TokenError) Unwrap() error { return e.Err }

// newTokens returns the source of the client's token; nil if its credential does not expire.
func (c *Client) newTokens() *tokens.Source {
	g := c.credential.Grant()
	if g == nil {
		return nil
	}
	if g.Login != nil {
		return c.loginSource(g)
	}
	s := &tokens.Source{Renew: c.runCommand}
	if g.Command != nil {
		return s
	}
	s.Name, s.Secret, s.Renew = tokenName(c.profile, g), g.Secret, c.requestToken
	if c.cfg.Tokens != nil {
		s.Place = c.cfg.Tokens(s.Name)
	}
	s.Lost = func(err error) {
		c.warn(fmt.Errorf("cannot share the token of %s with other processes, so this process requests its own: %w", c.profile.Name, err))
	}
	return s
}

// tokenName returns the name that processes share a token under: a hash of server, client and scope.
func tokenName(p *config.Profile, g *credential.Grant) string {
	text := strings.Join([]string{"arl token name", p.Auth.TokenURL, g.ID, p.Auth.Scope}, "\x00")
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:12])
}

// runCommand runs the profile's command, which prints a token.
func (c *Client) runCommand(ctx context.Context) (string, time.Duration, error) {
	token, err := credential.RunCommand(ctx, c.profile.Name, c.credential.Grant().Command)
	if err == nil && config.IndexControl(token) >= 0 {
		err = &credential.InvalidError{API: c.profile.Name, Source: c.credential.Source, Problem: "it has a line break or a control character"}
	}
	return token, 0, err
}

// needsToken reports whether a request is sent with a token that expires.
func (c *Client) needsToken(req *http.Request) bool {
	if c.tokens == nil || !c.profile.Owns(req.URL) || crossedOrigin(req.Context()) {
		return false
	}
	_, own := req.Header["Authorization"]
	return !own
}

// withToken returns the request with a token; its header may have been shared.
func (c *Client) withToken(req *http.Request, token string) *http.Request {
	sent := req.WithContext(req.Context())
	sent.Header = maps.Clone(sent.Header)
	sent.Header["Authorization"] = []string{"Bearer " + token}
	return sent
}

// sendWithToken sends a request. If the token is rejected, for example because another process has renewed it, the
// request is sent once more with a new one: it was not processed.
func (t *originTransport) sendWithToken(req *http.Request) (*http.Response, error) {
	token, err := t.c.token(req.Context(), "")
	if err != nil {
		closeBody(req)
		return nil, err
	}
	resp, used, err := t.sendWith(req, token)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || !rewindable(req) {
		return resp, err
	}
	fresh, err := t.c.token(req.Context(), used)
	switch {
	case err != nil:
		resp.Body.Close()
		return nil, err
	case fresh == used:
		return resp, nil
	}
	_, _ = io.CopyN(io.Discard, resp.Body, 16<<10) // so that the connection can be reused
	resp.Body.Close()
	resp, _, err = t.sendWith(req, fresh)
	return resp, err
}

// sendWith sends a request with a token, or with a newer one that exists once the limiter lets it pass. It returns the
// one used.
func (t *originTransport) sendWith(req *http.Request, token string) (resp *http.Response, used string, err error) {
	sent, err := t.c.prepared(req)
	if err != nil {
		closeBody(req)
		return nil, token, err
	}
	used = token
	resp, err = t.paced.RoundTrip(sentWith(t.c.withToken(sent, token), &used))
	return resp, used, err
}

// renewingTransport inserts the newest token once the limiter has let a request pass: it may have been renewed while the
// request waited.
type renewingTransport struct {
	base http.RoundTripper
	c    *Client
}

// RoundTrip implements http.RoundTripper.
func (w *renewingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	used := sendctx.Of(req.Context()).SentWith
	if used == nil {
		return w.base.RoundTrip(req)
	}
	fresh := w.c.tokens.Current()
	if fresh == "" { // it has expired while the request waited; what goes wrong now shows after the response
		fresh, _ = w.c.token(req.Context(), "")
	}
	if fresh != "" && fresh != *used {
		*used = fresh
		w.c.secrets.Add(fresh)
		req = w.c.withToken(req, fresh)
	}
	return w.base.RoundTrip(req)
}

// token returns a token; if rejected is not empty, another one than that. From then on the token is redacted.
func (c *Client) token(ctx context.Context, rejected string) (token string, err error) {
	ctx = valueless{sendctx.Waits(ctx)} // nothing has been sent yet
	if rejected == "" {
		token, err = c.tokens.Token(ctx)
	} else {
		token, err = c.tokens.Replace(ctx, rejected)
	}
	if denied, ok := errors.AsType[*tokens.DeniedError](err); ok {
		return "", &TokenError{API: c.profile.Name, Denied: true, Err: denied}
	}
	if ended, ok := errors.AsType[*tokens.LoginError](err); ok {
		return "", &TokenError{API: c.profile.Name, Denied: true, Login: true, Err: ended}
	}
	if err == nil && token != rejected {
		c.secrets.Add(token)
	}
	return token, err
}

// valueless is a context without values: those of a request are not for the token requests it causes.
type valueless struct{ context.Context }

// Value implements context.Context.
func (valueless) Value(any) any { return nil }

// rewindable reports whether the body of a request, if any, can be sent again.
func rewindable(req *http.Request) bool {
	return req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}
