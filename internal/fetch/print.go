package fetch

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/arl-cli/arl/pkg/apis"
)

// A Printer writes the body of an answer. What is wrong with the answer, rather than with reading it
// or writing it, is a [*PrintError].
type Printer func(w io.Writer, resp *http.Response, body io.Reader) error

// hidden stands where a secret was, as in what apis.Redact returns.
const hidden = "[redacted]"

// A PrintError says that an answer has come and cannot be written as it was asked for.
type PrintError struct {
	Err  error
	Hint string
}

// Error implements error.
func (e *PrintError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *PrintError) Unwrap() error { return e.Err }

// redactPrint hides secrets that an answer repeats from the text of a [*PrintError], also where that
// shows only the beginning of a value.
func redactPrint(err error, secrets []string) error {
	bad, ok := errors.AsType[*PrintError](err)
	if !ok {
		return err
	}
	text := apis.Redact(bad.Error(), secrets...)
	for _, secret := range secrets {
		for n := len(secret) - 1; n >= 4; n-- {
			text = strings.ReplaceAll(text, secret[:n]+" ...", hidden+" ...")
		}
	}
	if text == bad.Error() {
		return err
	}
	return &PrintError{Err: errors.New(text), Hint: bad.Hint}
}

// Copying reports whether an error is one of reading an answer or of writing it, and so no
// [*PrintError].
func Copying(err error) bool { return is[*readError](err) || is[*writeError](err) }
