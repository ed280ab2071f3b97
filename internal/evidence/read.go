package evidence

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// A LineError says which line of a file does not fit.
type LineError struct {
	File string // empty for the manifest
	Line int64
	Err  error
}

// Error implements error.
func (e *LineError) Error() string {
	if e.File == "" {
		return fmt.Sprintf("line %d: %v", e.Line, e.Err)
	}
	return fmt.Sprintf("%s: line %d: %v", e.File, e.Line, e.Err)
}

// Unwrap returns the cause.
func (e *LineError) Unwrap() error { return e.Err }

// errTorn says that the last line has no end.
var errTorn = errors.New("the line is incomplete: the file was cut off here")

// eachLine calls f with every line, its end included. A last line without one is errTorn.
func eachLine(in *bufio.Reader, f func(n int64, line []byte) error) error {
	var line []byte
	for n := int64(1); ; n++ {
		line = line[:0]
		for {
			part, err := in.ReadSlice('\n')
			line = append(line, part...)
			if errors.Is(err, bufio.ErrBufferFull) {
				continue
			}
			switch {
			case errors.Is(err, io.EOF) && len(line) == 0:
				return nil
			case errors.Is(err, io.EOF):
				return &LineError{Line: n, Err: errTorn}
			case err != nil:
				return err
			}
			break
		}
		if err := f(n, line); err != nil {
			return err
		}
	}
}

// readLines calls f with the object of every line of a manifest that fits, and the line's size. It returns the chain so
// far.
func readLines(r io.Reader, f func(n int64, object []byte, size int) error) (chain Chain, err error) {
	err = eachLine(bufio.NewReaderSize(r, 256<<10), func(n int64, line []byte) error {
		size := len(line)
		object, err := chain.open(line)
		if err == nil {
			err = f(n, object, size)
		}
		if err != nil {
			return &LineError{Line: n, Err: err}
		}
		return nil
	})
	return chain, err
}
