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
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/tokens"
)

// A TokenError says that no token could be had.
type TokenError struct {
	API    string
	Denied bool // the server gives none: the client's id, its secret or the scope is wrong
	Err    error
}

// Error implements error.
func (e *TokenError) Error() string { return fmt.Sprintf("no token for %s: %v", e.API, e.Err) }

// Unwrap returns the cause.
func (e *TokenError) Unwrap() error { return e.Err }

// newTokens is where the client's token comes from; nil if its credential stays as it is.
func (c *Client) newTokens() *tokens.Source {
	g := c.credential.Grant()
	if g == nil {
		return nil
	}
	s := &tokens.Source{Renew: c.runCommand}
	if g.Command != nil {
		return s
	}
	s.Name, s.Secret, s.Renew = tokenName(c.profile, g), g.Secret, c.askForToken
	if c.cfg.Tokens != nil {
		s.Place = c.cfg.Tokens(s.Name)
	}
	s.Lost = func(err error) {
		if c.cfg.Warn != nil {
			c.cfg.Warn(c.secrets.Error(fmt.Errorf("cannot share the token for %s, this process asks for one of its own (%w)", c.profile.Name, err)))
		}
	}
	return s
}

// tokenName names a token: the same for all who ask the same server for the same.
func tokenName(p *config.Profile, g *credential.Grant) string {
	text := strings.Join([]string{"arl token name", p.Auth.TokenURL, g.ID, p.Auth.Scope}, "\x00")
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:12])
}

// runCommand has the profile's program print a token.
func (c *Client) runCommand(ctx context.Context) (string, time.Duration, error) {
	token, err := credential.RunCommand(ctx, c.profile.Name, c.credential.Grant().Command)
	if err == nil && config.IndexControl(token) >= 0 {
		err = &credential.InvalidError{API: c.profile.Name, Source: c.credential.Source, Problem: "it has a line break or a control character"}
	}
	return token, 0, err
}

// takesToken reports whether a request is to be sent with a token that gets renewed.
func (c *Client) takesToken(req *http.Request) bool {
	if c.tokens == nil || !c.profile.Owns(req.URL) || crossedOrigin(req.Context()) {
		return false
	}
	_, own := req.Header["Authorization"]
	return !own
}

// bearing is a request with a token; its header may be shared.
func (c *Client) bearing(req *http.Request, token string) *http.Request {
	sent := req.WithContext(req.Context())
	sent.Header = maps.Clone(sent.Header)
	sent.Header["Authorization"] = []string{"Bearer " + token}
	return sent
}

// sendWithToken sends a request. If the token is refused, as it is when somebody else has renewed it, the
// request is sent once more with another one: it was not processed.
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
	_, _ = io.CopyN(io.Discard, resp.Body, 16<<10) // so that the connection can be used again
	resp.Body.Close()
	resp, _, err = t.sendWith(req, fresh)
	return resp, err
}

// sendWith sends a request with a token, or with a newer one that is there when its turn has come.
func (t *originTransport) sendWith(req *http.Request, token string) (resp *http.Response, used string, err error) {
	s := &tokenSent{token: token}
	sent, err := t.c.prepared(req)
	if err != nil {
		closeBody(req)
		return nil, token, err
	}
	sent = t.c.bearing(sent, token)
	resp, err = t.paced.RoundTrip(sent.WithContext(context.WithValue(sent.Context(), tokenKey{}, s)))
	return resp, s.token, err
}

type tokenKey struct{}

// tokenSent is the token that a request was sent with the last time.
type tokenSent struct{ token string }

// tokenWire puts in the newest token once a request has waited for its turn: another one may have come
// meanwhile, and all that wait would be refused.
type tokenWire struct {
	base http.RoundTripper
	c    *Client
}

// RoundTrip implements http.RoundTripper.
func (w *tokenWire) RoundTrip(req *http.Request) (*http.Response, error) {
	s, ok := req.Context().Value(tokenKey{}).(*tokenSent)
	if fresh := w.c.tokens.Current(); ok && fresh != "" && fresh != s.token {
		s.token = fresh
		w.c.secrets.Add(fresh)
		req = w.c.bearing(req, fresh)
	}
	return w.base.RoundTrip(req)
}

// token returns a token, in the place of one that was refused. From then on it is hidden like any secret.
func (c *Client) token(ctx context.Context, refused string) (token string, err error) {
	ctx = valueless{limiter.Waits(ctx)} // nothing has been sent yet
	if refused == "" {
		token, err = c.tokens.Token(ctx)
	} else {
		token, err = c.tokens.Replace(ctx, refused)
	}
	if denied, ok := errors.AsType[*tokens.DeniedError](err); ok {
		return "", &TokenError{API: c.profile.Name, Denied: true, Err: denied}
	}
	if err == nil && token != refused {
		c.secrets.Add(token)
	}
	return token, err
}

// valueless is a context without values: what a request carries for the limiter and the wire is not for
// those that are sent on its account.
type valueless struct{ context.Context }

// Value implements context.Context.
func (valueless) Value(any) any { return nil }

// rewindable reports whether a request's body, if any, can be sent again.
func rewindable(req *http.Request) bool {
	return req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}
