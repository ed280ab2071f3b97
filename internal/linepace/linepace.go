// Package linepace copies lines, each one when the rate limiter allows a request.
package linepace

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
)

// Copy copies lines from r to w, byte for byte, until r ends. acquire is called before each line, and reports whether it
// had to wait. A line that had to is written before the next one is asked for: a slow reader is waited for, and
// nothing piles up in between. Lines that come without a wait are written together, as fast as the reader takes them.
func Copy(w io.Writer, r io.Reader, acquire func(line []byte) (waited bool, err error)) error {
	in, out := bufio.NewReaderSize(r, 64<<10), newWriter(w)
	err := copyLines(out, in, acquire)
	return cmp.Or(err, out.close())
}

func copyLines(out *writer, in *bufio.Reader, acquire func(line []byte) (bool, error)) error {
	var line []byte
	for n := 1; ; n++ {
		var err error
		if line, err = readLine(in, line[:0]); err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read standard input: %w", err)
		}
		if len(line) == 0 {
			return nil // no more lines
		}
		waited, failed := acquire(line)
		if failed != nil {
			return fmt.Errorf("line %d: %w", n, failed)
		}
		if failed := out.write(line, waited); failed != nil {
			return failed
		}
		if err != nil {
			return nil //nolint:nilerr // the end of the input
		}
	}
}

// readLine appends a line, with its end, to buf.
func readLine(in *bufio.Reader, buf []byte) ([]byte, error) {
	for {
		part, err := in.ReadSlice('\n')
		buf = append(buf, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return buf, err
		}
	}
}
