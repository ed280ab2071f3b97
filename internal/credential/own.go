package credential

import (
	"net/http"
	"strings"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/redact"
)

// WithoutIdentity removes the identity of a token for an API whose tokens expire: it does not identify the user.
func WithoutIdentity(p *config.Profile, c *Credential) *Credential {
	if c == nil || c.kind != config.AuthBearer || p.Auth == nil || !renews(p.Auth.Type) {
		return c
	}
	same := *c
	same.identity = ""
	return &same
}

// renews reports whether the tokens of a type expire, and do not identify the user.
func renews(t config.AuthType) bool {
	return t == config.AuthOAuth2 || t == config.AuthLogin || t == config.AuthCommand
}

// InHeader returns the credential in the headers that the user gave, which replaces the profile's; false if they have
// none. It is nil if they remove the header.
func InHeader(p *config.Profile, h http.Header) (*Credential, bool) {
	name, renewed := "Authorization", false
	if a := p.Auth; a != nil {
		if a.Type == config.AuthHeader {
			name = a.Name
		}
		renewed = renews(a.Type)
	}
	name = http.CanonicalHeaderKey(name)
	values, ok := h[name]
	if len(values) == 0 || values[0] == "" {
		return nil, ok
	}
	c := fromHeader(name, values)
	if renewed {
		c.identity = ""
	}
	return c, true
}

// fromHeader recognizes the kind of credential in a header, so that a token has the same identity wherever it came
// from.
func fromHeader(name string, values []string) *Credential {
	source := "header " + name
	if user, password, ok := (&http.Request{Header: http.Header{"Authorization": values}}).BasicAuth(); ok {
		return Basic(user, password, source)
	}
	if token, ok := strings.CutPrefix(values[0], "Bearer "); ok && name == "Authorization" {
		return Bearer(token, source)
	}
	c := Header(name, "", values[0], source)
	c.secrets = redact.InHeaderValue(values[0])
	return c
}

// InNetrc returns the user and password that a netrc file has for the profile's host, or by default; nil if it has
// none.
func InNetrc(p *config.Profile, file string) (*Credential, error) {
	l, ok, err := loginIn(file, p.Hostname(), true)
	switch {
	case err != nil || !ok:
		return nil, err
	case config.IndexControl(l.user+l.password) >= 0:
		return nil, &InvalidError{p.Name, file, "it has a line break or a control character"}
	}
	return Basic(l.user, l.password, file), nil
}
