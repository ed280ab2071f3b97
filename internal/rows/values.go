package rows

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/arl-cli/arl/internal/rawjson"
	"github.com/arl-cli/arl/internal/uritemplate"
)

// A row is where the templates of a record find their values.
type row interface {
	// find returns the value of a name as JSON, nil if the row has none of that name.
	find(name string) []byte
	// text returns the value of a name if it is text, whatever it looks like.
	text(name string) (string, bool)
}

// A cells row has columns, and all values are texts.
type cells struct {
	index  map[string]int
	values []string
}

func (c cells) text(name string) (string, bool) {
	i, ok := c.index[name]
	if !ok || i >= len(c.values) {
		return "", false
	}
	return c.values[i], true
}

func (c cells) find(name string) []byte { return quotedText(c, name) }

// A line row has one value without a name.
type line string

func (l line) text(name string) (string, bool) { return string(l), name == "" }

func (l line) find(name string) []byte { return quotedText(l, name) }

func quotedText(r row, name string) []byte {
	text, ok := r.text(name)
	if !ok {
		return nil
	}
	return rawjson.AppendQuoted(nil, text)
}

// A document row is a JSON value; names lead into it.
type document []byte

// text implements row: what a document holds has types.
func (d document) text(string) (string, bool) { return "", false }

// find looks for a member of the whole name first, then for one in objects in objects, with a dot between their names.
func (d document) find(name string) []byte {
	if name == "" {
		return d
	}
	if value := rawjson.Member(d, name); value != nil {
		return value
	}
	value := []byte(d)
	for step := range strings.SplitSeq(name, ".") {
		if i, err := strconv.Atoi(step); err == nil && len(value) > 0 && value[0] == '[' {
			value = rawjson.Element(value, i)
		} else {
			value = rawjson.Member(value, step)
		}
		if value == nil {
			return nil
		}
	}
	return value
}

// value returns what a template is to insert.
func value(r row, ref uritemplate.Ref) (uritemplate.Value, error) {
	if text, ok := r.text(ref.Name); ok {
		return uritemplate.Text(text), nil
	}
	raw := r.find(ref.Name)
	if raw == nil {
		if ref.Optional() {
			return uritemplate.Value{}, nil
		}
		return uritemplate.Value{}, missing(ref.Name)
	}
	switch raw[0] {
	case 'n':
		return uritemplate.Value{}, nil
	case '[':
		return uritemplate.List(elements(raw)), nil
	case '{':
		return uritemplate.Object(members(raw)), nil
	}
	text, err := scalar(raw)
	return uritemplate.Text(text), err
}

func missing(name string) error {
	if name == "" {
		return errors.New("{} is the whole line, but the row is not plain text")
	}
	return fmt.Errorf("the row has no %q", name)
}

// scalar returns a string, or any other value as it is written.
func scalar(raw []byte) (string, error) {
	if raw[0] == '"' {
		return rawjson.Text(raw)
	}
	return string(rawjson.AppendLine(nil, raw)), nil
}

// elements returns those of an array that are not null, as texts. A string that stands for no text is left out.
func elements(raw []byte) (items []string) {
	for one := range rawjson.Elements(raw) {
		if text, err := scalar(one); err == nil && one[0] != 'n' {
			items = append(items, text)
		}
	}
	return items
}

func members(raw []byte) (pairs []uritemplate.Pair) {
	for quoted, one := range rawjson.Members(raw) {
		name, err := rawjson.Text(quoted)
		text, textErr := scalar(one)
		if err == nil && textErr == nil && one[0] != 'n' {
			pairs = append(pairs, uritemplate.Pair{Name: name, Value: text})
		}
	}
	return pairs
}

// anywhere is the lookup of templates whose text makes sense whatever the values are.
func anywhere(r row) uritemplate.Lookup {
	return func(ref uritemplate.Ref) (uritemplate.Value, error) { return value(r, ref) }
}

// inPath is the lookup of paths: without its value, or with one that leads elsewhere, the request would be about
// something else, such as all users instead of one.
func inPath(r row) uritemplate.Lookup {
	return func(ref uritemplate.Ref) (uritemplate.Value, error) {
		v, err := value(r, ref)
		if err != nil || ref.Optional() || ref.InQuery {
			return v, err
		}
		switch text, isText := v.Text(); {
		case v.IsZero():
			return v, fmt.Errorf("%s has no value, so the path would name something else", called(ref.Name))
		case isText && text == "":
			return v, fmt.Errorf("%s is empty, so the path would name something else", called(ref.Name))
		case text == "." || text == "..":
			return v, fmt.Errorf("%s is %q, which would lead to another path", called(ref.Name), text)
		}
		return v, nil
	}
}

// called names a value in a message.
func called(name string) string {
	if name == "" {
		return "the line"
	}
	return strconv.Quote(name)
}
