package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// ReadOverrides reads profiles, or changes to built-in ones, from JSON: {"name": {"base_url": "…",
// "initial_rate": 2}}. What is wrong with them is a [*Error] with all of it, each with its place in
// the file.
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

// A jsonReader reads JSON as nodes that know where they stand.
type jsonReader struct {
	decoder
	dec  *json.Decoder
	text []byte
}

// deepest is how deep JSON may be nested; a profile needs four levels.
const deepest = 100

func (j *jsonReader) value(depth int) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.ScalarNode}
	n.Line, n.Column = j.position(j.next())
	if depth > deepest {
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

// inside reads an object or a list up to its end. Within a profile each stands in one line.
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

// next is where the next token begins.
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

// broken is what is wrong with JSON that is none.
func (j *jsonReader) broken() *Problem {
	var ignored any
	err := json.Unmarshal(j.text, &ignored)
	if err == nil {
		return nil
	}
	p := &Problem{File: j.file, Message: "not JSON: " + err.Error()}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		p.Line, p.Column = j.position(max(syntax.Offset-1, 0))
	}
	return p
}
