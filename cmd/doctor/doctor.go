// Package doctor is arl doctor: checks of what arl needs on this machine.
package doctor

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/terminal"
)

// NewCmd makes the command doctor.
func NewCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "doctor",
		GroupID: "manage",
		Short:   "Check what arl needs on this machine, without sending anything to an API",
		Long: `Check the configuration, permissions, the store of live state, the clock, learned
rates, credentials and proxies, and print how to fix what is wrong. Nothing is sent to
an API; if the store is in Redis, the server is contacted. Credentials are not printed,
only where they come from. The exit code is 1 if a check fails.`,
		Example: `  arl doctor
  arl doctor --json
  arl doctor --config ./config.yaml && arl batch sandbox records.ndjson`,
		Args: cli.ExactArgs(),
		RunE: func(c *cobra.Command, _ []string) error {
			d := &doctor{env: e, global: g, paths: config.FindPaths(e.Getenv)}
			d.examine(c.Context())
			if err := d.write(asJSON); err != nil {
				return err
			}
			if d.worst() == statusFail {
				return &cli.Error{Silent: true, Code: cli.ExitOther}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "Write JSON")
	return c
}

// A finding is what one check found.
type finding struct {
	Check   string `json:"check"`
	Status  status `json:"status"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// status is how good a finding is.
type status string

const (
	statusOK   status = "ok"
	statusWarn status = "warn" // it works, but not as one would think
	statusFail status = "fail"
)

// A doctor looks at what arl needs.
type doctor struct {
	env      *cli.Env
	global   *cli.GlobalOptions
	paths    config.Paths
	registry *config.Registry // nil if the configuration is wrong
	findings []finding
}

func (d *doctor) examine(ctx context.Context) {
	d.version()
	d.configuration()
	d.permissions()
	d.store(ctx)
	d.clock()
	d.rates()
	d.credentials()
	d.proxies()
}

func (d *doctor) say(check string, s status, hint, format string, args ...any) {
	d.findings = append(d.findings, finding{check, s, d.env.Secrets.Redact(fmt.Sprintf(format, args...)), hint})
}

func (d *doctor) worst() status {
	worst := statusOK
	for _, f := range d.findings {
		if f.Status == statusFail || worst == statusOK {
			worst = f.Status
		}
		if worst == statusFail {
			break
		}
	}
	return worst
}

func (d *doctor) write(asJSON bool) error {
	if asJSON {
		return cli.WriteJSON(d.env, map[string]any{"status": d.worst(), "checks": d.findings})
	}
	out := terminal.Painted(d.env.Out)
	style := terminal.NewStyle(out, d.env.Colour(d.global.Color, d.env.OutTTY))
	for _, f := range d.findings {
		paint := map[status]func(string) string{statusOK: style.Good, statusWarn: style.Warn, statusFail: style.Bad}[f.Status]
		line := paint(fmt.Sprintf("%-4s", f.Status)) + fmt.Sprintf("  %-13s  %s", f.Check, terminal.Plain(f.Message))
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
		if f.Hint != "" {
			fmt.Fprintf(out, "%21shint: %s\n", "", terminal.Plain(f.Hint))
		}
	}
	return nil
}
