package auth

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/tokens"
)

func newAuthLogoutCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	o := &loginOptions{env: e, global: g}
	c := &cobra.Command{
		Use:   "logout <api>",
		Short: "Log out of an API",
		Long: `Log out of an API: ask the server to revoke the tokens, if it supports that (RFC 7009),
and delete them on this machine, even if the server could not revoke them.`,
		Example: `  arl auth logout my-api
  arl auth logout my-api && arl auth status my-api
  arl auth logout my-api && arl auth login my-api`,
		Args:              cli.ExactArgs("<api>"),
		ValidArgsFunction: session.CompleteAPI(e, g, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(c *cobra.Command, args []string) error {
			ctx, stop := cli.Interruptible(c.Context())
			defer stop()
			return cli.InterruptedOr(o.logout(ctx, args[0]))
		},
	}
	o.send.AddServerFlags(c.Flags())
	return c
}

func (o *loginOptions) logout(ctx context.Context, name string) error {
	pt, err := o.meet(name)
	if err != nil {
		return err
	}
	defer pt.session.Close(false)
	place := pt.client.LoginPlace(pt.at)
	state, err := place.State(ctx)
	switch {
	case err != nil:
		return err
	case state.About == tokens.About{}:
		return &cli.Error{Message: "nobody is logged in to " + name, Code: cli.ExitOther}
	}
	o.env.Secrets.Add(state.Access, state.Refresh)
	revoked := pt.revoke(ctx, state)
	if err := errors.Join(place.Remove(ctx), pt.at.Forget(name)); err != nil {
		return fmt.Errorf("forget the login to %s: %w", name, err)
	}
	fmt.Fprintf(o.env.Err, "arl: logged out of %s\n", terminal.Plain(name))
	if revoked != nil {
		return &cli.Error{
			Message: "the server has not revoked the login: " + revoked.Error(), Code: cli.ExitOther, Err: revoked,
			Hint: "revoke the access in the settings of your account there",
		}
	}
	return nil
}

var errNoRevocation = errors.New("it has no revocation endpoint")

// revoke ends a login at the server: with the refresh token, else with the access token.
func (pt *party) revoke(ctx context.Context, s tokens.State) error {
	token, hint := s.Refresh, "refresh_token"
	if token == "" {
		token, hint = s.Access, "access_token"
	}
	switch {
	case token == "":
		return nil // it has ended already
	case s.RevokeURL == "":
		return errNoRevocation
	}
	return pt.client.OAuth(pt.grant, false).Revoke(ctx, s.RevokeURL, token, hint)
}
