package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/send"
	"github.com/arl-cli/arl/pkg/limiter"
)

// ErrorsValue is the flag --errors: text or json.
type ErrorsValue string

// String implements pflag.Value.
func (v *ErrorsValue) String() string { return string(*v) }

// Type implements pflag.Value.
func (v *ErrorsValue) Type() string { return "FORMAT" }

// Set implements pflag.Value.
func (v *ErrorsValue) Set(s string) error {
	if s != "text" && s != "json" {
		return fmt.Errorf("%q is not text or json", s)
	}
	*v = ErrorsValue(s)
	return nil
}

// WantsJSONErrors reports whether arguments ask for errors as JSON. It looks at them itself, since one of them may be
// the error.
func WantsJSONErrors(args []string) bool {
	for i, arg := range args {
		switch {
		case arg == "--":
			return false
		case arg == "--errors=json", arg == "--errors" && i+1 < len(args) && args[i+1] == "json":
			return true
		}
	}
	return false
}

// A reportedError is an error as programs read it, on one line.
type reportedError struct {
	Kind     string     `json:"kind"`
	Message  string     `json:"message"`
	Hint     string     `json:"hint,omitempty"`
	Status   int        `json:"status,omitempty"`
	ExitCode int        `json:"exit_code"`
	RetryAt  *time.Time `json:"retry_at,omitempty"`
}

// ReportJSON prints an error as one line of JSON and returns its exit code.
func ReportJSON(w io.Writer, redact func(string) string, err error) int {
	if err == nil {
		return exitOK
	}
	f := asError(err)
	if f.Silent {
		return f.Code
	}
	out := reportedError{Kind: f.kind(), Message: redact(f.Message), Hint: redact(f.Hint), Status: f.Status, ExitCode: f.Code}
	if !f.RetryAt.IsZero() {
		at := f.RetryAt.UTC().Add(time.Second - 1).Truncate(time.Second)
		out.RetryAt = &at
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		return f.Code // never: there is nothing in it that JSON does not have
	}
	_, _ = w.Write(b.Bytes()) // nobody is left to be told
	return f.Code
}

// asError finds the message, the hint and the exit code of any error.
func asError(err error) *Error {
	if f, ok := errors.AsType[*Error](err); ok {
		return f
	}
	return Describe(err, time.Now())
}

// kind is one word for what went wrong: those of a batch's results, and some for what ends a command.
func (f *Error) kind() string {
	switch {
	case f.Kind != "":
		return f.Kind
	case f.Status >= http.StatusBadRequest && f.Code == ExitHTTP:
		return "http"
	case f.Err != nil && errors.Is(f.Err, limiter.ErrCircuitOpen):
		return "circuit_open"
	case f.Err != nil && send.KindOf(f.Err) == batch.KindAuth:
		return "auth"
	}
	kinds := map[int]string{
		ExitUsage: "usage", ExitUnfinished: "unfinished", exitProxyDNS: "dns", exitDNS: "dns", exitConnect: "connect", exitProxy: "connect",
		ExitHTTP: "http", ExitFile: "input", exitTimeout: "timeout", exitTLS: "tls", exitCertificate: "tls", ExitThrottled: "throttled",
		exitRedirects: "read", exitEmpty: "read", exitReceive: "read", exitSend: "read", ExitInterrupted: "cancelled",
	}
	if kind, ok := kinds[f.Code]; ok {
		return kind
	}
	return "other"
}
