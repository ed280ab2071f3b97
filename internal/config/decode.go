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

// A decoder parses YAML with positions and collects problems.
type decoder struct {
	file     string
	builtIn  bool
	problems []Problem
	visited  int // nodes, counting each use of an alias, which bounds what a small file can expand to
}

// maxNodes bounds the size of a configuration with its aliases expanded.
const maxNodes = 200_000

// An entry is one key of a mapping.
type entry struct {
	name       string
	key, value *yaml.Node
}

// document parses text and returns the root of its only document; nil if it is empty or invalid.
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
		d.problem(&second, "", "a second YAML document; only one is allowed")
	}
	if len(doc.Content) == 0 {
		return nil
	}
	return doc.Content[0]
}

// syntax records a syntax error. yaml.v3 has the line only in its message, counted from 0 if the error is its parser's
// rather than its scanner's, and never the column, for which the first character of the line is used.
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

// within limits a line number to those of text, and returns the column of its first character.
func within(text []byte, line int) (int, int) {
	lines := bytes.Split(bytes.TrimRight(text, "\n"), []byte("\n"))
	line = max(1, min(line, len(lines)))
	at := lines[line-1]
	return line, len(at) - len(bytes.TrimLeft(at, " ")) + 1
}

// follow resolves aliases.
func follow(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

// visit counts a node and reports whether there are not too many.
func (d *decoder) visit(n *yaml.Node) bool {
	d.visited++
	if d.visited == maxNodes {
		d.problem(n, "", "too large: more than %d values", maxNodes)
	}
	return d.visited < maxNodes
}

// entries returns the entries of a mapping in order, without duplicates.
func (d *decoder) entries(n *yaml.Node, path string) []entry {
	if n.Kind != yaml.MappingNode {
		d.problem(n, path, "want a mapping, got %s", kindOf(n))
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
			d.problem(key, join(path, name), "duplicate key, first in line %d", line)
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
		d.problem(key, path, "merge keys (<<) are not supported; use an alias for a whole value")
	case name.Kind != yaml.ScalarNode || name.Value == "":
		d.problem(key, path, "want a name as the key, got %s", kindOf(name))
	default:
		return name.Value, true
	}
	return "", false
}

// unknown records a key that does not exist.
func (d *decoder) unknown(e entry, path string, known []string) {
	message := "unknown key"
	if near := nearest(e.name, known); len(near) > 0 {
		message += ", did you mean " + near[0] + "?"
	}
	d.problem(e.key, join(path, e.name), "%s", message)
}

// kindOf names the kind of a node for messages, without its content, which may be a credential.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
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
		return "a string"
	}
	return "something else"
}

func join(path, name string) string {
	if path == "" || name == "" {
		return path + name
	}
	return path + "." + name
}
