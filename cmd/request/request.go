// Package request is arl get, post, put, patch, delete, head and request: one request each.
package request

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/internal/terminal"
)

// options are the options of get, post, ..., request.
type options struct {
	env    *cli.Env
	global *cli.GlobalOptions
	session.SendOptions
	session.JobOptions
	showOptions
	fetch.Options
	curlFlags
	pageOptions
	API       string // empty: Path is a URL
	Manifest  string
	ShowError bool

	methodGiven bool // by -X
	pathless    bool // a path was not given, not even an empty one
}

// A verb is a command that sends one request.
type verb struct {
	name, method, short string
	example             string
}

func verbs() []verb {
	return []verb{
		{"get", http.MethodGet, "Fetch a path of an API, or any URL", `  arl get https://api.github.com/users/octocat
  arl get sandbox /items/1
  arl get notion /users/me
  arl get sandbox /items/1 --jq '.path, .n'
  arl get github /search/issues -G --url-query 'q=is:open author:me'
  arl get sandbox /items/1 -O -D headers.txt --compressed
  arl get sandbox /items/1 -o item.json -w '%{http_code} %{time_total}s, waited %{waited}s\n'`},
		{"post", http.MethodPost, "Send a POST request", `  arl post sandbox /items --json '{"name": "new"}'
  arl post sandbox /items --field name=new --field 'tags[]=a' --field n=1
  arl post notion /search --json '{"query": "minutes"}'
  arl post sandbox /items -d @item.json -H 'Content-Type: application/json'
  arl post sandbox /echo -F 'file=@report.pdf;type=application/pdf' -F title=Report`},
		{"put", http.MethodPut, "Send a PUT request", `  arl put sandbox /items/1 --json '{"name": "changed"}'
  arl put sandbox /items/1 -d @item.json
  arl put sandbox /items/1 --json @- < item.json
  arl put sandbox /echo -T photo.jpg`},
		{"patch", http.MethodPatch, "Send a PATCH request", `  arl patch sandbox /items/1 --json '{"name": "changed"}'
  arl patch notion /pages/ID --json @page.json
  arl patch sandbox /items/1 -d name=changed`},
		{"delete", http.MethodDelete, "Send a DELETE request", `  arl delete sandbox /items/1
  arl delete notion /blocks/ID
  arl delete sandbox /items/1 -v`},
		{"head", http.MethodHead, "Fetch the headers of a path or URL", `  arl head sandbox /items/1
  arl head github /rate_limit
  arl head sandbox /items/1 -v`},
		{"request", "", "Send a request with any method", `  arl request sandbox /items/1 -X OPTIONS
  arl request sandbox /items -d name=new
  arl request sandbox /items/1 -X PATCH --json '{"name": "changed"}'`},
	}
}

// NewCmds makes the commands that send one request. Only one of them runs in a process, so they
// share their options, and the flags are made once: there are many.
func NewCmds(e *cli.Env, g *cli.GlobalOptions) []*cobra.Command {
	return newCmds(e, g, run)
}

// newCmds is NewCmds with another run: a test of parsing has its own.
func newCmds(e *cli.Env, g *cli.GlobalOptions, run func(context.Context, *options) error) []*cobra.Command {
	o := &options{env: e, global: g}
	flags := pflag.NewFlagSet("request", pflag.ContinueOnError)
	o.addFlags(flags)
	var commands []*cobra.Command
	for _, v := range verbs() {
		c := newCmd(o, v, run)
		if !anotherRuns(e, v.name) {
			c.Flags().AddFlagSet(flags)
			_ = c.RegisterFlagCompletionFunc("request", cobra.FixedCompletions([]string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}, cobra.ShellCompDirectiveNoFileComp)) // the flag exists
		}
		commands = append(commands, c)
	}
	return commands
}

// anotherRuns reports whether this process was started for another one of these commands, so that nobody looks at the
// flags of the one called name: a hundred flags seven times are a tenth of a start.
func anotherRuns(e *cli.Env, name string) bool {
	return len(e.Args) > 0 && e.Args[0] != name && slices.ContainsFunc(verbs(), func(v verb) bool { return v.name == e.Args[0] })
}

func newCmd(o *options, v verb, run func(context.Context, *options) error) *cobra.Command {
	return &cobra.Command{
		Use:               v.name + " {<api> <path> | <url>}",
		GroupID:           "requests",
		Short:             v.short,
		Long:              v.short + ".\n\n" + helpVerbs,
		Example:           v.example,
		Annotations:       cli.Brief(v.short+".\n\n"+briefHelp, commonOptions),
		Args:              pathOrURL,
		ValidArgsFunction: session.CompleteRequest(o.env, o.global),
		RunE: func(c *cobra.Command, args []string) error {
			o.API, o.Path = apiAndPath(args)
			o.pathless = len(args) == 1 && o.API != ""
			o.AgentGiven, o.methodGiven = c.Flags().Changed("user-agent"), o.Method != ""
			if o.Method == "" && !o.Head {
				o.Method = v.method
			}
			if v.method == http.MethodHead {
				o.Include = true
			}
			o.asked = c.Flags().Changed("jq")
			o.bounded = c.Flags().Changed("max-pages")
			if err := cmp.Or(cli.Nameless(c.Flags()), o.checkGlobs(), o.Check(), o.checkFields(), o.checkGraphQL(v.method), o.checkContinue(cmp.Or(o.Method, http.MethodGet)), o.checkPages(v.method), o.checkPolls(), o.checkUnchanged(), o.compile()); err != nil {
				return err
			}
			if err := o.curl(); err != nil {
				return err
			}
			return run(c.Context(), o)
		},
	}
}

