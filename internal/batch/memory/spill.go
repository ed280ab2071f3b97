package memory

import (
	"context"
	"errors"
	"fmt"
	"io"
)

const (
	// HeadSize is how much of a response that goes to a file is held: enough to understand an error response.
	HeadSize = 16 << 10
	// pieceSize is how much is written to a file at once.
	pieceSize = 16 << 10
)

// ErrNotKept says that a response cannot be kept: it is too large, or the file for it cannot be written. A retry does not
// help.
var ErrNotKept = errors.New("the response cannot be kept")

// Unwritten makes an [ErrNotKept] and a [*DirError] of the error of a file.
func Unwritten(err error) error { return unkept(&DirError{err}) }

// unkept makes an [ErrNotKept] of an error.
func unkept(err error) error { return &notKeptError{err} }

type notKeptError struct{ err error }

func (e *notKeptError) Error() string        { return e.err.Error() }
func (e *notKeptError) Unwrap() error        { return e.err }
func (e *notKeptError) Is(target error) bool { return target == ErrNotKept }

// A DirError says that no more responses can be written to the directory: the run ends.
type DirError struct{ Err error }

// Error implements error.
func (e *DirError) Error() string { return "write a response to its file: " + e.Err.Error() }

// Unwrap returns its cause.
func (e *DirError) Unwrap() error { return e.Err }

// tooLong is about a response that must not stand in a result, and has no other place.
func (b *Budget) tooLong() error {
	return unkept(fmt.Errorf("the response is larger than %d bytes (--max-inline); use --output-dir to store such responses in files", b.inline))
}

// spill writes buf and the rest of body to a file, and returns its beginning. read is the error that came
// with the last of buf.
func (l *Lease) spill(ctx context.Context, buf []byte, body io.Reader, read error) ([]byte, error) {
	if l.budget.dir == nil {
		return nil, l.budget.tooLong()
	}
	if err := l.Need(ctx, int64(cap(buf))+HeadSize+pieceSize); err != nil {
		return nil, err
	}
	part, err := l.budget.dir.Create()
	if err != nil {
		return nil, Unwritten(err)
	}
	l.Part = part
	head := append(make([]byte, 0, HeadSize), buf[:min(len(buf), HeadSize)]...)
	_, err = part.Write(buf)
	piece := make([]byte, pieceSize)
	l.Keep(HeadSize + pieceSize)
	for err == nil && read == nil {
		var n int
		n, read = body.Read(piece)
		head = append(head, piece[:min(n, HeadSize-len(head))]...)
		_, err = part.Write(piece[:n])
	}
	l.Keep(HeadSize)
	if err != nil {
		return nil, Unwritten(err)
	}
	return head, unlessEOF(read)
}

func unlessEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// Discard takes away the file of a response that is not wanted.
func (l *Lease) Discard() {
	if l.Part != nil {
		_ = l.Part.Discard() // what is left of it is swept away by a later run
		l.Part = nil
	}
}
