package jq

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/itchyny/gojq"
)

// A SyntaxError says what is wrong with an expression, and where.
type SyntaxError struct {
	Message      string
	Line, Column int    // from 1, in characters; 0 if not known
	Text         string // of that line
}

// Error implements error: with the line, and a mark below it.
func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	where := fmt.Sprintf("column %d", e.Column)
	if e.Line > 1 {
		where = fmt.Sprintf("line %d, %s", e.Line, where)
	}
	text, mark := window(e.Text, e.Column)
	return fmt.Sprintf("%s: %s\n%s\n%s^", where, e.Message, text, strings.Repeat(" ", mark))
}

// window cuts a long line down to what is around a column, and says where that is now, from 0.
func window(line string, column int) (string, int) {
	const before, after = 40, 30
	r := []rune(strings.ReplaceAll(line, "\t", " "))
	from := max(0, column-1-before)
	to := min(len(r), column-1+after)
	return string(r[from:to]), column - 1 - from
}

func syntaxError(expr string, err error) error {
	parse, ok := errors.AsType[*gojq.ParseError](err)
	if !ok {
		return &SyntaxError{Message: err.Error()}
	}
	return at(expr, parse.Offset-len(parse.Token), parse.Error())
}

// compileError finds the name that is not known: the compiler does not say where it stands.
func compileError(expr string, err error) error {
	_, name, _ := strings.Cut(err.Error(), ": ")
	name, _, _ = strings.Cut(name, "/")
	return at(expr, mention(expr, name, "input", "inputs"), err.Error())
}

// mention is where one of some names occurs in an expression as a word; negative if none does.
func mention(expr string, names ...string) int {
	word := func(c byte) bool {
		return c == '_' || c == ':' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	}
	for _, name := range names {
		for from := 0; name != "" && from < len(expr); {
			i := strings.Index(expr[from:], name)
			if i < 0 {
				break
			}
			i += from
			from = i + len(name)
			inside := i > 0 && (word(expr[i-1]) || expr[i-1] == '.') || from < len(expr) && word(expr[from])
			if !inside {
				return i
			}
		}
	}
	return -1
}

// at is an error at a byte of an expression; none if that is negative.
func at(expr string, offset int, message string) error {
	if offset < 0 {
		return &SyntaxError{Message: message}
	}
	before := expr[:min(offset, len(expr))]
	start := strings.LastIndexByte(before, '\n') + 1
	text, _, _ := strings.Cut(expr[start:], "\n")
	return &SyntaxError{
		Message: message, Line: 1 + strings.Count(before, "\n"),
		Column: 1 + utf8.RuneCountInString(before[start:]), Text: text,
	}
}
