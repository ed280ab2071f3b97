package fetch

import (
	"bytes"
	"io"
	"net"
	"slices"
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
	const start = "HTTP/"
	return string(text[:min(len(text), len(start))]) == start[:min(len(text), len(start))]
}

// wellFormed reports whether a text begins with the whole head of a response that net/http reads as it is: most do.
func wellFormed(text []byte) bool {
	end := headEnd(text)
	if end < 0 || !maybeHead(text) || interim(text) {
		return false
	}
	_, fields, _ := bytes.Cut(text[:end], []byte("\n"))
	for lengths := 0; len(fields) > 0; {
		var line []byte
		line, fields, _ = bytes.Cut(fields, []byte("\n"))
		name, value, field := bytes.Cut(line, []byte(":"))
		switch {
		case !field:
		case !isToken(name), bytes.EqualFold(name, []byte("Trailer")):
			return false
		case bytes.EqualFold(name, []byte("Transfer-Encoding")), bytes.EqualFold(name, []byte("Content-Length")):
			if lengths++; lengths > 1 || bytes.IndexByte(value, ',') >= 0 || bytes.EqualFold(bytes.TrimSpace(value), []byte("identity")) {
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

// mend leaves out of a head what net/http would reject it for.
func mend(head []byte) []byte {
	lines := bytes.SplitAfter(head, []byte("\n"))
	for i := 1; i < len(lines); i++ {
		lines[i] = mendLine(lines[i], lines[1:i])
	}
	return bytes.Join(lines, nil)
}

// mendLine mends one line of a head, given those before it. Whatever is no header field is left to net/http.
func mendLine(line []byte, before [][]byte) []byte {
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok || len(name) > 0 && (name[0] == ' ' || name[0] == '\t') {
		return line
	}
	if trimmed := bytes.TrimRight(name, " \t"); len(trimmed) < len(name) {
		name, line = trimmed, slices.Concat(trimmed, []byte(":"), value)
	}
	switch {
	case !isToken(name):
		return nil
	case bytes.EqualFold(name, []byte("Transfer-Encoding")):
		return oneOf(name, without(value, "identity"), before)
	case bytes.EqualFold(name, []byte("Content-Length")):
		if values := without(value); len(values) > 0 {
			return oneOf(name, values, before)
		}
	case bytes.EqualFold(name, []byte("Trailer")):
		return oneOf(name, without(value, "Transfer-Encoding", "Content-Length", "Trailer"), before)
	}
	return line
}

// without takes a list apart, and leaves out what is said twice or means nothing.
func without(list []byte, nothing ...string) (out []string) {
	for item := range strings.SplitSeq(string(list), ",") {
		same := func(s string) bool { return strings.EqualFold(s, item) }
		if item = strings.TrimSpace(item); item != "" && !slices.ContainsFunc(nothing, same) && !slices.ContainsFunc(out, same) {
			out = append(out, item)
		}
	}
	return out
}

// oneOf writes a field, unless it says nothing, or what another one has said.
func oneOf(name []byte, values []string, before [][]byte) []byte {
	line := []byte(string(name) + ": " + strings.Join(values, ", ") + "\r\n")
	if len(values) == 0 || slices.ContainsFunc(before, func(b []byte) bool { return bytes.EqualFold(b, line) }) {
		return nil
	}
	return line
}

// isToken reports whether a name is one that a header field may have (RFC 9110, section 5.6.2).
func isToken(name []byte) bool {
	for _, c := range name {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' {
			continue
		}
		if c <= ' ' || c >= 0x7f || strings.IndexByte("()<>@,;:\\\"/[]?={}", c) >= 0 {
			return false
		}
	}
	return len(name) > 0
}
