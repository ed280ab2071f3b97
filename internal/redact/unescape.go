package redact

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A view is a string after some decoding that knows where each of its bytes came from in the original.
type view struct {
	text string
	from []int // of each byte, and of the end; nil if text is the original
}

// original returns the span of the original that a span of the view came from.
func (v *view) original(from, to int) span {
	if v.from == nil {
		return span{from, to}
	}
	return span{v.from[from], v.from[to]}
}

// decoded removes one layer of escapes, of any kind, and reports whether there was one.
func (v *view) decoded() (view, bool) {
	if !strings.ContainsAny(v.text, `%\&`) {
		return *v, false
	}
	out := view{from: make([]int, 0, len(v.text)+1)}
	var b strings.Builder
	b.Grow(len(v.text))
	found := false
	for at := 0; at < len(v.text); {
		text, n := unescaped(v.text[at:])
		found = found || n > 0
		if n == 0 {
			text, n = v.text[at:at+1], 1
		}
		for range len(text) {
			out.from = append(out.from, v.original(at, at).from)
		}
		b.WriteString(text)
		at += n
	}
	out.from = append(out.from, v.original(len(v.text), len(v.text)).from)
	out.text = b.String()
	return out, found
}

// unescaped decodes the escape at the start of s and returns its length, or 0 if there is none.
func unescaped(s string) (text string, n int) {
	switch s[0] {
	case '%':
		return hexByte(s, 1)
	case '\\':
		return backslashed(s)
	case '&':
		return entity(s)
	}
	return "", 0
}

// hexByte decodes two hexadecimal digits at a position.
func hexByte(s string, at int) (text string, n int) {
	if len(s) < at+2 {
		return "", 0
	}
	c, err := strconv.ParseUint(s[at:at+2], 16, 8)
	if err != nil {
		return "", 0
	}
	return string([]byte{byte(c)}), at + 2
}

// backslashed decodes an escape as in Go or JSON.
func backslashed(s string) (text string, n int) {
	if len(s) < 2 {
		return "", 0
	}
	switch s[1] {
	case '"', '\'', '\\', '/':
		return s[1:2], 2
	case 'x':
		return hexByte(s, 2)
	case 'u':
		return utf16Unit(s)
	}
	if i := strings.IndexByte("abfnrtv", s[1]); i >= 0 {
		return "\a\b\f\n\r\t\v"[i : i+1], 2
	}
	return "", 0
}

// utf16Unit decodes \u and four digits, or a surrogate pair of them.
func utf16Unit(s string) (text string, n int) {
	digits := func(s string) rune {
		if len(s) < 6 || s[:2] != `\u` {
			return -1
		}
		r, err := strconv.ParseUint(s[2:6], 16, 16)
		if err != nil {
			return -1
		}
		return rune(r)
	}
	high := digits(s)
	if high < 0 {
		return "", 0
	}
	if utf16.IsSurrogate(high) {
		if r := utf16.DecodeRune(high, digits(s[6:])); r != utf8.RuneError {
			return string(r), 12
		}
	}
	return string(high), 6
}

// entity decodes an HTML character reference: numeric, or one of the five that XML has too.
func entity(s string) (text string, n int) {
	name, _, ok := strings.Cut(s[1:min(len(s), 12)], ";")
	if !ok || name == "" {
		return "", 0
	}
	switch name {
	case "amp":
		return "&", 5
	case "lt":
		return "<", 4
	case "gt":
		return ">", 4
	case "quot":
		return `"`, 6
	case "apos":
		return "'", 6
	}
	number, ok := strings.CutPrefix(name, "#")
	if !ok {
		return "", 0
	}
	base := 10
	if strings.HasPrefix(strings.ToLower(number), "x") {
		number, base = number[1:], 16
	}
	r, err := strconv.ParseUint(number, base, 21)
	if err != nil {
		return "", 0
	}
	return string(rune(r)), len(name) + 2
}
