package credential

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/arl-cli/arl/internal/config"
)

// A Credential authenticates requests to an API. Printing one shows only its kind and source.
type Credential struct {
	Source string // where it came from, such as "$NOTION_TOKEN"

	kind     config.AuthType
	name     string // of the header or the query parameter
	value    string // what is sent
	identity string
	secrets  []string
	grant    *Grant   // nil if value does not change
	keys     *Keys    // nil unless requests are signed with them
	signer   []string // the program that signs requests; nil if none does
}

// A Grant is what a token that expires is obtained with.
type Grant struct {
	ID, Secret string   // of an OAuth2 client
	Command    []string // or a program that prints a token
	Login      *Login   // or where somebody's login lies
}

// renewed sends Authorization: Bearer and a token that the client obtains when it needs one.
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

// Basic sends Authorization: Basic. Its identity is the user name alone.
func Basic(user, password, source string) *Credential {
	encoded := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	return &Credential{
		Source: source, kind: config.AuthBasic, name: "Authorization", value: "Basic " + encoded,
		identity: user, secrets: []string{password, encoded},
	}
}

// Login returns the user and the password of a credential that has some, for a server that wants them in another form
// than Basic.
func (c *Credential) Login() (user, password string, ok bool) {
	if c == nil || c.kind != config.AuthBasic {
		return "", "", false
	}
	return (&http.Request{Header: http.Header{c.name: {c.value}}}).BasicAuth()
}

// Header sends prefix and token in the header of that name.
func Header(name, prefix, token, source string) *Credential {
	return &Credential{
		Source: source, kind: config.AuthHeader, name: http.CanonicalHeaderKey(name), value: prefix + token,
		identity: token, secrets: []string{token},
	}
}

// Query sends a query parameter.
func Query(name, token, source string) *Credential {
	return &Credential{
		Source: source, kind: config.AuthQuery, name: name, value: token,
		identity: token, secrets: []string{token},
	}
}

// atPath sends requests to a URL that is itself the secret.
func atPath(u *url.URL, source string) *Credential {
	return &Credential{
		Source: source, kind: config.AuthPath, value: u.RequestURI(),
		identity: u.EscapedPath(), secrets: []string{strings.Trim(u.EscapedPath(), "/")},
	}
}

// Apply adds the credential to a request, which must be for the profile's own origin. It adds no token that expires:
// the client does. A header or a parameter that the request has already is kept. The request's URL is replaced rather
// than modified, because a copy of the request may share it.
func (c *Credential) Apply(req *http.Request) {
	c.ApplyHeader(req.Header)
	c.ApplyURL(req)
}

// ApplyHeader is Apply for a credential in a header.
func (c *Credential) ApplyHeader(h http.Header) {
	switch {
	case c.kind == config.AuthQuery, c.kind == config.AuthPath, c.grant != nil, c.keys != nil, c.signer != nil:
	default:
		if _, own := h[c.name]; !own {
			h[c.name] = []string{c.value}
		}
	}
}

// ApplyURL is Apply for a credential in the URL.
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

// Identity is the same as long as the user or client is the same: the tenant in a key is a hash of it. It may be the
// secret itself. It is empty for a token that expires, and for a nil Credential.
func (c *Credential) Identity() string {
	if c == nil {
		return ""
	}
	return c.identity
}

// Grant returns what the token is obtained with, or nil if the credential does not expire.
func (c *Credential) Grant() *Grant {
	if c == nil {
		return nil
	}
	return c.grant
}

// Secrets returns the values to be redacted, see [redact.Text].
func (c *Credential) Secrets() []string { return c.secrets }

// String returns the kind and the source of the credential.
func (c *Credential) String() string { return fmt.Sprintf("%s from %s", c.kind, c.Source) }

// Format implements fmt.Formatter, so that no verb shows the secret.
func (c *Credential) Format(f fmt.State, _ rune) {
	if c == nil {
		fmt.Fprint(f, "<nil>")
		return
	}
	fmt.Fprint(f, c.String())
}

// A MissingError says that the credential of an API was not found.
type MissingError struct {
	API        string
	Env        []string // environment variables, each of which would be enough
	Pair       []string // two of them that are enough together
	Keyring    bool     // it may be in the system's keyring too
	KeyringErr error    // why the keyring could not be searched; nil if it was
}

// Error implements error.
func (e *MissingError) Error() string {
	msg := "no credential for " + e.API
	if ways := e.ways(); ways != "" {
		msg += ": set " + ways
	}
	if e.KeyringErr != nil {
		msg += " (" + e.KeyringErr.Error() + ")"
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

// An InvalidError says that a credential was found but cannot be used.
type InvalidError struct {
	API, Source, Problem string
}

// Error implements error.
func (e *InvalidError) Error() string {
	return fmt.Sprintf("credential for %s in %s: %s", e.API, e.Source, e.Problem)
}
