// Package sandbox is arl sandbox: a local server that enforces rate limits.
package sandbox

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/sandbox"
	"github.com/arl-cli/arl/internal/terminal"
)

// sandboxOptions are the options of sandbox.
type sandboxOptions struct {
	env       *cli.Env
	Listen    string
	Like      string
	Limits    []string
	Changes   []string
	Tokens    string
	Burst     int
	Lockout   time.Duration
	Restarts  bool
	Counts    bool
	RivalTime string
	sandbox   sandbox.Config
}

// NewCmd makes the command sandbox.
func NewCmd(e *cli.Env) *cobra.Command {
	o := &sandboxOptions{env: e}
	c := &cobra.Command{
		Use:     "sandbox",
		GroupID: "manage",
		Short:   "Serve a local API that enforces rate limits",
		Long: `Serve an API on loopback that enforces rate limits the way real servers do, to try arl
and to test scripts. Any path gets a response; /stats counts accepted and throttled
requests, and is not limited. (The profile "sandbox" needs no server: it runs inside arl.)

A LIMIT is N/TIME, such as 20/s, 600/1m or 100/10s, and is a token bucket unless a kind
precedes it: rolling:100/10s, daily:5000 or concurrency:8. After an @ follow the requests
it applies to: 30/m@/search, 80/m@POST,PUT, 10/s@!/search (all other requests), 5/s@/{base}
(each value separately). All limits apply at the same time. Kinds:
` + listed(kinds()) + `
--like imitates the limits, headers and error responses of an API, as far as known:
` + listed(sandbox.Likes()) + `
--headers chooses how responses describe the limits; separate several with commas:
` + strings.TrimSuffix(listed(sandbox.Dialects()), "\n"),
		Example: `  arl sandbox --limit 20/s --burst 10
  arl sandbox --like notion --change 15m=fixed:60/1m
  arl sandbox --limit 5/s --lockout 30s --headers none --errors 0.02 --rival 0.5`,
		Annotations: cli.Brief(briefHelp, commonOptions),
		Args:        cli.ExactArgs(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.check(c.Flags().Changed("headers")); err != nil {
				return err
			}
			return runSandbox(c.Context(), o)
		},
	}
	c.Flags().SetNormalizeFunc(formerNames)
	o.addFlags(c.Flags())
	for name, values := range map[string][]string{"like": sandbox.Likes(), "headers": sandbox.Dialects()} {
		_ = c.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)) // the flags exist
	}
	return c
}

// formerNames keeps scripts working that use the names these flags once had.
func formerNames(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	switch name {
	case "refuse-with":
		name = "throttle-status"
	case "refuse-body":
		name = "throttle-body"
	case "count-refused":
		name = "count-throttled"
	}
	return pflag.NormalizedName(name)
}

