package credential

import (
	"context"
	"errors"
	"os/exec"
	"strings"

	"github.com/arl-cli/arl/internal/config"
)

// Find looks up the credential of a profile: in the environment, then in the system's keyring if the profile says so,
// then from its command, then in the user's netrc file. A nil getenv is an empty environment. The credential is nil,
// without an error, for an API that needs none or where it is optional and not found.
//
// The error is a [*MissingError], a [*LoggedOutError], an [*InvalidError], a [*CommandError], or the cause of ctx once it has ended.
func Find(ctx context.Context, p *config.Profile, getenv func(string) string) (*Credential, error) {
	f := finder{p: p, env: environment{getenv}, run: ctx}
	if special(p) {
		return f.special()
	}
	found, ok, err := f.find()
	if err != nil || !ok {
		return nil, err
	}
	return f.credential(found)
}

// Source returns where [Find] would find the credential of a profile, without running its command: "$NAME", "keyring",
// the command or a netrc file; "" where Find returns nil. Errors are those of Find.
func Source(p *config.Profile, getenv func(string) string) (string, error) {
	f := finder{p: p, env: environment{getenv}}
	if special(p) {
		c, err := f.special()
		if c == nil {
			return "", err
		}
		return c.Source, err
	}
	found, ok, err := f.find()
	if err != nil || !ok {
		return "", err
	}
	if !found.printed {
		_, err = f.credential(found)
	}
	return found.source, err
}

// special reports whether a profile's credential is not in the places of the others.
func special(p *config.Profile) bool {
	return p.Auth != nil && (p.Auth.Type.Signs() || p.Auth.Type == config.AuthLogin)
}

func (f *finder) special() (*Credential, error) {
	if f.p.Auth.Type == config.AuthLogin {
		return f.byLogin()
	}
	return f.signs()
}

// A finding is what one of the places contains.
type finding struct {
	user, value string
	pair        bool   // user and value were stored separately
	ready       bool   // a token obtained elsewhere
	printed     bool   // printed by the command
	source      string // for messages
}

// A finder looks for a profile's credential.
type finder struct {
	p          *config.Profile
	env        environment
	run        context.Context // of the command; nil to look only where the credential is
	keyringErr error           // why the keyring could not be searched
}

// find searches one place after the other. It reports false, without an error, if the credential is optional and not
// found.
func (f *finder) find() (finding, bool, error) {
	if f.p.Auth == nil {
		return finding{}, false, nil
	}
	for _, look := range []func() (finding, bool, error){f.inEnv, f.inKeyring, f.byCommand, f.inNetrc} {
		found, ok, err := look()
		if err != nil {
			return finding{}, false, err
		}
		if !ok {
			continue
		}
		if config.IndexControl(found.user+found.value) >= 0 {
			return finding{}, false, &InvalidError{f.p.Name, found.source, "it has a line break or a control character"}
		}
		return found, true, nil
	}
	if f.p.Auth.Optional {
		return finding{}, false, nil
	}
	return finding{}, false, f.missing()
}

// inEnv looks for one environment variable, or for a pair of them.
func (f *finder) inEnv() (finding, bool, error) {
	a := f.p.Auth
	if a.Type == config.AuthBasic {
		if found, ok, err := f.pairIn(a.UserEnv, a.PasswordEnv); ok || err != nil {
			return found, ok, err
		}
	}
	if value, source := f.env.first(a.Env); value != "" {
		return finding{value: value, source: source, ready: true}, true, nil
	}
	if a.Type == config.AuthOAuth2 {
		return f.pairIn(a.ClientIDEnv, a.ClientSecretEnv)
	}
	return finding{}, false, nil
}

// pairIn looks for a name and a secret in two variables. One without the other is an error.
func (f *finder) pairIn(users, secrets []string) (finding, bool, error) {
	user, userSource := f.env.first(users)
	value, source := f.env.first(secrets)
	switch {
	case user == "" && value == "":
		return finding{}, false, nil
	case user == "":
		return finding{}, false, &MissingError{API: f.p.Name, Env: users}
	case value == "" && len(secrets) == 0:
		return finding{}, false, nil
	case value == "":
		return finding{}, false, &MissingError{API: f.p.Name, Env: secrets}
	case f.p.Auth.Type == config.AuthBasic && strings.Contains(user, ":"):
		return finding{}, false, &InvalidError{f.p.Name, userSource, "a user name cannot have a colon"}
	}
	return finding{user: user, value: value, pair: true, source: userSource + " and " + source}, true, nil
}

func (f *finder) inKeyring() (finding, bool, error) {
	if !f.p.Auth.Keyring {
		return finding{}, false, nil
	}
	value, err := inKeyring(f.p.Name)
	if err != nil || value == "" {
		if !errors.Is(err, ErrNotInKeyring) {
			f.keyringErr = err
		}
		return finding{}, false, nil
	}
	return finding{value: value, source: "keyring"}, true, nil
}

