package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/internal/state"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
)

// Exit codes; curl's where curl has one. `arl help exit-codes` explains them.
const (
	exitOK          = 0
	exitOther       = 1
	exitUsage       = 2
	exitUnfinished  = 3 // batch: resumable
	exitProxyDNS    = 5
	exitDNS         = 6
	exitConnect     = 7
	exitHTTP        = 22
	exitFile        = 26
	exitTimeout     = 28
	exitTLS         = 35
	exitRedirects   = 47
	exitEmpty       = 52
	exitSend        = 55
	exitReceive     = 56
	exitCertificate = 60
	exitThrottled   = 75
	exitProxy       = 97
	exitInterrupted = 130
	exitReaderGone  = 141
)

// A failure is an error as the user sees it: what was tried and went wrong, what to do next, and the
// exit code.
type failure struct {
	message string
	hint    string
	code    int
	silent  bool // the code says it all
	err     error
}

// Error implements error.
func (f *failure) Error() string { return f.message }

// Unwrap returns the cause.
func (f *failure) Unwrap() error { return f.err }

func usagef(hint, format string, args ...any) *failure {
	return &failure{message: fmt.Sprintf(format, args...), hint: hint, code: exitUsage}
}

// report prints an error and returns its exit code. Nothing else prints errors.
func report(w io.Writer, s terminal.Style, err error) int {
	if err == nil {
		return exitOK
	}
	w = terminal.Painted(w)
	f, ok := errors.AsType[*failure](err)
	if !ok {
		f = failureOf(err, time.Now())
	}
	if !f.silent {
		for i, line := range strings.Split(f.message, "\n") {
			if i == 0 {
				line = s.Bad("arl:") + " " + terminal.Plain(line)
			} else {
				line = "     " + terminal.Plain(line)
			}
			fmt.Fprintln(w, line)
		}
		if f.hint != "" {
			fmt.Fprintln(w, s.Warn("hint:")+" "+terminal.Plain(f.hint))
		}
	}
	return f.code
}

// failureOf finds the message, the hint and the exit code of an error.
func failureOf(err error, now time.Time) *failure {
	f := &failure{message: err.Error(), code: exitCode(fetch.Classify(err)), err: err}
	if wait, ok := errors.AsType[*limiter.WaitError](err); ok {
		f.message = waitMessage(err, wait)
		f.hint = fmt.Sprintf("come back after %s, or raise --max-wait", clock(now.Add(wait.Remaining), now))
		return f
	}
	f.hint = hint(err)
	if is[*state.StoreError](err) {
		f.code = exitUsage
	}
	return f
}

func waitMessage(err error, wait *limiter.WaitError) string {
	what := "the rate asks to wait"
	switch wait.Reason {
	case limiter.ReasonPause, limiter.ReasonScout:
		what = "throttled, the pause lasts another"
	case limiter.ReasonWindow:
		what = "the documented limit is used up, it asks to wait"
	case limiter.ReasonBudget:
		what = "nothing is left of the limit, its reset asks to wait"
	}
	text := strings.Replace(err.Error(), wait.Error(), what+" "+terminal.Span(wait.Remaining), 1)
	return text
}

// clock writes an instant as briefly as is clear today, and not before it has come.
func clock(at, now time.Time) string {
	at = at.Add(time.Second - 1)
	if at.Sub(now) < 20*time.Hour {
		return at.Format("15:04:05")
	}
	return at.Format("2006-01-02 15:04")
}

