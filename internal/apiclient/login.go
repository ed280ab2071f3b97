package apiclient

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/oauth"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/tokens"
)

// loginRate is the maximum rate of the requests of somebody who logs in, of all processes together.
const loginRate = 5

// loginBucket is the bucket of those requests in keys.
const loginBucket = "oauth-login"

// OAuth returns the program's client at the authorization server of the profile, for somebody who logs in or out. Where
// once is true, requests are sent again only if the server did not process them.
func (c *Client) OAuth(g *credential.Grant, once bool) *oauth.Client {
	t := c.pacedTokens()
	plan := t.Plan(nil)
	plan.Key, plan.Idempotent = c.profile.KeyFor(loginBucket, c.keys.tenant), !once
	plan.Params = &limiter.Params{InitialRate: loginRate, MinRate: loginRate / 30., MaxRate: loginRate}
	t.Plan = func(*http.Request) limiter.Plan { return plan }
	return c.oauthClient(g, t)
}

// LoginPlace returns where a login lies, for [tokens.Login].
func (c *Client) LoginPlace(l *credential.Login) *tokens.Login {
	login := &tokens.Login{Name: l.Name, Secret: l.Key, Grace: c.profile.Auth.Grace(), Place: l.Place(), Warn: c.warn}
	if c.cfg.Logins != nil {
		login.Place = c.cfg.Logins(l)
	}
	return login
}

func (c *Client) warn(err error) {
	if c.cfg.Warn != nil {
		c.cfg.Warn(c.secrets.Error(err))
	}
}

// loginSource returns the source of the tokens of a login.
func (c *Client) loginSource(g *credential.Grant) *tokens.Source {
	login := c.LoginPlace(g.Login)
	login.Refresh = c.refresh
	return &tokens.Source{Name: g.Login.Name, Login: login}
}

// refresh asks for tokens with a refresh token (RFC 6749, section 6).
func (c *Client) refresh(ctx context.Context, refresh string, s *tokens.Spending) (tokens.Grant, error) {
	c.secrets.Add(refresh)
	t := c.pacedTokens()
	plan := t.Plan(nil)
	plan.Idempotent = s.Repeatable()
	t.Plan = func(*http.Request) limiter.Plan { return plan }
	t.Timeout = max(t.Timeout, tokenTimeout) // a response that is not waited for may cost the login
	t.Base = &spendingTransport{base: c.base(), s: s}
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}
	got, err := c.oauthClient(c.credential.Grant(), t).Token(ctx, s.About().TokenURL, form)
	c.secrets.Add(got.Access, got.Refresh)
	if err != nil {
		return tokens.Grant{}, c.refreshError(ctx, err, s)
	}
	return GrantOf(got), nil
}

// GrantOf is a token as a login keeps it.
func GrantOf(t oauth.Token) tokens.Grant {
	return tokens.Grant{Access: t.Access, Refresh: t.Refresh, Scope: t.Scope, Life: t.Life}
}

// refreshError returns why there is no token. A response that rejects the request says that the refresh token was not
// taken, and invalid_grant that it is not going to be.
func (c *Client) refreshError(ctx context.Context, err error, s *tokens.Spending) error {
	denied, ok := errors.AsType[*oauth.ResponseError](err)
	switch {
	case ok && (denied.Code == "invalid_grant" || denied.Code == "bad_refresh_token"): // the latter is GitHub's word
		return &tokens.LoginError{Reason: "the login has expired or was revoked: " + c.secrets.Redact(denied.Error())}
	case ok && final(denied.StatusCode):
		s.Undo(ctx)
	}
	return c.tokenError(err)
}

// spendingTransport says of every attempt to refresh a login that the refresh token leaves this machine, and whether it
// has not.
type spendingTransport struct {
	base http.RoundTripper
	s    *tokens.Spending
}

// RoundTrip implements http.RoundTripper.
func (t *spendingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := context.WithoutCancel(req.Context())
	watched := req.Clone(req.Context())
	watched.Body = &spendingBody{ReadCloser: req.Body, begin: func() error { return t.s.Begin(ctx) }}
	watched.GetBody = nil // another copy of it would be another use
	resp, sent, err := roundTrip(t.base, watched, tokenTimeout)
	if !sent || err == nil && resp.StatusCode == http.StatusTooManyRequests {
		t.s.Undo(ctx)
	}
	return resp, err
}

// spendingBody is the form with the refresh token. It is read once there is a connection; what breaks off before, even
// by SIGKILL, has not sent the token and left no note of that.
type spendingBody struct {
	io.ReadCloser
	begin func() error
	begun bool
}

// Read implements io.Reader.
func (b *spendingBody) Read(p []byte) (int, error) {
	if !b.begun {
		if err := b.begin(); err != nil {
			return 0, err
		}
		b.begun = true
	}
	return b.ReadCloser.Read(p)
}
