package structfield

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// value reads a bare item.
func (r *reader) value() any {
	switch c := r.peek(); {
	case c == '-' || isDigit(c):
		return r.number()
	case c == '"':
		return r.text()
	case c == '*' || isAlpha(c):
		return Token(r.take(inToken))
	case c == ':':
		return r.bytes()
	case c == '?':
		return r.boolean()
	case c == '@':
		return r.date()
	case c == '%':
		return r.display()
	}
	r.fail()
	return nil
}

func inToken(c byte) bool {
	return isAlpha(c) || isDigit(c) || strings.IndexByte("!#$%&'*+-.^_`|~:/", c) >= 0
}

// How many digits numbers have.
const (
	mostDigits   = 15
	mostWhole    = 12 // before a decimal point
	mostFraction = 3
)

func (r *reader) number() any {
	sign := ""
	if r.peek() == '-' {
		sign = "-"
		r.next()
	}
	whole := r.take(isDigit)
	if r.peek() != '.' {
		n, err := strconv.ParseInt(sign+whole, 10, 64)
		if err != nil || len(whole) > mostDigits {
			r.fail()
		}
		return n
	}
	r.next()
	fraction := r.take(isDigit)
	n, err := strconv.ParseFloat(sign+whole+"."+fraction, 64)
	if err != nil || len(whole) == 0 || len(whole) > mostWhole || len(fraction) == 0 || len(fraction) > mostFraction {
		r.fail()
	}
	return n
}

// text reads a string.
func (r *reader) text() string {
	r.expect('"')
	var b strings.Builder
	for !r.malformed {
		b.WriteString(r.take(func(c byte) bool { return ' ' <= c && c < 0x7f && c != '"' && c != '\\' }))
		switch r.peek() {
		case '"':
			r.next()
			return b.String()
		case '\\':
			r.next()
			if c := r.peek(); c == '"' || c == '\\' {
				b.WriteByte(c)
				r.next()
				continue
			}
		}
		r.fail()
	}
	return ""
}

func (r *reader) bytes() []byte {
	r.expect(':')
	encoded, rest, ok := strings.Cut(r.rest, ":")
	b, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || strings.ContainsAny(encoded, "\r\n") {
		r.fail()
		return nil
	}
	r.rest = rest
	return b
}

func (r *reader) boolean() bool {
	r.expect('?')
	c := r.peek()
	if c != '0' && c != '1' {
		r.fail()
		return false
	}
	r.next()
	return c == '1'
}

func (r *reader) date() any {
	r.expect('@')
	n, ok := r.number().(int64)
	if !ok {
		r.fail()
	}
	return time.Unix(n, 0)
}

// display reads a display string: UTF-8 whose bytes beyond ASCII are percent-encoded.
func (r *reader) display() string {
	r.expect('%')
	r.expect('"')
	var b strings.Builder
	for !r.malformed {
		b.WriteString(r.take(func(c byte) bool { return ' ' <= c && c < 0x7f && c != '"' && c != '%' }))
		switch r.peek() {
		case '"':
			r.next()
			if !utf8.ValidString(b.String()) {
				r.fail()
			}
			return b.String()
		case '%':
			r.next()
			if c, ok := r.hex(); ok {
				b.WriteByte(c)
				continue
			}
		}
		r.fail()
	}
	return ""
}

// hex reads two digits, which are lower case.
func (r *reader) hex() (byte, bool) {
	if len(r.rest) < 2 || r.rest[:2] != strings.ToLower(r.rest[:2]) {
		return 0, false
	}
	n, err := strconv.ParseUint(r.rest[:2], 16, 8)
	r.rest = r.rest[2:]
	return byte(n), err == nil
}
