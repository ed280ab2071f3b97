package credential_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
)

// places is a profile with a credential in all places, and takes one after the other away.
type places struct {
	profile *config.Profile
	env     []string
	netrc   string
}

func newPlaces(t *testing.T, name string, auth config.Auth, env, kept, printed, netrc string) places {
	t.Helper()
	if _, err := exec.LookPath("printf"); err != nil {
		t.Skip("no printf")
	}
	auth.Keyring, auth.Command = true, []string{"printf", "%s\\n", printed}
	p := places{
		profile: &config.Profile{Name: name, BaseURL: "https://h", Auth: &auth},
		netrc:   filepath.Join(t.TempDir(), "netrc"),
	}
	if err := os.WriteFile(p.netrc, []byte("machine h "+netrc), 0o600); err != nil {
		t.Fatal(err)
	}
	p.env = append(strings.Fields(env), "NETRC="+p.netrc)
	if err := credential.SaveToKeyring(p.profile, kept); err != nil {
		t.Fatal(err)
	}
	return p
}

// next is what is sent, and from where; then the place is taken away.
func (p *places) next(t *testing.T, want, from string) {
	t.Helper()
	source, err := credential.Source(p.profile, env(p.env...))
	if source != from || err != nil {
		t.Errorf("CredentialSource = %q, %v, want %q", source, err, from)
	}
	c, err := credential.Find(t.Context(), p.profile, env(p.env...))
	if got, _ := applied(c, err); got != want || err == nil && c.Source != from {
		t.Errorf("Credential = %s from %v, want %s from %s", got, c, want, from)
	}
	switch {
	case strings.HasPrefix(from, "$"):
		p.env = p.env[len(p.env)-1:]
	case from == "keyring":
		if err := credential.DeleteFromKeyring(p.profile.Name); err != nil {
			t.Error(err)
		}
	case strings.HasPrefix(from, "command"):
		p.profile.Auth.Command = nil
	}
}

func TestCredentialOrder(t *testing.T) {
	t.Parallel()
	bearer := newPlaces(t, "order-bearer", config.Auth{Type: config.AuthBearer, Env: []string{"A"}}, "A=env", "kept", "printed", "login me password netrc")
	bearer.next(t, "/ Authorization: Bearer env", "$A")
	bearer.next(t, "/ Authorization: Bearer kept", "keyring")
	bearer.next(t, "/ Authorization: Bearer printed", "command printf")
	bearer.next(t, "/ Authorization: Bearer netrc", bearer.netrc)

	basic := newPlaces(t, "order-basic", config.Auth{Type: config.AuthBasic, UserEnv: []string{"U"}, PasswordEnv: []string{"P"}}, "U=a P=b", "a:kept", "a:printed", "login a password netrc")
	basic.next(t, "/ Authorization: Basic YTpi", "$U and $P")
	basic.next(t, "/ Authorization: Basic YTprZXB0", "keyring")
	basic.next(t, "/ Authorization: Basic YTpwcmludGVk", "command printf")
	basic.next(t, "/ Authorization: Basic YTpuZXRyYw==", basic.netrc)

	query := newPlaces(t, "order-query", config.Auth{Type: config.AuthQuery, Name: "key", Env: []string{"A"}}, "A=env", "kept", "printed", "password netrc")
	query.next(t, "/?key=env", "$A")
	query.next(t, "/?key=kept", "keyring")
	query.next(t, "/?key=printed", "command printf")
	query.next(t, "/?key=netrc", query.netrc)

	oauth := newPlaces(t, "order-oauth", config.Auth{Type: config.AuthOAuth2, TokenURL: "https://h/t", ClientIDEnv: []string{"I"}, ClientSecretEnv: []string{"S"}}, "I=id S=env", "id:kept", "id:printed", "login id password netrc")
	for _, from := range []string{"$I and $S", "keyring", "command printf", oauth.netrc} {
		c, err := credential.Find(t.Context(), oauth.profile, env(oauth.env...))
		if err != nil || c.Identity() != "id" || len(c.Secrets()) != 1 {
			t.Errorf("from %s: %v, %v, want the client id", from, c, err)
		}
		oauth.next(t, "/", from) // the token is got when it is needed
	}
}

func TestMissingCredential(t *testing.T) {
	t.Parallel()
	for want, auth := range map[string]config.Auth{
		"no credential for m: set $A":                {Type: config.AuthBearer, Env: []string{"A"}, Keyring: true},
		"no credential for m":                        {Type: config.AuthBearer, Keyring: true},
		"no credential for m: set $A or $I and $S":   {Type: config.AuthOAuth2, Env: []string{"A"}, ClientIDEnv: []string{"I"}, ClientSecretEnv: []string{"S"}},
		"credential for m: no-such-program: ":        {Type: config.AuthBearer, Command: []string{"no-such-program", "s3cret"}},
		"credential for m: sh: exit status 3: oh [r": {Type: config.AuthHeader, Name: "X", Command: []string{"sh", "-c", "echo hunter2; echo oh hunter2 no >&2; exit 3"}},
		"credential for m: true: it printed nothing": {Type: config.AuthBearer, Command: []string{"true"}},
		"credential for m: sh: it printed more than": {Type: config.AuthBearer, Command: []string{"sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x"}},
		"credential for m in command sh: it has a l": {Type: config.AuthBearer, Command: []string{"sh", "-c", "echo a; echo b"}},
	} {
		p := &config.Profile{Name: "m", BaseURL: "https://h", Auth: &auth}
		_, err := credential.Find(t.Context(), p, env())
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestKeep(t *testing.T) {
	t.Parallel()
	p := &config.Profile{Name: "keep", BaseURL: "https://h", Auth: &config.Auth{Type: config.AuthBasic, Keyring: true}}
	for _, bad := range []string{"", "  \n", "nocolon", "a:b\nc"} {
		err := credential.SaveToKeyring(p, bad)
		if _, ok := errors.AsType[*credential.InvalidError](err); !ok || bad != "" && strings.Contains(err.Error(), "nocolon") {
			t.Errorf("SaveToKeyring(%q) = %v, want an *InvalidError", bad, err)
		}
	}
	if err := credential.SaveToKeyring(p, " a:b\n"); err != nil {
		t.Error(err)
	}
	if got, err := keyring.Get("arl", "keep"); got != "a:b" || err != nil {
		t.Errorf("the keyring has %q, %v, want a:b", got, err)
	}
	if err := credential.DeleteFromKeyring("keep"); err != nil {
		t.Error(err)
	}
	if err := credential.DeleteFromKeyring("keep"); !errors.Is(err, credential.ErrNotInKeyring) {
		t.Errorf("ForgetKept of nothing = %v, want ErrNotInKeyring", err)
	}
}
