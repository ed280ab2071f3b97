package terminal

import (
	"bytes"
	"io"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/term"
)

// A Stream is standard output or standard error: the one way by which anything reaches it. What is written may come
// from anywhere, such as a header of a server or the log of a library. On a terminal, what could steer that is
// escaped; elsewhere it is passed on as it came. What arl has painted, and made harmless itself, goes through
// [Painted].
//
// It is safe for use by many goroutines.
type Stream struct {
	w        io.Writer
	terminal bool
	redact   func(string) string // nil: nothing is secret

	mu     sync.Mutex
	around func(write func()) // takes a display away while something is written; nil without one
	held   []byte             // the beginning of a character, or \r: the next write decides
}

// NewStream returns a stream to w. redact, if not nil, hides secrets from what is written in one piece.
func NewStream(w io.Writer, terminal bool, redact func(string) string) *Stream {
	return &Stream{w: w, terminal: terminal, redact: redact}
}

// FileStream returns a stream to a file that was named by somebody, which may be a terminal such as /dev/tty.
func FileStream(f *os.File, redact func(string) string) *Stream {
	return NewStream(f, term.IsTerminal(int(f.Fd())), redact)
}

// Write implements io.Writer.
func (s *Stream) Write(p []byte) (int, error) {
	return s.write(p, func(p []byte) []byte {
		if !s.terminal {
			return p
		}
		return s.escaped(p)
	})
}

// write writes what of makes of p in one piece.
func (s *Stream) write(p []byte, of func([]byte) []byte) (n int, err error) {
	text := p
	if s.redact != nil {
		if clean := s.redact(string(p)); clean != string(p) {
			text = []byte(clean)
		}
	}
	s.during(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		_, err = s.w.Write(of(text))
	})
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// during calls f while the display is away.
func (s *Stream) during(f func()) {
	s.mu.Lock()
	around := s.around
	s.mu.Unlock()
	if around == nil {
		f()
		return
	}
	around(f)
}

// escaped escapes p behind what was held back before, and holds back what only the next bytes decide.
func (s *Stream) escaped(p []byte) []byte {
	text := append(s.held, p...)
	s.held = nil
	if n := undecided(text); n > 0 {
		s.held = bytes.Clone(text[len(text)-n:])
		text = text[:len(text)-n]
	}
	var out []byte
	for line := range strings.SplitAfterSeq(string(text), "\r\n") {
		line, ended := strings.CutSuffix(line, "\r\n")
		if out = append(out, Text(line)...); ended {
			out = append(out, "\r\n"...)
		}
	}
	return out
}

// undecided is how many bytes at the end of a text mean nothing by themselves.
func undecided(text []byte) int {
	if n := len(text); n > 0 && text[n-1] == '\r' {
		return 1
	}
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if tail := text[len(text)-n:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return n
			}
			return 0
		}
	}
	return 0
}

// Close writes what was held back. The stream stays usable.
func (s *Stream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.release()
}

// release writes what was held back.
func (s *Stream) release() error {
	if len(s.held) == 0 {
		return nil
	}
	_, err := s.w.Write([]byte(Text(string(s.held))))
	s.held = nil
	return err
}

// Painted returns a writer to the stream for what is harmless already, such as what arl has painted, or is meant for
// the terminal as it came.
func (s *Stream) Painted() io.Writer {
	return writerFunc(func(p []byte) (int, error) {
		return s.write(p, func(p []byte) []byte {
			_ = s.release() // if that fails, so does what follows
			return p
		})
	})
}

// Display makes the stream show something that is redrawn in its place, such as progress: whatever else is
// written is written by around, which takes that away meanwhile. The display itself is written to what is returned.
// A nil around ends it.
func (s *Stream) Display(around func(write func())) io.Writer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.around = around
	return writerFunc(func(p []byte) (int, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.w.Write(p)
	})
}

// Escaped returns text as w shows it where it comes from elsewhere: escaped if w is a [Stream] to a terminal.
func Escaped(w io.Writer, text string) string {
	if s, ok := w.(*Stream); ok && s.terminal {
		return Text(text)
	}
	return text
}

// Painted is [Stream.Painted] where w, or what w writes to, is a [Stream]; elsewhere it is w.
func Painted(w io.Writer) io.Writer {
	if s, ok := w.(interface{ Painted() io.Writer }); ok {
		return s.Painted()
	}
	return w
}

// A writerFunc is an io.Writer made of a function.
type writerFunc func(p []byte) (int, error)

// Write implements io.Writer.
func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
