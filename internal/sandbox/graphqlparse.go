package sandbox

import (
	"fmt"
	"strconv"
	"strings"
	"text/scanner"
)

// A graphQLField is a field of a selection.
type graphQLField struct {
	name, key string // key: its alias, or name
	args      map[string]any
	fields    []graphQLField // nil: a scalar
}

// A graphQLParser reads as much of GraphQL as documents for the sandbox have: no block strings over several lines.
type graphQLParser struct {
	s         scanner.Scanner
	token     string
	variables map[string]any
	fragments map[string][]graphQLField
	depth     int
}

// parseGraphQL reads an operation of a document: that of the name, or the first.
func parseGraphQL(text, name string, variables map[string]any) (kind string, fields []graphQLField, err error) {
	p := &graphQLParser{variables: variables, fragments: map[string][]graphQLField{}}
	p.s.Init(strings.NewReader(withoutComments(text)))
	p.s.Mode = scanner.ScanIdents | scanner.ScanInts | scanner.ScanFloats | scanner.ScanStrings
	p.s.Error = func(*scanner.Scanner, string) {}
	defer func() {
		if bad, ok := recover().(graphQLError); ok {
			err = bad
		}
	}()
	p.next()
	for p.token != "" {
		foundKind, foundName, found := p.definition()
		if foundKind != "fragment" && kind == "" && (name == "" || name == foundName) {
			kind, fields = foundKind, found
		}
	}
	if kind == "" {
		return "", nil, graphQLError("Syntax Error: there is no such operation in the document")
	}
	return kind, p.spread(fields, 0), nil
}

// graphQLError is what is wrong with a document. It is thrown within the parser.
type graphQLError string

// Error implements error.
func (e graphQLError) Error() string { return string(e) }

func withoutComments(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if at := strings.IndexByte(line, '#'); at >= 0 && strings.Count(line[:at], `"`)%2 == 0 {
			lines[i] = line[:at]
		}
	}
	return strings.Join(lines, "\n")
}

func (p *graphQLParser) next() string {
	was := p.token
	for {
		if p.s.Scan() == scanner.EOF {
			p.token = ""
			return was
		}
		if p.token = p.s.TokenText(); p.token != "," {
			return was
		}
	}
}

func (p *graphQLParser) take(want string) {
	if p.next() != want {
		panic(graphQLError(fmt.Sprintf("Syntax Error: Expected %q, found %q", want, p.token)))
	}
}

func (p *graphQLParser) definition() (kind, name string, fields []graphQLField) {
	kind = "query"
	if p.token != "{" {
		kind = p.next()
	}
	if p.token != "{" && p.token != "(" && p.token != "@" {
		name = p.next()
	}
	for p.token != "{" { // types of variables, directives, the type of a fragment
		if p.token == "(" {
			p.skip("(", ")")
		} else if p.next() == "" {
			panic(graphQLError("Syntax Error: Unexpected <EOF>"))
		}
	}
	fields = p.selection()
	if kind == "fragment" {
		p.fragments[name] = fields
	}
	return kind, name, fields
}

// skip skips what is in brackets.
func (p *graphQLParser) skip(open, end string) {
	for depth := 0; ; {
		switch p.next() {
		case open:
			depth++
		case end:
			if depth--; depth == 0 {
				return
			}
		case "":
			panic(graphQLError("Syntax Error: Unexpected <EOF>"))
		}
	}
}

// maxGraphQLDepth bounds how deep selections nest.
const maxGraphQLDepth = 50

func (p *graphQLParser) selection() (fields []graphQLField) {
	if p.depth++; p.depth > maxGraphQLDepth {
		panic(graphQLError("the document is nested too deeply"))
	}
	defer func() { p.depth-- }()
	p.take("{")
	for p.token != "}" {
		fields = append(fields, p.field()...)
	}
	p.take("}")
	return fields
}

// field reads a field, or the fields of a fragment.
func (p *graphQLParser) field() []graphQLField {
	if p.token == "." {
		return p.fragment()
	}
	f := graphQLField{name: p.next()}
	f.key = f.name
	if f.name == "" || !isLetter(f.name[0]) {
		panic(graphQLError(fmt.Sprintf("Syntax Error: Expected Name, found %q", f.name)))
	}
	if p.token == ":" {
		p.next()
		f.name = p.next()
	}
	if p.token == "(" {
		f.args = p.arguments()
	}
	p.directives()
	if p.token == "{" {
		f.fields = p.selection()
	}
	return []graphQLField{f}
}

func isLetter(c byte) bool { return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' }

func (p *graphQLParser) directives() {
	for p.token == "@" {
		p.next()
		p.next()
		if p.token == "(" {
			p.skip("(", ")")
		}
	}
}

// fragment reads "...Name" as a field that spread replaces, and "... on Type {}" as its fields.
func (p *graphQLParser) fragment() []graphQLField {
	for range 3 {
		p.take(".")
	}
	if p.token != "on" && p.token != "{" && p.token != "@" {
		name := p.next()
		p.directives()
		return []graphQLField{{name: spreadMark + name}}
	}
	if p.token == "on" {
		p.next()
		p.next()
	}
	p.directives()
	return p.selection()
}

// spreadMark precedes the name of a fragment, which no field can begin with.
const spreadMark = "..."

// spread replaces the names of fragments by their fields.
func (p *graphQLParser) spread(fields []graphQLField, depth int) (out []graphQLField) {
	for _, f := range fields {
		name, isSpread := strings.CutPrefix(f.name, spreadMark)
		switch {
		case depth > maxGraphQLDepth:
			return nil
		case isSpread:
			out = append(out, p.spread(p.fragments[name], depth+1)...)
		default:
			if f.fields != nil {
				f.fields = p.spread(f.fields, depth+1)
			}
			out = append(out, f)
		}
	}
	return out
}

func (p *graphQLParser) arguments() map[string]any {
	args := map[string]any{}
	p.take("(")
	for p.token != ")" {
		name := p.next()
		p.take(":")
		args[name] = p.argument()
	}
	p.take(")")
	return args
}

// argument is a number, a string or the value of a variable; lists and objects are skipped.
func (p *graphQLParser) argument() any {
	switch p.token {
	case "$":
		p.next()
		return p.variables[p.next()]
	case "{":
		p.skip("{", "}")
		return nil
	case "[":
		p.skip("[", "]")
		return nil
	case "":
		panic(graphQLError("Syntax Error: Unexpected <EOF>"))
	}
	text := p.next()
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return n
	}
	if plain, err := strconv.Unquote(text); err == nil {
		return plain
	}
	return text
}
