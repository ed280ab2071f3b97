package cmd

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/internal/sandbox"
)

// sandboxOptions are the options of sandbox.
type sandboxOptions struct {
	env       *env
	Listen    string
	Limits    []string
	Burst     int
	Lockout   time.Duration
	Restarts  bool
	Counts    bool
	sandbox   sandbox.Config
	slowShare float64
}

func newSandboxCmd(e *env, _ *globalOptions, run func(context.Context, *sandboxOptions) error) *cobra.Command {
	o := &sandboxOptions{env: e}
	c := &cobra.Command{
		Use:     "sandbox",
		GroupID: "look",
		Short:   "Serve a local API that enforces limits",
		Long: `sandbox serves an API on loopback that enforces limits the way real servers do, to
try things and to test scripts against. Any path is answered; /stats counts what
was accepted and refused, and is not limited itself.

A limit is N/TIME, such as 20/s, 600/1m or 100/10s, with its kind in front where it
is not a token bucket: ` + kinds() + `.
All limits hold at once. (The profile "sandbox" needs no server: it runs inside arl.)`,
		Example: `  arl sandbox --limit 20/s --burst 10
  arl sandbox --limit fixed:60/1m --headers retry-after,x-ratelimit
  arl sandbox --limit 5/s --lockout 30s --headers none --errors 0.02`,
		Args: exactArgs(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return run(c.Context(), o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.Listen, "listen", "127.0.0.1:8429", "listen on `ADDRESS`; port 0 takes a free one")
	f.StringArrayVar(&o.Limits, "limit", nil, "enforce `LIMIT`, such as 20/s or fixed:60/1m; may be repeated")
	f.IntVar(&o.Burst, "burst", 0, "requests a bucket admits at once after idling")
	f.DurationVar(&o.Lockout, "lockout", 0, "after a refusal, refuse everything for `DURATION`")
	f.BoolVar(&o.Restarts, "lockout-restarts", false, "a refused try starts the lock-out again")
	f.BoolVar(&o.Counts, "count-refused", false, "a rolling window charges refused requests too")
	f.StringVar(&o.sandbox.Headers, "headers", "retry-after", "what answers say of the limits: "+strings.Join(sandbox.Dialects(), ", ")+"; several with commas")
	f.DurationVar(&o.sandbox.Latency.Base, "latency", 0, "answer after `DURATION`")
	f.DurationVar(&o.sandbox.Latency.Jitter, "jitter", 0, "vary the latency by up to `DURATION`")
	f.Float64Var(&o.sandbox.Faults.Errors, "errors", 0, "answer this `SHARE` of requests with a 5xx")
	f.Float64Var(&o.sandbox.Faults.Resets, "resets", 0, "reset the connection for this `SHARE` of requests")
	f.Float64Var(&o.sandbox.Faults.Truncated, "truncated", 0, "break off this `SHARE` of the answers")
	f.Float64Var(&o.slowShare, "slow", 0, "dribble this `SHARE` of the answers")
	f.Uint64Var(&o.sandbox.Seed, "seed", 0, "`NUMBER` that decides which requests meet a fault")
	f.StringVar(&o.sandbox.StateFile, "state", "", "keep the counters in `FILE`, shared by all sandboxes that name it")
	f.BoolVar(&o.sandbox.Log, "log", false, "list the last requests at /log")
	return c
}

func kinds() string {
	var names []string
	for _, k := range sandbox.Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

func (o *sandboxOptions) check() error {
	for _, text := range o.Limits {
		l, err := sandbox.ParseLimit(text)
		if err != nil {
			return usagef("such as 20/s, 600/1m or rolling:100/10s", "--limit: %v", err)
		}
		if l.Kind == sandbox.Bucket {
			l.Burst = o.Burst
		}
		l.Lockout, l.LockoutRestarts = o.Lockout, o.Restarts
		l.CountRefused = o.Counts && l.Kind == sandbox.Rolling
		o.sandbox.Limits = append(o.sandbox.Limits, l)
	}
	o.sandbox.Faults.Slow = o.slowShare
	return nil
}

func runSandbox(ctx context.Context, o *sandboxOptions) error {
	server, err := sandbox.New(o.sandbox)
	if err != nil {
		return usagef("", "%v", err)
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return &failure{message: fmt.Sprintf("listen on %s: %v", o.Listen, err), hint: "--listen 127.0.0.1:0 takes a free port", code: exitOther}
	}
	fmt.Fprintf(o.env.Out, "http://%s\n", ln.Addr())
	fmt.Fprintf(o.env.Err, "arl: sandbox with %s; Ctrl-C ends it\n", describeLimits(o.Limits))
	if err := sandbox.Serve(ctx, ln, server); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	stats, err := server.Stats()
	if err != nil {
		return err
	}
	fmt.Fprintf(o.env.Err, "arl: %d requests, %d accepted, %d refused\n", stats.Requests, stats.Accepted, stats.Refused)
	return nil
}

func describeLimits(limits []string) string {
	if len(limits) == 0 {
		return "no limit"
	}
	return "limit " + strings.Join(limits, ", ")
}
