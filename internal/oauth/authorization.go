package oauth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"github.com/arl-cli/arl/internal/config"
)

// An Authorization is one login with a browser: the authorization code grant (RFC 6749, section 4.1) with a proof that who
// asks for the token is who began (PKCE with S256, RFC 7636).
type Authorization struct {
	URL string // to open in a browser

	redirect, state, verifier string
	issuer                    string
	named                     bool // the server says of its responses which issuer they are from
}

// NewAuthorization begins a login, whose result the browser brings to redirect. form has what is asked for.
func (c *Client) NewAuthorization(at Endpoints, redirect string, form url.Values) (*Authorization, error) {
	page, err := url.Parse(at.Authorize)
	if err != nil {
		return nil, err
	}
	a := &Authorization{
		redirect: redirect, state: rand.Text(), verifier: oauth2.GenerateVerifier(), issuer: at.Issuer, named: at.NamesIssuer,
	}
	q := page.Query()
	maps.Copy(q, form)
	for name, value := range map[string]string{
		"response_type": "code", "client_id": c.ID, "redirect_uri": redirect, "state": a.state,
		"code_challenge": oauth2.S256ChallengeFromVerifier(a.verifier), "code_challenge_method": "S256",
	} {
		q.Set(name, value)
	}
	page.RawQuery = q.Encode()
	a.URL = page.String()
	return a, nil
}

// Secrets are what nobody else may know before the login is over. The state is in the URL that is shown.
func (a *Authorization) Secrets() []string { return []string{a.verifier} }

// Why a browser's visit is not the end of a login.
var (
	// ErrForeign is for visits that belong to no login that waits; the login that does goes on.
	ErrForeign = errors.New("the response belongs to another login (state does not match)")
	// ErrIssuer is for a response of another server than the one that was asked (RFC 9207).
	ErrIssuer = errors.New("the response is from another authorization server")
)

// An AuthorizationError is why a server sends a browser back without a code.
type AuthorizationError struct{ Code, Description string }

// Error implements error.
func (e *AuthorizationError) Error() string {
	text := e.Code
	if e.Code == "access_denied" {
		text = ErrDenied.Error()
	}
	if e.Description != "" {
		text += ": " + e.Description
	}
	return text
}

// Is makes a denial in a browser the same as one on another device.
func (e *AuthorizationError) Is(target error) bool {
	return target == ErrDenied && e.Code == "access_denied"
}

// Code returns the code of the query that the browser came back with.
func (a *Authorization) Code(q url.Values) (string, error) {
	switch {
	case subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(a.state)) != 1:
		return "", ErrForeign
	case a.issuer != "" && (a.named || q.Has("iss")) && q.Get("iss") != a.issuer:
		return "", fmt.Errorf("%w: it names the issuer %q", ErrIssuer, q.Get("iss"))
	case q.Get("error") != "":
		return "", &AuthorizationError{Code: q.Get("error"), Description: q.Get("error_description")}
	case q.Get("code") == "" || config.IndexControl(q.Get("code")) >= 0:
		return "", errors.New("the redirect contained no code")
	}
	return q.Get("code"), nil
}

// Pasted is the query of a URL that somebody has copied from a browser.
func Pasted(text string) url.Values {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		return nil
	}
	return u.Query()
}

// Exchange asks for the tokens that a code stands for.
func (c *Client) Exchange(ctx context.Context, tokenURL string, a *Authorization, code string) (Token, error) {
	return c.Token(ctx, tokenURL, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {a.redirect}, "code_verifier": {a.verifier},
	})
}
