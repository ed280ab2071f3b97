// Package input reads what a command line names: files, and standard input as "-".
package input

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// ReadFile reads a file, or in for "-".
func ReadFile(name string, in io.Reader) ([]byte, error) {
	if name == "-" {
		b, err := io.ReadAll(in)
		if err != nil {
			return nil, Unreadable(fmt.Errorf("read standard input: %w", err))
		}
		return b, nil
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, Unreadable(err)
	}
	return b, nil
}

// An UnreadableError is the cause of an [Error] with what was to be read and sent.
type UnreadableError struct{ Err error }

// Error implements error.
func (e *UnreadableError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *UnreadableError) Unwrap() error { return e.Err }

// Unreadable says that something cannot be read that was to be sent.
func Unreadable(err error) error { return &Error{&UnreadableError{err}} }

// An Error says that something the command line names cannot be read.
type Error struct{ Err error }

// Error implements error.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf formats an [Error], as [fmt.Errorf] does.
func Errorf(format string, args ...any) error { return &Error{fmt.Errorf(format, args...)} }

// Wrap makes an [Error] of another.
func Wrap(err error) error { return &Error{err} }

// WithoutLineEnds is how curl reads a file whose lines are only for people: without CR, LF and zero bytes. What is not
// text stays as it is.
func WithoutLineEnds(b []byte) []byte {
	return slices.DeleteFunc(b, func(c byte) bool { return c == '\r' || c == '\n' || c == 0 })
}

// AfterAt is the file of a value such as @file; empty if it is none.
func AfterAt(value string) string {
	name, ok := strings.CutPrefix(value, "@")
	if !ok {
		return ""
	}
	return name
}
