package program

import (
	"bytes"
	"regexp"
	"time"
)

// A scanner looks for throttles in lines as they pass. It implements io.Writer; its memory is bounded.
type scanner struct {
	patterns []*regexp.Regexp
	waits    Waits
	now      func() time.Time // what a date counts against
	line     []byte           // the beginning of a line whose end has not come
	seen     sighting
}

// A sighting is what the lines have said so far.
type sighting struct {
	matched bool
	wait    time.Duration // the longest that was named
}

const (
	// maxLine is how much of a line is searched at once.
	maxLine = 16 << 10
	// overlap is how much of the end of a longer line is searched again with what follows, so that nothing is missed
	// that is as long as that.
	overlap = 512
)

// Write implements io.Writer. It never fails.
func (s *scanner) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		end := bytes.IndexAny(p, "\r\n") // a progress line ends with a carriage return
		if end < 0 {
			s.add(p)
			break
		}
		s.add(p[:end])
		s.flush()
		p = p[end+1:]
	}
	return n, nil
}

// add appends to the line, and searches it when it becomes too long.
func (s *scanner) add(p []byte) {
	for len(p) > 0 {
		n := min(len(p), maxLine-len(s.line))
		s.line = append(s.line, p[:n]...)
		p = p[n:]
		if len(s.line) == maxLine {
			s.search()
			s.line = append(s.line[:0], s.line[maxLine-overlap:]...)
		}
	}
}

// flush searches the line, which has ended.
func (s *scanner) flush() {
	if len(s.line) > 0 {
		s.search()
		s.line = s.line[:0]
	}
}

func (s *scanner) search() {
	for _, p := range s.patterns {
		s.seen.matched = s.seen.matched || p.Match(s.line)
	}
	s.seen.wait = max(s.seen.wait, s.waits.Longest(string(s.line), s.now()))
}
