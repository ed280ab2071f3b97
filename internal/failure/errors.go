package failure

import (
	"errors"
	"io/fs"
)

// ReadError says that a response broke off or was none.
type ReadError struct{ Err error }

func (e *ReadError) Error() string { return "read the response: " + e.Err.Error() }
func (e *ReadError) Unwrap() error { return e.Err }

// WriteError tells a failed write from a failed read when a response is copied.
type WriteError struct {
	What string
	Err  error
}

func (e *WriteError) Error() string {
	if at, ok := errors.AsType[*fs.PathError](e.Err); ok {
		return "write " + e.What + " to " + at.Path + ": " + at.Err.Error()
	}
	return "write " + e.What + ": " + e.Err.Error()
}

func (e *WriteError) Unwrap() error { return e.Err }

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
func Copying(err error) bool { return Is[*ReadError](err) || Is[*WriteError](err) }
