package transport

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync/atomic"
)

// maxMended is how long a response's head may be to be read leniently.
const maxMended = 1 << 20

// lenient is a connection of HTTP/1 whose responses may be written in ways that curl reads and net/http does not. A
// response to a POST that is lost for such a reason would be an unknown one.
type lenient struct {
	net.Conn

	due   atomic.Bool // something was written: what is read next is the head of a response
	held  []byte      // read, but not looked at
	ready []byte      // looked at, but not read
	err   error       // how reading ended
}

// Write implements net.Conn.
func (l *lenient) Write(b []byte) (int, error) {
	l.due.Store(true)
	return l.Conn.Write(b)
}

// ReadFrom implements io.ReaderFrom, so that a file can be sent without a copy.
func (l *lenient) ReadFrom(r io.Reader) (int64, error) {
	l.due.Store(true)
	return io.Copy(l.Conn, r)
}

// Read implements net.Conn.
func (l *lenient) Read(p []byte) (int, error) {
	if len(l.ready) == 0 && len(l.held) > 0 {
		l.head(p)
	}
	if len(l.ready) == 0 && l.err == nil {
		n, err := l.Conn.Read(p) // which may have waited since before there was a request
		switch {
		case n == 0 || !l.due.Load():
			return n, err
		case wellFormed(p[:n]):
			l.due.Store(false)
			return n, err
		}
		l.held, l.err = append(l.held, p[:n]...), err
		l.head(p)
	}
	if len(l.ready) == 0 {
		return 0, l.err
	}
	n := copy(p, l.ready)
	l.ready = l.ready[n:]
	return n, nil
}

// head looks at what is held, as far as it is a head. p helps to read the rest of it.
func (l *lenient) head(p []byte) {
	text := l.held
	l.held = nil
	end := headEnd(text)
	for end < 0 && l.err == nil && maybeHead(text) && len(text) < maxMended {
		var n int
		n, l.err = l.Conn.Read(p)
		text = append(text, p[:n]...)
		end = headEnd(text)
	}
	if end < 0 || !maybeHead(text) {
		l.due.Store(false)
		l.ready = text
		return
	}
	l.ready = mend(text[:end])
	if interim(text) {
		l.held = text[end:]
		return // another head follows
	}
	l.due.Store(false)
	l.ready = append(l.ready, text[end:]...)
}

// maybeHead reports whether a text is the beginning of a response, or may become one.
func maybeHead(text []byte) bool {
	n := min(len(text), len(protocol))
	return strings.EqualFold(string(text[:n]), protocol[:n])
}

// wellFormed reports whether a text begins with the whole head of a response that net/http reads as it is: most do.
func wellFormed(text []byte) bool {
	end := headEnd(text)
	if end < 0 || !maybeHead(text) || interim(text) {
		return false
	}
	status, fields, _ := bytes.Cut(text[:end], []byte("\n"))
	if !plainStatus(status) {
		return false
	}
	for lengths := 0; len(fields) > 0; {
		var line []byte
		line, fields, _ = bytes.Cut(fields, []byte("\n"))
		name, value, field := bytes.Cut(line, []byte(":"))
		switch {
		case !unveiled(line):
			return false
		case !field:
		case !isToken(name), bytes.EqualFold(name, []byte("Trailer")):
			return false
		case bytes.EqualFold(name, []byte("Transfer-Encoding")), bytes.EqualFold(name, []byte("Content-Length")):
			if lengths++; lengths > 1 || !framed(bytes.TrimSpace(value)) {
				return false
			}
		}
	}
	return true
}

// headEnd returns where a head ends; -1 if it does not.
func headEnd(text []byte) int {
	for _, empty := range []string{"\n\r\n", "\n\n"} {
		if i := bytes.Index(text, []byte(empty)); i >= 0 {
			return i + len(empty)
		}
	}
	return -1
}

// interim reports whether a head is that of a response before the response.
func interim(head []byte) bool {
	_, status, _ := bytes.Cut(head, []byte(" "))
	return len(status) > 3 && status[0] == '1' && string(status[:3]) != "101"
}
