package apis

import (
	"slices"
	"strings"
)

// Credential looks up the profile's credential; getenv is os.Getenv or the like. It is nil without an
// error for an API that needs none, or can do without one.
//
// Errors: [*MissingCredentialError], [*UnsupportedAuthError], [*InvalidCredentialError].
func (p *Profile) Credential(getenv func(string) string) (*Credential, error) {
	a := p.Auth
	if a == nil {
		return nil, nil
	}
	env := environment{getenv}
	if a.Type == AuthBasic && len(a.UserEnv) > 0 {
		if c, err := p.basicPair(env); c != nil || err != nil {
			return c, err
		}
	}
	value, source := env.first(a.Env)
	switch {
	case value == "":
		return nil, p.withoutCredential()
	case controlIn(value) >= 0:
		return nil, &InvalidCredentialError{p.Name, source, "it has a line break or a control character"}
	}
	return p.credentialOf(value, source, env)
}

func (p *Profile) credentialOf(value, source string, env environment) (*Credential, error) {
	switch a := p.Auth; a.Type {
	case AuthBasic:
		user, password, found := strings.Cut(value, ":")
		if !found {
			return nil, &InvalidCredentialError{p.Name, source, "it is not of the form user:password"}
		}
		return BasicCredential(user, password, source), nil
	case AuthHeader:
		return HeaderCredential(a.Name, a.Prefix, value, source), nil
	case AuthQuery:
		return QueryCredential(a.Name, value, source), nil
	case AuthPath:
		return p.hook(value, source)
	case AuthOAuth2, AuthCommand: // the token gets renewed, so it says nothing of who it is
		c := BearerCredential(value, source)
		c.identity, _ = env.first(a.ClientIDEnv)
		return c, nil
	}
	return BearerCredential(value, source), nil
}

// basicPair looks for a user's name and a password in two variables.
func (p *Profile) basicPair(env environment) (*Credential, error) {
	user, userSource := env.first(p.Auth.UserEnv)
	password, source := env.first(p.Auth.PasswordEnv)
	switch {
	case user == "" && password == "":
		return nil, nil
	case user == "":
		return nil, &MissingCredentialError{p.Name, p.Auth.UserEnv}
	case password == "":
		return nil, &MissingCredentialError{p.Name, p.Auth.PasswordEnv}
	case controlIn(user+password) >= 0:
		return nil, &InvalidCredentialError{p.Name, source, "it has a line break or a control character"}
	case strings.Contains(user, ":"):
		return nil, &InvalidCredentialError{p.Name, userSource, "a user name cannot have a colon"}
	}
	return BasicCredential(user, password, source), nil
}

// hook reads a path, or a whole URL on the profile's origin, that is itself the secret.
func (p *Profile) hook(value, source string) (*Credential, error) {
	u, err := p.URL(value)
	if err != nil {
		return nil, &InvalidCredentialError{p.Name, source, "it is not a path on " + originOf(p.built().base)}
	}
	return pathCredential(u, source), nil
}

func (p *Profile) withoutCredential() error {
	a := p.Auth
	way := ""
	switch {
	case a.Type == AuthOAuth2 || a.Type == AuthCommand:
		way = string(a.Type)
	case a.Keyring:
		way = "keyring"
	}
	switch env := append(slices.Clip(a.Env), a.UserEnv...); {
	case a.Optional:
		return nil
	case way != "":
		return &UnsupportedAuthError{p.Name, way, env}
	default:
		return &MissingCredentialError{p.Name, env}
	}
}

type environment struct{ getenv func(string) string }

// first returns the first variable that is set, and "$" and its name. White space around the value
// is dropped: it comes from files and never belongs to a credential.
func (e environment) first(names []string) (value, source string) {
	if e.getenv == nil {
		return "", ""
	}
	for _, name := range names {
		if v := strings.TrimSpace(e.getenv(name)); v != "" {
			return v, "$" + name
		}
	}
	return "", ""
}
