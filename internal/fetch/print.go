package fetch

import (
	"io"
	"net/http"
)

// A Printer writes the body of a response. What is wrong with the response, rather than with reading it
// or writing it, is a [*PrintError].
type Printer func(w io.Writer, resp *http.Response, body io.Reader) error

// A PrintError says that a response has come and cannot be written as it was asked for.
type PrintError struct {
	Err  error
	Hint string
}

// Error implements error.
func (e *PrintError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *PrintError) Unwrap() error { return e.Err }

// Copying reports whether an error is one of reading a response or of writing it, and so no
// [*PrintError].
func Copying(err error) bool { return is[*readError](err) || is[*writeError](err) }
