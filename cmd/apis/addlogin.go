package apis

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/config"
)

// loginFlags are the flags of apis add for an API that people log in to.
type loginFlags struct {
	Issuer    string
	ClientID  string
	SecretEnv string
	Scope     string
}

func (o *loginFlags) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.Issuer, "issuer", "", "Log in at this OAuth authorization server `URL`, with arl auth login")
	f.StringVar(&o.ClientID, "client-id", "", "Use the client `ID` that the authorization server issued to this program")
	f.StringVar(&o.SecretEnv, "client-secret-env", "", "Read the client secret from the environment variable `VAR`")
	f.StringVar(&o.Scope, "scope", "", "Request these scopes, a `LIST` separated by spaces")
}

// auth is the profile's field; nil if nobody logs in.
func (o *loginFlags) auth() ([]config.Setting, error) {
	switch {
	case *o == loginFlags{}:
		return nil, nil
	case o.Issuer == "":
		return nil, cli.Usagef("where the server describes itself; without that, write auth.token_url and its like into config.yaml", "--client-id, --client-secret-env and --scope need --issuer URL")
	case o.ClientID == "":
		return nil, cli.Usagef("register a program with the authorization server: it gives it an id", "--issuer needs --client-id")
	case o.SecretEnv != "" && !isVariable(o.SecretEnv):
		return nil, cli.Usagef("put the secret into a variable, and name that", "want the name of an environment variable, such as MY_SECRET")
	}
	auth := []config.Setting{{Key: "type", Value: string(config.AuthLogin)}, {Key: "issuer", Value: o.Issuer}, {Key: "client_id", Value: o.ClientID}}
	if o.SecretEnv != "" {
		auth = append(auth, config.Setting{Key: "client_secret_env", Value: []string{o.SecretEnv}})
	}
	if scope := strings.Join(strings.Fields(o.Scope), " "); scope != "" {
		auth = append(auth, config.Setting{Key: "scope", Value: scope})
	}
	return auth, nil
}
