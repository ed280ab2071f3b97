package credential

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/private"
	"github.com/arl-cli/arl/pkg/tokens"
)

// A Login is where what somebody's login to an API came to lies, sealed, and with what.
type Login struct {
	Name   string // of the place
	Key    string // seals it; empty if nobody has logged in
	Kept   string // where the key is, for messages
	Shared bool   // several hosts can have the key, so the place may be one that they share
	Dir    string // of the place, unless it is shared
}

const (
	// LoginKeyEnv is the variable with a key that hosts share.
	LoginKeyEnv = "ARL_LOGIN_KEY"
	// minLoginKey is how long such a key must be, which is not stretched: whoever can read the place could guess it.
	minLoginKey = 32
)

// A LoggedOutError says that nobody is logged in to an API.
type LoggedOutError struct{ API string }

// Error implements error.
func (e *LoggedOutError) Error() string { return "nobody is logged in to " + e.API }

// LoginOf returns where the login of a profile lies, and its key if there is one.
func LoginOf(p *config.Profile, getenv func(string) string) (*Login, error) {
	env := environment{getenv}
	l := &Login{Name: loginName(p, ""), Dir: config.FindPaths(getenv).LoginDir()}
	if key, source := env.first([]string{LoginKeyEnv}); key != "" {
		if len(key) < minLoginKey {
			return nil, &InvalidError{p.Name, source, fmt.Sprintf("it has fewer than %d characters; `openssl rand -hex 32` makes one", minLoginKey)}
		}
		l.Name, l.Key, l.Kept, l.Shared = loginName(p, key), key, source, true
		return l, nil
	}
	if l.Dir == "" {
		return l, nil
	}
	switch key, err := private.Read(l.keyFile(), 1<<10); {
	case err == nil:
		l.Key, l.Kept = strings.TrimSpace(string(key)), l.keyFile()
		return l, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case !l.Place().Exists():
		return l, nil // the keyring is not asked for nothing: it may ask in turn
	}
	key, err := inKeyring(p.Name)
	if err != nil && !errors.Is(err, ErrNotInKeyring) {
		return nil, err
	}
	l.Key, l.Kept = key, "the system keyring"
	return l, nil
}

// Place is where the login lies on this machine.
func (l *Login) Place() *tokens.File { return tokens.DurableInDir(l.Dir, l.Name) }

func (l *Login) keyFile() string { return filepath.Join(l.Dir, "key-"+l.Name[:16]) }

// loginName is a hash of what a login is to. Several hosts that share a key share the name.
func loginName(p *config.Profile, key string) string {
	a := p.Auth
	text := strings.Join([]string{"arl login", p.Name, a.Issuer, a.TokenURL, a.ClientID, strings.Join(a.ClientIDEnv, " "), a.Audience, key}, "\x00")
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:12])
}

// NewKey makes a key for a login that has none, and keeps it: in the system's keyring, or in a file beside the login, for
// whoever can read both.
func (l *Login) NewKey(api string, inFile bool) error {
	switch {
	case l.Key != "" && (l.Shared || inFile == (l.Kept == l.keyFile())):
		return nil
	case l.Dir == "":
		return errors.New("there is no home directory for the login")
	}
	if err := private.MakeDir(l.Dir); err != nil {
		return err
	}
	key := rand.Text() + rand.Text()
	if inFile {
		l.Key, l.Kept = key, l.keyFile()
		return private.Replace(l.keyFile(), []byte(key+"\n"), true, func() bool { return true })
	}
	if err := saveKey(api, key); err != nil {
		return err
	}
	if err := os.Remove(l.keyFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	l.Key, l.Kept = key, "the system keyring"
	return nil
}

// Forget removes the key.
func (l *Login) Forget(api string) error {
	switch l.Kept {
	case "the system keyring":
		if err := DeleteFromKeyring(api); !errors.Is(err, ErrNotInKeyring) {
			return err
		}
	case l.keyFile():
		if err := os.Remove(l.keyFile()); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// byLogin returns the credential of a profile that somebody has logged in to, or a token obtained elsewhere.
func (f *finder) byLogin() (*Credential, error) {
	found, ok, err := f.inEnv()
	switch {
	case err != nil:
		return nil, err
	case ok:
		c, err := f.credential(found)
		if err == nil {
			c.identity = ""
		}
		return c, err
	}
	l, err := LoginOf(f.p, f.env.getenv)
	switch {
	case err != nil:
		return nil, err
	case l.Key == "" && f.p.Auth.Optional:
		return nil, nil
	case l.Key == "":
		return nil, &LoggedOutError{f.p.Name}
	}
	g, err := ClientOf(f.p, f.env.getenv)
	if err != nil {
		return nil, err
	}
	g.Login = l
	c := renewed(config.AuthLogin, g, g.ID, "login, its key in "+l.Kept)
	c.secrets = append(c.secrets, l.Key)
	return c, nil
}

// ClientOf returns the program's id, and its secret if it has one, at the authorization server of a profile.
func ClientOf(p *config.Profile, getenv func(string) string) (*Grant, error) {
	a, env := p.Auth, environment{getenv}
	g := &Grant{ID: a.ClientID}
	if id, _ := env.first(a.ClientIDEnv); id != "" {
		g.ID = id
	}
	if g.ID == "" {
		return nil, &MissingError{API: p.Name, Env: a.ClientIDEnv}
	}
	g.Secret, _ = env.first(a.ClientSecretEnv)
	if g.Secret == "" && len(a.ClientSecretEnv) > 0 {
		return nil, &MissingError{API: p.Name, Env: a.ClientSecretEnv}
	}
	if config.IndexControl(g.ID+g.Secret) >= 0 {
		return nil, &InvalidError{p.Name, "auth.client_id", "it has a line break or a control character"}
	}
	return g, nil
}
