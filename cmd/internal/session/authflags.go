package session

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/fetch"
)

// authOptions are the flags that bring a credential, before the profile's own.
type authOptions struct {
	User      string
	Digest    bool
	AWS       string
	Bearer    string
	Netrc     bool
	NetrcFile string
}

func (o *authOptions) addFlags(f *pflag.FlagSet) {
	f.StringVarP(&o.User, "user", "u", "", "Log in with `USER:PASSWORD`; without a password arl asks for it")
	f.BoolVar(&o.Digest, "digest", false, "Log in with Digest authentication instead of Basic")
	f.StringVar(&o.AWS, "aws-sigv4", "", "Sign with AWS Signature Version 4: `PARAMS` is aws:amz:REGION:SERVICE; -u has the key's ID and secret")
	f.StringVar(&o.Bearer, "oauth2-bearer", "", "Send `TOKEN` as Authorization: Bearer")
	f.BoolVarP(&o.Netrc, "netrc", "n", false, "Log in with the entry for the host in ~/.netrc ($NETRC)")
	f.StringVar(&o.NetrcFile, "netrc-file", "", "Log in with the entry for the host in this netrc `FILE`")
}

// check rejects credentials that cannot be sent. Its errors do not quote them.
func (o *authOptions) check() error {
	for flag, value := range map[string]string{"-u": o.User, "--oauth2-bearer": o.Bearer} {
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return cli.Usagef("if the value comes from a file, use $(cat FILE), which removes the line break at the end", "%s contains a line break or a control character", flag)
		}
	}
	if o.AWS != "" {
		if _, _, ok := fetch.ParseAWS(o.AWS); !ok {
			return cli.Usagef("such as aws:amz:eu-central-1:execute-api", "--aws-sigv4 must be aws:amz:REGION:SERVICE")
		}
		if o.User == "" || o.Digest || o.Bearer != "" {
			return cli.Usagef("to use keys from the environment or ~/.aws/credentials, make a profile with auth: {type: sigv4, service: ...}", "--aws-sigv4 needs -u ID:SECRET, and no other credential")
		}
	}
	if o.NetrcFile != "" {
		if _, err := os.Stat(o.NetrcFile); err != nil {
			return cli.Usagef("", "--netrc-file: %v", err)
		}
	}
	return nil
}

func (o *authOptions) apply(to *fetch.Options) {
	to.User, to.Bearer, to.Digest, to.Netrc, to.NetrcFile, to.AWS = o.User, o.Bearer, o.Digest, o.Netrc, o.NetrcFile, o.AWS
}

// secrets are those that the flags bring. What headers bring is the client's to find.
func (o *authOptions) secrets() []string {
	if o.User == "" {
		return []string{o.Bearer}
	}
	user, password, _ := strings.Cut(o.User, ":")
	return append(credential.Basic(user, password, "").Secrets(), o.Bearer)
}

// OnCommandLine names the first option whose value is a credential that everybody can read there; empty if
// there is none. A file that one is read from is no such thing.
func (o *SendOptions) OnCommandLine() string {
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
func askPassword(e *cli.Env, o *authOptions) error {
	f, ok := e.In.(*os.File)
	if o.User == "" || strings.Contains(o.User, ":") || !ok || !e.InTTY {
		return nil
	}
	ctx, stop := cli.Interruptible(context.Background())
	defer stop()
	password, err := e.Ask(ctx, f, "password for "+o.User)
	o.User += ":" + password
	return err
}

// hintArguments says, once on a machine, that a credential on the command line can be read by others.
func (s *Session) hintArguments(flag string) {
	if flag == "" || !firstTime(s.Paths.Live, "hinted-arguments") {
		return
	}
	s.Messages.Say("note: other users of this machine can read the value of %s, and the shell's history keeps it; an environment variable or `arl auth set` avoids that (shown once)", flag)
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
