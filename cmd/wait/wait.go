// Package wait is arl wait: a slot for a request that another program sends.
package wait

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/pkg/limiter"
)

// options are the options of wait.
type options struct {
	env    *cli.Env
	global *cli.GlobalOptions
	session.SlotOptions
	API string
}

// NewCmd makes the command wait.
func NewCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	o := &options{env: e, global: g}
	c := &cobra.Command{
		Use:     "wait {<api> [path] | <url>}",
		GroupID: "requests",
		Short:   "Wait until another program may send a request",
		Long: `Wait until the rate limiter allows one request, and return. The request counts as sent,
under the limits that apply to a request to <path>, which all arl processes share.

wait does not see the response, so it learns nothing from it, but it obeys pauses and
learned rates. arl exec runs the program itself and does learn. The exit code is 75 if
the wait would exceed --max-wait. See docs/programs.md.`,
		Example: `  arl wait sandbox && echo now
  arl wait github /search/issues --max-wait 5m
  arl wait sandbox /items -X POST --cost 3`,
		Args:              target,
		ValidArgsFunction: session.CompleteAPI(e, g, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(c *cobra.Command, args []string) error {
			o.API, o.Path = args[0], args[len(args)-1]
			if len(args) == 1 && !config.IsURL(o.API) {
				o.Path = "/"
			}
			if err := o.Check(); err != nil {
				return err
			}
			return run(c.Context(), o)
		},
	}
	f := c.Flags()
	o.AddSlotFlags(f)
	o.AddCostFlag(f)
	o.MaxWait = session.DefaultMaxWait
	f.Var((*cli.DurationValue)(&o.MaxWait), "max-wait", "Fail if limits require a wait longer than `DURATION`; 0 means no limit")
	return c
}

// target allows an api and perhaps a path, or a URL alone.
func target(c *cobra.Command, args []string) error {
	if len(args) < 2 || config.IsURL(args[0]) {
		return cli.ExactArgs("<api>")(c, args)
	}
	return cli.ExactArgs("<api>", "[path]")(c, args)
}

func run(ctx context.Context, o *options) error {
	ctx, stop := cli.Interruptible(ctx)
	defer stop()
	o.NoLearn = true // nobody says what became of the request
	s, err := session.Open(o.env, o.global, &o.SendOptions)
	if err != nil {
		return err
	}
	defer s.Close(false)
	slots, err := s.Slots(ctx, o.API, &o.SlotOptions)
	if err != nil {
		return cli.InterruptedOr(err)
	}
	slot, err := slots.Acquire(ctx, o.MaxWait)
	if err != nil {
		return slots.Describe(err, "")
	}
	slot.Done(limiter.Accepted, 0, "")
	return nil
}
