package fetch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Field is one of gh's typed parameters, "key=value". Keys nest: "a[b]=c" is {"a": {"b": c}},
// "a[]=x" appends to a list, "a[][k]=v" to a list of objects, "a[]" is an empty list.
type Field struct {
	Text string
	Raw  bool // a text whatever it looks like; else true, false, null and integers are typed and @file is read
}

// fieldPayload makes a JSON body of the fields, or parameters of the query where a body would say
// nothing.
func (o *Options) fieldPayload(in io.Reader) (payload, error) {
	root := make(map[string]any)
	for _, f := range o.Fields {
		if err := f.into(root, in); err != nil {
			return payload{}, err
		}
	}
	p := payload{}
	if m := o.method(); o.Get || m == http.MethodGet || m == http.MethodHead {
		var pairs []string
		for _, name := range slices.Sorted(maps.Keys(root)) {
			pairs = appendPairs(pairs, name, root[name])
		}
		p.query = strings.Join(pairs, "&")
	} else {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(root); err != nil {
			return p, &InputError{err}
		}
		p.body, p.json = bytes.TrimSuffix(b.Bytes(), []byte("\n")), true
	}
	return p, o.addURLQuery(&p, in)
}

// into puts the field where its key says. Errors never repeat the value.
func (f Field) into(root map[string]any, in io.Reader) error {
	key, text, given := strings.Cut(f.Text, "=")
	path, err := keyPath(key)
	if err == nil && !given && path[len(path)-1] != "" {
		err = errors.New("a value is missing: key=value")
	}
	var value any
	if err == nil && given {
		value, err = f.value(text, in)
	}
	if err == nil {
		_, err = put(root, path, value)
	}
	if err != nil {
		return &InputError{fmt.Errorf("field %q: %w", key, err)}
	}
	return nil
}

// keyPath takes a key apart: "a[b][][c]" is a, b, nothing, c.
func keyPath(key string) ([]string, error) {
	name, rest, nested := strings.Cut(key, "[")
	if name == "" || strings.Contains(name, "]") {
		return nil, errors.New("not a key such as name, name[sub] or name[]")
	}
	path := []string{name}
	for nested {
		step, after, ok := strings.Cut(rest, "]")
		if !ok || strings.Contains(step, "[") || after != "" && after[0] != '[' {
			return nil, errors.New("its brackets do not match")
		}
		if step == "" && path[len(path)-1] == "" {
			return nil, errors.New("a list in a list has to be written as JSON, with --json")
		}
		path = append(path, step)
		nested = after != ""
		rest = strings.TrimPrefix(after, "[")
	}
	return path, nil
}

// jsonNull is null as a value; nil is no value.
type jsonNull struct{}

// MarshalJSON implements json.Marshaler.
func (jsonNull) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// value reads what follows the "=". An integer that is not written as JSON would, such as 007, stays
// a text: it may be a number of another kind.
func (f Field) value(text string, in io.Reader) (any, error) {
	if f.Raw {
		return valid(text)
	}
	if name, ok := strings.CutPrefix(text, "@"); ok {
		b, err := readFile(name, in)
		if err != nil {
			return nil, err
		}
		return valid(string(b))
	}
	switch text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return jsonNull{}, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
		return n, nil
	}
	return valid(text)
}

// valid refuses what cannot stand in JSON as it is.
func valid(text string) (any, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("the value is not UTF-8, so it cannot be a text in JSON")
	}
	return text, nil
}

// put puts a value at a path below what is there, and returns that. Without a value it makes sure
// that there is a list.
func put(there any, path []string, value any) (any, error) {
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
		return nil, errors.New("it has a value already, which is no object")
	}
	if object == nil {
		object = make(map[string]any)
	}
	inner, err := put(object[path[0]], path[1:], value)
	object[path[0]] = inner
	return object, err
}

// putInList appends a value. One with a key goes into the last object if that has no such key yet.
func putInList(there any, path []string, value any) (any, error) {
	list, ok := there.([]any)
	switch {
	case !ok && there != nil:
		return nil, errors.New("it has a value already, which is no list")
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

// appendPairs writes a value as parameters of a query: a[b]=c, a[]=x.
func appendPairs(pairs []string, name string, value any) []string {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			pairs = appendPairs(pairs, name+"["+key+"]", v[key])
		}
	case []any:
		for _, item := range v {
			pairs = appendPairs(pairs, name+"[]", item)
		}
	case jsonNull:
		pairs = append(pairs, url.QueryEscape(name)+"=")
	default:
		pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(fmt.Sprint(v)))
	}
	return pairs
}
