// Package apis is arl apis: list, show, add, import and check API profiles.
package apis

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/terminal"
)

// NewCmd makes the command apis.
func NewCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "apis",
		GroupID: "manage",
		Short:   "List the API profiles",
		Example: `  arl apis
  arl apis show notion
  arl apis check`,
		Args: cli.KnownCommand,
		RunE: func(*cobra.Command, []string) error {
			r, err := session.Registry(e, g)
			if err != nil {
				return err
			}
			return listAPIs(e, g, r, asJSON)
		},
	}
	c.PersistentFlags().BoolVar(&asJSON, "json", false, "Write JSON")
	c.AddCommand(newAPIsShowCmd(e, g, &asJSON), newAPIsAddCmd(e, g), newAPIsImportCmd(e, g), newAPIsCheckCmd(e, g), newAPIsSchemaCmd(e))
	return c
}

func newAPIsShowCmd(e *cli.Env, g *cli.GlobalOptions, asJSON *bool) *cobra.Command {
	return &cobra.Command{
		Use:   "show <name>",
		Short: "Show a profile and the source of each value",
		Example: `  arl apis show notion
  arl apis show github --json
  arl apis show my-api`,
		Args:              cli.ExactArgs("<name>"),
		ValidArgsFunction: session.CompleteAPI(e, g, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(c *cobra.Command, args []string) error {
			r, err := session.Registry(e, g)
			if err != nil {
				return err
			}
			p, err := r.Profile(args[0])
			if err != nil {
				return err
			}
			known, err := session.KnownRates(c.Context(), e, g)
			if err != nil {
				return err
			}
			return showAPI(e, p, session.Telling(known), *asJSON)
		},
	}
}

func newAPIsCheckCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "check [file]",
		Short: "Check the configuration and every profile",
		Long: `Check config.yaml, or another file in the same format, and report every error in it.
A file whose name ends in .json is checked for "arl apis import".`,
		Example: `  arl apis check
  arl apis check overrides.json
  arl apis check && arl batch my-api records.ndjson`,
		Args:              cli.AtMost("[file]"),
		ValidArgsFunction: session.CompleteFiles("yaml", "yml", "json"),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return checkFile(e, args[0])
			}
			r, err := session.Registry(e, g)
			if err == nil {
				err = r.Check()
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(e.Err, "arl: %s, all good\n", terminal.Quantity(int64(len(r.Names())), "profile"))
			return nil
		},
	}
}

func listAPIs(e *cli.Env, g *cli.GlobalOptions, r *config.Registry, asJSON bool) error {
	t := &terminal.Table{Head: []string{"NAME", "BASE URL", "CREDENTIAL", "LIMIT"}, Width: e.Width()}
	var lines []apiLine
	for _, name := range r.Names() {
		p, err := r.Profile(name)
		if err != nil {
			return err
		}
		line := apiLine{Name: name, BaseURL: p.BaseURL, Credential: credentialState(e, p), Limit: p.DocumentedLimit}
		lines = append(lines, line)
		t.Row(name, line.BaseURL, line.Credential, terminal.Plain(line.Limit))
	}
	if asJSON {
		return cli.WriteJSON(e, lines)
	}
	return t.Write(e.Out, terminal.NewStyle(e.Out, e.Colour(g.Color, e.OutTTY)))
}

type apiLine struct {
	Name       string `json:"name"`
	BaseURL    string `json:"base_url"`
	Credential string `json:"credential"`
	Limit      string `json:"documented_limit_desc,omitempty"`
}

// credentialState says where the credential would come from, or which variable it is missing from.
func credentialState(e *cli.Env, p *config.Profile) string {
	source, err := credential.Source(p, e.Getenv)
	if missing, ok := errors.AsType[*credential.MissingError](err); ok && len(missing.Env) > 0 {
		return "missing: $" + missing.Env[0]
	}
	switch {
	case err != nil:
		return "missing"
	case source == "" && p.Auth != nil:
		return "none (optional)"
	case source == "":
		return "none needed"
	}
	return source
}