func (o *sandboxOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.Listen, "listen", "127.0.0.1:8429", "Listen on `ADDRESS`; port 0 chooses a free port")
	f.StringVar(&o.Like, "like", "", "Behave like the API `NAME`; other flags add limits and replace the rest")
	f.Var((*cli.StringsValue)(&o.Limits), "limit", "Enforce `LIMIT`, such as 20/s or fixed:60/1m; may be repeated")
	f.StringVar(&o.Tokens, "tokens", "", "Count the tokens of POSTs that name a model: `LIMIT` for each model, such as 60000/1m")
	f.Var((*cli.StringsValue)(&o.Changes), "change", "Enforce another LIMIT from the time AFTER on (`AFTER=LIMIT`); may be repeated")
	f.IntVar(&o.Burst, "burst", 0, "Accept `N` requests at once after idling (in a leaky bucket: queue N requests)")
	f.Var((*cli.DurationValue)(&o.Lockout), "lockout", "After a throttle, throttle everything for `DURATION`")
	f.BoolVar(&o.Restarts, "lockout-restarts", false, "Restart the lockout with each throttled request")
	f.BoolVar(&o.Counts, "count-throttled", false, "Count throttled requests in rolling and sliding windows too")
	f.Float64Var(&o.sandbox.Rival.Share, "rival", 0, "Simulate another client that uses `SHARE` of each limit")
	f.StringVar(&o.RivalTime, "rival-time", "", "Have the other client active `FROM-UNTIL`, such as 5m-20m or 5m-")
	f.Var((*cli.DurationValue)(&o.sandbox.Rival.Period), "rival-swing", "Let the other client's share vary between 0 and --rival in `DURATION`")
	f.StringVar(&o.sandbox.Headers, "headers", "retry-after", "Send these rate-limit headers; --help-all lists the `NAMES`")
	f.IntVar(&o.sandbox.ThrottleStatus, "throttle-status", 0, "Respond to throttled requests with `STATUS` (default 429)")
	f.StringVar(&o.sandbox.ThrottleBody, "throttle-body", "", "Respond to throttled requests with `BODY`, or none; {wait} is replaced with the seconds to wait")
	f.Var((*cli.DurationValue)(&o.sandbox.ClockSkew), "clock-skew", "Set the server's clock `DURATION` ahead")
	f.Var((*cli.DurationValue)(&o.sandbox.Latency.Base), "latency", "Respond after `DURATION`")
	f.Var((*cli.DurationValue)(&o.sandbox.Latency.Jitter), "jitter", "Vary the latency by up to `DURATION`")
	faults := &o.sandbox.Faults
	f.Float64Var(&faults.Errors, "errors", 0, "Respond to this `SHARE` of requests with a 5xx status")
	f.Float64Var(&faults.Overloaded, "overloads", 0, "Respond to this `SHARE` of requests with 529")
	f.Float64Var(&faults.Resets, "resets", 0, "Reset the connection for this `SHARE` of requests")
	f.Float64Var(&faults.Truncated, "truncated", 0, "Truncate this `SHARE` of the responses")
	f.Float64Var(&faults.Slow, "slow", 0, "Send this `SHARE` of the responses slowly")
	o.authFlags(f)
	f.Uint64Var(&o.sandbox.Seed, "seed", 0, "Use the random seed `NUMBER` to choose which requests fail")
	f.StringVar(&o.sandbox.StateFile, "state", "", "Keep the counters in `FILE`, shared by all sandboxes that name it")
	f.BoolVar(&o.sandbox.Log, "log", false, "List the last requests at /log")
}

func kinds() []string {
	var names []string
	for _, k := range sandbox.Kinds() {
		names = append(names, string(k))
	}
	return names
}

// listed writes names as indented lines of a help text.
func listed(names []string) string {
	lines := cli.FoldText(strings.Join(names, ", "), cli.HelpWidth-2)
	return "  " + strings.Join(lines, "\n  ") + "\n"
}

// check makes the configuration. headers says whether --headers was given.
func (o *sandboxOptions) check(headers bool) error {
	if err := o.like(headers); err != nil {
		return err
	}
	for _, text := range o.Limits {
		l, err := sandbox.ParseLimit(text)
		if err != nil {
			return cli.Usagef("such as 20/s, 600/1m or rolling:100/10s", "--limit: %v", err)
		}
		o.sandbox.Limits = append(o.sandbox.Limits, l)
	}
	o.adjust(o.sandbox.Limits)
	o.sandbox.Login.Life = o.sandbox.OAuth.Life
	if o.sandbox.Login.Refresh != "" {
		o.sandbox.OAuth.Life = 0
	}
	if o.Tokens != "" {
		tokens, err := sandbox.ParseTokens(o.Tokens)
		if err != nil {
			return cli.Usagef("", "--tokens: %v", err)
		}
		o.sandbox.Tokens = tokens
	}
	for _, text := range o.Changes {
		if err := o.change(text); err != nil {
			return cli.Usagef("such as 15m=60/s", "--change %s: %v", text, err)
		}
	}
	if err := o.rivalTime(); err != nil {
		return cli.Usagef("such as 5m-20m, or 5m- for no end", "--rival-time %s: %v", o.RivalTime, err)
	}
	return nil
}

