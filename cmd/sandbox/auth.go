package sandbox

import (
	"cmp"
	"errors"
	"strings"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/sandbox"
)

func (o *sandboxOptions) authFlags(f *pflag.FlagSet) {
	oauth := &o.sandbox.OAuth
	f.StringVar(&o.sandbox.Auth, "auth", "", "Reject requests without this `CREDENTIAL`: a token, USER:PASSWORD, or the value of a header or parameter")
	f.StringVar(&oauth.Path, "oauth", "", "Issue OAuth2 tokens at `PATH`; a new token revokes the previous one (any client, any secret)")
	f.Var(&clientValue{oauth}, "oauth-client", "Issue tokens only to `ID:SECRET`; requests without a token are rejected")
	f.StringVar((*string)(&o.sandbox.Login.Refresh), "login", "", "Act as an OAuth authorization server for logins; `MODE` of refresh tokens is rotate, keep or none")
	f.Lookup("login").NoOptDefVal = string(sandbox.RefreshRotate)
	f.Var((*cli.DurationValue)(&oauth.Life), "oauth-life", "Let tokens expire after `DURATION` (default 1h)")
}

// likeOAuth takes over where an API gives tokens, but for what other flags say.
func (o *sandboxOptions) likeOAuth(like sandbox.OAuth) {
	oauth := &o.sandbox.OAuth
	oauth.Path = cmp.Or(oauth.Path, like.Path)
	oauth.Life = cmp.Or(oauth.Life, like.Life)
}

// clientValue is a flag such as my-id:my-secret.
type clientValue struct{ to *sandbox.OAuth }

// String implements pflag.Value.
func (v *clientValue) String() string { return "" }

// Type implements pflag.Value.
func (v *clientValue) Type() string { return "ID:SECRET" }

// Set implements pflag.Value.
func (v *clientValue) Set(s string) error {
	id, secret, ok := strings.Cut(s, ":")
	if !ok || id == "" || secret == "" {
		return errors.New("must be ID:SECRET")
	}
	v.to.ID, v.to.Secret, v.to.Required = id, secret, true
	return nil
}
