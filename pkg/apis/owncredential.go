package apis

import (
	"context"
	"net/http"
	"strings"
)

// credential finds what the client is to send: what the header has, what was given, or the profile's.
func (cfg *ClientConfig) credential(p *Profile) (*Credential, error) {
	if c, ok := p.ownCredential(cfg.Header); ok {
		return c, nil
	}
	if c := cfg.Credential; c != nil || cfg.Anonymous {
		return p.unnamed(c), nil
	}
	if c, err := cfg.netrc(p); c != nil || err != nil {
		return c, err
	}
	ctx := cfg.Context
	if ctx == nil {
		ctx = context.Background()
	}
	return p.findCredential(ctx, cfg.Getenv)
}

// netrc is what curl's -n brings: user and password of the profile's host.
func (cfg *ClientConfig) netrc(p *Profile) (*Credential, error) {
	if !cfg.Netrc && cfg.NetrcFile == "" {
		return nil, nil
	}
	file := cfg.NetrcFile
	if file == "" {
		file = netrcFile(cfg.Getenv)
	}
	l, ok, err := loginIn(file, p.built().base.Hostname(), true)
	switch {
	case err != nil || !ok:
		return nil, err
	case controlIn(l.user+l.password) >= 0:
		return nil, &InvalidCredentialError{p.Name, file, "it has a line break or a control character"}
	}
	return BasicCredential(l.user, l.password, file), nil
}

// unnamed takes the identity off a token for an API whose tokens get renewed: it says nothing of who it is.
func (p *Profile) unnamed(c *Credential) *Credential {
	if c == nil || c.kind != AuthBearer || p.Auth == nil || p.Auth.Type != AuthOAuth2 && p.Auth.Type != AuthCommand {
		return c
	}
	same := *c
	same.identity = ""
	return &same
}

// ownCredential returns the credential that a user's own headers carry in the place of the profile's;
// false if they carry none. It is nil if they take the header away.
func (p *Profile) ownCredential(h http.Header) (*Credential, bool) {
	name, renewed := "Authorization", false
	if a := p.Auth; a != nil {
		if a.Type == AuthHeader {
			name = a.Name
		}
		renewed = a.Type == AuthOAuth2 || a.Type == AuthCommand
	}
	name = http.CanonicalHeaderKey(name)
	values, ok := h[name]
	if len(values) == 0 || values[0] == "" {
		return nil, ok
	}
	c := credentialIn(name, values)
	if renewed {
		c.identity = ""
	}
	return c, true
}

// credentialIn reads a header as the credential that it is, so that a token has the same identity
// wherever it came from.
func credentialIn(name string, values []string) *Credential {
	source := "header " + name
	if user, password, ok := (&http.Request{Header: http.Header{"Authorization": values}}).BasicAuth(); ok {
		return BasicCredential(user, password, source)
	}
	if token, ok := strings.CutPrefix(values[0], "Bearer "); ok && name == "Authorization" {
		return BearerCredential(token, source)
	}
	c := HeaderCredential(name, "", values[0], source)
	c.secrets = secretsIn(values[0])
	return c
}

// secretsIn returns what is secret about a header's value: all of it, what follows a scheme, the password that Basic
// encodes, and the values of cookies.
func secretsIn(value string) []string {
	out := []string{value}
	if _, token, found := strings.Cut(value, " "); found {
		out = append(out, token)
	}
	if _, password, ok := (&http.Request{Header: http.Header{"Authorization": {value}}}).BasicAuth(); ok {
		out = append(out, password)
	}
	for pair := range strings.SplitSeq(value, ";") {
		if _, of, found := strings.Cut(pair, "="); found && len(of) >= shortCookie {
			out = append(out, of)
		}
	}
	return out
}

// shortCookie is how long what is set to a name in a header has to be to count as a secret by itself: shorter ones,
// such as 1 or yes, are not searched for.
const shortCookie = 6