// like takes over what an API is like, but for what other flags say.
func (o *sandboxOptions) like(headers bool) error {
	if o.Like == "" {
		return nil
	}
	like, err := sandbox.Like(o.Like)
	if err != nil {
		return cli.Usagef("want one of "+strings.Join(sandbox.Likes(), ", "), "--like: unknown name %q", o.Like)
	}
	c := &o.sandbox
	c.Base, c.Limits, c.Pages = like.Base, like.Limits, like.Pages
	c.Units, c.OwnLimits = like.Units, like.OwnLimits
	o.likeOAuth(like.OAuth)
	if !headers {
		c.Headers = like.Headers
	}
	c.ThrottleStatus = cmp.Or(c.ThrottleStatus, like.ThrottleStatus)
	if c.ThrottleBody != "" {
		for i := range c.Limits {
			c.Limits[i].ThrottleBody = ""
		}
	}
	c.ThrottleBody = cmp.Or(c.ThrottleBody, like.ThrottleBody)
	return nil
}

// adjust sets the options of limits that have flags of their own.
func (o *sandboxOptions) adjust(limits []sandbox.Limit) {
	for i := range limits {
		l := &limits[i]
		if l.Kind.Bursts() && o.Burst != 0 {
			l.Burst = o.Burst
		}
		l.Lockout = cmp.Or(o.Lockout, l.Lockout)
		l.LockoutRestarts = l.LockoutRestarts || o.Restarts
		l.CountThrottled = l.CountThrottled || o.Counts && l.Kind.CountsThrottled()
	}
}

// change reads AFTER=LIMIT. Several limits of the same time hold together.
func (o *sandboxOptions) change(text string) error {
	after, limit, _ := strings.Cut(text, "=")
	d, err := cli.ParseDuration(after)
	if err != nil {
		return err
	}
	l, err := sandbox.ParseLimit(limit)
	if err != nil {
		return err
	}
	limits := []sandbox.Limit{l}
	o.adjust(limits)
	for i := range o.sandbox.Changes {
		if c := &o.sandbox.Changes[i]; c.After == d {
			c.Limits = append(c.Limits, limits...)
			return nil
		}
	}
	o.sandbox.Changes = append(o.sandbox.Changes, sandbox.Change{After: d, Limits: limits})
	return nil
}

// rivalTime reads FROM-UNTIL, either of which may be missing.
func (o *sandboxOptions) rivalTime() error {
	from, until, _ := strings.Cut(o.RivalTime, "-")
	var err error
	if from != "" {
		if o.sandbox.Rival.From, err = cli.ParseDuration(from); err != nil {
			return err
		}
	}
	if until != "" {
		if o.sandbox.Rival.Until, err = cli.ParseDuration(until); err != nil {
			return err
		}
	}
	return nil
}

func runSandbox(ctx context.Context, o *sandboxOptions) error {
	if err := sandbox.CheckState(o.sandbox.StateFile); err != nil {
		return cli.Usagef("name another file, or move it away", "--state: %v", err)
	}
	server, err := sandbox.New(o.sandbox)
	if err != nil {
		return cli.Usagef("", "%v", err)
	}
	ctx, stop := cli.Interruptible(ctx)
	defer stop()
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return &cli.Error{Message: fmt.Sprintf("listen on %s: %v", o.Listen, err), Hint: "--listen 127.0.0.1:0 takes a free port", Code: cli.ExitOther}
	}
	fmt.Fprintf(o.env.Out, "http://%s\n", ln.Addr())
	fmt.Fprintf(o.env.Err, "arl: sandbox %s; Ctrl-C ends it\n", o.describe())
	if err := sandbox.Serve(ctx, ln, server); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	stats, err := server.Stats()
	if err != nil {
		return err
	}
	fmt.Fprintf(o.env.Err, "arl: %s, %d accepted, %d throttled\n", terminal.Quantity(int64(stats.Requests), "request"), stats.Accepted, stats.Throttled)
	return nil
}

// describe says what limits there are.
func (o *sandboxOptions) describe() string {
	limits := strings.Join(o.Limits, ", ")
	switch {
	case o.Like != "" && limits != "":
		return "like " + o.Like + " with limit " + limits
	case o.Like != "":
		return "like " + o.Like
	case limits != "":
		return "with limit " + limits
	default:
		return "with no limit"
	}
}
