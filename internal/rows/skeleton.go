package rows

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/arl-cli/arl/internal/nested"
	"github.com/arl-cli/arl/internal/rawjson"
	"github.com/arl-cli/arl/internal/uritemplate"
)

// A skeleton is JSON with places that a row fills.
type skeleton []segment

// A segment is JSON as it is, or a value that is made of a row.
type segment struct {
	literal []byte
	text    *uritemplate.Template // nil if there is only the literal
	as      valueType
}

// A valueType is what a template makes in JSON.
type valueType int

const (
	asFound  valueType = iota // the value itself where the template is nothing else, else a string
	asString                  // always a string
	asTyped                   // as asFound; and of text an integer, true, false or null, if it looks like one
)

// parseSkeleton reads JSON with templates in its strings.
func parseSkeleton(text string) (skeleton, error) {
	if !rawjson.Valid([]byte(text)) {
		return nil, errors.New(`it is not valid JSON; a template is part of a string, as in {"email": "{email}"}`)
	}
	var s skeleton
	data := rawjson.AppendLine(nil, []byte(text))
	for len(data) > 0 {
		from, to := nextString(data)
		quoted := data[from:to]
		t, err := stringTemplate(quoted)
		if err != nil {
			return nil, err
		}
		if t == nil {
			s = s.add(data[:to])
		} else {
			s = append(s.add(data[:from]), segment{text: t, as: asFound})
			if isName(data[to:]) {
				s[len(s)-1].as = asString
			}
		}
		data = data[to:]
	}
	return s, nil
}

// nextString returns where the first string of valid JSON is; at the end if there is none.
func nextString(data []byte) (from, to int) {
	for from < len(data) && data[from] != '"' {
		from++
	}
	to = min(from+1, len(data))
	for to < len(data) && data[to] != '"' {
		if data[to] == '\\' {
			to++
		}
		to++
	}
	return from, min(to+1, len(data))
}

// stringTemplate returns the template that a string is, nil if it is none.
func stringTemplate(quoted []byte) (*uritemplate.Template, error) {
	if len(quoted) == 0 {
		return nil, nil
	}
	text, err := rawjson.Text(quoted)
	if err != nil {
		return nil, err
	}
	if t := uritemplate.ParseText(text); len(t.Names()) > 0 {
		return t, nil
	}
	return nil, nil
}

// isName reports whether what follows a string makes it the name of a member.
func isName(rest []byte) bool {
	for _, c := range rest {
		if c != ' ' && c != '\t' {
			return c == ':'
		}
	}
	return false
}

// add appends literal JSON.
func (s skeleton) add(literal []byte) skeleton {
	if n := len(s); n > 0 && s[n-1].text == nil {
		s[n-1].literal = append(s[n-1].literal, literal...)
		return s
	}
	return append(s, segment{literal: append([]byte(nil), literal...)})
}

// fieldSkeleton makes an object of fields.
func fieldSkeleton(fields []Field) (skeleton, error) {
	root := map[string]any{}
	for _, f := range fields {
		path, err := nested.ParsePath(f.Key)
		if err == nil {
			err = path.Put(root, f.value())
		}
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", f.Key, err)
		}
	}
	return skeleton(nil).addValue(root)
}

// value returns what goes into the object: a segment if a row fills it.
func (f *Field) value() any {
	t := uritemplate.ParseText(f.Text)
	switch {
	case !f.Literal && len(t.Names()) > 0 && f.Raw:
		return segment{text: t, as: asString}
	case !f.Literal && len(t.Names()) > 0:
		return segment{text: t, as: asTyped}
	case f.Raw || f.Literal:
		return f.Text
	}
	return nested.Typed(f.Text)
}

// addValue appends a value, members sorted by name.
func (s skeleton) addValue(value any) (_ skeleton, err error) {
	switch v := value.(type) {
	case segment:
		return append(s, v), nil
	case map[string]any:
		s = s.add([]byte("{"))
		for i, name := range slices.Sorted(maps.Keys(v)) {
			s = s.comma(i).add(append(rawjson.AppendQuoted(nil, name), ':'))
			if s, err = s.addValue(v[name]); err != nil {
				return nil, err
			}
		}
		return s.add([]byte("}")), nil
	case []any:
		s = s.add([]byte("["))
		for i, item := range v {
			if s, err = s.comma(i).addValue(item); err != nil {
				return nil, err
			}
		}
		return s.add([]byte("]")), nil
	}
	text, err := json.Marshal(value)
	return s.add(text), err
}

func (s skeleton) comma(i int) skeleton {
	if i == 0 {
		return s
	}
	return s.add([]byte(","))
}

// append appends the JSON that a row makes of the skeleton.
func (s skeleton) append(dst []byte, r row) (_ []byte, err error) {
	for i := range s {
		if s[i].text == nil {
			dst = append(dst, s[i].literal...)
		} else if dst, err = s[i].append(dst, r); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// append appends the value of a template.
func (g *segment) append(dst []byte, r row) ([]byte, error) {
	if name, single := g.text.Single(); single && g.as != asString {
		if _, isText := r.text(name); !isText || g.as == asFound {
			return appendFound(dst, r, name)
		}
	}
	text, err := g.text.Append(nil, anywhere(r))
	if err != nil {
		return nil, err
	}
	if typed := nested.Typed(string(text)); g.as == asTyped && typed != string(text) {
		return append(dst, text...), nil // written as JSON has it
	}
	return rawjson.AppendQuoted(dst, text), nil
}

// appendFound appends the value of a name as the row has it.
func appendFound(dst []byte, r row, name string) ([]byte, error) {
	found := r.find(name)
	if found == nil {
		return nil, missing(name)
	}
	return rawjson.AppendLine(dst, found), nil
}
