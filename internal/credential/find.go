package credential

import (
	"context"
	"errors"
	"os/exec"
	"strings"

	"github.com/arl-cli/arl/internal/config"
)

// Find looks up a profile's credential: in the environment, then where the profile allows it in the
// system's keyring, then by the profile's command, then in the user's netrc file. getenv is os.Getenv or the
// like; nil stands for an empty environment. When ctx ends, its cause is the error. The result is nil without an error for an API that needs none, or
// can do without one.
//
// Errors: [*MissingError], [*InvalidError], [*CommandError].
func Find(ctx context.Context, p *config.Profile, getenv func(string) string) (*Credential, error) {
	f := finder{p: p, env: environment{getenv}, run: ctx}
	found, ok, err := f.find()
	if err != nil || !ok {
		return nil, err
	}
	return f.credential(found)
}

// Source says where a profile's credential would come from, without running a program: "$NAME",
// "keyring", a command or a netrc file; nothing for an API that needs none, or can do without. Errors are
// those of [Find].
func Source(p *config.Profile, getenv func(string) string) (string, error) {
	f := finder{p: p, env: environment{getenv}}
	found, ok, err := f.find()
	if err != nil || !ok {
		return "", err
	}
	if !found.printed {
		_, err = f.credential(found)
	}
	return found.source, err
}

// A finding is what a place had.
type finding struct {
	user, value string
	pair        bool   // user and value stood there as two
	ready       bool   // a token that somebody else obtained
	printed     bool   // a program prints it
	source      string // for people
}

// A finder looks for a profile's credential.
type finder struct {
	p       *config.Profile
	env     environment
	run     context.Context // of programs; nil: only see where it is
	unasked error           // why the keyring could not be asked
}

// find asks one place after the other. It reports false without an error if the API can do without.
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

// inEnv looks for a variable, or two that belong together.
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
			f.unasked = err
		}
		return finding{}, false, nil
	}
	return finding{value: value, source: "keyring"}, true, nil
}

// byCommand has the profile's program print the credential. A token that has to be renewed is printed when it is
// needed.
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

// inNetrc looks for the host of the profile, by its name: the default entry is for no API in particular.
func (f *finder) inNetrc() (finding, bool, error) {
	switch f.p.Auth.Type {
	case config.AuthPath, config.AuthCommand:
		return finding{}, false, nil
	}
	file := NetrcFile(f.env.getenv)
	l, ok, err := loginIn(file, f.p.Hostname(), false)
	if err != nil || !ok || l.password == "" && f.p.Auth.Type != config.AuthBasic {
		return finding{}, false, nil // nobody has said that it is there
	}
	return finding{user: l.user, value: l.password, pair: l.user != "", source: file}, true, nil
}

// credential makes of what was found what is sent.
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
		c.identity = "" // it gets renewed, so it says nothing of who it is
		return c, nil
	}
	return Bearer(value, source), nil
}

// client is what an OAuth2 client has: its id and its secret, or a token that somebody else obtained for it.
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

// pairOf takes apart what was found as one.
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

// hook reads a path, or a whole URL on the profile's origin, that is itself the secret.
func hook(p *config.Profile, value, source string) (*Credential, error) {
	u, err := p.URL(value)
	if err != nil {
		return nil, &InvalidError{p.Name, source, "it is not a path on " + p.Origin()}
	}
	return atPath(u, source), nil
}

// Missing is the error for a profile whose credential is nowhere.
func Missing(p *config.Profile) error { return (&finder{p: p}).missing() }

func (f *finder) missing() error {
	a := f.p.Auth
	e := &MissingError{API: f.p.Name, Keyring: a.Keyring, Unasked: f.unasked}
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
