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
	URLs      loginURLs
}

// loginURLs are where a server that does not describe itself has what, and the URL that browsers come back to.
type loginURLs struct{ Authorize, Token, Device, Revoke, Redirect string }

func (o *loginFlags) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.Issuer, "issuer", "", "Log in at this OAuth authorization server `URL`, with arl auth login")
	f.StringVar(&o.ClientID, "client-id", "", "Use the client `ID` that the authorization server issued to this program")
	f.StringVar(&o.SecretEnv, "client-secret-env", "", "Read the client secret from the environment variable `VAR`")
	f.StringVar(&o.Scope, "scope", "", "Request these scopes, a `LIST` separated by spaces")
	f.StringVar(&o.URLs.Authorize, "authorize-url", "", "Log in on the server's page at this `URL`, if --issuer does not name one")
	f.StringVar(&o.URLs.Token, "token-url", "", "Request tokens at this `URL`, if --issuer does not name one")
	f.StringVar(&o.URLs.Device, "device-url", "", "Request codes for other devices at this `URL`, if --issuer does not name one")
	f.StringVar(&o.URLs.Revoke, "revoke-url", "", "Revoke tokens at this `URL`, if --issuer does not name one")
	f.StringVar(&o.URLs.Redirect, "redirect-url", "", "Have the browser return to this `URL` on this machine, as registered with the server")
}

// auth is the profile's field; nil if nobody logs in.
func (o *loginFlags) auth() ([]config.Setting, error) {
	switch {
	case *o == loginFlags{}:
		return nil, nil
	case o.Issuer == "" && o.URLs.Token == "":
		return nil, cli.Usagef("for a server that publishes no metadata (RFC 8414), use --token-url with --authorize-url, --device-url or both", "a login needs --issuer URL or --token-url URL")
	case o.Issuer == "" && o.URLs.Authorize == "" && o.URLs.Device == "":
		return nil, cli.Usagef("--authorize-url is the login page for browsers, --device-url the endpoint for device codes", "--token-url needs --authorize-url or --device-url")
	case o.ClientID == "":
		return nil, cli.Usagef("register an application with the authorization server, which then issues a client ID", "%s needs --client-id", o.server())
	case o.SecretEnv != "" && !isVariable(o.SecretEnv):
		return nil, cli.Usagef("put the secret into an environment variable, and give its name", "this must be the name of an environment variable, such as MY_SECRET")
	}
	auth := []config.Setting{{Key: "type", Value: string(config.AuthLogin)}}
	set := func(key, value string) {
		if value != "" {
			auth = append(auth, config.Setting{Key: key, Value: value})
		}
	}
	set("issuer", o.Issuer)
	set("authorize_url", o.URLs.Authorize)
	set("token_url", o.URLs.Token)
	set("device_url", o.URLs.Device)
	set("revoke_url", o.URLs.Revoke)
	set("redirect_url", o.URLs.Redirect)
	set("client_id", o.ClientID)
	if o.SecretEnv != "" {
		auth = append(auth, config.Setting{Key: "client_secret_env", Value: []string{o.SecretEnv}})
	}
	set("scope", strings.Join(strings.Fields(o.Scope), " "))
	return auth, nil
}

// server is the flag that names the authorization server.
func (o *loginFlags) server() string {
	if o.Issuer == "" {
		return "--token-url"
	}
	return "--issuer"
}
