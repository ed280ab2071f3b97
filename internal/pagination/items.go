package pagination

import (
	"bytes"
	"strings"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/jsonpath"
	"github.com/arl-cli/arl/internal/rawjson"
)

// itemsOf returns the array of a page's items.
func (l *plan) itemsOf(body []byte) ([]byte, error) {
	if l.items != nil {
		found := l.items.Find(body)
		if len(found) == 0 || found[0] != '[' {
			return nil, notList(body, "nothing at %s is an array", l.itemsName)
		}
		return found, nil
	}
	if body[0] == '[' {
		return body, nil
	}
	if l.style == config.PageGraphQL {
		c, err := connectionOf(body)
		if err != nil {
			return nil, err
		}
		return c.items(body)
	}
	var arrays []string
	var found []byte
	if body[0] == '{' {
		for name, value := range rawjson.Members(body) {
			if value[0] == '[' {
				arrays, found = append(arrays, string(name)), value
			}
		}
	}
	switch len(arrays) {
	case 1:
		return found, nil
	case 0:
		return nil, notList(body, "there is no array in it")
	}
	return nil, notList(nil, "several arrays are in it, %s", strings.Join(arrays, ", "))
}

// itemsNull reports whether a page says that it has no items by null or {}, where an array should be.
func (l *plan) itemsNull(body []byte) bool {
	if l.items == nil {
		return string(body) == "null" || l.onlyNull(body) && !failed(body)
	}
	value := body
	for i := range l.items {
		if value = l.items[i : i+1].Find(value); string(value) == "null" {
			return !failed(body)
		}
	}
	// Lua's encoders write a table without elements as an object, PHP's an object without members as an array.
	return string(body) == "null" || isEmpty(value, '{') && !failed(body)
}

// isEmpty reports whether a value is an array or an object, whichever begins so, without anything in it.
func isEmpty(value []byte, start byte) bool {
	return len(value) > 1 && value[0] == start && len(bytes.TrimSpace(value[1:len(value)-1])) == 0
}

// onlyNull reports whether an object has no array, and one null where its array may have been.
func (l *plan) onlyNull(body []byte) bool {
	if body[0] != '{' {
		return false
	}
	nulls := 0
	for quoted, value := range rawjson.Members(body) {
		name, err := rawjson.Text(quoted)
		switch {
		case value[0] == '[' || err != nil:
			return false
		case string(value) == "null" && !begins(l.next, name) && !begins(l.more, name):
			nulls++
		}
	}
	return nulls == 1
}

func begins(path jsonpath.Path, name string) bool {
	return len(path) > 0 && path[0].Name != nil && *path[0].Name == name
}

// itemsMissing reports whether a page says that it has no items by leaving them out.
func (l *plan) itemsMissing(body []byte) bool {
	if l.items != nil && isEmpty(body, '[') {
		return true
	}
	if body[0] != '{' || failed(body) {
		return false
	}
	if l.items != nil {
		return l.items.Find(body) == nil
	}
	for _, value := range rawjson.Members(body) {
		if value[0] == '[' {
			return false
		}
	}
	return true
}

// failed reports whether an object tells of a failure, as some servers do under status 200. It is no page,
// and above all not the last one.
func failed(body []byte) bool {
	if body[0] != '{' {
		return false
	}
	for _, name := range [...]string{"error", "errors", "fault", "exception", "message", "detail", "error_description"} {
		switch value := rawjson.Member(body, name); string(value) {
		case "", "null", "false", `""`, "0", "[]", "{}":
		default:
			return true
		}
	}
	for _, name := range [...]string{"ok", "success"} {
		if string(rawjson.Member(body, name)) == "false" {
			return true
		}
	}
	return false
}
