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
	"strings"
	"unicode/utf8"

	"github.com/arl-cli/arl/internal/input"
	"github.com/arl-cli/arl/internal/nested"
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
			return p, input.Wrap(err)
		}
		p.body, p.json = bytes.TrimSuffix(b.Bytes(), []byte("\n")), true
	}
	return p, o.addURLQuery(&p, in)
}

// into puts the field where its key says. Errors never repeat the value.
func (f Field) into(root map[string]any, in io.Reader) error {
	key, text, given := strings.Cut(f.Text, "=")
	path, err := nested.ParsePath(key)
	if err == nil && !given && !path.IsList() {
		err = errors.New("a value is missing: write KEY=VALUE")
	}
	var value any
	if err == nil && given {
		value, err = f.value(text, in)
	}
	if err == nil {
		err = path.Put(root, value)
	}
	if err != nil {
		return input.Errorf("field %q: %w", key, err)
	}
	return nil
}

// value reads what follows the "=".
func (f Field) value(text string, in io.Reader) (any, error) {
	if f.Raw {
		return valid(text)
	}
	if name, ok := strings.CutPrefix(text, "@"); ok {
		b, err := input.ReadFile(name, in)
		if err != nil {
			return nil, err
		}
		return valid(string(b))
	}
	if typed := nested.Typed(text); typed != text {
		return typed, nil
	}
	return valid(text)
}

// valid rejects what cannot stand in JSON as it is.
func valid(text string) (any, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("the value is not UTF-8, so it cannot be a JSON string")
	}
	return text, nil
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
	case nested.Null:
		pairs = append(pairs, url.QueryEscape(name)+"=")
	default:
		pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(fmt.Sprint(v)))
	}
	return pairs
}
