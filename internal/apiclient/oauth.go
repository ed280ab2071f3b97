package apiclient

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/oauth"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/tokens"
)

const (
	// tokenTimeout bounds one attempt to obtain a token if the configuration does not.
	tokenTimeout = 30 * time.Second
	// tokenRate is the maximum rate of token requests, of all processes together, while they fail; otherwise package
	// tokens keeps it far lower. It is not a documented limit: that would count as used up after a reboot and delay the
	// first request of the day.
	tokenRate = 0.5
	// tokenBucket is the bucket of the token requests in keys.
	tokenBucket = "oauth-token"
)

// requestToken requests a token by the client credentials grant (RFC 6749, section 4.4).
func (c *Client) requestToken(ctx context.Context) (token string, life time.Duration, err error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	if scopes := strings.Fields(c.profile.Auth.Scope); len(scopes) > 0 {
		form.Set("scope", strings.Join(scopes, " "))
	}
	got, err := c.oauthClient(c.credential.Grant(), c.pacedTokens()).Token(ctx, c.profile.Auth.TokenURL, form)
	if err != nil {
		return "", 0, c.tokenError(err)
	}
	c.secrets.Add(got.Access)
	return got.Access, got.Life, nil
}

// oauthClient is the program at the authorization server.
func (c *Client) oauthClient(g *credential.Grant, send http.RoundTripper) *oauth.Client {
	a := c.profile.Auth
	if a.Format == config.TokenBasic {
		c.secrets.Add(credential.Basic(url.QueryEscape(g.ID), url.QueryEscape(g.Secret), "").Secrets()...)
	}
	return &oauth.Client{ID: g.ID, Secret: g.Secret, Format: a.Format, Agent: c.agent, Send: send}
}

// pacedTokens sends token requests through the limiter, with a key of their own. They are idempotent: a second token
// does no harm.
func (c *Client) pacedTokens() *limiter.Transport {
	timeout := c.cfg.Timeout
	if timeout <= 0 {
		timeout = tokenTimeout
	}
	p := c.profile
	plan := limiter.Plan{
		API: p.Name, Tenant: c.keys.tenant, Key: p.KeyFor(tokenBucket, c.keys.tenant), Idempotent: true, Circuit: c.cfg.Circuit,
		Params: &limiter.Params{InitialRate: tokenRate, MinRate: tokenRate / 30, MaxRate: tokenRate},
	}
	return &limiter.Transport{
		Base: c.cfg.Base, Limiter: c.cfg.Limiter, Retry: c.cfg.Retry, Timeout: timeout, MaxWait: c.cfg.MaxWait,
		Plan: func(*http.Request) limiter.Plan { return plan }, Observe: c.report,
	}
}

// tokenError returns why there is no token, redacting what the server may have repeated of the request.
func (c *Client) tokenError(err error) error {
	if kind, ok := errors.AsType[*oauth.TypeError](err); ok {
		return &tokens.DeniedError{Reason: kind.Error()}
	}
	denied, ok := errors.AsType[*oauth.ResponseError](err)
	if !ok {
		return &TokenError{API: c.profile.Name, Err: err}
	}
	text := c.secrets.Redact(denied.Error())
	if final(denied.StatusCode) {
		return &tokens.DeniedError{Reason: text}
	}
	return &TokenError{API: c.profile.Name, Err: errors.New(text)}
}

// final reports whether a retry of a token request would have the same result. A redirect has: none is followed.
func final(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return status < http.StatusInternalServerError
}
