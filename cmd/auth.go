package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/terminal"
)

func newAuthCmd(e *env, g *globalOptions) *cobra.Command {
	c := &cobra.Command{
		Use:     "auth",
		GroupID: "look",
		Short:   "Keep credentials in the system keyring, and see where they come from",
		Long: `A credential comes from the first of these that has one:

  -H, -u, --oauth2-bearer, -n     of one run
  environment variables           those that the profile names in auth.env
  the system keyring              where the profile has auth.keyring: true
  auth.command                    a program that prints it, such as
                                  [op, read, "op://Team/Notion/token"]
  ~/.netrc ($NETRC)               the entry of the profile's host

No command shows one.`,
		Example: `  arl auth status
  arl auth set notion
  pass show notion | arl auth set notion`,
		Args: knownCommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newAuthSetCmd(e, g), newAuthStatusCmd(e, g), newAuthRemoveCmd(e, g))
	return c
}

func newAuthSetCmd(e *env, g *globalOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "set <api>",
		Short: "Keep a credential in the system keyring",
		Long: `The credential is asked for on the terminal, without showing it, or read from
standard input: a token; user:password for a profile of type basic;
client-id:client-secret for one of type oauth2_client_credentials. It takes the
place of one that is there.`,
		Example: `  arl auth set notion
  pass show notion | arl auth set notion
  printf '%s:%s' "$ID" "$SECRET" | arl auth set vanta`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 { // not repeated: it is the credential
				return usagef("leave it out: arl asks for it, or reads it from standard input",
					"a credential on the command line can be read by everybody on this machine")
			}
			return exactArgs("<api>")(c, args)
		},
		ValidArgsFunction: completeAPI(e, g, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(c *cobra.Command, args []string) error {
			ctx, stop := interruptible(c.Context())
			defer stop()
			return setCredential(ctx, e, g, args[0])
		},
	}
}

func newAuthRemoveCmd(e *env, g *globalOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "remove <api>",
		Short: "Remove a credential from the system keyring",
		Example: `  arl auth remove notion
  arl auth remove vanta && arl auth status vanta
  arl auth remove my-api`,
		Args:              exactArgs("<api>"),
		ValidArgsFunction: completeAPI(e, g, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(_ *cobra.Command, args []string) error {
			err := credential.DeleteFromKeyring(args[0])
			switch {
			case errors.Is(err, credential.ErrNotInKeyring):
				return &failure{
					message: "the system keyring has nothing for " + args[0], code: exitOther,
					hint: "`arl auth status` says where each credential comes from",
				}
			case err != nil:
				return err
			}
			fmt.Fprintf(e.Err, "arl: removed from the system keyring: %s\n", terminal.Plain(args[0]))
			return nil
		},
	}
}

func setCredential(ctx context.Context, e *env, g *globalOptions, name string) error {
	r, err := registry(e, g)
	if err != nil {
		return err
	}
	p, err := r.Profile(name)
	switch {
	case err != nil:
		return err
	case p.Auth == nil:
		return usagef("say how it is sent: `auth` in the profile", "%s sends no credential", name)
	case !p.Auth.Keyring:
		return usagef("add `keyring: true` to its auth in config.yaml", "the profile %s does not look into the system keyring", name)
	}
	value, err := e.readCredential(ctx, p)
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
func (e *env) readCredential(ctx context.Context, p *config.Profile) (string, error) {
	if f, ok := e.In.(*os.File); ok && e.InTTY {
		return e.askCredential(ctx, f, p)
	}
	text, err := io.ReadAll(io.LimitReader(e.In, longestCredential+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("read the credential: %w", err)
	case len(text) > longestCredential:
		return "", usagef("", "standard input has more than a credential")
	}
	return strings.TrimSpace(string(text)), nil
}

func (e *env) askCredential(ctx context.Context, terminal *os.File, p *config.Profile) (string, error) {
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
		text, err := e.ask(ctx, terminal, what+" for "+p.Name)
		if err != nil {
			return "", err
		}
		if text == "" {
			return "", usagef("nothing was changed", "no %s was given", what)
		}
		if value != "" {
			value += ":"
		}
		value += text
	}
	return value, nil
}

// ask asks for something that is not shown.
func (e *env) ask(ctx context.Context, tty *os.File, what string) (string, error) {
	fmt.Fprintf(e.Err, "%s (not shown): ", terminal.Plain(what))
	b, err := readUnseen(ctx, int(tty.Fd()))
	fmt.Fprintln(e.Err)
	if err != nil {
		return "", &failure{message: "interrupted", code: exitInterrupted, err: err}
	}
	return strings.TrimSpace(string(b)), nil
}

// readUnseen reads a line from a terminal without echo, and leaves that as it was, also when ctx ends.
func readUnseen(ctx context.Context, terminal int) ([]byte, error) {
	before, err := term.GetState(terminal)
	if err != nil {
		return nil, err
	}
	var line []byte
	done := make(chan error, 1)
	go func() {
		var err error
		line, err = term.ReadPassword(terminal)
		done <- err
	}()
	select {
	case err := <-done:
		return line, err
	case <-ctx.Done():
		_ = term.Restore(terminal, before)
		return nil, ctx.Err()
	}
}
