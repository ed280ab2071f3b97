package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/internal/ui"
	"github.com/arl-cli/arl/pkg/apis"
	"github.com/arl-cli/arl/pkg/limiter"
)

// batchOptions are the options of batch.
type batchOptions struct {
	env    *env
	global *globalOptions
	sendOptions
	API         string // "-": every record names its own
	Files       []string
	Output      string
	Ordered     bool
	Include     bool
	Concurrency int
	MaxMemory   int64 // bytes
}

func newBatchCmd(e *env, g *globalOptions, run func(context.Context, *batchOptions) error) *cobra.Command {
	o := &batchOptions{env: e, global: g, MaxMemory: batch.DefaultMaxMemory}
	c := &cobra.Command{
		Use:     "batch <api> [file...]",
		GroupID: "send",
		Short:   "Send a file or a stream of requests, results as NDJSON",
		Long: `batch reads records, one a line, from files or standard input, sends each through
the api's limiter, and writes one result a line to standard output.

A record is a JSON object, a JSON string or a bare path; the last two mean GET:

  {"id": 17, "method": "POST", "path": "/pages", "query": {"a": "b"},
   "headers": {"X-A": "b"}, "json": {...}}

Instead of json there may be body, body_base64 or body_file. "api" names another
api; with - as the api every record must name its own. A bad line becomes an
error record and the run goes on. The summary on standard error balances:
read = ok + failed + unknown + not sent.`,
		Example: `  jq -c '{id, path: "/pages/\(.id)"}' pages.json | arl batch notion > out.ndjson
  seq 300 | sed 's|^|/items/|' | arl batch sandbox | jq -c 'select(.ok)'
  arl batch - --ordered -o out.ndjson first.ndjson second.ndjson`,
		Args:              atLeast("<api>"),
		ValidArgsFunction: completeAPI(e, g),
		RunE: func(c *cobra.Command, args []string) error {
			o.API, o.Files = args[0], args[1:]
			o.agentGiven = c.Flags().Changed("user-agent")
			if err := o.validate(); err != nil {
				return err
			}
			return run(c.Context(), o)
		},
	}
	f := c.Flags()
	o.addFlags(f)
	f.StringVarP(&o.Output, "output", "o", "", "write the results to `FILE`, which must not hold anything yet")
	f.BoolVar(&o.Ordered, "ordered", false, "results in the order of the records, not as they finish")
	f.BoolVarP(&o.Include, "include", "i", false, "put the answers' headers into the results")
	f.IntVar(&o.Concurrency, "concurrency", batch.DefaultConcurrency, "at most `N` requests of one api under way at once")
	f.Var((*sizeValue)(&o.MaxMemory), "max-memory", "hold at most `SIZE` of records and answers (such as 64MiB)")
	f.DurationVar(&o.MaxWait, "max-wait", 0, "give a record up if limits ask to wait longer than `DURATION`; 0 waits as long as it takes")
	return c
}

func (o *batchOptions) validate() error {
	if o.Concurrency < 1 {
		return usagef("", "--concurrency must be at least 1")
	}
	o.Connections = o.Concurrency
	return o.check()
}

// runBatch runs a batch: first Ctrl-C sends nothing new, the second gives up.
func runBatch(ctx context.Context, o *batchOptions) error {
	signal.Ignore(syscall.SIGPIPE) // a reader that goes away shows as a failed write
	debug.SetGCPercent(200)        // a few MiB for a tenth of the CPU
	s, err := o.env.open(o.global, &o.sendOptions)
	if err != nil {
		return err
	}
	defer s.close(true)
	inputs, err := o.inputs()
	if err != nil {
		return err
	}
	sender := o.sender(s)
	if o.API != "-" {
		if err := sender.Ready(o.API); err != nil {
			return err
		}
	}
	out, done, err := o.output()
	if err != nil {
		return err
	}
	engine := batch.New(batch.Config{
		Inputs: inputs, Output: out, Sender: sender, API: o.named(), Concurrency: o.Concurrency,
		MaxMemory: o.MaxMemory, Ordered: o.Ordered, Headers: o.Include,
	})
	summary, err := o.watch(ctx, s, engine)
	if e := done(); err == nil && e != nil {
		err = fmt.Errorf("write the results: %w", e)
	}
	return batchFailure(summary, err)
}

