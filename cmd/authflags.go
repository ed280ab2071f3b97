package cmd

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/fetch"
)

// authOptions are the flags that bring a credential, before the profile's own.
type authOptions struct {
	User      string
	Bearer    string
	Netrc     bool
	NetrcFile string
}

func (o *authOptions) addFlags(f *pflag.FlagSet) {
	f.StringVarP(&o.User, "user", "u", "", "log in with `USER:PASSWORD`; a password that is left out is asked for")
	f.StringVar(&o.Bearer, "oauth2-bearer", "", "send this `TOKEN` as Authorization: Bearer")
	f.BoolVarP(&o.Netrc, "netrc", "n", false, "log in with what ~/.netrc ($NETRC) has for the host")
	f.StringVar(&o.NetrcFile, "netrc-file", "", "log in with what this netrc `FILE` has for the host")
}

// check refuses what cannot be sent. It repeats nothing of it.
func (o *authOptions) check() error {
	for flag, value := range map[string]string{"-u": o.User, "--oauth2-bearer": o.Bearer} {
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return usagef("a file may have brought a line break along: $(cat FILE) drops it at the end", "%s: a line break or a control character", flag)
		}
	}
	if o.NetrcFile != "" {
		if _, err := os.Stat(o.NetrcFile); err != nil {
			return usagef("", "--netrc-file: %v", err)
		}
	}
	return nil
}

func (o *authOptions) apply(to *fetch.Options) {
	to.User, to.Bearer, to.Netrc, to.NetrcFile = o.User, o.Bearer, o.Netrc, o.NetrcFile
}

// secrets are those that the flags bring. What headers bring is the client's to find.
func (o *authOptions) secrets() []string {
	if o.User == "" {
		return []string{o.Bearer}
	}
	user, password, _ := strings.Cut(o.User, ":")
	return append(credential.Basic(user, password, "").Secrets(), o.Bearer)
}

// onCommandLine names the first option whose value is a credential that everybody can read there; empty if
// there is none. A file that one is read from is no such thing.
func (o *sendOptions) onCommandLine() string {
	_, password, _ := strings.Cut(o.User, ":")
	switch {
	case password != "":
		return "-u"
	case o.Bearer != "":
		return "--oauth2-bearer"
	}
	for _, line := range o.Header {
		name, value, _ := strings.Cut(line, ":")
		name = http.CanonicalHeaderKey(strings.TrimSpace(name))
		if strings.TrimSpace(value) != "" && !strings.HasPrefix(line, "@") && (name == "Authorization" || name == "X-Api-Key") {
			return "-H " + name
		}
	}
	return ""
}

// askPassword asks on the terminal for the password that -u leaves out, as curl does. Where there is no terminal it
// is empty.
func (e *env) askPassword(o *authOptions) error {
	f, ok := e.In.(*os.File)
	if o.User == "" || strings.Contains(o.User, ":") || !ok || !e.InTTY {
		return nil
	}
	ctx, stop := interruptible(context.Background())
	defer stop()
	password, err := e.ask(ctx, f, "password for "+o.User)
	o.User += ":" + password
	return err
}

// hintArguments says, once on a machine, that a credential on the command line can be read by others.
func (s *session) hintArguments(flag string) {
	if flag == "" || !firstTime(s.Paths.Live, "hinted-arguments") {
		return
	}
	s.notes.say("note: everybody on this machine can read what %s has, and the shell's history keeps it; an environment variable or `arl auth set` does not show it (said once)", flag)
}

// firstTime reports whether a note is not there yet, and leaves it. Where none can be left it is always the
// first time.
func firstTime(dir, name string) bool {
	if usable(dir) == "" {
		return true
	}
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return !errors.Is(err, os.ErrExist)
	}
	_ = f.Close() // it is empty
	return true
}

// credentialHint says what to do about a credential that is missing or cannot be used.
func credentialHint(err error) string {
	if missing, ok := errors.AsType[*credential.MissingError](err); ok {
		return missingHint(missing)
	}
	switch {
	case is[*credential.KeyringError](err):
		return "put the credential into an environment variable, or name a program that prints it in auth.command of the profile; arl writes none into plain files"
	case is[*credential.CommandError](err):
		return "nothing was sent; run the command of auth.command by hand"
	case is[*credential.InvalidError](err):
		return "`arl auth status` says where each credential comes from"
	}
	token, ok := errors.AsType[*apiclient.TokenError](err)
	switch {
	case !ok:
		return ""
	case token.Denied:
		return "check the client's id, its secret and the scope; `arl auth status` says where they come from"
	}
	return "check auth.token_url with `arl apis show`, and the network"
}

func missingHint(e *credential.MissingError) string {
	var ways []string
	switch {
	case len(e.Pair) > 0:
		ways = append(ways, "export "+strings.Join(e.Pair, "=... ")+"=...")
	case len(e.Env) > 0:
		ways = append(ways, "export "+e.Env[0]+"=...")
	}
	if e.Keyring && e.Unasked == nil {
		ways = append(ways, "store it with `arl auth set "+e.API+"`")
	}
	ways = append(ways, "pass it with -H or -u")
	if last := len(ways) - 1; last > 0 {
		ways[last] = "or " + ways[last]
	}
	return strings.Join(ways, ", ")
}
