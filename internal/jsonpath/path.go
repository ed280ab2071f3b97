package jsonpath

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A Path leads to a value in JSON: .a.b, ."a b", .a[0], .a[-1] for the last element. It is a subset of jq. A dot alone
// is the whole value. In a rule a path may lead to several values: .a[].b.
type Path []Step

// A Step is the name of a member, or if Name is nil an index, which counts from the end if it is negative.
type Step struct {
	Name  *string
	Index int
	Each  bool // every element; only from [ParseAll]
}

// Parse parses a path to one value.
func Parse(text string) (Path, error) {
	path, err := ParseAll(text)
	for _, step := range path {
		if step.Each {
			return nil, fmt.Errorf("%q leads to several values; [] is allowed in rules only", text)
		}
	}
	return path, err
}

// ParseAll parses a path that may lead to several values.
func ParseAll(text string) (Path, error) {
	if text == "" || text[0] != '.' {
		return nil, fmt.Errorf("%q does not begin with a dot", text)
	}
	var path Path
	for rest := text; rest != "" && rest != "."; {
		step, left, err := pathStep(rest)
		if err != nil {
			return nil, fmt.Errorf("%q is not a path like .a.b[0].\"c d\": %w", text, err)
		}
		path = append(path, step)
		rest = left
		if rest == "." {
			return nil, fmt.Errorf("%q ends with a dot", text)
		}
	}
	return path, nil
}

// pathStep parses the first step of a path.
func pathStep(text string) (step Step, rest string, err error) {
	rest = strings.TrimPrefix(text, ".")
	switch {
	case rest != "" && rest[0] == '[':
		inside, after, closed := strings.Cut(rest[1:], "]")
		if !closed {
			return step, "", errors.New("[ without ]")
		}
		if inside == "" {
			step.Each = true
			return step, after, nil
		}
		if step.Index, err = strconv.Atoi(inside); err != nil {
			return step, "", fmt.Errorf("[%s] is not an index", inside)
		}
		return step, after, nil
	case rest == text:
		return step, "", errors.New("a dot is missing before a name")
	case rest != "" && rest[0] == '"':
		name, after, err := quotedName(rest)
		return Step{Name: &name}, after, err
	}
	end := strings.IndexAny(rest, `.["`)
	if end < 0 {
		end = len(rest)
	}
	name := rest[:end]
	if !plainName(name) {
		return step, "", fmt.Errorf(`%q must be quoted, ."a-b"`, name)
	}
	return Step{Name: &name}, rest[end:], nil
}

func quotedName(text string) (name, rest string, err error) {
	d := json.NewDecoder(strings.NewReader(text))
	if err := d.Decode(&name); err != nil {
		return "", "", errors.New("a closing quote is missing")
	}
	return name, text[d.InputOffset():], nil
}

// plainName reports whether a name needs no quotes.
func plainName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		letter := 'a' <= r|0x20 && r|0x20 <= 'z'
		return !letter && (r < '0' || '9' < r) && r != '_'
	})
}

// Unit returns the unit of the numbers that a path leads to, from its last name, such as retry_after_ms; "" if that
// names none.
func (p Path) Unit() string {
	name := ""
	for _, step := range p {
		if step.Name != nil {
			name = *step.Name
		}
	}
	words := strings.ToLower(name)
	switch {
	case strings.HasSuffix(words, "_ms"), strings.HasSuffix(name, "Ms"), strings.HasSuffix(name, "MS"),
		strings.HasSuffix(words, "millis"), strings.HasSuffix(words, "milliseconds"):
		return "ms"
	case strings.HasSuffix(words, "minutes"):
		return "m"
	}
	return ""
}
