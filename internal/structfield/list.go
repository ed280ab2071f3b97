// Package structfield reads structured fields of HTTP (RFC 9651), as far as lists of items need: the RateLimit fields
// are such lists. It needs nothing but the standard library, because every program that imports the limiter links it.
package structfield

import (
	"slices"
	"strings"
)

// A Token is a value that is written without quotes.
type Token string

// An Item is a member of a list. Its value is a bool, an int64, a float64, a string, a [Token] or a []byte, a
// [time.Time] for a date, and nil for an inner list, whose items are checked and not kept.
type Item struct {
	Value  any
	Params Params
}

// Params are the parameters of an item.
type Params []Param

// A Param is one of them; its value is as that of an [Item].
type Param struct {
	Key   string
	Value any
}

// Get returns the value of a parameter, nil if there is none. Of several with one name the last counts.
func (p Params) Get(key string) any {
	for _, param := range slices.Backward(p) {
		if param.Key == key {
			return param.Value
		}
	}
	return nil
}

// List reads the lines of a list. It reports false for one that is malformed anywhere: such a field is to be ignored as a
// whole (RFC 9651, section 4.2).
func List(lines []string) ([]Item, bool) {
	r := &reader{rest: strings.Join(lines, ",")}
	r.skip(" ")
	var list []Item
	for r.rest != "" {
		list = append(list, r.member())
		r.skip(" \t")
		if r.rest == "" {
			break
		}
		r.expect(',')
		if r.skip(" \t"); r.rest == "" { // a comma at the end
			r.malformed = true
		}
	}
	return list, !r.malformed
}

// A reader reads from the front of a field. Once something is malformed nothing is left to be read.
type reader struct {
	rest      string
	malformed bool
}

func (r *reader) fail() {
	r.rest, r.malformed = "", true
}

// peek returns the next byte; 0 at the end.
func (r *reader) peek() byte {
	if r.rest == "" {
		return 0
	}
	return r.rest[0]
}

func (r *reader) next() {
	r.rest = r.rest[1:]
}

func (r *reader) expect(c byte) {
	if r.peek() != c {
		r.fail()
		return
	}
	r.next()
}

func (r *reader) skip(these string) { r.rest = strings.TrimLeft(r.rest, these) }

// take returns the bytes from the front for which in is true.
func (r *reader) take(in func(c byte) bool) string {
	n := 0
	for n < len(r.rest) && in(r.rest[n]) {
		n++
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) member() Item {
	if r.peek() == '(' {
		r.inner()
		return Item{Params: r.params()}
	}
	return r.item()
}

// inner reads an inner list.
func (r *reader) inner() {
	r.expect('(')
	for !r.malformed {
		if r.skip(" "); r.peek() == ')' {
			r.next()
			return
		}
		r.item()
		if c := r.peek(); c != ' ' && c != ')' {
			r.fail()
		}
	}
}

func (r *reader) item() Item { return Item{Value: r.value(), Params: r.params()} }

func (r *reader) params() (p Params) {
	for r.peek() == ';' {
		r.next()
		r.skip(" ")
		param := Param{Key: r.key(), Value: true}
		if r.peek() == '=' {
			r.next()
			param.Value = r.value()
		}
		p = append(p, param)
	}
	return p
}

func (r *reader) key() string {
	if c := r.peek(); !isLower(c) && c != '*' {
		r.fail()
		return ""
	}
	return r.take(func(c byte) bool { return isLower(c) || isDigit(c) || strings.IndexByte("_-.*", c) >= 0 })
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isAlpha(c byte) bool { return isLower(c | 0x20) }
