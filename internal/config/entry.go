package config

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// An Entry is a profile, or a change to one, as written in a configuration.
type Entry struct {
	Name string

	key, value *yaml.Node
}

// A Setting is a key of an [Entry] with its value: a string, a bool, an int, a float64, a []string, or a []Setting.
type Setting struct {
	Key   string
	Value any
}

// NewEntry returns an entry with these settings, in this order. [Insert] checks them.
func NewEntry(name string, settings ...Setting) Entry {
	return Entry{Name: name, key: textNode(name), value: mappingNode(settings, 0)}
}

func textNode(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	if IndexControl(text) >= 0 {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

func mappingNode(settings []Setting, style yaml.Style) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: style}
	for _, s := range settings {
		n.Content = append(n.Content, textNode(s.Key), valueNode(s.Value))
	}
	return n
}

// valueNode returns the node of a value, in flow style if it is a collection.
func valueNode(value any) *yaml.Node {
	switch v := value.(type) {
	case string:
		return textNode(v)
	case []string:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
		for _, item := range v {
			n.Content = append(n.Content, textNode(item))
		}
		return n
	case []Setting:
		return mappingNode(v, yaml.FlowStyle)
	}
	n := &yaml.Node{}
	if err := n.Encode(value); err != nil {
		return textNode(fmt.Sprint(value))
	}
	return n
}

// checkEntries returns what is invalid about entries, merged with the built-in profiles.
func checkEntries(file string, entries []Entry) error {
	c := config{decoder: decoder{file: file}, registry: NewRegistry(), profiles: make(map[string]*Profile)}
	for i, e := range entries {
		switch {
		case follow(e.value).Kind != yaml.MappingNode:
			c.problem(e.value, join("apis", e.Name), "want a mapping, got %s", kindOf(e.value))
		case slices.ContainsFunc(entries[:i], func(other Entry) bool { return other.Name == e.Name }):
			c.problem(e.key, join("apis", e.Name), "duplicate entry")
		default:
			c.api(entry{e.Name, e.key, e.value})
		}
	}
	return configError(c.problems)
}

// block formats entries as block mappings, indented by indent.
func block(entries []Entry, indent, eol string) (string, error) {
	var b strings.Builder
	for _, e := range entries {
		text, err := yamlOf(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{e.key, e.value}})
		if err != nil {
			return "", err
		}
		for line := range strings.Lines(text) {
			b.WriteString(indent + strings.TrimSuffix(line, "\n") + eol)
		}
	}
	return b.String(), nil
}

// flow formats entries for the inside of a flow mapping.
func flow(entries []Entry) (string, error) {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	for _, e := range entries {
		n.Content = append(n.Content, e.key, e.value)
	}
	text, err := yamlOf(n)
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(text, "\n"), "{"), "}"), err
}

func yamlOf(n *yaml.Node) (string, error) {
	var b strings.Builder
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(n); err != nil {
		return "", fmt.Errorf("format YAML: %w", err)
	}
	return b.String(), nil
}
