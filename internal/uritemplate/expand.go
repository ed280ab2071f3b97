package uritemplate

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A Value is what a name stands for. The zero value is undefined: it is left out, which an empty text is not.
type Value struct {
	kind  kind
	text  string
	list  []string
	pairs []Pair
}

// A Pair is a member of an object.
type Pair struct{ Name, Value string }

type kind int

const (
	undefined kind = iota
	isText
	isList
	isObject
)

// Text is a value that is one text.
func Text(s string) Value { return Value{kind: isText, text: s} }

// List is a value of several. An empty list is undefined.
func List(items []string) Value {
	if len(items) == 0 {
		return Value{}
	}
	return Value{kind: isList, list: items}
}

// Object is a value of several with names, in their order. An empty object is undefined.
func Object(pairs []Pair) Value {
	if len(pairs) == 0 {
		return Value{}
	}
	return Value{kind: isObject, pairs: pairs}
}

// IsZero reports whether the value is undefined.
func (v Value) IsZero() bool { return v.kind == undefined }

// Text returns the value if it is one text.
func (v Value) Text() (text string, ok bool) { return v.text, v.kind == isText }

// A Ref is a place of a template at which a value is needed.
type Ref struct {
	Name string
	// Operator is that of its expression: one of + # . / ; ? &, or 0.
	Operator byte
	// InQuery says that the place is in the query or the fragment of a URL.
	InQuery bool
}

// Optional reports whether the text around a value makes sense without it, as with {?page}.
func (r Ref) Optional() bool { return r.Operator != 0 && r.Operator != '+' }

// A Lookup returns the value of a name, or why there is none.
type Lookup func(Ref) (Value, error)

// Append appends the template with the values of its names. Errors are those of lookup, or about a value that is not
// one text where the template asks for the beginning of it.
func (t *Template) Append(dst []byte, lookup Lookup) ([]byte, error) {
	inQuery := false
	for i := range t.parts {
		p := &t.parts[i]
		inQuery = inQuery || p.beginsQuery()
		if p.expr == nil {
			dst = append(dst, p.literal...)
			continue
		}
		x := expansion{dst: dst, e: p.expr, plain: t.plain}
		for _, v := range p.expr.vars {
			value, err := lookup(Ref{Name: v.name, Operator: p.expr.char, InQuery: inQuery})
			if err == nil {
				err = x.variable(v, value)
			}
			if err != nil {
				return nil, err
			}
		}
		dst = x.dst
	}
	return dst, nil
}

// beginsQuery reports whether what follows a part is in the query or the fragment of a URL.
func (p *part) beginsQuery() bool {
	if p.expr != nil {
		return p.expr.char == '?' || p.expr.char == '#'
	}
	return strings.ContainsAny(p.literal, "?#")
}

// An expansion is an expression on its way into text: RFC 6570, section 3.2.1.
type expansion struct {
	dst   []byte
	e     *expression
	plain bool
	begun bool // a value has been appended
}

func (x *expansion) variable(v variable, value Value) error {
	if v.prefix > 0 && (value.kind == isList || value.kind == isObject) {
		return fmt.Errorf("{%s:%d}: the value is not a single string", v.name, v.prefix)
	}
	switch {
	case value.kind == undefined:
	case value.kind == isText:
		x.start()
		x.named(v.name, beginning(value.text, v.prefix))
	case v.explode:
		x.exploded(v.name, value)
	default:
		x.start()
		x.joined(v.name, value)
	}
	return nil
}

// beginning returns the first n characters of a text; all of it if n is 0.
func beginning(text string, n int) string {
	if n == 0 {
		return text
	}
	end := 0
	for ; n > 0 && end < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[end:])
		end += size
	}
	return text[:end]
}

// start appends what precedes a value.
func (x *expansion) start() {
	if x.begun {
		x.dst = append(x.dst, x.e.sep...)
	} else {
		x.dst = append(x.dst, x.e.first...)
	}
	x.begun = true
}

// named appends a value, with its name where the operator asks for that.
func (x *expansion) named(name, text string) {
	if x.e.named {
		x.dst = appendEncoded(x.dst, name, true)
		if text == "" {
			x.dst = append(x.dst, x.e.ifEmpty...)
			return
		}
		x.dst = append(x.dst, '=')
	}
	x.add(text)
}

// joined appends a list or an object as one value, with commas.
func (x *expansion) joined(name string, value Value) {
	if x.e.named {
		x.dst = append(appendEncoded(x.dst, name, true), '=')
	}
	for i, item := range value.list {
		x.comma(i)
		x.add(item)
	}
	for i, pair := range value.pairs {
		x.comma(i)
		x.add(pair.Name)
		x.comma(1)
		x.add(pair.Value)
	}
}

func (x *expansion) comma(i int) {
	if i > 0 {
		x.dst = append(x.dst, ',')
	}
}

// exploded appends the members of a list or an object as values of their own.
func (x *expansion) exploded(name string, value Value) {
	for _, item := range value.list {
		x.start()
		x.named(name, item)
	}
	for _, pair := range value.pairs {
		x.start()
		if x.e.named {
			x.named(pair.Name, pair.Value)
			continue
		}
		x.add(pair.Name)
		x.dst = append(x.dst, '=')
		x.add(pair.Value)
	}
}

// add appends a text, encoded unless the template is plain.
func (x *expansion) add(text string) {
	if x.plain {
		x.dst = append(x.dst, text...)
		return
	}
	x.dst = appendEncoded(x.dst, text, x.e.reserved)
}
