// Package oauth is a client of OAuth authorization servers (RFC 6749): it requests tokens, reads the metadata of a
// server (RFC 8414), logs a user in with a browser on this machine (RFC 8252, with PKCE) or with a code on another
// device (RFC 8628), and revokes tokens (RFC 7009).
package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/arl-cli/arl/internal/config"
)

// A Client is a program at an authorization server.
type Client struct {
	ID, Secret string // Secret is empty for a program that cannot keep one
	Format     string // of requests with the client's id, see [config.Auth]
	Agent      []string
	Send       http.RoundTripper
}

// A Token is what a server gives.
type Token struct {
	Access, Refresh, Scope string
	Life                   time.Duration // of Access; 0 means that the server does not say
}

// A ResponseError is a response that gives no token.
type ResponseError struct {
	URL               string
	StatusCode        int
	Status            string
	Code, Description string // of RFC 6749, section 5.2
}

// Error implements error.
func (e *ResponseError) Error() string {
	parts := []string{e.URL + " returned " + e.Status, e.Code, e.Description}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), ": ")
}

// A TypeError says that a token is of a type that is not supported.
type TypeError struct{ Type string }

// Error implements error.
func (e *TypeError) Error() string {
	return fmt.Sprintf("the token type is %q; only Bearer is supported", e.Type)
}

// ErrNoToken says that a response contains no token that can be sent.
var ErrNoToken = errors.New("the response does not contain a token")

// Token asks for a token. form has the grant_type and what belongs to it; the client is added.
func (c *Client) Token(ctx context.Context, tokenURL string, form url.Values) (Token, error) {
	grant := clientcredentials.Config{
		ClientID: c.ID, ClientSecret: c.Secret, TokenURL: tokenURL, EndpointParams: form, AuthStyle: oauth2.AuthStyleInParams,
	}
	if c.Format == config.TokenBasic && c.Secret != "" {
		grant.AuthStyle = oauth2.AuthStyleInHeader
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, c.http(c.Format == config.TokenJSON))
	got, err := grant.Token(ctx)
	if denied, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return Token{}, &ResponseError{
			URL: tokenURL, StatusCode: denied.Response.StatusCode, Status: denied.Response.Status, Code: denied.ErrorCode, Description: denied.ErrorDescription,
		}
	}
	if err != nil {
		return Token{}, err
	}
	return usable(got)
}

// usable is a token that can be sent.
func usable(got *oauth2.Token) (Token, error) {
	t := Token{Access: got.AccessToken, Refresh: got.RefreshToken}
	if kind := strings.TrimSpace(got.TokenType); kind != "" && !strings.EqualFold(kind, "bearer") {
		return t, &TypeError{kind}
	}
	if t.Access == "" || config.IndexControl(t.Access+t.Refresh) >= 0 {
		return Token{}, ErrNoToken
	}
	t.Scope, _ = got.Extra("scope").(string)
	if !got.Expiry.IsZero() {
		t.Life = time.Until(got.Expiry)
	}
	return t, nil
}

// http sends what goes to the server. Whoever a redirect leads to would get the client's secret.
func (c *Client) http(inJSON bool) *http.Client {
	return &http.Client{
		Transport:     &transport{send: c.Send, json: inJSON, agent: c.Agent},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
