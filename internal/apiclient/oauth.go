package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
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
	a, g := c.profile.Auth, c.credential.Grant()
	grant := clientcredentials.Config{
		ClientID: g.ID, ClientSecret: g.Secret, TokenURL: a.TokenURL, AuthStyle: oauth2.AuthStyleInParams,
	}
	if a.Format == config.TokenBasic {
		grant.AuthStyle = oauth2.AuthStyleInHeader
		c.secrets.Add(credential.Basic(url.QueryEscape(g.ID), url.QueryEscape(g.Secret), "").Secrets()...)
	}
	if a.Scope != "" {
		grant.Scopes = strings.Fields(a.Scope)
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{
		Transport: &tokenTransport{paced: c.pacedTokens(), json: a.Format == config.TokenJSON, agent: c.agent},
		// The target of a redirect would get the client's secret.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	})
	got, err := grant.Token(ctx)
	if err != nil {
		return "", 0, c.tokenError(err)
	}
	if err := bearerOnly(got.TokenType); err != nil {
		return "", 0, err
	}
	if config.IndexControl(got.AccessToken) >= 0 {
		return "", 0, &TokenError{API: c.profile.Name, Err: errors.New("the response does not contain a token")}
	}
	c.secrets.Add(got.AccessToken)
	if !got.Expiry.IsZero() {
		life = time.Until(got.Expiry)
	}
	return got.AccessToken, life, nil
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
		Plan: func(*http.Request) limiter.Plan { return plan }, OnAttempt: c.redacted(c.cfg.OnAttempt),
	}
}

// tokenTransport writes token requests in the format of the profile.
type tokenTransport struct {
	paced *limiter.Transport
	json  bool
	agent []string
}

// RoundTrip implements http.RoundTripper.
func (t *tokenTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	text, err := io.ReadAll(req.Body)
	req.Body.Close()
	if err != nil {
		return nil, err
	}
	sent := req.Clone(req.Context())
	sent.Header.Set("Accept", "application/json")
	sent.Header["User-Agent"] = t.agent
	if t.json {
		if text, err = jsonOf(string(text)); err != nil {
			return nil, err
		}
		sent.Header.Set("Content-Type", "application/json")
	}
	sent.ContentLength = int64(len(text))
	sent.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
	sent.Body, _ = sent.GetBody()
	resp, err := t.paced.RoundTrip(sent)
	if err != nil {
		return nil, err
	}
	if err := readToken(resp); err != nil {
		return nil, err
	}
	return resp, nil
}

// jsonOf converts a form to a JSON object.
func jsonOf(form string) ([]byte, error) {
	values, err := url.ParseQuery(form)
	if err != nil {
		return nil, err
	}
	object := make(map[string]string, len(values))
	for name := range values {
		object[name] = values.Get(name)
	}
	return json.Marshal(object)
}

// tokenError returns why there is no token, redacting what the server may have repeated of the request.
func (c *Client) tokenError(err error) error {
	denied, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return &TokenError{API: c.profile.Name, Err: err}
	}
	text := c.profile.Auth.TokenURL + " returned " + denied.Response.Status
	for _, part := range []string{denied.ErrorCode, denied.ErrorDescription} {
		if part != "" {
			text += ": " + part
		}
	}
	if text = c.secrets.Redact(text); final(denied.Response.StatusCode) {
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
