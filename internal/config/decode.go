package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// A decoder reads YAML with positions and collects what is wrong with it.
type decoder struct {
	file     string
	builtIn  bool
	problems []Problem
	visited  int // nodes, each alias counted again: what keeps a small file from growing large
}

// mostNodes bounds the size of a configuration after its aliases are followed.
const mostNodes = 200_000

// An entry is one key of a mapping.
type entry struct {
	name       string
	key, value *yaml.Node
}

// document parses text and returns its only document's root; nil if it is empty or broken.
func (d *decoder) document(text []byte) *yaml.Node {
	var doc, second yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	err := dec.Decode(&doc)
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		d.syntax(err, text)
		return nil
	case dec.Decode(&second) == nil:
		d.problem(&second, "", "a second document; only one is read")
	}
	if len(doc.Content) == 0 {
		return nil
	}
	return doc.Content[0]
}

// syntax notes a syntax error. yaml.v3 tells the line in its text and nowhere else: counted from 0 if
// the error is its parser's rather than its scanner's, and never the column, which is that of the
// line's first character here.
func (d *decoder) syntax(err error, text []byte) {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	p := Problem{File: d.file, Message: message}
	if rest, ok := strings.CutPrefix(message, "line "); ok {
		number, what, _ := strings.Cut(rest, ": ")
		if line, err := strconv.Atoi(number); err == nil {
			if strings.HasPrefix(what, "did not find expected") {
				line++
			}
			p.Message = what
			p.Line, p.Column = within(text, line)
		}
	}
	d.problems = append(d.problems, p)
}

func (d *decoder) problem(n *yaml.Node, path, format string, args ...any) {
	d.problems = append(d.problems, Problem{
		File: d.file, Line: n.Line, Column: n.Column, Path: path, Message: fmt.Sprintf(format, args...),
	})
}

func (d *decoder) place(n *yaml.Node) Place {
	return Place{File: d.file, Line: n.Line, Column: n.Column, BuiltIn: d.builtIn}
}

// within returns a line that text has, and where its first character stands.
func within(text []byte, line int) (int, int) {
	lines := bytes.Split(bytes.TrimRight(text, "\n"), []byte("\n"))
	line = max(1, min(line, len(lines)))
	at := lines[line-1]
	return line, len(at) - len(bytes.TrimLeft(at, " ")) + 1
}

// follow returns what an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

// visit counts a node; false means that there are too many.
func (d *decoder) visit(n *yaml.Node) bool {
	d.visited++
	if d.visited == mostNodes {
		d.problem(n, "", "too large: more than %d values", mostNodes)
	}
	return d.visited < mostNodes
}

// entries returns the keys of a mapping, each once, in their order.
func (d *decoder) entries(n *yaml.Node, path string) []entry {
	if n.Kind != yaml.MappingNode {
		d.problem(n, path, "want keys and values, got %s", kindOf(n))
		return nil
	}
	seen := make(map[string]int, len(n.Content)/2)
	var out []entry
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if !d.visit(key) {
			return out
		}
		name, ok := d.keyName(key, path)
		if !ok {
			continue
		}
		if line, again := seen[name]; again {
			d.problem(key, join(path, name), "written twice, first in line %d", line)
			continue
		}
		seen[name] = key.Line
		out = append(out, entry{name, key, value})
	}
	return out
}

func (d *decoder) keyName(key *yaml.Node, path string) (string, bool) {
	name := follow(key)
	switch {
	case name.Tag == "!!merge":
		d.problem(key, path, "merge keys (<<) are not read; use an alias for a whole value")
	case name.Kind != yaml.ScalarNode || name.Value == "":
		d.problem(key, path, "want a name as key, got %s", kindOf(name))
	default:
		return name.Value, true
	}
	return "", false
}

// unknown notes a key that does not exist.
func (d *decoder) unknown(e entry, path string, known []string) {
	message := "unknown key"
	if near := nearest(e.name, known); len(near) > 0 {
		message += ", did you mean " + near[0] + "?"
	}
	d.problem(e.key, join(path, e.name), "%s", message)
}

// kindOf names a node in an error, without its content: that may be a credential.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys and values"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		switch n.Tag {
		case "!!null":
			return "nothing"
		case "!!bool":
			return "a boolean"
		case "!!int", "!!float":
			return "a number"
		}
		return "a text"
	}
	return "something else"
}

func join(path, name string) string {
	if path == "" || name == "" {
		return path + name
	}
	return path + "." + name
}
