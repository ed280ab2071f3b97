package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/arl-cli/arl/internal/config"
)

// Endpoints are where an authorization server has what. Empty ones it does not have.
type Endpoints struct {
	Token     string `json:"token_endpoint"`
	Authorize string `json:"authorization_endpoint"`
	Device    string `json:"device_authorization_endpoint"`
	Revoke    string `json:"revocation_endpoint"`

	Issuer      string `json:"issuer"`                                         // as the server writes it; empty if nobody asked it
	NamesIssuer bool   `json:"authorization_response_iss_parameter_supported"` // it does so in its responses (RFC 9207)
}

// A DiscoveryError says that an issuer does not say where it has what.
type DiscoveryError struct {
	Issuer string
	Err    error
}

// Error implements error.
func (e *DiscoveryError) Error() string {
	if _, ok := errors.AsType[*url.Error](e.Err); ok { // nobody knows what the server says
		return fmt.Sprintf("read the metadata of %s: %v", e.Issuer, e.Err)
	}
	return fmt.Sprintf("no usable metadata from %s: %v", e.Issuer, e.Err)
}

// Unwrap returns the cause.
func (e *DiscoveryError) Unwrap() error { return e.Err }

// Endpoints returns where the server of a profile has what: what the profile names, and where it names an issuer, what
// that says of the rest.
func (c *Client) Endpoints(ctx context.Context, a *config.Auth) (Endpoints, error) {
	named := Endpoints{Token: a.TokenURL, Authorize: a.AuthorizeURL, Device: a.DeviceURL, Revoke: a.RevokeURL}
	if a.Issuer == "" {
		return named, nil
	}
	found, err := c.discover(ctx, a.Issuer)
	if err != nil {
		return Endpoints{}, &DiscoveryError{a.Issuer, err}
	}
	for _, e := range []struct{ named, found *string }{
		{&named.Token, &found.Token}, {&named.Authorize, &found.Authorize}, {&named.Device, &found.Device}, {&named.Revoke, &found.Revoke},
	} {
		if *e.named == "" {
			*e.named = *e.found
		}
	}
	named.Issuer, named.NamesIssuer = found.Issuer, found.NamesIssuer
	if named.Token == "" {
		return Endpoints{}, &DiscoveryError{a.Issuer, errors.New("it has no token_endpoint")}
	}
	return named, nil
}

// discover reads what an issuer says of itself: as OpenID Connect has it, or RFC 8414.
func (c *Client) discover(ctx context.Context, issuer string) (Endpoints, error) {
	var failed error
	for _, at := range wellKnown(issuer) {
		found, err := c.describe(ctx, at, issuer)
		if err == nil {
			return found, nil
		}
		if _, ok := errors.AsType[*ResponseError](err); !ok {
			return Endpoints{}, err
		}
		if failed == nil {
			failed = err
		}
	}
	return Endpoints{}, failed
}

// wellKnown returns where an issuer may describe itself. OpenID Connect appends to its path, RFC 8414 goes before it.
func wellKnown(issuer string) []string {
	u, err := url.Parse(issuer)
	if err != nil {
		return nil // it was checked
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	origin := u.Scheme + "://" + u.Host
	return []string{
		origin + path + "/.well-known/openid-configuration",
		origin + "/.well-known/oauth-authorization-server" + path,
	}
}

// describe reads one description, which must be of that issuer: else somebody could have another server's tokens sent
// to it.
func (c *Client) describe(ctx context.Context, at, issuer string) (Endpoints, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return Endpoints{}, err
	}
	text, err := c.do(req)
	if err != nil {
		return Endpoints{}, err
	}
	var found Endpoints
	switch err := json.Unmarshal(text, &found); {
	case err != nil:
		return Endpoints{}, fmt.Errorf("%s is not server metadata: %w", at, err)
	case strings.TrimRight(found.Issuer, "/") != strings.TrimRight(issuer, "/"):
		return Endpoints{}, fmt.Errorf("%s is the metadata of another issuer, %q", at, found.Issuer)
	}
	return found, found.check()
}

// check rejects what a login must not be sent to.
func (e *Endpoints) check() error {
	for _, u := range []string{e.Token, e.Authorize, e.Device, e.Revoke} {
		if u != "" && !config.IsSecureURL(u) {
			return fmt.Errorf("it has %q, which is not https://", u)
		}
	}
	return nil
}

// do sends a request, and returns the body of a response with status 200.
func (c *Client) do(req *http.Request) ([]byte, error) {
	resp, err := c.http(c.Format == config.TokenJSON).Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxTokenResponse))
	if err != nil {
		return nil, fmt.Errorf("read the response of %s: %w", req.URL, err)
	}
	if resp.StatusCode == http.StatusOK {
		return text, nil
	}
	denied := &ResponseError{URL: req.URL.String(), StatusCode: resp.StatusCode, Status: resp.Status}
	var why struct {
		Code        string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(text, &why) == nil {
		denied.Code, denied.Description = why.Code, why.Description
	}
	return nil, denied
}

// post sends a form, with the client.
func (c *Client) post(ctx context.Context, to string, form url.Values) ([]byte, error) {
	basic := c.Format == config.TokenBasic && c.Secret != ""
	form.Set("client_id", c.ID)
	if c.Secret != "" && !basic {
		form.Set("client_secret", c.Secret)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if basic {
		req.SetBasicAuth(url.QueryEscape(c.ID), url.QueryEscape(c.Secret))
	}
	return c.do(req)
}

// Revoke ends a token (RFC 7009). Of what kind it is the server finds out faster with a hint: refresh_token or
// access_token.
func (c *Client) Revoke(ctx context.Context, revokeURL, token, hint string) error {
	_, err := c.post(ctx, revokeURL, url.Values{"token": {token}, "token_type_hint": {hint}})
	return err
}
