// Package jq compiles jq expressions and runs them on responses.
package jq

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/itchyny/gojq"
)

// A Filter is an expression, ready to run. It is safe for use by many goroutines.
type Filter struct{ code *gojq.Code }

// Compile reads an expression. It fails with a [*SyntaxError]. An expression knows nothing of the
// environment: that is where credentials are.
func Compile(expr string) (*Filter, error) {
	query, err := gojq.Parse(expr)
	if err != nil {
		return nil, syntaxError(expr, err)
	}
	environment := false
	code, err := gojq.Compile(query, gojq.WithEnvironLoader(func() []string {
		environment = true
		return nil
	}))
	switch {
	case environment:
		return nil, at(expr, mention(expr, "$ENV", "env"), "there is no $ENV, because of the credentials in it; let the shell put the value in")
	case err != nil:
		return nil, compileError(expr, err)
	}
	return &Filter{code: code}, nil
}

// An InputError says that what was to be filtered is no JSON.
type InputError struct {
	Offset int64 // the byte, from 1; 0 if it ends too early
	Err    error
}

// Error implements error.
func (e *InputError) Error() string {
	if e.Offset == 0 {
		return "no JSON: it ends too early"
	}
	return fmt.Sprintf("no JSON: byte %d: %v", e.Offset, e.Err)
}

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.Err }

// Run reads JSON values, and calls yield with the JSON of each value that the expression makes of
// them, until that fails. Numbers keep their digits unless something is computed with them. Errors
// are those of reading, of yield, the context's, an [*InputError], or the expression's.
func (f *Filter) Run(ctx context.Context, r io.Reader, yield func(value []byte) error) error {
	in := &source{r: r}
	dec := json.NewDecoder(in)
	dec.UseNumber()
	for {
		var v any
		err := dec.Decode(&v)
		switch {
		case in.err != nil:
			return in.err
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return inputError(err)
		}
		done, err := f.each(ctx, v, yield)
		if err != nil || done {
			return err
		}
	}
}

// source remembers why reading failed: the decoder's errors look alike.
type source struct {
	r   io.Reader
	err error
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

func inputError(err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return &InputError{Offset: syntax.Offset, Err: err}
	}
	return &InputError{Err: err}
}

// each runs the expression over one value; done says that it halted.
func (f *Filter) each(ctx context.Context, v any, yield func(value []byte) error) (done bool, err error) {
	results := f.code.RunWithContext(ctx, v)
	for {
		result, ok := results.Next()
		if !ok {
			return false, nil
		}
		if err, failed := result.(error); failed {
			if halt, ok := errors.AsType[*gojq.HaltError](err); ok && halt.Value() == nil {
				return true, nil
			}
			return true, err
		}
		text, err := gojq.Marshal(result)
		if err != nil {
			return true, err
		}
		if err := yield(text); err != nil {
			return true, err
		}
	}
}

// Text is the string that a value is, and whether it is one.
func Text(value []byte) (string, bool) {
	var s string
	if !bytes.HasPrefix(value, []byte{'"'}) || json.Unmarshal(value, &s) != nil {
		return "", false
	}
	return s, true
}
