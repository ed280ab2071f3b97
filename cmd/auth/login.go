package auth

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/oauth"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/tokens"
)

// loginOptions are the flags of auth login and auth logout.
type loginOptions struct {
	env    *cli.Env
	global *cli.GlobalOptions
	send   session.SendOptions

	Device    bool
	NoBrowser bool
	KeyInFile bool
}

func newAuthLoginCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	o := &loginOptions{env: e, global: g}
	c := &cobra.Command{
		Use:   "login <api>",
		Short: "Log in to an API whose profile has auth.type oauth",
		Long: `Log in to an API with OAuth. The login page of the API's authorization server opens in
the browser (the system's, or the one that $BROWSER names), and the command waits until
you have logged in and granted access. With --no-browser it prints the URL instead. If
the browser runs on another machine, paste the URL of the last page into the terminal.

Without a display (over SSH, for example) or with --device, login prints a code to enter
in a browser on any device. Some servers support only one of the two ways.

The tokens are stored encrypted beside config.yaml. Their key is in the system keyring,
in a file beside them (--key-in-file), or in $ARL_LOGIN_KEY. With $ARL_LOGIN_KEY and a
store in Redis, all hosts that use that store share the login.`,
		Example: `  arl auth login my-api
  arl auth login my-api --device --key-in-file
  ARL_LOGIN_KEY=$(cat key) arl auth login my-api --store redis://cache:6379`,
		Args:              cli.ExactArgs("<api>"),
		ValidArgsFunction: session.CompleteAPI(e, g, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(c *cobra.Command, args []string) error {
			if o.Device && o.NoBrowser {
				return cli.Usagef("--device opens no browser either", "--device and --no-browser cannot be used together")
			}
			ctx, stop := cli.Interruptible(c.Context())
			defer stop()
			return cli.InterruptedOr(o.login(ctx, args[0]))
		},
	}
	c.Flags().BoolVar(&o.Device, "device", false, "Print a code to enter in a browser on any device")
	c.Flags().BoolVar(&o.NoBrowser, "no-browser", false, "Print the URL of the login page instead of opening a browser")
	c.Flags().BoolVar(&o.KeyInFile, "key-in-file", false, "Store the key in a file that only you can read, instead of the system keyring")
	o.send.AddServerFlags(c.Flags())
	return c
}

// A party is what takes part in a login: this program and the authorization server.
type party struct {
	session *session.Session
	profile *config.Profile
	client  *apiclient.Client
	grant   *credential.Grant
	at      *credential.Login
}

// meet opens the session for a login to an API.
func (o *loginOptions) meet(name string) (*party, error) {
	o.send.Silent, o.send.NoLearn = true, true
	s, err := session.Open(o.env, o.global, &o.send)
	if err != nil {
		return nil, err
	}
	pt := &party{session: s}
	if err := pt.find(name, o.env); err != nil {
		pt.session.Close(false)
		return nil, err
	}
	return pt, nil
}

func (pt *party) find(name string, e *cli.Env) (err error) {
	if pt.profile, err = pt.session.Registry.Profile(name); err != nil {
		return err
	}
	if a := pt.profile.Auth; a == nil || a.Type != config.AuthLogin {
		return cli.Usagef("`arl auth status "+name+"` shows where its credential comes from; `arl help config` describes auth.type", "%s has no login: auth.type of its profile is not oauth", name)
	}
	if pt.grant, err = credential.ClientOf(pt.profile, e.Getenv); err != nil {
		return err
	}
	if pt.at, err = credential.LoginOf(pt.profile, e.Getenv); err != nil {
		return err
	}
	e.Secrets.Add(pt.grant.Secret, pt.at.Key)
	pt.client, err = pt.session.Dial(name, apiclient.Config{Anonymous: true, Retry: limiter.Retry{Max: 3}}, nil)
	return err
}

// login lets somebody log in, and keeps what that came to.
func (o *loginOptions) login(ctx context.Context, name string) error {
	pt, err := o.meet(name)
	if err != nil {
		return err
	}
	defer pt.session.Close(false)
	if err := pt.at.NewKey(name, o.KeyInFile); err != nil {
		return noKeyError(err)
	}
	o.env.Secrets.Add(pt.at.Key)
	server := pt.client.OAuth(pt.grant, false)
	at, err := server.Endpoints(ctx, pt.profile.Auth)
	if err != nil {
		return err
	}
	way, command, err := o.way(pt, at)
	if err != nil {
		return err
	}
	var token oauth.Token
	if way == byDevice {
		token, err = o.byDevice(ctx, pt, server, at)
	} else {
		token, err = o.byBrowser(ctx, pt, at, command)
	}
	if err != nil {
		return loginError(name, err)
	}
	about := tokens.About{Way: way, At: time.Now(), TokenURL: at.Token, RevokeURL: at.Revoke}
	if err := pt.client.LoginPlace(pt.at).Put(ctx, apiclient.GrantOf(token), about); err != nil {
		return fmt.Errorf("keep the login to %s: %w", name, err)
	}
	o.report(pt, token)
	return nil
}

