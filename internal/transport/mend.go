package transport

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
)

// protocol is what the first line of a response begins with.
const protocol = "HTTP/"

// mend writes a head as net/http reads it, if curl reads it as it is.
func mend(head []byte) []byte {
	lines := bytes.SplitAfter(head, []byte("\n"))
	lines[0] = mendStatus(lines[0])
	for i := 1; i < len(lines); i++ {
		lines[i] = mendLine(veil(lines[i]), lines[1:i])
	}
	return bytes.Join(lines, nil)
}

// mendStatus mends a status line: its protocol in lower case or that of HTTP/2, a status with something right after it.
func mendStatus(line []byte) []byte {
	version, rest, _ := bytes.Cut(line[min(len(line), len(protocol)):], []byte(" "))
	rest = bytes.TrimLeft(rest, " ")
	if len(rest) < 4 || !digits(rest[:3]) || digits(rest[3:4]) {
		return line
	}
	switch string(version) {
	case "2":
		version = []byte("1.1")
	case "1.0", "1.1":
	default:
		return line
	}
	if c := rest[3]; c != ' ' && c != '\r' && c != '\n' {
		rest = slices.Concat(rest[:3], []byte(" "), rest[3:])
	}
	return slices.Concat([]byte(protocol), version, []byte(" "), rest)
}

// plainStatus reports whether there is nothing to mend in a status line.
func plainStatus(line []byte) bool {
	const start = protocol + "1.1 200"
	return len(line) > len(start) && string(line[:7]) == start[:7] && line[8] == ' ' && digits(line[9:12]) &&
		(line[12] == ' ' || line[12] == '\r')
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
		return oneOf(name, without(value, "identity", "none"), before)
	case bytes.EqualFold(name, []byte("Content-Length")):
		if values := without(value); len(values) > 0 {
			return oneOf(name, lengths(values), before)
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

// mostDigits is how many digits a length may have. With more of them it says nothing: the body ends with the connection.
const mostDigits = 18

// lengths reads lengths as curl does: as far as there are digits.
func lengths(values []string) (out []string) {
	for _, value := range values {
		number := strings.TrimPrefix(value, "+")
		number = number[:len(number)-len(strings.TrimLeft(number, "0123456789"))]
		switch significant := strings.TrimLeft(number, "0"); {
		case number == "":
			return values // it cannot be meant
		case len(significant) > mostDigits:
		case !slices.Contains(out, number):
			out = append(out, number)
		}
	}
	return out
}

// framed reports whether there is nothing to mend in what says how a body ends: chunked, or its length.
func framed(value []byte) bool {
	return digits(value) && len(value) <= mostDigits || bytes.EqualFold(value, []byte("chunked"))
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

// digits reports whether a text is digits alone.
func digits(text []byte) bool {
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(text) > 0
}

// mark precedes a character that was veiled. In UTF-8 it cannot occur; veiled it is an @.
const mark = 0xc0

// veiled reports whether a byte is one that net/http lets no header have, and curl does, or the mark. NUL is neither's.
func veiled(c byte) bool { return c < ' ' && c != '\t' && c != 0 || c == 0x7f || c == mark }

// unveiled reports whether there is nothing to veil in a line, whose newline is left out.
func unveiled(line []byte) bool {
	return !slices.ContainsFunc(bytes.TrimSuffix(line, []byte("\r")), veiled)
}

// veil writes the control characters of a line in a way that net/http lets pass.
func veil(line []byte) []byte {
	text := bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	if unveiled(text) {
		return line
	}
	var out []byte
	for _, c := range text {
		if veiled(c) {
			out = append(out, mark, c^0x80)
		} else {
			out = append(out, c)
		}
	}
	return append(out, line[len(text):]...)
}

// unveil gives the values of a response's headers back as they came.
func unveil(h http.Header) {
	for _, values := range h {
		for i, value := range values {
			if strings.IndexByte(value, mark) < 0 {
				continue
			}
			text := []byte(value)
			out := text[:0]
			for j := 0; j < len(text); j++ {
				if text[j] == mark && j+1 < len(text) {
					j++
					text[j] ^= 0x80
				}
				out = append(out, text[j])
			}
			values[i] = string(out)
		}
	}
}
