package batch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/arl-cli/arl/internal/batch/bodyfiles"
)

const (
	// headSize is how much of a response that goes to a file is held: enough to understand an error response.
	headSize = 16 << 10
	// pieceSize is how much is written to a file at once.
	pieceSize = 16 << 10
)

// unkept makes an [ErrNotKept] of an error.
func unkept(err error) error { return &notKeptError{err} }

type notKeptError struct{ err error }

func (e *notKeptError) Error() string        { return e.err.Error() }
func (e *notKeptError) Unwrap() error        { return e.err }
func (e *notKeptError) Is(target error) bool { return target == ErrNotKept }

// A dirError says that no more responses can be written to the directory: the run ends.
type dirError struct{ err error }

func (e *dirError) Error() string { return "write a response to its file: " + e.err.Error() }
func (e *dirError) Unwrap() error { return e.err }

// tooLong is about a response that must not stand in a result, and has no other place.
func (b *budget) tooLong() error {
	return unkept(fmt.Errorf("the response is larger than %d bytes, and --output-dir names no directory for such", b.inline))
}

// spill writes buf and the rest of body to a file, and returns its beginning. read is the error that came
// with the last of buf.
func (l *lease) spill(ctx context.Context, buf []byte, body io.Reader, read error) ([]byte, error) {
	if l.budget.dir == nil {
		return nil, l.budget.tooLong()
	}
	if err := l.need(ctx, int64(cap(buf))+headSize+pieceSize); err != nil {
		return nil, err
	}
	part, err := l.budget.dir.Create()
	if err != nil {
		return nil, unkept(&dirError{err})
	}
	l.part = part
	head := append(make([]byte, 0, headSize), buf[:min(len(buf), headSize)]...)
	_, err = part.Write(buf)
	piece := make([]byte, pieceSize)
	l.keep(headSize + pieceSize)
	for err == nil && read == nil {
		var n int
		n, read = body.Read(piece)
		head = append(head, piece[:min(n, headSize-len(head))]...)
		_, err = part.Write(piece[:n])
	}
	l.keep(headSize)
	if err != nil {
		return nil, unkept(&dirError{err})
	}
	return head, unlessEOF(read)
}

func unlessEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// discard takes away the file of a response that is not wanted.
func (l *lease) discard() {
	if l.part != nil {
		_ = l.part.Discard() // what is left of it is swept away by a later run
		l.part = nil
	}
}

// place makes an error of a response that cannot be kept. If its file cannot be written, neither can others.
func (e *Engine) place(en *entry, a *Answer) {
	err := en.place(a)
	if err != nil && en.done.Outcome != Unknown {
		en.outgrow(a, err)
	}
	if _, ok := errors.AsType[*dirError](err); ok {
		e.stop(err)
	}
}

// place puts the file of a response in its place, if it goes to one and is complete.
func (e *entry) place(a *Answer) error {
	part, why := e.hold.part, e.hold.outgrown
	switch {
	case why != nil && (a.Err == nil || errors.Is(why, errPatience)):
		return why
	case part == nil:
		return nil
	case a.Err != nil || a.Status == 0 || e.done.Outcome == NotSent || e.done.Unchanged:
		e.hold.discard()
		return nil
	}
	e.hold.part, a.Body = nil, nil
	header := a.Header
	if a.List != nil && a.Status < http.StatusBadRequest {
		header = http.Header{"Content-Type": {"application/x-ndjson"}}
	}
	file, err := part.Keep(bodyfiles.Answer{
		ID: e.req.ID, Line: e.req.Line, Occurrence: e.req.Occurrence, Request: e.req.SHA256, Header: header,
	})
	if err != nil {
		return unkept(&dirError{err})
	}
	e.done.File, e.done.Bytes = file, int(file.Size)
	return nil
}