// report says what the login came to.
func (o *loginOptions) report(pt *party, token oauth.Token) {
	fmt.Fprintf(o.env.Err, "arl: logged in to %s; the login is kept encrypted, its key in %s\n", terminal.Plain(pt.profile.Name), terminal.Plain(pt.at.Kept))
	switch {
	case token.Refresh == "" && token.Life > 0:
		fmt.Fprintf(o.env.Err, "arl: note: the server gave no refresh token: the login ends in %s\n", terminal.Span(token.Life))
	case token.Refresh == "":
		fmt.Fprintf(o.env.Err, "arl: note: the server gave no refresh token, and does not say how long the login lasts\n")
	}
	if missing := missingScopes(pt.profile.Auth.Scope, token.Scope); len(missing) > 0 {
		fmt.Fprintf(o.env.Err, "arl: note: not granted: %s\n", terminal.Plain(strings.Join(missing, " ")))
	}
}

// missingScopes are those that were asked for and not granted. A server that does not say grants all.
func missingScopes(asked, granted string) (missing []string) {
	if granted == "" {
		return nil
	}
	has := make(map[string]bool)
	for scope := range strings.FieldsFuncSeq(granted, func(r rune) bool { return r == ' ' || r == ',' }) {
		has[scope] = true
	}
	for scope := range strings.FieldsSeq(asked) {
		if !has[scope] && scope != "offline_access" && scope != "openid" {
			missing = append(missing, scope)
		}
	}
	return missing
}

// byDevice lets somebody log in with a code.
func (o *loginOptions) byDevice(ctx context.Context, pt *party, server *oauth.Client, at oauth.Endpoints) (oauth.Token, error) {
	code, err := server.DeviceCode(ctx, at.Device, asked(pt.profile.Auth))
	if err != nil {
		return oauth.Token{}, err
	}
	fmt.Fprintf(o.env.Err, "Open %s in a browser, on any device, and enter the code %s\n", terminal.Plain(code.URL), terminal.Plain(code.UserCode))
	if code.CompleteURL != "" {
		fmt.Fprintf(o.env.Err, "(or open %s)\n", terminal.Plain(code.CompleteURL))
	}
	fmt.Fprintf(o.env.Err, "arl: waiting for the login; the code expires in %s, press Ctrl-C to cancel\n", terminal.Span(code.Life))
	return server.AwaitDevice(ctx, at.Token, code)
}

// asked is what a login asks for.
func asked(a *config.Auth) url.Values {
	form := url.Values{}
	for name, value := range a.Params {
		form.Set(name, value)
	}
	if scope := strings.Join(strings.Fields(a.Scope), " "); scope != "" {
		form.Set("scope", scope)
	}
	if a.Audience != "" {
		form.Set("audience", a.Audience)
	}
	return form
}

// noKeyError says what to do where no keyring runs.
func noKeyError(err error) error {
	if !cli.Is[*credential.KeyringError](err) {
		return err
	}
	return &cli.Error{
		Message: "no place for the key of the login: " + err.Error(), Code: cli.ExitUsage, Err: err,
		Hint: "use --key-in-file to store it in a file that only you can read; or set " + credential.LoginKeyEnv + " to the output of `openssl rand -hex 32`",
	}
}

// loginError says what to do about a login that came to nothing.
func loginError(name string, err error) error {
	hint := ""
	denied, ok := errors.AsType[*oauth.ResponseError](err)
	atPage, inBrowser := errors.AsType[*oauth.AuthorizationError](err)
	code := ""
	switch {
	case ok:
		code = denied.Code
	case inBrowser:
		code = atPage.Code
	}
	switch {
	case errors.Is(err, oauth.ErrExpired):
		hint = "`arl auth login " + name + "` asks for another one"
	case errors.Is(err, oauth.ErrTimeout), code == "invalid_grant":
		hint = "`arl auth login " + name + "` begins again"
	case errors.Is(err, oauth.ErrIssuer):
		hint = "nothing was sent to either server; check auth.issuer and auth.authorize_url"
	case errors.Is(err, oauth.ErrDenied):
		hint = "nothing was kept"
	case code == "invalid_client" || code == "unauthorized_client":
		hint = "check auth.client_id and auth.client_secret_env, and whether the server lets this program use that way to log in"
	case code == "invalid_scope":
		hint = "check auth.scope"
	case !ok && !inBrowser:
		return unreachable(err)
	}
	return &cli.Error{Message: "not logged in to " + name + ": " + err.Error(), Hint: hint, Code: cli.ExitOther, Err: err}
}

// unreachable says what to do about an authorization server that is not there.
func unreachable(err error) error {
	f := cli.Describe(err, time.Now())
	if class := failure.Classify(err); class == failure.DNS || class == failure.Connect {
		f.Hint = "check the URLs of auth with `arl apis show`, and the network"
	}
	return f
}