func hint(err error) string {
	switch {
	case is[*config.UnknownAPIError](err):
		return "`arl apis` lists the profiles; add your own in config.yaml"
	case is[*config.ForeignOriginError](err):
		return "credentials belong to the profile's origin alone; give a path, or use another profile"
	case is[*state.StoreError](err):
		return "nothing was sent; check --store, ARL_STORE, ARL_STORE_PASSWORD or `store` in config.yaml"
	case is[*config.Error](err):
		return "nothing was sent; `arl apis check` checks the whole configuration"
	case errors.Is(err, limiter.ErrCircuitOpen):
		return "see whether the API has an outage, then run it again"
	case errors.Is(err, fs.ErrPermission):
		return "check the permissions of the file and its folder"
	}
	if bad, ok := errors.AsType[*fetch.PrintError](err); ok {
		return bad.Hint
	}
	if text := credentialHint(err); text != "" {
		return text
	}
	if tunnel, ok := errors.AsType[*fetch.TunnelError](err); ok {
		if tunnel.Denied() {
			return "nothing was sent; check user and password of the proxy, in -x or the environment"
		}
		return "nothing was sent; the proxy is that of -x or the environment; no_proxy makes exceptions"
	}
	switch fetch.Classify(err) {
	case fetch.ClassProxyDNS, fetch.ClassProxy:
		return "check the proxy: -x, or http_proxy, https_proxy and all_proxy in the environment"
	case fetch.ClassDNS, fetch.ClassConnect:
		return "check base_url with `arl apis show`, and the network"
	case fetch.ClassCertificate:
		return "--cacert FILE trusts another authority"
	case fetch.ClassTimeout:
		return "-m and --connect-timeout bound one attempt"
	case fetch.ClassRedirects:
		return "the redirects may go in a circle; look with -v"
	}
	return ""
}

func exitCode(c fetch.Class) int {
	codes := map[fetch.Class]int{
		fetch.ClassFile: exitFile, fetch.ClassProxyDNS: exitProxyDNS, fetch.ClassSend: exitSend, fetch.ClassProxy: exitProxy,
		fetch.ClassUsage: exitUsage, fetch.ClassDNS: exitDNS, fetch.ClassConnect: exitConnect,
		fetch.ClassTimeout: exitTimeout, fetch.ClassTLS: exitTLS, fetch.ClassCertificate: exitCertificate,
		fetch.ClassRedirects: exitRedirects, fetch.ClassEmpty: exitEmpty, fetch.ClassReceive: exitReceive,
		fetch.ClassTunnel: exitReceive, fetch.ClassThrottled: exitThrottled, fetch.ClassInterrupted: exitInterrupted,
	}
	if code, ok := codes[c]; ok {
		return code
	}
	return exitOther
}

// failure is how a batch ends if it did not end well; nil if every record is ok.
func (o *batchOptions) failure(s batch.Summary, err error) error {
	stop, stopped := errors.AsType[batch.Stop](err)
	switch {
	case errors.Is(err, batch.ErrReaderGone):
		return &failure{silent: true, code: exitReaderGone}
	case stopped && stop == batch.StopAsked, errors.Is(err, context.Canceled):
		return &failure{silent: true, code: exitInterrupted}
	case stopped && stop == batch.StopDenied:
		return &failure{
			message: string(stop) + " (401 or 407 several times in a row)", code: exitUnfinished,
			hint: "renew the token, then " + o.goOn(),
		}
	case stopped && stop == batch.StopOutage, err == nil && s.Kinds[batch.KindCircuitOpen] > 0:
		return &failure{
			message: string(batch.StopOutage), code: exitUnfinished,
			hint: "see whether the API has an outage, then " + o.goOn(),
		}
	case stopped:
		return &failure{message: string(stop), code: exitUnfinished, hint: o.goOn()}
	case err != nil:
		return &failure{message: err.Error(), code: exitUnfinished, err: err, hint: o.goOn()}
	case s.NotSent > 0:
		return &failure{silent: true, code: exitUnfinished}
	case s.Failed+s.Unknown > 0:
		return &failure{silent: true, code: exitOther}
	}
	return nil
}

// goOn says how an unfinished batch is taken up.
func (o *batchOptions) goOn() string {
	if o.Output == "" || o.Output == "-" {
		return "run the batch again with what is not in the results; with -o FILE, --resume would do that"
	}
	return "run the same command with --resume: it goes on where this run ended"
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