func (o *options) addFlags(f *pflag.FlagSet) {
	o.AddFlags(f, o.env.In)
	o.AddCostFlag(f)
	o.AddJobFlags(f, "Wait for the job that a response accepts, and write its result; if the profile has no poll, any 202 response counts")
	o.addCurlFlags(f)
	o.showOptions.addFlags(f)
	o.pageOptions.addFlags(f)
	f.Var(&session.FieldValue{To: &o.Fields}, "field", "Send `KEY=VALUE` as JSON, or in the query of a GET; true, false, null and integers are typed, @file is read, a[b]= and a[]= nest")
	f.Var(&session.FieldValue{Raw: true, To: &o.Fields}, "raw-field", "Send `KEY=VALUE` like --field, always as a string")
	f.StringVar(&o.GraphQL, "graphql", "", "Send a GraphQL document: a `FILE`, - for standard input, or the document itself; --field and --raw-field set its variables")
	datum := func(kind fetch.DataKind) *dataValue { return &dataValue{kind, &o.Data} }
	f.VarP(datum(fetch.DataASCII), "data", "d", "Send `DATA` or the content of @file; line breaks of files are removed, @- is standard input")
	f.Var(datum(fetch.DataRaw), "data-raw", "Send `DATA`; @ has no special meaning")
	f.Var(datum(fetch.DataBinary), "data-binary", "Send `DATA`; @file is read unchanged")
	f.Var(datum(fetch.DataURLEncode), "data-urlencode", "Send `DATA` percent-encoded: content, name=content, name@file")
	f.Var(datum(fetch.DataJSON), "json", "Send `DATA` or the content of @file as JSON; @- is standard input")
	f.BoolVarP(&o.Get, "get", "G", false, "Put the data into the query")
	f.Var((*cli.StringsValue)(&o.URLQuery), "url-query", "Add `DATA` to the query, percent-encoded like --data-urlencode")
	f.StringVarP(&o.Output, "output", "o", "", "Write the response to `FILE`")
	f.BoolVarP(&o.Include, "include", "i", false, "Write the response headers too")
	f.BoolVarP(&o.ShowError, "show-error", "S", false, "Show errors even with -s")
	f.BoolVarP(&o.Fail, "fail", "f", false, "Write no body for a status of 400 or above")
	f.BoolVar(&o.FailWithBody, "fail-with-body", false, "Write the body whatever the status (the default)")
	f.BoolVarP(&o.Verbose, "verbose", "v", false, "Show request and response headers; credentials are redacted")
	f.StringVar(&o.Manifest, "manifest", "", "Write a manifest of what was fetched, and when, to `FILE`; arl verify checks it")
	f.BoolVar(&o.DryRun, "dry-run", false, "Print the request, without credentials, and send nothing")
	o.SendOptions.MaxWait = session.DefaultMaxWait
	f.Var((*cli.DurationValue)(&o.SendOptions.MaxWait), "max-wait", "Fail if limits require a longer wait; `DURATION` is the total for a request, 0 means no limit")
}

func run(ctx context.Context, o *options) error {
	ctx, stop := cli.Interruptible(ctx)
	defer stop()
	err := cli.Abandonable(ctx, func() error { return o.fetch(ctx) })
	if err != nil && o.Silent && !o.ShowError {
		return &cli.Error{Silent: true, Code: codeOf(err), Err: err}
	}
	return err
}

func (o *options) fetch(ctx context.Context) error {
	if err := o.makeDirectories(); err != nil {
		return err
	}
	s, err := session.Open(o.env, o.global, &o.SendOptions, o.uses()...)
	if err != nil {
		return err
	}
	defer s.Close(false)
	p, err := s.Profile(o.target())
	if err != nil {
		return err
	}
	if err := o.defaultPath(p); err != nil {
		return err
	}
	o.sayBody(s)
	s.ExplainEach()
	o.env.Libraries.Shown.Store(o.Verbose)
	o.Apply(&o.Options)
	o.await(s)
	o.All = o.allPages(s)
	if !o.AllPages || o.filter != nil { // a list is lines, on a terminal too
		o.Print = o.printer(ctx)
	}
	streams := fetch.Streams{In: o.env.In, Out: o.env.Out, Err: o.env.Err}
	proof, err := o.openManifest(s, &streams)
	if err != nil {
		return err
	}
	dial := func(cfg apiclient.Config, wrap func(http.RoundTripper) http.RoundTripper) (*apiclient.Client, error) {
		cfg.Context = ctx
		return s.Dial(o.target(), cfg, func(base http.RoundTripper) http.RoundTripper { return proof.wire(s, wrap(base)) })
	}
	res, err := fetch.Run(ctx, &o.Options, dial, streams)
	if err == nil {
		o.sayUnchanged(s, res)
		o.sayJob(s, res)
	}
	failed := o.paged(s, res, o.outcome(s, res, err))
	if err := proof.end(s, o, err); err != nil && failed == nil {
		failed = err
	}
	if err := o.writeOut(s, res, failed); err != nil && failed == nil {
		return err
	}
	return failed
}

