// Package batch is arl batch: its flags, its files, its progress line and its summary, around the engine of
// internal/batch.
package batch

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/bodyfiles"
	"github.com/arl-cli/arl/internal/batch/record"
	"github.com/arl-cli/arl/internal/batch/send"
	"github.com/arl-cli/arl/internal/fetch"
)

// options are the options of batch.
type options struct {
	env    *cli.Env
	global *cli.GlobalOptions
	session.SendOptions
	session.JobOptions
	rowOptions
	shapeOptions
	API         string // "-": every record names its own
	Files       []string
	Output      string
	Ordered     bool
	Include     bool
	Concurrency int
	MaxMemory   int64 // bytes
	MaxInline   int64 // bytes
	OutputDir   string
	OutputName  string

	size     size // of the input
	find     func(url string) (record.Target, error)
	inFlight int // requests on the wire at once; 0: only --concurrency bounds them

	All      bool
	MaxPages int
	bounded  bool // --max-pages is given

	Resume        bool
	ResendUnknown bool
	FailedOut     string
	SummaryFile   string
	Manifest      string
	OnEnd         string
	MetricsFile   string
	proof         *manifest // that of Manifest, once it is open
	Deadline      time.Duration
	MaxRequests   int64
	MaxFailures   int64
	MaxCost       map[string]int64 // by unit
	Plan          bool
	Shard         shardValue
}

