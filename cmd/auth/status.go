package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/tokens"
)

func newAuthStatusCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "status [api]",
		Short: "Show where each credential comes from, but not the credential",
		Example: `  arl auth status
  arl auth status notion
  arl auth status --json`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return cli.ExactArgs("[api]")(c, args)
			}
			return nil
		},
		ValidArgsFunction: session.CompleteAPI(e, g, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(c *cobra.Command, args []string) error {
			r, err := session.Registry(e, g)
			if err != nil {
				return err
			}
			return authStatus(c.Context(), e, g, r, args, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "Write JSON")
	return c
}

// authLine is what is known of one API's credential.
type authLine struct {
	Name  string `json:"name"`
	Type  string `json:"type,omitempty"`
	State string `json:"state"`          // found, missing, optional, none, error
	From  string `json:"from,omitempty"` // if it was found
	Error string `json:"error,omitempty"`

	Login *loginLine `json:"login,omitempty"` // for a login
}

// authStatus writes a line for each api. That the one that was asked for has none is an error.
func authStatus(ctx context.Context, e *cli.Env, g *cli.GlobalOptions, r *config.Registry, args []string, asJSON bool) error {
	names := args
	if len(names) == 0 {
		names = r.Names()
	}
	var lines []authLine
	var failed, keyringErr error
	for _, name := range names {
		p, err := r.Profile(name)
		if err != nil {
			return err
		}
		line, err := statusOf(ctx, e, g, p)
		lines = append(lines, line)
		failed = errors.Join(failed, err)
		if missing, ok := errors.AsType[*credential.MissingError](err); ok && missing.KeyringErr != nil {
			keyringErr = missing.KeyringErr
		}
	}
	if keyringErr != nil && len(args) == 0 { // else the error says it
		fmt.Fprintf(e.Err, "arl: note: %s\n", terminal.Plain(keyringErr.Error()))
	}
	if err := writeStatus(e, g, lines, asJSON); err != nil {
		return err
	}
	if len(args) == 0 || failed == nil {
		return nil
	}
	f := cli.Describe(failed, time.Now())
	f.Code = cli.ExitOther
	return f
}

func statusOf(ctx context.Context, e *cli.Env, g *cli.GlobalOptions, p *config.Profile) (authLine, error) {
	line := authLine{Name: p.Name, State: "none"}
	if p.Auth == nil {
		return line, nil
	}
	line.Type = string(p.Auth.Type)
	source, err := credential.Source(p, e.Getenv)
	if err == nil && p.Auth.Type == config.AuthLogin && !strings.HasPrefix(source, "$") && source != "" {
		source = "login"
		line.Login, err = loginOf(ctx, e, g, p)
	}
	if ended, ok := errors.AsType[*tokens.LoginError](err); ok {
		line.State, line.Error = "missing", ended.Error()
		return line, &apiclient.TokenError{API: p.Name, Denied: true, Login: true, Err: ended}
	}
	missing, ok := errors.AsType[*credential.MissingError](err)
	switch {
	case ok:
		plain := *missing
		plain.KeyringErr = nil // the same for all
		line.State, line.Error = "missing", plain.Error()
	case cli.Is[*credential.LoggedOutError](err):
		line.State, line.Error = "missing", err.Error()
	case err != nil:
		line.State, line.Error = "error", err.Error()
	case source == "":
		line.State = "optional"
	default:
		line.State, line.From = "found", source
	}
	return line, err
}

func writeStatus(e *cli.Env, g *cli.GlobalOptions, lines []authLine, asJSON bool) error {
	if asJSON {
		return cli.WriteJSON(e, lines)
	}
	t := &terminal.Table{Head: []string{"NAME", "TYPE", "FROM", ""}, Width: e.Width()}
	for _, line := range lines {
		from := line.From
		switch line.State {
		case "none":
			from = "none needed"
		case "optional":
			from = "none (optional)"
		case "missing", "error":
			from = line.State
		}
		note := line.Error
		if line.Login != nil {
			note = line.Login.String()
		}
		t.Row(line.Name, line.Type, terminal.Plain(from), terminal.Plain(note))
	}
	return t.Write(e.Out, terminal.NewStyle(e.Out, e.Colour(g.Color, e.OutTTY)))
}
