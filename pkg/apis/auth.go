package apis

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// A Credential is what proves to an API who is asking. Printing one shows its kind and source only.
type Credential struct {
	Source string // where it came from, such as "$NOTION_TOKEN"

	kind     AuthType
	name     string // of the header or the query parameter
	value    string // what is sent
	identity string
	secrets  []string
	grant    *grant // nil: value stays as it is
}

// A grant is how a token is got that is renewed now and then.
type grant struct {
	id, secret string   // of an OAuth2 client
	command    []string // or a program that prints one
}

// renewedCredential sends Authorization: Bearer and a token that the client gets when it is needed.
func renewedCredential(kind AuthType, g *grant, identity, source string) *Credential {
	c := &Credential{Source: source, kind: kind, name: "Authorization", identity: identity, grant: g}
	if g.secret != "" {
		c.secrets = []string{g.secret}
	}
	return c
}

// BearerCredential sends Authorization: Bearer token.
func BearerCredential(token, source string) *Credential {
	return &Credential{
		Source: source, kind: AuthBearer, name: "Authorization", value: "Bearer " + token,
		identity: token, secrets: []string{token},
	}
}

// BasicCredential sends Authorization: Basic. Its identity is the user's name alone.
func BasicCredential(user, password, source string) *Credential {
	encoded := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	return &Credential{
		Source: source, kind: AuthBasic, name: "Authorization", value: "Basic " + encoded,
		identity: user, secrets: []string{password, encoded},
	}
}

// HeaderCredential sends a header of any name: prefix and token.
func HeaderCredential(name, prefix, token, source string) *Credential {
	return &Credential{
		Source: source, kind: AuthHeader, name: http.CanonicalHeaderKey(name), value: prefix + token,
		identity: token, secrets: []string{token},
	}
}

// QueryCredential sends a parameter in the query.
func QueryCredential(name, token, source string) *Credential {
	return &Credential{
		Source: source, kind: AuthQuery, name: name, value: token,
		identity: token, secrets: []string{token},
	}
}

// pathCredential sends to a URL that is itself the secret.
func pathCredential(u *url.URL, source string) *Credential {
	return &Credential{
		Source: source, kind: AuthPath, value: u.RequestURI(),
		identity: u.EscapedPath(), secrets: []string{strings.Trim(u.EscapedPath(), "/")},
	}
}

// Apply puts the credential into a request, which must go to the profile's own origin; a token that gets
// renewed it leaves to the [Client]. A header or a parameter that the request has already is left alone. The request's URL, which a copy of it may share,
// is replaced rather than changed.
func (c *Credential) Apply(req *http.Request) {
	c.applyHeader(req.Header)
	c.applyURL(req)
}

// applyHeader is Apply for a credential that stands in a header.
func (c *Credential) applyHeader(h http.Header) {
	switch {
	case c.kind == AuthQuery, c.kind == AuthPath, c.grant != nil:
	default:
		addHeader(h, c.name, []string{c.value})
	}
}

// applyURL is Apply for a credential that stands in the URL.
func (c *Credential) applyURL(req *http.Request) {
	switch c.kind {
	case AuthQuery:
		if !req.URL.Query().Has(c.name) {
			u := *req.URL
			pair := url.QueryEscape(c.name) + "=" + url.QueryEscape(c.value)
			u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+pair, "&")
			req.URL = &u
		}
	case AuthPath:
		if strings.Trim(req.URL.Path, "/") == "" {
			u := *req.URL
			c.applyPath(&u)
			req.URL = &u
		}
	}
}

func (c *Credential) applyPath(u *url.URL) {
	secret, err := url.ParseRequestURI(c.value)
	if err != nil {
		return // it was made from a URL
	}
	u.Path, u.RawPath = secret.Path, secret.RawPath
	if u.RawQuery == "" {
		u.RawQuery = secret.RawQuery
	}
}

// Identity is what stays the same as long as it is the same user or client: what a key's tenant is
// hashed from. It may be the secret itself, and is empty for a token that gets renewed.
func (c *Credential) Identity() string { return c.identity }

// Secrets are the values that nobody may see; see [Redact].
func (c *Credential) Secrets() []string { return c.secrets }

// String says of what kind the credential is and where it came from.
func (c *Credential) String() string { return fmt.Sprintf("%s from %s", c.kind, c.Source) }

// Format implements fmt.Formatter, so that no verb shows the secret.
func (c *Credential) Format(f fmt.State, _ rune) {
	if c == nil {
		fmt.Fprint(f, "<nil>")
		return
	}
	fmt.Fprint(f, c.String())
}

// A MissingCredentialError says that a credential is nowhere to be found.
type MissingCredentialError struct {
	API     string
	Env     []string // names of environment variables, any of which would do
	Pair    []string // two of them that would do together
	Keyring bool     // the system's keyring would do too
	Unasked error    // why that could not be asked; nil if it could
}

// Error implements error.
func (e *MissingCredentialError) Error() string {
	msg := "no credential for " + e.API
	if ways := e.ways(); ways != "" {
		msg += ": set " + ways
	}
	if e.Unasked != nil {
		msg += " (" + e.Unasked.Error() + ")"
	}
	return msg
}

func (e *MissingCredentialError) ways() string {
	var ways []string
	for _, name := range e.Env {
		ways = append(ways, "$"+name)
	}
	if len(e.Pair) > 0 {
		ways = append(ways, "$"+strings.Join(e.Pair, " and $"))
	}
	return strings.Join(ways, " or ")
}

// An InvalidCredentialError says that a credential cannot be sent as it is.
type InvalidCredentialError struct {
	API, Source, Problem string
}

// Error implements error.
func (e *InvalidCredentialError) Error() string {
	return fmt.Sprintf("credential for %s in %s: %s", e.API, e.Source, e.Problem)
}
