// Package auth is arl auth: stored credentials, logins, and where each credential comes from.
package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/terminal"
)

// NewCmd makes the command auth.
func NewCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	c := &cobra.Command{
		Use:     "auth",
		GroupID: "manage",
		Short:   "Store credentials, log in, and show where credentials come from",
		Long: `Manage credentials. arl uses the first of these that has one:

  -H, -u, --oauth2-bearer, -n     for one run
  environment variables           those listed in auth.env of the profile
  the system keyring              if the profile has auth.keyring: true
  arl auth login                  if the profile has auth.type: oauth
  auth.command                    a program that prints it, such as
                                  [op, read, "op://Team/Notion/token"]
  ~/.netrc ($NETRC)               the entry for the profile's host

No command prints a credential.`,
		Example: `  arl auth status
  arl auth set notion
  pass show notion | arl auth set notion`,
		Args: cli.KnownCommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newAuthSetCmd(e, g), newAuthLoginCmd(e, g), newAuthLogoutCmd(e, g), newAuthStatusCmd(e, g), newAuthRemoveCmd(e, g))
	return c
}

func newAuthSetCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "set <api>",
		Short: "Store a credential in the system keyring",
		Long: `Store a credential in the system keyring. It is read from the terminal, without being
shown, or from standard input: a token, user:password if auth.type of the profile is
basic, or client-id:client-secret if it is oauth2_client_credentials. A credential
that is already stored is replaced.`,
		Example: `  arl auth set notion
  pass show notion | arl auth set notion
  printf '%s:%s' "$ID" "$SECRET" | arl auth set vanta`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 { // not repeated: it is the credential
				return cli.Usagef("do not put it on the command line: arl asks for it, or reads it from standard input",
					"a credential on the command line can be read by all users of this machine")
			}
			return cli.ExactArgs("<api>")(c, args)
		},
		ValidArgsFunction: session.CompleteAPI(e, g, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(c *cobra.Command, args []string) error {
			ctx, stop := cli.Interruptible(c.Context())
			defer stop()
			return setCredential(ctx, e, g, args[0])
		},
	}
}

func newAuthRemoveCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "remove <api>",
		Short: "Remove a credential from the system keyring",
		Example: `  arl auth remove notion
  arl auth remove vanta && arl auth status vanta
  arl auth remove my-api`,
		Args:              cli.ExactArgs("<api>"),
		ValidArgsFunction: session.CompleteAPI(e, g, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(_ *cobra.Command, args []string) error {
			err := credential.DeleteFromKeyring(args[0])
			switch {
			case errors.Is(err, credential.ErrNotInKeyring):
				return &cli.Error{
					Message: "the system keyring has no credential for " + args[0], Code: cli.ExitOther,
					Hint: "`arl auth status` shows where each credential comes from",
				}
			case err != nil:
				return err
			}
			fmt.Fprintf(e.Err, "arl: removed from the system keyring: %s\n", terminal.Plain(args[0]))
			return nil
		},
	}
}

func setCredential(ctx context.Context, e *cli.Env, g *cli.GlobalOptions, name string) error {
	r, err := session.Registry(e, g)
	if err != nil {
		return err
	}
	p, err := r.Profile(name)
	switch {
	case err != nil:
		return err
	case p.Auth == nil:
		return cli.Usagef("add auth to the profile, see `arl help config`", "the profile %s has no auth, so no credential is sent", name)
	case p.Auth.Type == config.AuthLogin:
		return cli.Usagef("`arl auth login "+name+"` logs in", "%s uses an OAuth login, which cannot be typed in", name)
	case !p.Auth.Keyring:
		return cli.Usagef("add `keyring: true` to its auth in config.yaml", "the profile %s does not use the system keyring", name)
	}
	value, err := readCredential(ctx, e, p)
	if err != nil {
		return err
	}
	if err := credential.SaveToKeyring(p, value); err != nil {
		return err
	}
	fmt.Fprintf(e.Err, "arl: kept in the system keyring: %s\n", name)
	if source, err := credential.Source(p, e.Getenv); err == nil && source != "keyring" {
		fmt.Fprintf(e.Err, "arl: note: %s goes before it\n", terminal.Plain(source))
	}
	return nil
}

// longestCredential is more than any takes.
const longestCredential = 64 << 10

// readCredential reads a credential from the terminal, unseen, or from standard input.
func readCredential(ctx context.Context, e *cli.Env, p *config.Profile) (string, error) {
	if f, ok := e.In.(*os.File); ok && e.InTTY {
		return askCredential(ctx, e, f, p)
	}
	text, err := io.ReadAll(io.LimitReader(e.In, longestCredential+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("read the credential: %w", err)
	case len(text) > longestCredential:
		return "", cli.Usagef("", "standard input is too long for a credential")
	}
	return strings.TrimSpace(string(text)), nil
}

func askCredential(ctx context.Context, e *cli.Env, tty *os.File, p *config.Profile) (string, error) {
	user, secret := "", "token"
	switch p.Auth.Type {
	case config.AuthBasic:
		user, secret = "user", "password"
	case config.AuthOAuth2:
		user, secret = "client id", "client secret"
	case config.AuthPath:
		secret = "path or URL"
	}
	value := ""
	for _, what := range []string{user, secret} {
		if what == "" {
			continue
		}
		text, err := e.Ask(ctx, tty, what+" for "+p.Name)
		if err != nil {
			return "", err
		}
		if text == "" {
			return "", cli.Usagef("nothing was changed", "no %s was given", what)
		}
		if value != "" {
			value += ":"
		}
		value += text
	}
	return value, nil
}
