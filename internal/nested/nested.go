// Package nested builds JSON from keys in the notation of gh's fields: "a[b]=c" is {"a": {"b": c}}, "a[]=x" appends to a list,
// "a[][k]=v" to a list of objects, "a[]" is an empty list. It is pure.
package nested

import (
	"errors"
	"strconv"
	"strings"
)

// A Path is a key taken apart: "a[b][][c]" is a, b, nothing, c.
type Path []string

// ParsePath reads a key.
func ParsePath(key string) (Path, error) {
	name, rest, nested := strings.Cut(key, "[")
	if name == "" || strings.Contains(name, "]") {
		return nil, errors.New("not a key such as name, name[sub] or name[]")
	}
	path := Path{name}
	for nested {
		step, after, ok := strings.Cut(rest, "]")
		if !ok || strings.Contains(step, "[") || after != "" && after[0] != '[' {
			return nil, errors.New("its brackets do not match")
		}
		if step == "" && path[len(path)-1] == "" {
			return nil, errors.New("a list in a list must be written as JSON, with --json")
		}
		path = append(path, step)
		nested = after != ""
		rest = strings.TrimPrefix(after, "[")
	}
	return path, nil
}

// IsList reports whether the path ends with a list, to which a value is appended.
func (p Path) IsList() bool { return p[len(p)-1] == "" }

// Put puts a value where the path leads to in root. Without a value (nil) it makes sure that there is a list.
func (p Path) Put(root map[string]any, value any) error {
	_, err := put(root, p, value)
	return err
}

// Null is null as a value; nil is no value.
type Null struct{}

// MarshalJSON implements json.Marshaler.
func (Null) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// put puts a value at a path below what is there, and returns that. Without a value it makes sure
// that there is a list.
func put(there any, path Path, value any) (any, error) {
	switch {
	case len(path) == 0 && there != nil:
		return nil, errors.New("it has a value already")
	case len(path) == 0:
		return value, nil
	case path[0] == "":
		return putInList(there, path[1:], value)
	}
	object, ok := there.(map[string]any)
	if !ok && there != nil {
		return nil, errors.New("it has a value already, which is not an object")
	}
	if object == nil {
		object = make(map[string]any)
	}
	inner, err := put(object[path[0]], path[1:], value)
	object[path[0]] = inner
	return object, err
}

// putInList appends a value. One with a key goes into the last object if that has no such key yet.
func putInList(there any, path Path, value any) (any, error) {
	list, ok := there.([]any)
	switch {
	case !ok && there != nil:
		return nil, errors.New("it has a value already, which is not a list")
	case list == nil:
		list = []any{}
	}
	if len(path) == 0 {
		if value != nil {
			list = append(list, value)
		}
		return list, nil
	}
	if len(list) > 0 {
		if last, ok := list[len(list)-1].(map[string]any); ok && last[path[0]] == nil {
			_, err := put(last, path, value)
			return list, err
		}
	}
	item, err := put(nil, path, value)
	return append(list, item), err
}

// Typed returns what a text means: true, false, Null, an integer, or itself. An integer that is not written as JSON
// would, such as 007, stays text: it may be a number of another kind.
func Typed(text string) any {
	switch text {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return Null{}
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
		return n
	}
	return text
}