// NewCmd makes the command batch.
func NewCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	o := &options{env: e, global: g, MaxMemory: batch.DefaultMaxMemory, MaxInline: batch.DefaultMaxInline}
	c := &cobra.Command{
		Use:     "batch <api> [file...]",
		GroupID: "requests",
		Short:   "Send a file or stream of requests and write the results as NDJSON",
		Long: `Read records, one per line, from files or standard input, send each one through the
API's rate limiter, and write one result per line to standard output.

A record is a JSON object, a JSON string or a path; the last two mean GET:

  {"id": 17, "method": "POST", "path": "/pages", "query": {"a": "b"},
   "headers": {"X-A": "b"}, "json": {...}}

A record may have body, body_base64 or body_file instead of json. "all": true requests
all pages of a list (see arl help pagination). "api" names another API. With - as <api>,
every record names its API, or is a URL: {"url": "https://..."}, a JSON string or a bare
line; each host then has its own rate. An invalid line becomes an error record, and the
run continues. Rows of CSV, TSV or plain lines (--in) are turned into records with URI
templates (--path, --field).

With -o FILE, a run can be resumed after a crash, a full disk or Ctrl-C: the same command
with --resume sends the records that have no result or a failed one. Records are
identified by their id, or by their request if they have none. A record that may have been
processed, and must not be sent twice, is reported as unknown; it is sent again only with
--resend-unknown.

--shard 3/8 sends the third of eight parts of the records: eight hosts with the same input
and --shard 1/8 to 8/8 send each record once. If your hosts are numbered from 0, write
2+1/8 for 3/8. The summary counts the records of other shards as "elsewhere".

A response larger than --max-inline is written to a file in --output-dir.`,
		Example: `  jq -c '{id, path: "/pages/\(.id)"}' pages.json | arl batch notion > out.ndjson
  arl batch notion users.csv --path '/users/{id}' -X PATCH --field plan={plan} --id '{id}' --plan
  seq 300 | arl batch sandbox --path '/items/{}' --out csv --columns id,status,.json.path
  arl batch notion tickets.ndjson -o out.ndjson --resume --failed-out failed.ndjson
  arl batch - urls.txt -o out.ndjson --output-dir pages`,
		Annotations:       cli.Brief(briefHelp, commonOptions),
		Args:              cli.AtLeast("<api>"),
		ValidArgsFunction: session.CompleteAPI(e, g, cobra.ShellCompDirectiveDefault),
		RunE: func(c *cobra.Command, args []string) error {
			o.API, o.Files = args[0], args[1:]
			o.AgentGiven = c.Flags().Changed("user-agent")
			o.bounded = c.Flags().Changed("max-pages")
			o.asked = c.Flags().Changed("jq")
			if err := cmp.Or(cli.Nameless(c.Flags()), o.validate()); err != nil {
				return err
			}
			return run(c.Context(), o)
		},
	}
	f := c.Flags()
	o.AddFlags(f, e.In)
	o.AddCostFlag(f)
	o.AddJobFlags(f, "Wait for every job that a 202 response accepts, even if the profile has no poll")
	o.addPageFlags(f)
	o.rowOptions.addFlags(f)
	o.shapeOptions.addFlags(f)
	f.StringVarP(&o.Output, "output", "o", "", "Write results to `FILE`; it must be new or empty, or use --resume")
	f.BoolVar(&o.Resume, "resume", false, "Resume the run recorded in -o; records that are ok or unknown there are not sent again")
	f.BoolVar(&o.ResendUnknown, "resend-unknown", false, "With --resume, also send records whose outcome is unknown")
	f.StringVar(&o.FailedOut, "failed-out", "", "Write failed records to `FILE`, in the format of the input")
	f.StringVar(&o.SummaryFile, "summary-file", "", "Write the summary to `FILE` as JSON")
	f.StringVar(&o.OnEnd, "on-end", "", "Run `COMMAND` when the batch ends, with the summary as JSON on its standard input")
	f.StringVar(&o.MetricsFile, "metrics-file", "", "Write metrics for node_exporter's textfile collector to `FILE`, every 15s and at the end")
	f.StringVar(&o.Manifest, "manifest", "", "Write a manifest of what was fetched, and when, to `FILE`; arl verify checks it")
	f.Var((*cli.DurationValue)(&o.Deadline), "deadline", "Send nothing new after `DURATION`; 0 means no deadline")
	f.Int64Var(&o.MaxRequests, "max-requests", 0, "Stop after sending `N` records; 0 means no limit")
	f.Var(session.UnitAmounts(&o.MaxCost), "max-cost", "Stop before the run uses more than `UNIT=N`, such as tokens=2e6; may be repeated")
	f.Int64Var(&o.MaxFailures, "max-failures", 0, "Stop once `N` records have failed or are unknown; 0 means no limit")
	f.Var(&o.Shard, "shard", "Send only part `K/N` of the records, such as 3/8; the parts are the same on every host")
	f.BoolVar(&o.Plan, "plan", false, "Print counts, rates and an estimated finish time; send nothing")
	f.BoolVar(&o.Ordered, "ordered", false, "Write results in the order of the input; the default is as they finish")
	f.BoolVarP(&o.Include, "include", "i", false, "Add response headers to the results")
	f.IntVar(&o.Concurrency, "concurrency", batch.DefaultConcurrency, "Keep at most `N` requests per API in flight")
	f.Var((*cli.SizeValue)(&o.MaxMemory), "max-memory", "Limit the memory of the process to `SIZE`, such as 64MiB")
	f.Var((*cli.InlineValue)(&o.MaxInline), "max-inline", "Write responses larger than `SIZE` to files in --output-dir; 0 for all")
	f.StringVar(&o.OutputDir, "output-dir", "", "Write large responses to files in `DIR`; by default they are errors")
	f.StringVar(&o.OutputName, "output-name", bodyfiles.DefaultTemplate, "Name the files in --output-dir by `TEMPLATE`: {id}, {line}, {occurrence}, {sha}, {ext}")
	f.Var((*cli.DurationValue)(&o.MaxWait), "max-wait", "Fail a record if limits require waiting longer than `DURATION`; 0 means no limit")
	return c
}