// outcome turns what came of a request into arl's error, if it is one.
func (o *options) outcome(s *session.Session, res fetch.Result, err error) error {
	if f := jobFailure(res, err); f != nil {
		return f
	}
	switch {
	case err != nil:
		f := cli.Describe(err, time.Now())
		if f.Code == cli.ExitInterrupted {
			f.Message = "interrupted"
		}
		f.Message = trimURLError(f.Message)
		if f.Code != cli.ExitUsage {
			f.Message = res.Request + ": " + f.Message
		}
		if broken, ok := errors.AsType[*fetch.BrokenOffError](err); ok && broken.Kept > 0 {
			f.Hint = strings.TrimPrefix(fmt.Sprintf("%s; %s are in %s.part, the same command continues there", f.Hint, terminal.Quantity(broken.Kept, "byte"), o.Output), "; ")
		}
		o.hintURL(f)
		if res.Report.Unknown {
			f.Kind = string(batch.KindUnknown)
			f.Hint = strings.TrimPrefix(f.Hint+"; the request may have been processed, so it was not retried", "; ")
		}
		return f
	case res.Report.Throttled:
		f := &cli.Error{
			Message: fmt.Sprintf("%s: HTTP %d, still throttled after %s", res.Request, res.Status, terminal.Quantity(int64(res.Report.Attempts), "attempt")),
			Hint:    comeBack(s.PausedUntil(), time.Now()) + ", or raise max_retries_on_backoff in the profile", Code: cli.ExitThrottled,
			Status: res.Status, RetryAt: s.PausedUntil(),
		}
		if res.Once {
			f.Message = fmt.Sprintf("%s: HTTP %d, throttled; standard input was too large to be kept for a retry", res.Request, res.Status)
			f.Hint = comeBack(s.PausedUntil(), time.Now()) + "; a body from a file can be retried"
		}
		return f
	case res.Status >= http.StatusBadRequest:
		return o.httpFailure(res)
	case res.Failure != "":
		return &cli.Error{
			Message: res.Request + ": " + res.Failure, Code: cli.ExitHTTP, Status: res.Status,
			Hint: "the status is a success, but the response matches fail_when of the profile: see `arl apis show`",
		}
	}
	return nil
}

// comeBack says when it is worth trying again.
func comeBack(until, now time.Time) string {
	if !until.After(now) {
		return "try again later"
	}
	return "try again after " + cli.Clock(until, now)
}

func (o *options) httpFailure(res fetch.Result) *cli.Error {
	f := &cli.Error{Message: fmt.Sprintf("%s: HTTP %d %s", res.Request, res.Status, http.StatusText(res.Status)), Code: cli.ExitHTTP, Status: res.Status}
	switch {
	case res.Status == http.StatusUnauthorized && o.API == "":
		f.Hint = "send a credential with -u USER:PASSWORD, -n, --oauth2-bearer or -H; to store one, make a profile: see `arl apis add --help`"
	case res.Status == http.StatusUnauthorized:
		f.Hint = "the credential is missing or was rejected; `arl auth status` shows where it comes from"
	case len(o.Form) > 0 && (res.Status == http.StatusBadRequest || res.Status == http.StatusUnsupportedMediaType || res.Status == http.StatusUnprocessableEntity):
		f.Hint = "-F sends a form, as in curl; --field and --raw-field send JSON, as -F and -f of gh do"
	case res.Job != "":
		f.Message = fmt.Sprintf("%s: a job was accepted, but the request for its state got HTTP %d %s", res.Request, res.Status, http.StatusText(res.Status))
		f.Hint = "its state is at " + res.Job + "; check it before you send the request again"
	case res.Report.Unknown:
		f.Hint = "the request may have been processed, so it was not retried"
		f.Kind = string(batch.KindUnknown)
	}
	return f
}

// trimURLError takes away what net/http puts in front of an error: method and URL are said already.
func trimURLError(message string) string {
	for _, method := range []string{"Get", "Post", "Put", "Patch", "Delete", "Head", "Options"} {
		if rest, ok := strings.CutPrefix(message, method+` "`); ok {
			if _, rest, ok = strings.Cut(rest, `": `); ok {
				return rest
			}
		}
	}
	return message
}

func codeOf(err error) int {
	if f, ok := err.(*cli.Error); ok { //nolint:errorlint // made just above
		return f.Code
	}
	return cli.Describe(err, time.Now()).Code
}
