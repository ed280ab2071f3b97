package credential

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/arl-cli/arl/internal/config"
)

// A Credential is what proves to an API who is asking. Printing one shows its kind and source only.
type Credential struct {
	Source string // where it came from, such as "$NOTION_TOKEN"

	kind     config.AuthType
	name     string // of the header or the query parameter
	value    string // what is sent
	identity string
	secrets  []string
	grant    *Grant // nil: value stays as it is
}

// A Grant is how a token is got that is renewed now and then.
type Grant struct {
	ID, Secret string   // of an OAuth2 client
	Command    []string // or a program that prints one
}

// renewed sends Authorization: Bearer and a token that the client gets when it is needed.
func renewed(kind config.AuthType, g *Grant, identity, source string) *Credential {
	c := &Credential{Source: source, kind: kind, name: "Authorization", identity: identity, grant: g}
	if g.Secret != "" {
		c.secrets = []string{g.Secret}
	}
	return c
}

// Bearer sends Authorization: Bearer token.
func Bearer(token, source string) *Credential {
	return &Credential{
		Source: source, kind: config.AuthBearer, name: "Authorization", value: "Bearer " + token,
		identity: token, secrets: []string{token},
	}
}

// Basic sends Authorization: Basic. Its identity is the user's name alone.
func Basic(user, password, source string) *Credential {
	encoded := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	return &Credential{
		Source: source, kind: config.AuthBasic, name: "Authorization", value: "Basic " + encoded,
		identity: user, secrets: []string{password, encoded},
	}
}

// Header sends a header of any name: prefix and token.
func Header(name, prefix, token, source string) *Credential {
	return &Credential{
		Source: source, kind: config.AuthHeader, name: http.CanonicalHeaderKey(name), value: prefix + token,
		identity: token, secrets: []string{token},
	}
}

// Query sends a parameter in the query.
func Query(name, token, source string) *Credential {
	return &Credential{
		Source: source, kind: config.AuthQuery, name: name, value: token,
		identity: token, secrets: []string{token},
	}
}

// atPath sends to a URL that is itself the secret.
func atPath(u *url.URL, source string) *Credential {
	return &Credential{
		Source: source, kind: config.AuthPath, value: u.RequestURI(),
		identity: u.EscapedPath(), secrets: []string{strings.Trim(u.EscapedPath(), "/")},
	}
}

// Apply puts the credential into a request, which must go to the profile's own origin; a token that gets
// renewed it leaves to the client. A header or a parameter that the request has already is left alone. The request's URL, which a copy of it may share,
// is replaced rather than changed.
func (c *Credential) Apply(req *http.Request) {
	c.ApplyHeader(req.Header)
	c.ApplyURL(req)
}

// ApplyHeader is Apply for a credential that stands in a header.
func (c *Credential) ApplyHeader(h http.Header) {
	switch {
	case c.kind == config.AuthQuery, c.kind == config.AuthPath, c.grant != nil:
	default:
		if _, own := h[c.name]; !own {
			h[c.name] = []string{c.value}
		}
	}
}

// ApplyURL is Apply for a credential that stands in the URL.
func (c *Credential) ApplyURL(req *http.Request) {
	switch c.kind {
	case config.AuthQuery:
		if !req.URL.Query().Has(c.name) {
			u := *req.URL
			pair := url.QueryEscape(c.name) + "=" + url.QueryEscape(c.value)
			u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+pair, "&")
			req.URL = &u
		}
	case config.AuthPath:
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
// hashed from. It may be the secret itself, and is empty for a token that gets renewed, and for no credential.
func (c *Credential) Identity() string {
	if c == nil {
		return ""
	}
	return c.identity
}

// Grant is how the token is got, or nil if the credential stays as it is.
func (c *Credential) Grant() *Grant {
	if c == nil {
		return nil
	}
	return c.grant
}

// Secrets are the values that nobody may see; see [redact.Text].
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

// A MissingError says that a credential is nowhere to be found.
type MissingError struct {
	API     string
	Env     []string // names of environment variables, any of which would do
	Pair    []string // two of them that would do together
	Keyring bool     // the system's keyring would do too
	Unasked error    // why that could not be asked; nil if it could
}

// Error implements error.
func (e *MissingError) Error() string {
	msg := "no credential for " + e.API
	if ways := e.ways(); ways != "" {
		msg += ": set " + ways
	}
	if e.Unasked != nil {
		msg += " (" + e.Unasked.Error() + ")"
	}
	return msg
}

func (e *MissingError) ways() string {
	var ways []string
	for _, name := range e.Env {
		ways = append(ways, "$"+name)
	}
	if len(e.Pair) > 0 {
		ways = append(ways, "$"+strings.Join(e.Pair, " and $"))
	}
	return strings.Join(ways, " or ")
}

// An InvalidError says that a credential cannot be sent as it is.
type InvalidError struct {
	API, Source, Problem string
}

// Error implements error.
func (e *InvalidError) Error() string {
	return fmt.Sprintf("credential for %s in %s: %s", e.API, e.Source, e.Problem)
}
