package request

import (
	"cmp"
	"math"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/internal/writeout"
)

// curlFlags are those of curl's flags that are for one request only.
type curlFlags struct {
	MaxRedirs int
	WriteOut  string

	globOff, createDirs bool

	format writeout.WriteOut
}

func (o *options) addCurlFlags(f *pflag.FlagSet) {
	f.StringVarP(&o.Method, "request", "X", "", "Use this HTTP `METHOD`")
	f.VarP(&formValue{to: &o.Form}, "form", "F", "Send a form `FIELD`: name=value, name=@file, name=<file, with ;type= and ;filename=")
	f.Var(&formValue{to: &o.Form, plain: true}, "form-string", "Send a form `FIELD`; @ and < in the value have no special meaning")
	f.StringVarP(&o.Upload, "upload-file", "T", "", "Send `FILE` with PUT (- for standard input); its name is appended to a path that ends in /")
	o.addTransferFlags(f)
	f.BoolVarP(&o.Head, "head", "I", false, "Request the headers only, and write them")
	f.BoolVarP(&o.RemoteName, "remote-name", "O", false, "Write the response to a file named after the last part of the path")
	f.StringVarP(&o.DumpHeader, "dump-header", "D", "", "Write the response headers to `FILE` (- for standard output)")
	f.StringVarP(&o.WriteOut, "write-out", "w", "", "Write `FORMAT` after the transfer, such as '%{http_code} %{time_total}\\n'; @file is read")
	f.StringVarP(&o.Range, "range", "r", "", "Request only the bytes of `RANGE`: 0-99, 100- or -100")
	f.StringVarP(&o.Referer, "referer", "e", "", "Send `URL` as Referer; with ;auto each redirect names the previous URL")
	f.VarP((*cli.StringsValue)(&o.Cookies), "cookie", "b", "Send cookies: `DATA` is \"name=value; ...\", or a file of cookies or saved headers (- for standard input)")
	f.StringVarP(&o.CookieJar, "cookie-jar", "c", "", "Write cookies to `FILE` (- for standard output) after the transfer")
	f.IntVar(&o.MaxRedirs, "max-redirs", 50, "Follow at most `N` redirects; -1 means no limit")
}

// curl copies what is for one request only, and reads the format of -w before anything is sent.
func (o *options) curl() (err error) {
	switch {
	case o.Fail && o.FailWithBody:
		return cli.Usagef("", "only one of -f and --fail-with-body can be used")
	case o.RemoteName && o.Output != "":
		return cli.Usagef("", "only one of -o and -O can be used")
	case o.MaxRedirs < -1:
		return cli.Usagef("-1 means no limit", "--max-redirs must not be negative")
	}
	switch o.MaxRedirs {
	case -1:
		o.MaxRedirects = math.MaxInt
	case 0:
		o.MaxRedirects = -1
	default:
		o.MaxRedirects = o.MaxRedirs
	}
	if o.WriteOut != "" {
		o.Measure = true
		o.format, err = writeout.ParseWriteOut(o.WriteOut, o.env.In)
	}
	if err == nil {
		err = o.format.Check()
	}
	if err == nil {
		o.Range, err = fetch.ParseRange(o.Range)
	}
	return cmp.Or(err, o.NameOutput())
}

// writeOut writes what -w asks for. A request that was never tried has nothing to tell.
func (o *options) writeOut(s *session.Session, res fetch.Result, failed error) error {
	if o.format == nil || o.DryRun || res.Transfer == nil || res.Transfer.URL == "" {
		return nil
	}
	e := writeout.Ending{Transfer: res.Transfer, Attempts: res.Report.Attempts, Waited: res.Report.Waited.Seconds()}
	if known, ok := s.Limiter.Learned(res.Key); ok {
		e.Rate = known.Rate
	}
	if failed != nil {
		e.Code, e.Message = codeOf(failed), o.env.Secrets.Redact(failed.Error())
	}
	return o.format.Write(o.env.Out, o.env.Err, &e)
}

// formValue collects the fields of a form in the order in which they are given.
type formValue struct {
	plain bool
	to    *[]fetch.FormField
}

// String implements pflag.Value.
func (v *formValue) String() string { return "" }

// Type implements pflag.Value.
func (v *formValue) Type() string { return "FIELD" }

// Set implements pflag.Value.
func (v *formValue) Set(s string) error {
	*v.to = append(*v.to, fetch.FormField{Value: s, Plain: v.plain})
	return nil
}

// dataValue collects curl's data options in the order in which they are given.
type dataValue struct {
	kind fetch.DataKind
	to   *[]fetch.Datum
}

// String implements pflag.Value.
func (d *dataValue) String() string { return "" }

// Type implements pflag.Value.
func (d *dataValue) Type() string { return "DATA" }

// Set implements pflag.Value.
func (d *dataValue) Set(s string) error {
	*d.to = append(*d.to, fetch.Datum{Kind: d.kind, Value: s})
	return nil
}
