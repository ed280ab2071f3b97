// Package exec is arl exec: another program, run when a request may be sent, whose outcome the limiter learns from.
package exec

import (
	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/program"
)

// options are the options of exec.
type options struct {
	env    *cli.Env
	global *cli.GlobalOptions
	session.SlotOptions
	API     string
	Command []string
	Retry   int
	Exit    []int
	Output  []string

	rules program.Rules
}

const long = `Wait until the rate limiter allows one request, run CMD, and tell the limiter how it
went. The exit code is that of CMD. All arl processes share the budget, so that
xargs -P8 arl exec ... keeps to one limit.

CMD was throttled if it failed and a line on its standard error speaks of 429, a rate
limit, throttling or "retry after"; or, whether it failed or not, if its exit code is
one of --throttle-exit or a line matches --throttle-output, which replaces the default.
A wait that the line names ("Retry-After: 30", "try again in 20s") pauses the key, as a
response's Retry-After would. Another failure says nothing of the limit.

Standard input and output are CMD's own. What it writes to standard error passes through
unchanged, as it comes. If that is a terminal CMD keeps it, and only its exit code is
looked at unless --throttle-output is given. With --retry CMD is run again after a
throttle, from the beginning of standard input if that is a file.

Exit code 75 means that the wait would exceed --max-wait: CMD was not run; 127 and 126,
that it is not there or cannot be executed. More: docs/programs.md.`

// NewCmd makes the command exec.
func NewCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	o := &options{env: e, global: g}
	c := &cobra.Command{
		Use:     "exec <api> -- CMD [arg...]",
		GroupID: "requests",
		Short:   "Run another program at the learned rate of an API",
		Long:    long,
		Example: `  arl exec sandbox -- echo done
  arl exec github --retry 5 -- gh api /repos/cli/cli
  seq 20 | xargs -P8 -I{} arl exec sandbox -- echo item {}
  arl exec sandbox --throttle-exit 4 --throttle-output 'slow down' -- true`,
		Args:              arguments,
		ValidArgsFunction: session.CompleteAPI(e, g, cobra.ShellCompDirectiveDefault),
		RunE: func(c *cobra.Command, args []string) error {
			o.API, o.Command = args[0], args[1:]
			if config.IsURL(o.API) && !c.Flags().Changed("path") {
				o.Path = o.API
			}
			if err := o.check(); err != nil {
				return err
			}
			return run(c.Context(), o)
		},
	}
	f := c.Flags()
	o.AddSlotFlags(f)
	f.StringVar(&o.Path, "path", "/", "Use the limits for requests to this `PATH`")
	f.IntSliceVar(&o.Exit, "throttle-exit", nil, "CMD was throttled if it ends with exit code `N`; may be repeated")
	f.Var((*cli.StringsValue)(&o.Output), "throttle-output", "CMD was throttled if a line of its standard error matches `REGEX`; may be repeated")
	f.IntVar(&o.Retry, "retry", 0, "Run CMD up to `N` times again after a throttle")
	f.BoolVar(&o.NoLearn, "no-learn", false, "Use learned rates without updating them")
	o.Cost, o.MaxWait = 1, session.DefaultMaxWait
	f.Var((*session.CostValue)(&o.Cost), "cost", "Count as this many requests")
	f.Var((*cli.DurationValue)(&o.MaxWait), "max-wait", "Fail if limits require a longer wait; `DURATION` is the total, 0 means no limit")
	return c
}

// arguments wants an api, and a command after --.
func arguments(c *cobra.Command, args []string) error {
	hint := "such as `arl exec sandbox -- echo done`"
	switch at := c.ArgsLenAtDash(); {
	case len(args) == 0 || at == 0:
		return cli.Usagef(hint, "%s: <api> is missing", c.CommandPath())
	case at < 0:
		return cli.Usagef(hint, "%s: the command to run belongs after --", c.CommandPath())
	case at > 1:
		return cli.Usagef(hint, "%s: unexpected argument %q before --", c.CommandPath(), args[1])
	case len(args) == 1:
		return cli.Usagef(hint, "%s: there is no command after --", c.CommandPath())
	}
	return nil
}
