package cmd

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/terminal"
)

func newAuthStatusCmd(e *env, g *globalOptions) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "status [api]",
		Short: "Say where each credential would come from, and never what it is",
		Example: `  arl auth status
  arl auth status notion
  arl auth status --json`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return exactArgs("[api]")(c, args)
			}
			return nil
		},
		ValidArgsFunction: completeAPI(e, g, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := registry(e, g)
			if err != nil {
				return err
			}
			return authStatus(e, g, r, args, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return c
}

// authLine is what is known of one API's credential.
type authLine struct {
	Name  string `json:"name"`
	Type  string `json:"type,omitempty"`
	State string `json:"state"`          // found, missing, optional, none, error
	From  string `json:"from,omitempty"` // if it was found
	Error string `json:"error,omitempty"`
}

// authStatus writes a line for each api. That the one that was asked for has none is an error.
func authStatus(e *env, g *globalOptions, r *config.Registry, args []string, asJSON bool) error {
	names := args
	if len(names) == 0 {
		names = r.Names()
	}
	var lines []authLine
	var failed, unasked error
	for _, name := range names {
		p, err := r.Profile(name)
		if err != nil {
			return err
		}
		line, err := statusOf(e, p)
		lines = append(lines, line)
		failed = errors.Join(failed, err)
		if missing, ok := errors.AsType[*credential.MissingError](err); ok && missing.Unasked != nil {
			unasked = missing.Unasked
		}
	}
	if unasked != nil && len(args) == 0 { // else the error says it
		fmt.Fprintf(e.Err, "arl: note: %s\n", terminal.Plain(unasked.Error()))
	}
	if err := writeStatus(e, g, lines, asJSON); err != nil {
		return err
	}
	if len(args) == 0 || failed == nil {
		return nil
	}
	f := failureOf(failed, time.Now())
	f.code = exitOther
	return f
}

func statusOf(e *env, p *config.Profile) (authLine, error) {
	line := authLine{Name: p.Name, State: "none"}
	if p.Auth == nil {
		return line, nil
	}
	line.Type = string(p.Auth.Type)
	source, err := credential.Source(p, e.Getenv)
	missing, ok := errors.AsType[*credential.MissingError](err)
	switch {
	case ok:
		plain := *missing
		plain.Unasked = nil // the same for all
		line.State, line.Error = "missing", plain.Error()
	case err != nil:
		line.State, line.Error = "error", err.Error()
	case source == "":
		line.State = "optional"
	default:
		line.State, line.From = "found", source
	}
	return line, err
}

func writeStatus(e *env, g *globalOptions, lines []authLine, asJSON bool) error {
	if asJSON {
		return writeJSON(e, lines)
	}
	t := &terminal.Table{Head: []string{"NAME", "TYPE", "FROM", ""}, Width: e.width()}
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
		t.Row(line.Name, line.Type, terminal.Plain(from), terminal.Plain(line.Error))
	}
	return t.Write(e.Out, terminal.NewStyle(e.Out, e.colour(g.Color, e.OutTTY)))
}
