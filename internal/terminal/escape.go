package terminal

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// appendHarmless appends text, with what a terminal may obey, or what turns the direction of writing, escaped. keep says what is passed on all the same. From
// the second half of ASCII's controls on, escapes are JSON's, so that a string of JSON stays what it is.
func appendHarmless(dst []byte, text string, keep func(r rune) bool) []byte {
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && n == 1:
			dst = append(dst, `\ufffd`...)
		case unicode.IsPrint(r) || keep(r):
			dst = append(dst, text[:n]...)
		case r < 0x7f:
			dst = fmt.Appendf(dst, `\x%02x`, r)
		case r > 0xffff:
			dst = fmt.Appendf(dst, `\u%04x\u%04x`, (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00)
		default:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		}
		text = text[n:]
	}
	return dst
}

// Plain makes text from elsewhere harmless: control characters, which could steer a terminal, are
// shown instead of sent.
func Plain(text string) string {
	if utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return text
	}
	return string(appendHarmless(nil, text, func(rune) bool { return false }))
}

// Text makes a text of several lines harmless: its line ends and tabs stay.
func Text(text string) string {
	return string(appendHarmless(nil, text, func(r rune) bool { return r == '\n' || r == '\t' }))
}
