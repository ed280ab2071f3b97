package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// ReadOverrides parses profiles, or changes to built-in ones, from JSON: {"name": {"base_url": "…", "initial_rate": 2}}.
// The error is an [*Error] that lists every problem with its position in the file.
func ReadOverrides(file string, text []byte) ([]Entry, error) {
	j := jsonReader{decoder: decoder{file: file}, text: bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))}
	j.dec = json.NewDecoder(bytes.NewReader(j.text))
	j.dec.UseNumber()
	if p := j.broken(); p != nil {
		return nil, configError([]Problem{*p})
	}
	root, err := j.value(0)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for _, e := range j.entries(root, "") {
		entries = append(entries, Entry{e.name, e.key, e.value})
	}
	if len(j.problems) > 0 {
		return nil, configError(j.problems)
	}
	return entries, checkEntries(file, entries)
}

// A jsonReader parses JSON into nodes with positions.
type jsonReader struct {
	decoder
	dec  *json.Decoder
	text []byte
}

// maxDepth is the maximum nesting; a profile needs four levels.
const maxDepth = 100

func (j *jsonReader) value(depth int) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.ScalarNode}
	n.Line, n.Column = j.position(j.next())
	if depth > maxDepth {
		return nil, configError([]Problem{{File: j.file, Line: n.Line, Column: n.Column, Message: "nested too deeply"}})
	}
	token, err := j.dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		return n, j.inside(n, t, depth)
	case string:
		line, column := n.Line, n.Column
		n = textNode(t)
		n.Line, n.Column = line, column
	case json.Number:
		n.Tag, n.Value = "!!int", t.String()
		if strings.ContainsAny(n.Value, ".eE") {
			n.Tag = "!!float"
		}
	case bool:
		n.Tag, n.Value = "!!bool", fmt.Sprint(t)
	default:
		n.Tag, n.Value = "!!null", "null"
	}
	return n, nil
}

// inside parses the content of an object or a list. Those inside a profile are in flow style.
func (j *jsonReader) inside(n *yaml.Node, open json.Delim, depth int) error {
	n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
	if open == '{' {
		n.Kind, n.Tag = yaml.MappingNode, "!!map"
	}
	if depth > 1 {
		n.Style = yaml.FlowStyle
	}
	for j.dec.More() {
		item, err := j.value(depth + 1)
		if err != nil {
			return err
		}
		n.Content = append(n.Content, item)
	}
	_, err := j.dec.Token()
	return err
}

// next returns the offset of the next token.
func (j *jsonReader) next() int64 {
	at := j.dec.InputOffset()
	for at < int64(len(j.text)) && strings.IndexByte(" \t\r\n,:", j.text[at]) >= 0 {
		at++
	}
	return at
}

func (j *jsonReader) position(offset int64) (line, column int) {
	before := j.text[:min(offset, int64(len(j.text)))]
	return 1 + bytes.Count(before, []byte("\n")), len(before) - bytes.LastIndexByte(before, '\n')
}

// broken returns the syntax error of the JSON, if it has one.
func (j *jsonReader) broken() *Problem {
	var ignored any
	err := json.Unmarshal(j.text, &ignored)
	if err == nil {
		return nil
	}
	p := &Problem{File: j.file, Message: "invalid JSON: " + err.Error()}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		p.Line, p.Column = j.position(max(syntax.Offset-1, 0))
	}
	return p
}
