// Package exec is arl exec: it runs another program when a request may be sent, and reports the outcome to the limiter.
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

const long = `Wait until the rate limiter allows one request, run CMD, and report the outcome to the
limiter. The exit code is that of CMD. All arl processes share one limit, so that
xargs -P8 arl exec ... stays within it.

CMD counts as throttled if it fails and a line of its standard error mentions 429, a rate
limit, throttling or "retry after". --throttle-output replaces these patterns, and
--throttle-exit adds exit codes; both apply whether CMD fails or not. If the line names a
wait ("Retry-After: 30", "try again in 20s"), the key pauses for that long. Other failures
do not affect the learned rate.

CMD uses standard input and output directly. Its standard error is passed through
unchanged. If standard error is a terminal, CMD writes to it directly, and only the exit
code is examined, unless --throttle-output is given. With --retry, CMD is run again after
a throttle; if standard input is a file, it is read again from the start.

The exit code is 75 if the wait would exceed --max-wait (CMD is not run), 127 if CMD is
not found, and 126 if it cannot be executed. See docs/programs.md.`

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
	f.IntSliceVar(&o.Exit, "throttle-exit", nil, "Treat exit code `N` of CMD as a throttle; may be repeated")
	f.Var((*cli.StringsValue)(&o.Output), "throttle-output", "Treat a line of CMD's standard error that matches `REGEX` as a throttle; may be repeated")
	f.IntVar(&o.Retry, "retry", 0, "Run CMD again up to `N` times after a throttle")
	f.BoolVar(&o.NoLearn, "no-learn", false, "Use learned rates without updating them")
	o.AddCostFlag(f)
	o.MaxWait = session.DefaultMaxWait
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
