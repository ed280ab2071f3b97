package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// An InsertError says that entries cannot be inserted into a configuration without changing the rest of it.
type InsertError struct {
	File string
	Text string // to be inserted by hand
}

// Error implements error.
func (e *InsertError) Error() string {
	return fmt.Sprintf("%s has a layout that arl cannot insert into; add this by hand:\n%s", e.File, strings.TrimRight(e.Text, "\n"))
}

// inserted returns a configuration with entries inserted at one place. Every other byte stays, and so does its meaning.
//
// The candidate places are guessed from the text. The result of each is parsed as YAML and compared with what is wanted;
// the first that matches is used.
func inserted(file string, text []byte, entries []Entry) ([]byte, error) {
	if err := checkEntries("", entries); err != nil {
		return nil, err
	}
	d := decoder{file: file}
	root := d.document(text)
	if len(d.problems) > 0 {
		return nil, configError(d.problems)
	}
	if err := NewRegistry().override(file, text); err != nil {
		return nil, err
	}
	at := apisIn(root)
	if err := duplicates(file, at, entries); err != nil {
		return nil, err
	}
	edits, err := candidates(text, root, at, entries)
	if err != nil {
		return nil, err
	}
	for _, e := range edits {
		out := slices.Concat(text[:e.offset], []byte(e.text), text[e.offset:])
		if sameMeaning(root, out, entries) && NewRegistry().override(file, out) == nil {
			return out, nil
		}
	}
	byHand, err := block(entries, "  ", "\n")
	return nil, errors.Join(err, &InsertError{File: file, Text: "apis:\n" + byHand})
}

// An edit is a string and where it is inserted.
type edit struct {
	offset int
	text   string
}

// apisNode is the key of the profiles in a configuration, and its value; the zero value if there is none.
type apisNode struct {
	key, value *yaml.Node
	next       *yaml.Node // the key after it, if there is one
}

func apisIn(root *yaml.Node) apisNode {
	if root == nil || root.Kind != yaml.MappingNode {
		return apisNode{}
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == "apis" {
			at := apisNode{key: root.Content[i], value: root.Content[i+1]}
			if i+2 < len(root.Content) {
				at.next = root.Content[i+2]
			}
			return at
		}
	}
	return apisNode{}
}

// duplicates returns an error for names that the configuration has already.
func duplicates(file string, at apisNode, entries []Entry) error {
	if at.value == nil {
		return nil
	}
	var problems []Problem
	for i := 0; i+1 < len(follow(at.value).Content); i += 2 {
		key := follow(at.value).Content[i]
		if slices.ContainsFunc(entries, func(e Entry) bool { return e.Name == key.Value }) {
			problems = append(problems, Problem{File: file, Line: key.Line, Column: key.Column, Path: join("apis", key.Value), Message: "exists already; change it here"})
		}
	}
	return configError(problems)
}

// candidates returns the places where entries may be inserted, the best first.
func candidates(text []byte, root *yaml.Node, at apisNode, entries []Entry) ([]edit, error) {
	l := newLines(text)
	inside, err := flow(entries)
	if err != nil {
		return nil, err
	}
	switch {
	case root != nil && root.Style&yaml.FlowStyle != 0 && at.key == nil:
		return l.inBraces(root, "apis: {"+inside+"}"), nil
	case at.value != nil && at.value.Style&yaml.FlowStyle != 0:
		return l.inBraces(at.value, inside), nil
	case at.key == nil:
		indent := ""
		if root != nil && len(root.Content) > 0 {
			indent = strings.Repeat(" ", root.Content[0].Column-1)
		}
		entriesText, err := block(entries, indent+"  ", l.eol)
		return []edit{l.edit(len(text), indent+"apis:"+l.eol+entriesText)}, err
	}
	return l.belowKey(at, entries)
}

// belowKey returns the candidates for "apis:" in block style: after its last entry, at the end of the file, after the
// key.
func (l *lines) belowKey(at apisNode, entries []Entry) ([]edit, error) {
	column := at.key.Column + 2
	if at.value.Kind == yaml.MappingNode && len(at.value.Content) > 0 {
		column = at.value.Content[0].Column
	}
	text, err := block(entries, strings.Repeat(" ", column-1), l.eol)
	end := len(l.text)
	if at.next != nil {
		end = l.start(at.next.Line)
	}
	first := l.start(at.key.Line + 1)
	if at.value.Tag == "!!null" {
		return []edit{l.edit(first, text), l.edit(end, text)}, err
	}
	return []edit{l.edit(l.lastContent(at.key.Line, end, column), text), l.edit(end, text), l.edit(first, text)}, err
}

// lines splits a text into lines as YAML does.
type lines struct {
	text   []byte
	starts []int
	eol    string // of the first line
}

func newLines(text []byte) *lines {
	l := &lines{text: text, starts: []int{0}, eol: "\n"}
	for i := 0; i < len(text); {
		n := breakAt(text[i:])
		if n > 0 {
			if len(l.starts) == 1 && n == 2 && text[i] == '\r' {
				l.eol = "\r\n"
			}
			l.starts = append(l.starts, i+n)
		}
		i += max(n, 1)
	}
	return l
}

// breakAt returns the length of the line break at the start of text: CR LF, LF, CR, NEL, LS or PS.
func breakAt(text []byte) int {
	for _, br := range []string{"\r\n", "\n", "\r", "\u0085", "\u2028", "\u2029"} {
		if bytes.HasPrefix(text, []byte(br)) {
			return len(br)
		}
	}
	return 0
}

// start returns the offset of a line, or of the end of the text.
func (l *lines) start(line int) int {
	if line > len(l.starts) {
		return len(l.text)
	}
	return l.starts[line-1]
}

// lastContent returns the end of the last line before end that is neither blank nor a comment on what follows, which is
// one to the left of column.
func (l *lines) lastContent(from, end, column int) int {
	for i := len(l.starts) - 1; i >= from; i-- {
		if l.starts[i] >= end {
			continue
		}
		text := string(l.text[l.starts[i]:min(l.start(i+2), end)])
		content := strings.TrimLeft(text, " \t")
		blank := strings.TrimSpace(content) == ""
		if !blank && (content[0] != '#' || len(text)-len(content) >= column-1) {
			return min(l.start(i+2), end)
		}
	}
	return end
}

// edit inserts whole lines at the start of a line, or after a last line without a line break; then the text still ends
// without one.
func (l *lines) edit(offset int, text string) edit {
	atStart := offset == 0 || slices.Contains(l.starts, offset)
	if !atStart {
		text = l.eol + strings.TrimSuffix(text, l.eol)
	}
	return edit{offset, text}
}

// inBraces inserts text after an opening brace.
func (l *lines) inBraces(n *yaml.Node, text string) []edit {
	at := l.start(n.Line)
	for range n.Column - 1 {
		_, size := utf8.DecodeRune(l.text[at:])
		at += size
	}
	brace := bytes.IndexByte(l.text[at:], '{')
	if brace < 0 {
		return nil
	}
	if len(n.Content) > 0 {
		text += ", "
	}
	return []edit{{at + brace + 1, text}}
}