// watch runs the engine, with signals and progress beside it.
func (o *batchOptions) watch(ctx context.Context, s *session, engine *batch.Engine) (batch.Summary, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	drain := make(chan struct{})
	stop := onSignals(func(n int) {
		if n == 1 {
			s.notes.say("stopping: nothing new is sent, answers under way are kept; once more to give up")
			close(drain)
			return
		}
		cancel()
	})
	defer stop()
	p := startProgress(o.env, s, engine)
	summary, err := engine.Run(ctx, drain)
	p.stop()
	s.end()
	if !errors.Is(err, batch.ErrReaderGone) && !o.Silent {
		p.summary(summary)
	}
	return summary, err
}

// onSignals calls f with 1, 2, ... for every SIGINT or SIGTERM until it is stopped.
func onSignals(f func(n int)) (stop func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		n := 0
		for range signals {
			n++
			f(n)
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}

// named is the api of records that name none; nothing if each must name its own.
func (o *batchOptions) named() string {
	if o.API == "-" {
		return ""
	}
	return o.API
}

func (o *batchOptions) sender(s *session) *fetch.Sender {
	var options fetch.Options
	o.apply(&options)
	return &fetch.Sender{Options: &options, In: o.env.In, Dial: func(api string, cfg apis.ClientConfig) (*apis.Client, error) {
		cfg.Circuit = s.circuit(api)
		return s.dial(api, cfg, nil)
	}}
}

// circuit makes outages of an api pauses, and says so.
func (s *session) circuit(api string) *limiter.Circuit {
	c := &limiter.Circuit{}
	if p, err := s.Registry.Profile(api); err == nil {
		c = p.Circuit()
	}
	c.OnOpen = func(lasted, next time.Duration) { s.outage(api, lasted, next) }
	return c
}

// inputs opens the files, or standard input where none is named.
func (o *batchOptions) inputs() ([]batch.Input, error) {
	if len(o.Files) == 0 {
		if o.env.InTTY && !o.Silent {
			fmt.Fprintln(o.env.Err, "arl: reading records from the terminal, one a line; Ctrl-D ends them")
		}
		return []batch.Input{{Name: "stdin", Reader: o.env.In, Folder: "."}}, nil
	}
	var inputs []batch.Input
	for _, name := range o.Files {
		if name == "-" {
			inputs = append(inputs, batch.Input{Name: "stdin", Reader: o.env.In, Folder: "."})
			continue
		}
		f, err := openRecords(name)
		if err != nil {
			return nil, usagef("", "open the records: %v", err)
		}
		inputs = append(inputs, batch.Input{Name: name, Reader: bufio.NewReaderSize(f, 64<<10), Folder: filepath.Dir(name)})
	}
	return inputs, nil
}

func openRecords(name string) (*os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if fi, err := f.Stat(); err != nil || fi.IsDir() {
		return nil, errors.Join(err, f.Close(), fmt.Errorf("%s is a folder", name))
	}
	return f, nil
}

// output is standard output, or the file of -o. done closes it.
func (o *batchOptions) output() (w io.Writer, done func() error, err error) {
	if o.Output == "" || o.Output == "-" {
		return o.env.Out, func() error { return nil }, nil
	}
	if fi, err := os.Stat(o.Output); err == nil && fi.Mode().IsRegular() && fi.Size() > 0 {
		return nil, nil, usagef("move it away or name another file; results are never overwritten", "%s holds something already", o.Output)
	}
	f, err := os.OpenFile(o.Output, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666) //nolint:gosec // as the umask says, like curl
	if err != nil {
		return nil, nil, usagef("", "open the output: %v", err)
	}
	return f, func() error { return errors.Join(syncFile(f), f.Close()) }, nil
}

// syncFile waits until a file is on the disk; a pipe or a device has none.
func syncFile(f *os.File) error {
	if fi, err := f.Stat(); err != nil || !fi.Mode().IsRegular() {
		return err
	}
	return f.Sync()
}

func atLeast(name string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("see `"+c.CommandPath()+" --help`", "%s: %s is missing", c.CommandPath(), name)
		}
		return nil
	}
}

// elapsedRate is n per second over d.
func elapsedRate(n int64, d time.Duration) string {
	if d <= 0 {
		return "-"
	}
	return ui.Rate(float64(n) / d.Seconds())
}