func (o *options) validate() error {
	if o.Concurrency < 1 {
		return cli.Usagef("", "--concurrency must be at least 1")
	}
	if err := o.checkEnd(); err != nil {
		return err
	}
	o.Connections, o.Received = o.Concurrency, int(o.MaxMemory/receiveShare)
	o.boundConnections()
	if o.shapes() && o.Output != "" && !o.keeps() {
		return cli.Usagef("name a file, or omit -o", "-o %s cannot be used with --jq or --out, which write to standard output", o.Output)
	}
	if o.shapes() && o.Output == "" && o.Manifest != "" {
		return cli.Usagef("write the whole results to a file with -o", "--manifest with --jq or --out needs -o: it records whole results")
	}
	return cmp.Or(o.check(), o.CheckJobs(), o.Check())
}

func (o *options) checkEnd() error {
	switch {
	case o.Resume && (o.Output == "" || o.Output == "-"):
		return cli.Usagef("use -o FILE instead of redirecting the output", "--resume needs -o FILE: arl cannot read what it wrote to standard output")
	case o.ResendUnknown && !o.Resume:
		return cli.Usagef("", "--resend-unknown needs --resume")
	case o.MaxPages < 0:
		return cli.Usagef("0 means no limit", "--max-pages must not be negative")
	case o.Deadline < 0 || o.MaxRequests < 0 || o.MaxFailures < 0:
		return cli.Usagef("0 means no limit", "--deadline, --max-requests and --max-failures must not be negative")
	}
	return o.checkDir()
}

// checkDir checks where large responses go.
func (o *options) checkDir() error {
	if _, err := bodyfiles.ParseTemplate(o.OutputName); err != nil {
		return cli.Usagef("", "--output-name: %v", err)
	}
	switch {
	case o.OutputDir != "":
	case o.MaxInline == 0:
		return cli.Usagef("", "--max-inline 0 needs --output-dir")
	case o.OutputName != bodyfiles.DefaultTemplate:
		return cli.Usagef("", "--output-name needs --output-dir")
	}
	return nil
}

// named is the api of records that name none; nothing if each must name its own.
func (o *options) named() string {
	if o.API == "-" {
		return ""
	}
	return o.API
}

func (o *options) sender(s *session.Session) *send.Sender {
	var options fetch.Options
	o.Apply(&options)
	options.Jobs = o.Jobs()
	sender := &send.Sender{Options: &options, In: o.env.In, PageBound: o.MaxPages}
	if o.bounded {
		sender.MaxPages, sender.PageBound = o.MaxPages, 0
	}
	bound := send.NewInFlight(o.inFlight)
	sender.Dial = func(target string, cfg apiclient.Config) (*apiclient.Client, error) {
		p, err := s.Profile(target)
		if err != nil {
			return nil, err
		}
		cfg.Circuit, cfg.MaxConcurrency = circuit(p), o.Concurrency
		return s.Dial(target, cfg, func(wire http.RoundTripper) http.RoundTripper {
			if o.inFlight > 0 {
				wire = bound.Wire(wire)
			}
			return sender.Noted(o.notedPages(s, wire), p)
		})
	}
	return sender
}

// inputs opens the files, or standard input where none is named.
func (o *options) inputs() ([]record.Input, error) {
	if len(o.Files) == 0 {
		if o.env.InTTY && !o.Silent {
			fmt.Fprintln(o.env.Err, "arl: reading records from the terminal, one a line; Ctrl-D ends them")
		}
		o.Files = []string{"-"}
	}
	o.size.most = o.MaxRequests
	var inputs []record.Input
	for _, name := range o.Files {
		if name == "-" {
			o.size.add(o.env.In)
			inputs = append(inputs, record.Input{Name: "stdin", Reader: o.env.In, Dir: "."})
			continue
		}
		f, err := openRecords(name)
		if err != nil {
			return nil, cli.Usagef("", "open the records: %v", err)
		}
		o.size.add(f)
		inputs = append(inputs, record.Input{Name: name, Reader: bufio.NewReaderSize(f, 64<<10), Dir: filepath.Dir(name)})
	}
	return inputs, nil
}

func openRecords(name string) (*os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if fi, err := f.Stat(); err != nil || fi.IsDir() {
		return nil, errors.Join(err, f.Close(), fmt.Errorf("%s is a directory", name))
	}
	return f, nil
}
