package rows

import "bytes"

// An extent finds out where a row of CSV ends: a line end between quotes is part of a value.
type extent struct {
	comma byte
	at    position
}

// A position is where in a row an extent is.
type position int

const (
	valueStart position = iota
	unquoted
	quoted
	quoteInQuoted // the end of a quoted value, or the first half of a quote in it
)

// add takes the next piece of the row, and reports whether the row goes on after it although it ends a line.
func (e *extent) add(piece []byte) (more bool) {
	if e.at != quoted && e.at != quoteInQuoted && bytes.IndexByte(piece, '"') < 0 {
		e.at = unquoted
		if n := len(piece); n == 0 || piece[n-1] == e.comma || piece[n-1] == '\n' {
			e.at = valueStart
		}
		return false
	}
	for _, c := range piece {
		e.at = e.at.next(c, e.comma)
	}
	return e.at == quoted
}

// next returns where an extent is after one more byte.
func (p position) next(c, comma byte) position {
	switch {
	case p == quoted && c == '"':
		return quoteInQuoted
	case p == quoted:
		return quoted
	case c == '"' && (p == valueStart || p == quoteInQuoted):
		return quoted
	case c == comma || c == '\n':
		return valueStart
	}
	return unquoted
}
