package graphql

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Document is what is known of a GraphQL document.
type Document struct {
	Operations []string // what each is: "query", "mutation" or "subscription"
	Cursors    []string // the variables that are the argument "after" of a list, without the $
}

// OnlyReads reports whether no operation changes anything, so that the document may be sent again.
func (d *Document) OnlyReads() bool {
	return !slices.ContainsFunc(d.Operations, func(kind string) bool { return kind != "query" })
}

// ErrNoOperation says that a document asks for nothing.
var ErrNoOperation = errors.New("the GraphQL document has no query or mutation")

// Parse reads a document. It finds out what it needs, and leaves it to the server to judge the rest.
func Parse(text string) (Document, error) {
	p := parser{lexer: lexer{rest: text}}
	for {
		token := p.next()
		if token == "" {
			break
		}
		if err := p.take(token); err != nil {
			return Document{}, err
		}
	}
	switch {
	case p.unfinished || len(p.open) > 0 || p.defining != "":
		return Document{}, errors.New("the GraphQL document is incomplete")
	case len(p.doc.Operations) == 0:
		return Document{}, ErrNoOperation
	}
	return p.doc, nil
}

// A parser follows the brackets of a document.
type parser struct {
	lexer
	doc      Document
	open     []byte // the brackets that are open, by what closes them
	defining string // the definition whose selection has not begun: its keyword
	last     [3]string
}

// take takes a token in.
func (p *parser) take(token string) error {
	p.cursor(token)
	switch token {
	case "{", "(", "[":
		if token == "{" && len(p.open) == 0 && p.defining == "" {
			p.doc.Operations = append(p.doc.Operations, "query")
		}
		p.open = append(p.open, closing(token))
	case "}", ")", "]":
		return p.close(token[0])
	default:
		if len(p.open) == 0 && p.defining == "" {
			return p.define(token)
		}
	}
	return nil
}

// close closes a bracket. The selection of a definition ends it.
func (p *parser) close(bracket byte) error {
	n := len(p.open) - 1
	if n < 0 || p.open[n] != bracket {
		return fmt.Errorf("the GraphQL document has an unmatched %q", string(bracket))
	}
	p.open = p.open[:n]
	if n == 0 && bracket == '}' {
		p.defining = ""
	}
	return nil
}

// define begins a definition.
func (p *parser) define(keyword string) error {
	switch keyword {
	case "query", "mutation", "subscription":
		p.doc.Operations = append(p.doc.Operations, keyword)
	case "fragment":
	default:
		return fmt.Errorf("not a GraphQL document: found %.40q instead of query, mutation or {", keyword)
	}
	p.defining = keyword
	return nil
}

// cursor notes the variable of "after: $name".
func (p *parser) cursor(token string) {
	if p.last == [3]string{"after", ":", "$"} && !slices.Contains(p.doc.Cursors, token) {
		p.doc.Cursors = append(p.doc.Cursors, strings.Clone(token))
	}
	p.last[0], p.last[1], p.last[2] = p.last[1], p.last[2], token
}

func closing(bracket string) byte {
	switch bracket {
	case "{":
		return '}'
	case "(":
		return ')'
	}
	return ']'
}
