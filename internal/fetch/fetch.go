package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/cookies"
	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/httpcache"
	"github.com/arl-cli/arl/internal/sendctx"
	"github.com/arl-cli/arl/internal/writeout"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A Result is how a fetch ended.
type Result struct {
	Request string // method and URL, for messages; secrets redacted
	Status  int    // 0 if there was no response
	Report  sendctx.Report

	Key      string             // what the rate of the request is keyed by
	Once     bool               // the body was too large to be kept, and cannot be sent again
	Transfer *writeout.Transfer // what was measured, if asked for
	Paged    Paged              // with Options.All
	Cache    httpcache.Report
	Failure  string // what the response says went wrong in spite of its status; empty if nothing did

	Job       string // the URL of the state of a job that was accepted, without secrets; empty if none was
	JobFailed bool   // it has failed, and the response says so
}

// A Dialer makes the client once it is known what the request itself brings. wrap, if not nil, goes
// around the wire.
type Dialer func(cfg apiclient.Config, wrap func(http.RoundTripper) http.RoundTripper) (*apiclient.Client, error)

// Run fetches: it makes the request, sends it, and writes the response. An HTTP status of 400 or above
// is no error of Run.
func Run(ctx context.Context, o *Options, dial Dialer, s Streams) (Result, error) {
	res := Result{Request: o.method() + " " + o.Path}
	cfg, err := o.ClientConfig(s.In)
	if err != nil {
		return res, err
	}
	jar, err := o.cookies(&cfg, s.In)
	if err != nil {
		return res, err
	}
	data, err := o.payload(s.In)
	if err != nil {
		return res, err
	}
	if o.Measure {
		res.Transfer = &writeout.Transfer{}
	}
	if o.All != nil {
		cfg.Receive = receivePage
	}
	c, err := o.dial(cfg, dial, s.Err, res.Transfer)
	if err != nil {
		return res, err
	}
	ctx = httpcache.WithReport(ctx, &res.Cache)
	ctx = sendctx.Call{GraphQL: o.GraphQL != "", Costs: o.Cost, Report: &res.Report}.In(ctx)
	req, err := o.request(ctx, c, cfg.Header, data)
	if err != nil {
		return res, err
	}
	res.Request = c.Redact(req.Method + " " + req.URL.String())
	res.Key, res.Once = c.Key(req), data.stream != nil && data.stream.rest != nil
	o.name(req, res.Transfer)
	out, err := o.outputs(s)
	if err != nil {
		return res, err
	}
	defer out.discard()
	switch {
	case o.continues():
		err = o.download(ctx, c, req, &out, &res)
	case o.All != nil:
		err = o.all(c, req, data, s, out.body, &res)
	case o.DryRun:
		return res, writeDryRun(s.Out, c, req, data)
	default:
		err = o.exchange(c, req, &out, &res)
	}
	if e := o.saveCookies(jar, out.jar); err == nil {
		err = e
	}
	return res, err
}

// name tells -w of the request.
func (o *Options) name(req *http.Request, t *writeout.Transfer) {
	if t == nil {
		return
	}
	t.URL, t.Method = req.URL.String(), req.Method
	if o.Output != "-" {
		t.File = o.Output
	}
}

// cookies reads -b, and makes the client use them; nil without any.
func (o *Options) cookies(cfg *apiclient.Config, in io.Reader) (*cookies.Jar, error) {
	if len(o.Cookies) == 0 && o.CookieJar == "" {
		return nil, nil
	}
	jar, err := cookies.Read(o.Cookies, o.CookieJar, in)
	if err == nil {
		cfg.Cookies = jar
	}
	return jar, err
}

// saveCookies writes them where -c says, also after a failure.
func (o *Options) saveCookies(jar *cookies.Jar, to *output) error {
	if to == nil || o.DryRun {
		return nil
	}
	_, err := to.Write(jar.File())
	if e := to.finish(err); err == nil {
		err = e
	}
	return err
}

func (o *Options) dial(cfg apiclient.Config, dial Dialer, w io.Writer, t *writeout.Transfer) (*apiclient.Client, error) {
	v := &verbose{w: w}
	c, err := dial(cfg, func(base http.RoundTripper) http.RoundTripper {
		if t != nil {
			base = t.Wire(base)
		}
		if o.Verbose {
			v.base, base = base, v
		}
		return base
	})
	if err == nil {
		v.redact = c.Redact
	}
	return c, err
}

// ClientConfig is what the options say of every request; in is standard input, for headers from @-. Headers win over
// -u, and both over the profile's credential.
func (o *Options) ClientConfig(in io.Reader) (apiclient.Config, error) {
	h, err := o.headers(in)
	retry := limiter.Retry{Max: o.Retry, MaxTime: o.RetryMaxTime}
	if o.Retry == 0 {
		retry.Max = -1
	}
	return apiclient.Config{
		Credential: o.credential(), Digest: o.Digest, Netrc: o.Netrc, NetrcFile: o.NetrcFile,
		Header: h, NoRedirects: !o.Follow, MaxRedirects: o.MaxRedirects,
		Referer: strings.HasSuffix(o.Referer, ";auto"),
		Retry:   retry, Timeout: o.Timeout, MaxWait: o.MaxWait,
	}, err
}

// exchange sends the request and writes the response.
func (o *Options) exchange(c *apiclient.Client, req *http.Request, to *outputs, res *Result) error {
	resp, err := c.Do(req)
	if resp == nil {
		return err
	}
	if err == nil {
		resp, err = o.awaitJob(c, req, resp, res)
	}
	defer resp.Body.Close() // after too many redirects there are both, answer and error
	res.Status = resp.StatusCode
	if o.IfChanged && err == nil && res.Cache.Unchanged() {
		return nil
	}
	if res.Transfer != nil {
		res.Transfer.Response = resp
	}
	dumped := to.dump(writeout.Heads, resp)
	if err == nil {
		err = dumped
	}
	out, judge := to.body, judged(c, resp)
	if e := o.write(out, resp, err); err == nil {
		err = e
	}
	res.Failure = judge.verdict(c, resp)
	if dumped == nil {
		dumped = errors.Join(to.dump(writeout.Trailers, resp), to.dumped())
	}
	if err == nil {
		err = dumped
	}
	if (o.rejects(resp) || o.unchanged(resp)) && !out.wrote {
		return err // no body is no empty one
	}
	if e := out.finish(err); err == nil {
		err = e
	}
	return err
}

// rejects reports whether -f leaves the body of a response out.
func (o *Options) rejects(resp *http.Response) bool {
	return o.Fail && !o.FailWithBody && resp.StatusCode >= http.StatusBadRequest
}

func (o *Options) write(out *output, resp *http.Response, failed error) error {
	if o.Include || o.Head {
		if err := writeout.Heads(out, resp); err != nil {
			return err
		}
	}
	if failed != nil || o.Head || o.rejects(resp) {
		return nil
	}
	body := &answer{resp.Body}
	to := out.Painted()
	if o.Print != nil {
		return o.Print(to, resp, body)
	}
	_, err := io.Copy(to, body)
	if err == nil && o.Include {
		err = writeout.Trailers(out, resp)
	}
	return err
}

// answer is a body whose errors say that reading it failed.
type answer struct{ body io.Reader }

// Read implements io.Reader.
func (a *answer) Read(p []byte) (int, error) {
	n, err := a.body.Read(p)
	if err != nil && err != io.EOF {
		err = &failure.ReadError{Err: err}
	}
	return n, err
}
