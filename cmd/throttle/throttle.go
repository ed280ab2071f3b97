// Package throttle is arl throttle: it copies lines at the learned rate of an API.
package throttle

import (
	"context"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/linepace"
	"github.com/arl-cli/arl/pkg/limiter"
)

// options are the options of throttle.
type options struct {
	env    *cli.Env
	global *cli.GlobalOptions
	session.SlotOptions
	API   string
	costs lineCosts
}

// NewCmd makes the command throttle.
func NewCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	o := &options{env: e, global: g}
	c := &cobra.Command{
		Use:     "throttle <api>",
		GroupID: "requests",
		Short:   "Copy lines from standard input to standard output at an API's rate",
		Long: `Copy lines from standard input to standard output, unchanged, each one when the rate
limiter allows a request. The program that reads them sends one request per line. Each
line counts as a request that was sent, under limits that all arl processes share.

throttle does not see the responses, so it learns nothing from them, but it obeys pauses
and learned rates. If the reader is slow, throttle reads no further lines and takes no
further requests. --cost is a number, or a jq expression if the lines are JSON. A line
whose cost is 0 does not wait. See docs/programs.md.`,
		Example: `  seq 5 | arl throttle sandbox | xargs -n1 echo
  seq 10 | arl throttle sandbox --rate 50/s
  echo '{"id": 1, "size": 3}' | arl throttle sandbox --cost .size`,
		Args:              cli.ExactArgs("<api>"),
		ValidArgsFunction: session.CompleteAPI(e, g, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(c *cobra.Command, args []string) error {
			o.API = args[0]
			if config.IsURL(o.API) && !c.Flags().Changed("path") {
				o.Path = o.API
			}
			if err := o.Check(); err != nil {
				return err
			}
			return run(c.Context(), o)
		},
	}
	f := c.Flags()
	o.AddSlotFlags(f)
	f.StringVar(&o.Path, "path", "/", "Use the limits for requests to this `PATH`")
	f.Var(&o.costs, "cost", "Count each line as `COST`: N requests or UNIT=N, where N is a number or a jq expression; may be repeated")
	f.Var((*cli.DurationValue)(&o.MaxWait), "max-wait", "Stop if limits require a line to wait longer than `DURATION`; 0 means no limit")
	return c
}

func run(ctx context.Context, o *options) error {
	ctx, stop := cli.Interruptible(ctx)
	defer stop()
	signal.Ignore(syscall.SIGPIPE) // a reader that goes away shows as a failed write
	o.NoLearn = true               // nobody says what became of the requests
	s, err := session.Open(o.env, o.global, &o.SendOptions)
	if err != nil {
		return err
	}
	defer s.Close(true)
	o.Cost = o.costs.first()
	slots, err := s.Slots(ctx, o.API, &o.SlotOptions)
	if err != nil {
		return cli.InterruptedOr(err)
	}
	acquire := func(line []byte) (waited bool, err error) {
		cost, err := o.costs.of(ctx, line)
		if cost.Requests == 0 || err != nil {
			return false, err
		}
		slot, err := slots.AcquireCost(ctx, o.MaxWait, cost)
		if err == nil {
			slot.Done(limiter.Accepted, 0, "")
		}
		return slot.Waited() > 0, err
	}
	err = cli.Abandonable(ctx, func() error { return linepace.Copy(o.env.Out, o.env.In, acquire) })
	return o.end(slots, err)
}

// end is how the lines ended.
func (o *options) end(slots *session.Slots, err error) error {
	switch {
	case err == nil:
		return nil
	case batch.ReaderGone(err):
		return &cli.Error{Silent: true, Code: cli.ExitReaderGone}
	}
	return slots.Describe(err, "")
}
