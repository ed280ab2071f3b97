package batch

import (
	"bufio"
	"bytes"
	"errors"
	"hash"
	"io"
)

// readAhead is how many bytes are read from an input at once.
const readAhead = 64 << 10

// ending is how long the end of a line is at most, in bytes: it does not count.
const ending = int64(len("\r\n"))

// errLongLine is about a line that has been skipped because it is too long.
var errLongLine = errors.New("the line is too long")

// lines reads the lines of one input, of any length up to max bytes.
type lines struct {
	in  *bufio.Reader
	max int64
	n   int   // the number of the line last read, from 1
	got int64 // bytes, of all lines read

	digest  hash.Hash // of the last line that was too long, without its end
	digests bool      // somebody wants to know
}

func newLines(r io.Reader, limit int64) *lines {
	return &lines{in: bufio.NewReaderSize(r, readAhead), max: limit}
}

// next returns the next line that is not blank, without what surrounds it: white space, the end of
// line of any system, a byte order mark at the beginning of the input. It is valid until the next
// call, unless owned is set. grow is asked before a long line takes n more bytes, and told of -n
// when it has given them back.
//
// After errLongLine the next line can be read.
func (l *lines) next(grow func(n int64) error) (line []byte, owned bool, err error) {
	for {
		line, owned, err = l.whole(grow)
		if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0) {
			return nil, false, err
		}
		l.n++
		size := int64(cap(line))
		if l.n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return line, owned, nil
		}
		if owned {
			if err := grow(-size); err != nil {
				return nil, false, err
			}
		}
	}
}

// foreign says what the input is, before any line is read, if it is not text.
func (l *lines) foreign() string {
	_, _ = l.in.Peek(1)                               // what is wrong shows when lines are read
	head, _ := l.in.Peek(min(l.in.Buffered(), 1<<10)) // more may take its time
	return foreignForm(head)
}

// whole returns a line as it stands. The last one comes with io.EOF if nothing ends it.
func (l *lines) whole(grow func(n int64) error) (line []byte, owned bool, err error) {
	line, err = l.slice()
	var long []byte
	for errors.Is(err, bufio.ErrBufferFull) {
		if int64(len(long)+len(line)) > l.max {
			l.digestOf(long, line)
			return nil, false, l.skip()
		}
		if long, err = appendGrowing(long, line, l.max+ending, grow); err != nil {
			return nil, false, err
		}
		line, err = l.slice()
	}
	if int64(len(long)+len(line)) > l.max+ending {
		l.n++
		l.digestOf(long, line)
		return nil, false, errLongLine
	}
	if long == nil || err != nil && !errors.Is(err, io.EOF) {
		return line, false, err
	}
	long, growErr := appendGrowing(long, line, l.max+ending, grow)
	if growErr != nil {
		return nil, false, growErr
	}
	return long, true, err
}

// slice reads up to the end of a line, or as much of it as there is room for.
func (l *lines) slice() ([]byte, error) {
	line, err := l.in.ReadSlice('\n')
	l.got += int64(len(line))
	return line, err
}

// appendGrowing appends more to long, which doubles when it has to move, and never grows beyond
// limit. What it newly takes is asked for before.
func appendGrowing(long, more []byte, limit int64, grow func(n int64) error) ([]byte, error) {
	if need := len(long) + len(more); need > cap(long) {
		next := min(int64(max(2*cap(long), need, 2*readAhead)), limit)
		if err := grow(next); err != nil {
			return nil, err
		}
		moved := append(make([]byte, 0, next), long...)
		if err := grow(-int64(cap(long))); err != nil {
			return nil, err
		}
		long = moved
	}
	return append(long, more...), nil
}

// skip leaves out the rest of a line that is too long.
func (l *lines) skip() error {
	l.n++
	err := bufio.ErrBufferFull
	for errors.Is(err, bufio.ErrBufferFull) {
		var piece []byte
		piece, err = l.slice()
		l.digestMore(piece)
	}
	if err == nil || errors.Is(err, io.EOF) {
		return errLongLine
	}
	return err
}

// digestOf begins the digest of a line that is too long.
func (l *lines) digestOf(pieces ...[]byte) {
	if !l.digests {
		return
	}
	l.digest = lineHash()
	for _, piece := range pieces {
		l.digestMore(piece)
	}
}

func (l *lines) digestMore(piece []byte) {
	if l.digest != nil {
		l.digest.Write(bytes.TrimRight(piece, "\r\n"))
	}
}