// byCommand runs the command of the profile. For the auth type command, the client runs it when it needs a token.
func (f *finder) byCommand() (finding, bool, error) {
	a := f.p.Auth
	if len(a.Command) == 0 {
		return finding{}, false, nil
	}
	found := finding{source: "command " + a.Command[0], printed: true}
	if f.run == nil {
		if _, err := exec.LookPath(a.Command[0]); err != nil {
			return finding{}, false, &CommandError{API: f.p.Name, Program: a.Command[0], Problem: "no such program", Err: err}
		}
		return found, true, nil
	}
	if a.Type == config.AuthCommand {
		return found, true, nil
	}
	var err error
	found.value, err = RunCommand(f.run, f.p.Name, a.Command)
	return found, err == nil, err
}

// inNetrc looks for the host of the profile. The default entry does not count: it is for no API in particular.
func (f *finder) inNetrc() (finding, bool, error) {
	switch f.p.Auth.Type {
	case config.AuthPath, config.AuthCommand:
		return finding{}, false, nil
	}
	file := NetrcFile(f.env.getenv)
	l, ok, err := loginIn(file, f.p.Hostname(), false)
	if err != nil || !ok || l.password == "" && f.p.Auth.Type != config.AuthBasic {
		return finding{}, false, nil // the profile does not say that it must be there
	}
	return finding{user: l.user, value: l.password, pair: l.user != "", source: file}, true, nil
}

// credential makes a credential of what was found.
func (f *finder) credential(found finding) (*Credential, error) {
	a, value, source := f.p.Auth, found.value, found.source
	if config.IndexControl(value) >= 0 {
		return nil, &InvalidError{f.p.Name, source, "it has a line break or a control character"}
	}
	switch a.Type {
	case config.AuthBasic:
		user, password, err := f.pairOf(found, "user:password")
		if err != nil {
			return nil, err
		}
		return Basic(user, password, source), nil
	case config.AuthHeader:
		return Header(a.Name, a.Prefix, value, source), nil
	case config.AuthQuery:
		return Query(a.Name, value, source), nil
	case config.AuthPath:
		return hook(f.p, value, source)
	case config.AuthOAuth2:
		return f.client(found)
	case config.AuthCommand:
		if found.printed {
			return renewed(config.AuthCommand, &Grant{Command: a.Command}, "", source), nil
		}
		c := Bearer(value, source)
		c.identity = "" // it expires, so it does not identify the user
		return c, nil
	}
	return Bearer(value, source), nil
}

// client returns the credential of an OAuth2 client: its id and secret, or a token obtained elsewhere.
func (f *finder) client(found finding) (*Credential, error) {
	if found.ready {
		c := Bearer(found.value, found.source)
		c.identity, _ = f.env.first(f.p.Auth.ClientIDEnv)
		return c, nil
	}
	id, secret, err := f.pairOf(found, "client-id:client-secret")
	if err != nil {
		return nil, err
	}
	return renewed(config.AuthOAuth2, &Grant{ID: id, Secret: secret}, id, found.source), nil
}

// pairOf returns name and secret, splitting a value that holds both.
func (f *finder) pairOf(found finding, form string) (user, secret string, err error) {
	if found.pair {
		return found.user, found.value, nil
	}
	user, secret, ok := strings.Cut(found.value, ":")
	if !ok {
		return "", "", &InvalidError{f.p.Name, found.source, "it is not of the form " + form}
	}
	return user, secret, nil
}

// hook parses a path, or a URL on the profile's origin, that is itself the secret.
func hook(p *config.Profile, value, source string) (*Credential, error) {
	u, err := p.URL(value)
	if err != nil {
		return nil, &InvalidError{p.Name, source, "it is not a path on " + p.Origin()}
	}
	return atPath(u, source), nil
}

// Missing returns the error for a profile whose credential was not found.
func Missing(p *config.Profile) error { return (&finder{p: p}).missing() }

func (f *finder) missing() error {
	a := f.p.Auth
	e := &MissingError{API: f.p.Name, Keyring: a.Keyring, KeyringErr: f.keyringErr}
	switch {
	case a.Type == config.AuthOAuth2 && len(a.ClientIDEnv) > 0 && len(a.ClientSecretEnv) > 0:
		e.Pair = []string{a.ClientIDEnv[0], a.ClientSecretEnv[0]}
	case a.Type == config.AuthBasic && len(a.UserEnv) > 0:
		e.Pair = []string{a.UserEnv[0], a.PasswordEnv[0]}
	}
	e.Env = a.Env
	return e
}

type environment struct{ getenv func(string) string }

// first returns the first variable that is set, and "$" and its name. White space around the value is removed: it
// comes from files and is never part of a credential.
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
