package record

import (
	"bufio"
	"bytes"
	"errors"
	"hash"
	"io"

	"github.com/arl-cli/arl/internal/batch/identity"
)

// readAhead is how many bytes are read from an input at once.
const readAhead = 64 << 10

// ending is how long the end of a line is at most, in bytes: it does not count.
const ending = int64(len("\r\n"))

// errLongLine is about a line that has been skipped because it is too long.
var errLongLine = errors.New("the line is too long")

// lines reads the lines of one input, of any length up to max bytes; or its rows, which may be several lines.
type lines struct {
	in    *bufio.Reader
	max   int64
	least int64 // bytes that a line takes that does not fit into the reader
	rows  Rows  // nil if every line is a record
	n     int   // the number of the line last read, from 1
	from  int   // the number of the first line of what was read last
	got   int64 // bytes, of all lines read
	mid   bool  // the last slice ends in the middle of a line
	more  bool  // it ends a line, but not the row

	digest  hash.Hash // of the last line that was too long, without its end
	digests bool      // somebody wants to know
}

func newLines(r io.Reader, limit int64) *lines {
	return &lines{in: bufio.NewReaderSize(r, readAhead), max: limit, least: 2 * readAhead}
}

// divide has the lines make up rows, after some that have been read.
func (l *lines) divide(rows Rows, lines int, bytes int64) {
	l.rows, l.n, l.got = rows, lines, bytes
	l.least = 0 // several lines are not necessarily long
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
		size := int64(cap(line))
		if l.from == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if line = l.trim(line); len(line) > 0 {
			return line, owned, nil
		}
		if owned {
			if err := grow(-size); err != nil {
				return nil, false, err
			}
		}
	}
}

// trim takes away what surrounds a record.
func (l *lines) trim(line []byte) []byte {
	if l.rows != nil {
		return l.rows.Trim(line)
	}
	return bytes.TrimSpace(line)
}

// foreign says what the input is, before any line is read, if it is not text.
func (l *lines) foreign() string {
	return ForeignForm(l.in)
}

// whole returns a line or a row as it stands. The last one comes with io.EOF if nothing ends it.
func (l *lines) whole(grow func(n int64) error) (line []byte, owned bool, err error) {
	l.from = l.n + 1
	line, err = l.slice(true)
	var long []byte
	for errors.Is(err, bufio.ErrBufferFull) || err == nil && l.more {
		if int64(len(long)+len(line)) > l.max {
			l.digestOf(long, line)
			return nil, false, l.skip()
		}
		if long, err = appendGrowing(long, line, l.least, l.max+ending, grow); err != nil {
			return nil, false, err
		}
		line, err = l.slice(false)
	}
	if int64(len(long)+len(line)) > l.max+ending {
		l.digestOf(long, line)
		return nil, false, errLongLine
	}
	if long == nil || err != nil && !errors.Is(err, io.EOF) {
		return line, false, err
	}
	long, growErr := appendGrowing(long, line, l.least, l.max+ending, grow)
	if growErr != nil {
		return nil, false, growErr
	}
	return long, true, err
}

// slice reads up to the end of a line, or as much of it as there is room for. first says that a row begins.
func (l *lines) slice(first bool) ([]byte, error) {
	line, err := l.in.ReadSlice('\n')
	l.got += int64(len(line))
	if err == nil || errors.Is(err, io.EOF) && (l.mid || len(line) > 0) {
		l.n++
	}
	l.mid = errors.Is(err, bufio.ErrBufferFull)
	l.more = l.rows != nil && l.rows.Continues(line, first) && !l.mid
	return line, err
}

// appendGrowing appends more to long, which doubles when it has to move, takes at least so many bytes, and never grows
// beyond limit. What it newly takes is asked for before.
func appendGrowing(long, more []byte, least, limit int64, grow func(n int64) error) ([]byte, error) {
	if need := len(long) + len(more); need > cap(long) {
		next := min(max(int64(max(2*cap(long), need)), least), limit)
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
	if !l.mid {
		return errLongLine
	}
	err := bufio.ErrBufferFull
	for errors.Is(err, bufio.ErrBufferFull) {
		var piece []byte
		piece, err = l.slice(false)
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
	l.digest = identity.LineHash()
	for _, piece := range pieces {
		l.digestMore(piece)
	}
}

func (l *lines) digestMore(piece []byte) {
	if l.digest != nil {
		l.digest.Write(bytes.TrimRight(piece, "\r\n"))
	}
}
