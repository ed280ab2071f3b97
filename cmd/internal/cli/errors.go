package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/estimate"
	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/state"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
)

// Exit codes; curl's where curl has one. `arl help exit-codes` explains them.
const (
	exitOK          = 0
	ExitOther       = 1
	ExitUsage       = 2
	ExitUnfinished  = 3 // batch: resumable
	exitProxyDNS    = 5
	exitDNS         = 6
	exitConnect     = 7
	ExitHTTP        = 22
	ExitFile        = 26
	exitTimeout     = 28
	exitTLS         = 35
	exitRedirects   = 47
	exitEmpty       = 52
	exitSend        = 55
	exitReceive     = 56
	exitCertificate = 60
	ExitThrottled   = 75
	exitProxy       = 97
	ExitInterrupted = 130
	ExitReaderGone  = 141
)

// A Error is an error as the user sees it: what was tried and went wrong, what to do next, and the
// exit code.
type Error struct {
	Message string
	Hint    string
	Code    int
	Silent  bool      // the code says it all
	Kind    string    // for programs; empty: what the code says
	Status  int       // of the response, if there was one
	RetryAt time.Time // when it is worth trying again, if that is known
	Err     error
}

// Error implements error.
func (f *Error) Error() string { return f.Message }

// Unwrap returns the cause.
func (f *Error) Unwrap() error { return f.Err }

// Usagef returns an error of usage: nothing was sent.
func Usagef(hint, format string, args ...any) *Error {
	return &Error{Message: fmt.Sprintf(format, args...), Hint: hint, Code: ExitUsage}
}

// Report prints an error and returns its exit code. Nothing else prints errors.
func Report(w io.Writer, s terminal.Style, err error) int {
	if err == nil {
		return exitOK
	}
	w = terminal.Painted(w)
	f := asError(err)
	if !f.Silent {
		for i, line := range strings.Split(f.Message, "\n") {
			if i == 0 {
				line = s.Bad("arl:") + " " + terminal.Plain(line)
			} else {
				line = "     " + terminal.Plain(line)
			}
			fmt.Fprintln(w, line)
		}
		if f.Hint != "" {
			fmt.Fprintln(w, s.Warn("hint:")+" "+terminal.Plain(f.Hint))
		}
	}
	return f.Code
}

// Describe finds the message, the hint and the exit code of an error.
func Describe(err error, now time.Time) *Error {
	f := &Error{Message: err.Error(), Code: exitCode(failure.Classify(err)), Err: err}
	if wait, ok := errors.AsType[*limiter.WaitError](err); ok {
		f.Message, f.RetryAt = waitMessage(err, wait), now.Add(wait.Remaining)
		f.Hint = fmt.Sprintf("try again after %s, or raise --max-wait", Clock(now.Add(wait.Remaining), now))
		return f
	}
	f.Hint = Hint(err)
	if Is[*state.StoreError](err) {
		f.Code = ExitUsage
	}
	return f
}

func waitMessage(err error, wait *limiter.WaitError) string {
	remaining := estimate.WaitFor(wait.Reason).Remain + " " + terminal.Span(wait.Remaining)
	return strings.Replace(err.Error(), wait.Error(), remaining, 1)
}

// Clock writes an instant as briefly as is clear today, and not before it has come.
func Clock(at, now time.Time) string {
	at = at.Add(time.Second - 1)
	if at.Sub(now) < 20*time.Hour {
		return at.Format("15:04:05")
	}
	return at.Format("2006-01-02 15:04")
}

// Hint is the next step after an error; empty if there is none.
func Hint(err error) string {
	switch {
	case Is[*config.UnknownAPIError](err):
		return "`arl apis` lists the profiles; add your own in config.yaml"
	case Is[*config.ForeignOriginError](err):
		return "credentials belong to the profile's origin alone; give a path, or use another profile"
	case Is[*state.StoreError](err):
		return "nothing was sent; check --store, ARL_STORE, ARL_STORE_PASSWORD or `store` in config.yaml"
	case Is[*config.Error](err):
		return "nothing was sent; `arl apis check` checks the whole configuration"
	case errors.Is(err, limiter.ErrCircuitOpen):
		return "see whether the API has an outage, then run it again"
	case errors.Is(err, fs.ErrPermission):
		return "check the permissions of the file and its directory"
	}
	if e, ok := errors.AsType[hinter](err); ok {
		return e.Hint()
	}
	if bad, ok := errors.AsType[*failure.PrintError](err); ok {
		return bad.Hint
	}
	if text := proxyHint(err); text != "" {
		return text // before what the request was for: the proxy kept it from its server
	}
	if text := credentialHint(err); text != "" {
		return text
	}
	switch failure.Classify(err) {
	case failure.DNS, failure.Connect:
		return "check base_url with `arl apis show`, and the network"
	case failure.Certificate:
		return "--cacert FILE trusts another authority"
	case failure.Timeout:
		return "-m and --connect-timeout bound one attempt"
	case failure.Redirects:
		return "the redirects may go in a circle; look with -v"
	}
	return ""
}

func exitCode(c failure.Class) int {
	codes := map[failure.Class]int{
		failure.File: ExitFile, failure.ProxyDNS: exitProxyDNS, failure.Send: exitSend, failure.Proxy: exitProxy,
		failure.Usage: ExitUsage, failure.DNS: exitDNS, failure.Connect: exitConnect,
		failure.Timeout: exitTimeout, failure.TLS: exitTLS, failure.Certificate: exitCertificate,
		failure.Redirects: exitRedirects, failure.Empty: exitEmpty, failure.Receive: exitReceive,
		failure.Tunnel: exitReceive, failure.Throttled: ExitThrottled, failure.Interrupted: ExitInterrupted,
	}
	if code, ok := codes[c]; ok {
		return code
	}
	return ExitOther
}

// Is reports whether an error of type E is in the chain of err.
func Is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
