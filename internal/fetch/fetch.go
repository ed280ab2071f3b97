package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/arl-cli/arl/pkg/apis"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A Result is how a fetch ended.
type Result struct {
	Request string // method and URL, for messages; secrets redacted
	Status  int    // 0 if there was no answer
	Report  limiter.Report
}

// A Dialer makes the client once it is known what the request itself brings. wrap, if not nil, goes
// around the wire.
type Dialer func(cfg apis.ClientConfig, wrap func(http.RoundTripper) http.RoundTripper) (*apis.Client, error)

// Run fetches: it makes the request, sends it, and writes the answer. An HTTP status of 400 or above
// is no error of Run.
func Run(ctx context.Context, o *Options, dial Dialer, s Streams) (Result, error) {
	res := Result{Request: o.method() + " " + o.Path}
	cfg, err := o.clientConfig(s.In)
	if err != nil {
		return res, err
	}
	data, err := o.payload(s.In)
	if err != nil {
		return res, err
	}
	c, err := o.dial(cfg, dial, s.Err)
	if err != nil {
		return res, err
	}
	ctx = limiter.WithReport(ctx, &res.Report)
	req, err := o.request(ctx, c, cfg.Header, data)
	if err != nil {
		return res, err
	}
	res.Request = c.Redact(req.Method + " " + req.URL.String())
	if o.DryRun {
		return res, writeDryRun(s.Out, c, req, data.body)
	}
	err = o.exchange(c, req, s, &res)
	return res, err
}

func (o *Options) dial(cfg apis.ClientConfig, dial Dialer, w io.Writer) (*apis.Client, error) {
	if !o.Verbose {
		return dial(cfg, nil)
	}
	v := &verbose{w: w}
	c, err := dial(cfg, func(base http.RoundTripper) http.RoundTripper {
		v.base = base
		return v
	})
	if err == nil {
		v.redact = c.Redact
	}
	return c, err
}

// clientConfig is what the options say of every request. Headers win over -u, and both over the
// profile's credential.
func (o *Options) clientConfig(in io.Reader) (apis.ClientConfig, error) {
	h, err := o.headers(in)
	retry := limiter.Retry{Max: o.Retry}
	if o.Retry == 0 {
		retry.Max = -1
	}
	return apis.ClientConfig{
		Credential: o.credential(), Netrc: o.Netrc, NetrcFile: o.NetrcFile, Header: h, NoRedirects: !o.Follow,
		Retry: retry, Timeout: o.Timeout, MaxWait: o.MaxWait,
	}, err
}

// exchange sends the request and writes the answer.
func (o *Options) exchange(c *apis.Client, req *http.Request, s Streams, res *Result) error {
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	res.Status = resp.StatusCode
	out := newOutput(o.Output, s.Out)
	err = o.write(out, resp)
	if e := out.finish(err); err == nil {
		err = e
	}
	return err
}

func (o *Options) write(out *output, resp *http.Response) error {
	if o.Include {
		if err := writeHead(out, resp); err != nil {
			return err
		}
	}
	if o.Fail && !o.FailWithBody && resp.StatusCode >= http.StatusBadRequest {
		return nil
	}
	_, err := io.Copy(out, resp.Body)
	if _, ok := errors.AsType[*writeError](err); err != nil && !ok {
		return &readError{err}
	}
	return err
}

// readError says that an answer broke off or was none.
type readError struct{ err error }

func (e *readError) Error() string { return "read the answer: " + e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// writeHead writes the status line and the headers as curl -i does.
func writeHead(w io.Writer, resp *http.Response) error {
	if _, err := fmt.Fprintf(w, "%s %s\r\n", resp.Proto, resp.Status); err != nil {
		return err
	}
	if err := resp.Header.Write(w); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\r\n")
	return err
}

// Seconds turns curl's fractional seconds into a duration.
func Seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
