package rawjson

import (
	"bytes"
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// errSurrogate is about an escape that stands for no character. To replace it by another would be to
// send something else than what was asked for.
var errSurrogate = errors.New(`a string holds half of a surrogate pair (\ud800 to \udfff)`)

// Unquote decodes a valid JSON string where it stands, and returns the part of quoted that it then
// takes.
func Unquote(quoted []byte) ([]byte, error) {
	s := quoted[1 : len(quoted)-1]
	i := bytes.IndexByte(s, '\\')
	if i < 0 {
		return s, nil
	}
	out := s[:i]
	for i >= 0 {
		var size int
		var err error
		if out, size, err = unescape(out, s[i:]); err != nil {
			return nil, err
		}
		s = s[i+size:]
		plain := s
		if i = bytes.IndexByte(s, '\\'); i >= 0 {
			plain = s[:i]
		}
		out = append(out, plain...)
	}
	return out, nil
}

// unescape appends to out what the escape at the beginning of s stands for. It returns how many
// bytes of s that takes, which are never fewer than it appends.
func unescape(out, s []byte) ([]byte, int, error) {
	switch c := s[1]; c {
	case 'b':
		return append(out, '\b'), 2, nil
	case 'f':
		return append(out, '\f'), 2, nil
	case 'n':
		return append(out, '\n'), 2, nil
	case 'r':
		return append(out, '\r'), 2, nil
	case 't':
		return append(out, '\t'), 2, nil
	case 'u':
		return unescapeRune(out, s)
	default:
		return append(out, c), 2, nil
	}
}

func unescapeRune(out, s []byte) ([]byte, int, error) {
	r := hexRune(s)
	if !utf16.IsSurrogate(r) {
		return utf8.AppendRune(out, r), 6, nil
	}
	r = utf16.DecodeRune(r, hexRune(s[6:]))
	if r == utf8.RuneError {
		return nil, 0, errSurrogate
	}
	return utf8.AppendRune(out, r), 12, nil
}

// hexRune returns what \uXXXX stands for, and -1 if s does not begin with one.
func hexRune(s []byte) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(s[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}
