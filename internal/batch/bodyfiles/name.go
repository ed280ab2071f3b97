package bodyfiles

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// DefaultTemplate makes names that sort as the records do, and are known by their ids.
const DefaultTemplate = "{line}-{id}{ext}"

// An Answer is what names of files are made of.
type Answer struct {
	ID         json.RawMessage // as written; nil if the record has none
	Line       int
	Occurrence uint32   // of equal records, from 1; 0 if nobody counts
	Request    [32]byte // its hash
	Header     http.Header
}

// A Template says how files are named: text, and placeholders in braces.
type Template struct{ pieces []piece }

type piece struct {
	text  string                 // if value is nil
	value func(a *Answer) string // what a placeholder stands for
}

// placeholder returns what a name in braces stands for; nil if there is no such name.
func placeholder(name string) func(*Answer) string {
	switch name {
	case "id":
		return (*Answer).id
	case "line":
		return func(a *Answer) string { return strconv.Itoa(a.Line) }
	case "occurrence":
		return func(a *Answer) string { return strconv.FormatUint(uint64(max(a.Occurrence, 1)), 10) }
	case "sha":
		return func(a *Answer) string { return hex.EncodeToString(a.Request[:]) }
	case "ext":
		return func(a *Answer) string { return extOf(a.Header) }
	}
	return nil
}

// id is the record's id, or as much of its hash as tells it from others.
func (a *Answer) id() string {
	var text string
	if json.Unmarshal(a.ID, &text) != nil {
		text = string(a.ID) // a number as it is written, something stranger, or none
	}
	if text == "" {
		return hex.EncodeToString(a.Request[:8])
	}
	return clean(text)
}

// ParseTemplate reads a template such as "{id}.json". One that gives every file the same name is an
// error, and so is what cannot be a file's name everywhere.
func ParseTemplate(text string) (Template, error) {
	var t Template
	for rest := text; rest != ""; {
		before, after, opened := strings.Cut(rest, "{")
		if before != "" {
			t.pieces = append(t.pieces, piece{text: before})
		}
		if before != clean(before) {
			return t, fmt.Errorf("%q is not allowed in file names on every system", before)
		}
		if !opened {
			break
		}
		name, behind, _ := strings.Cut(after, "}")
		value := placeholder(name)
		if value == nil {
			return t, fmt.Errorf("unknown {%s}: use {id}, {line}, {occurrence}, {sha} or {ext}", name)
		}
		t.pieces = append(t.pieces, piece{value: value})
		rest = behind
	}
	return t, t.distinct(text)
}

// distinct checks that two records can have two names.
func (t *Template) distinct(text string) error {
	one := t.name(&Answer{Line: 1})
	other := t.name(&Answer{Line: 2, Occurrence: 2, Request: [32]byte{1}})
	if one == other {
		return fmt.Errorf("%q gives all files the same name: it needs {id}, {line} or {sha}", text)
	}
	return nil
}

// name returns the name of a response's file.
func (t *Template) name(a *Answer) string {
	var b strings.Builder
	for _, p := range t.pieces {
		if p.value == nil {
			b.WriteString(p.text)
		} else {
			b.WriteString(p.value(a))
		}
	}
	return safe(b.String())
}
