package graphql

import "strings"

// A lexer splits a document into tokens: names, punctuators, and one for every string, whatever is in it.
type lexer struct {
	rest       string
	unfinished bool // it ended within a string
}

// stringToken stands for every string of a document.
const stringToken = `"`

// next returns the next token; "" at the end.
func (l *lexer) next() string {
	l.skip()
	if l.rest == "" {
		return ""
	}
	n := 1
	switch c := l.rest[0]; {
	case c == '"':
		return l.text()
	case isName(c):
		for n < len(l.rest) && isName(l.rest[n]) {
			n++
		}
	case strings.HasPrefix(l.rest, "..."):
		n = 3
	}
	token := l.rest[:n]
	l.rest = l.rest[n:]
	return token
}

// skip skips what means nothing: white space, commas, a byte order mark and comments.
func (l *lexer) skip() {
	for {
		l.rest = strings.TrimLeft(l.rest, " \t\r\n,\ufeff")
		if l.rest == "" || l.rest[0] != '#' {
			return
		}
		if end := strings.IndexAny(l.rest, "\r\n"); end >= 0 {
			l.rest = l.rest[end:]
		} else {
			l.rest = ""
		}
	}
}

// text skips a string, or a block string.
func (l *lexer) text() string {
	quote := `"`
	if strings.HasPrefix(l.rest, `"""`) {
		quote = `"""`
	}
	l.rest = l.rest[len(quote):]
	for l.rest != "" {
		switch {
		case quote == `"""` && strings.HasPrefix(l.rest, `\"""`):
			l.rest = l.rest[4:]
		case quote == `"` && l.rest[0] == '\\' && len(l.rest) > 1:
			l.rest = l.rest[2:]
		case strings.HasPrefix(l.rest, quote):
			l.rest = l.rest[len(quote):]
			return stringToken
		default:
			l.rest = l.rest[1:]
		}
	}
	l.unfinished = true
	return ""
}

func isName(c byte) bool {
	return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
}
