package uritemplate

import (
	"fmt"
	"slices"
	"strings"
)

// A Template is text with expressions in it. The zero value is the empty text. It is safe for concurrent use.
type Template struct {
	parts []part
	plain bool // values are inserted as they are
}

// A part is literal text, or an expression.
type part struct {
	literal string
	expr    *expression
}

// An expression is one or more variables in braces, and how their values are joined.
type expression struct {
	operator
	vars []variable
}

// A variable is a name, and what of its value is inserted.
type variable struct {
	name    string
	prefix  int  // at most so many characters; 0 means all
	explode bool // the members of a list or an object each for themselves
}

// An operator says how the values of an expression are joined: the table of RFC 6570, appendix A.
type operator struct {
	char     byte   // 0 for none
	first    string // precedes the first value
	sep      string // is between two values
	named    bool   // values carry their names
	ifEmpty  string // follows the name of an empty value
	reserved bool   // reserved characters stay, and so do escapes
}

// operatorOf returns the operator that an expression begins with, if it begins with one.
func operatorOf(c byte) (operator, bool) {
	switch c {
	case '+':
		return operator{char: c, sep: ",", reserved: true}, true
	case '#':
		return operator{char: c, first: "#", sep: ",", reserved: true}, true
	case '.':
		return operator{char: c, first: ".", sep: "."}, true
	case '/':
		return operator{char: c, first: "/", sep: "/"}, true
	case ';':
		return operator{char: c, first: ";", sep: ";", named: true}, true
	case '?':
		return operator{char: c, first: "?", sep: "&", named: true, ifEmpty: "="}, true
	case '&':
		return operator{char: c, first: "&", sep: "&", named: true, ifEmpty: "="}, true
	}
	return operator{sep: ","}, false
}

// Parse reads a template of a URL or a part of one.
func Parse(text string) (*Template, error) {
	t := &Template{}
	for text != "" {
		literal, rest, found := strings.Cut(text, "{")
		if strings.Contains(literal, "}") {
			return nil, fmt.Errorf("} without { in %q", text)
		}
		if literal != "" {
			t.parts = append(t.parts, part{literal: string(appendEncoded(nil, literal, true))})
		}
		if !found {
			break
		}
		inner, rest, found := strings.Cut(rest, "}")
		if !found {
			return nil, fmt.Errorf("{ without } in %q", "{"+inner)
		}
		e, err := parseExpression(inner)
		if err != nil {
			return nil, fmt.Errorf("{%s}: %w", inner, err)
		}
		t.parts = append(t.parts, part{expr: e})
		text = rest
	}
	return t, nil
}

// ParseText reads a template of text that is no URL. Braces around what cannot be an expression are text too, as in
// JSON or GraphQL. Operators are those of URLs, so {+a} is {a}, and there are no others.
func ParseText(text string) *Template {
	t := &Template{plain: true}
	literal := 0 // where the text begins that is in no part
	for at := 0; at < len(text); at++ {
		if text[at] != '{' {
			continue
		}
		length := strings.IndexByte(text[at:], '}')
		if length < 0 {
			break
		}
		e, err := parseExpression(text[at+1 : at+length])
		if err != nil || e.char != 0 && e.char != '+' {
			continue
		}
		if literal < at {
			t.parts = append(t.parts, part{literal: text[literal:at]})
		}
		t.parts = append(t.parts, part{expr: e})
		at += length
		literal = at + 1
	}
	if literal < len(text) {
		t.parts = append(t.parts, part{literal: text[literal:]})
	}
	return t
}

// Names returns the names that the template needs, each once, in the order of their first use.
func (t *Template) Names() []string {
	var names []string
	for _, p := range t.parts {
		if p.expr == nil {
			continue
		}
		for _, v := range p.expr.vars {
			if !slices.Contains(names, v.name) {
				names = append(names, v.name)
			}
		}
	}
	return names
}

// Single returns the name that is all of the template, if its value is inserted whole: of {id}, but neither of
// {a,b} nor of x{id}.
func (t *Template) Single() (name string, ok bool) {
	if len(t.parts) != 1 || t.parts[0].expr == nil || len(t.parts[0].expr.vars) != 1 {
		return "", false
	}
	v := t.parts[0].expr.vars[0]
	return v.name, v.prefix == 0 && !v.explode
}
