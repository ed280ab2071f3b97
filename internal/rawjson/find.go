package rawjson

import (
	"bytes"
	"errors"
)

// Member returns the value of a member of a valid value; nil if that is no object or has no such member.
// Of several the last counts, as for most readers.
func Member(value []byte, name string) (found []byte) {
	if len(value) == 0 || value[0] != '{' {
		return nil
	}
	for quoted, member := range Members(value) {
		if is(quoted, name) {
			found = member
		}
	}
	return found
}

// Element returns element i of a valid value, counted from the end if it is negative; nil if that is no
// array or has no such element.
func Element(value []byte, i int) []byte {
	if len(value) == 0 || value[0] != '[' {
		return nil
	}
	var all [][]byte
	for element := range Elements(value) {
		all = append(all, element)
	}
	if i < 0 {
		i += len(all)
	}
	if i >= 0 && i < len(all) {
		return all[i]
	}
	return nil
}

// Text returns what a valid string stands for, and leaves it as it is.
func Text(quoted []byte) (string, error) {
	text, err := Unquote(bytes.Clone(quoted))
	return string(text), err
}

// is reports whether a quoted name is this one.
func is(quoted []byte, name string) bool {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1:len(quoted)-1]) == name
	}
	text, err := Text(quoted)
	return err == nil && text == name
}

// ErrNotObject says that a member cannot be set in what is no object.
var ErrNotObject = errors.New("not a JSON object")

// Set returns a valid object with another value for the member that path leads to, through objects in
// objects; they are made where they are missing. Everything else stays as it is.
func Set(object []byte, path []string, value []byte) ([]byte, error) {
	if len(path) == 0 {
		return value, nil
	}
	if len(object) == 0 || object[0] != '{' {
		return nil, ErrNotObject
	}
	s := Scan(object)
	for name, old, ok := s.Member(); ok; name, old, ok = s.Member() {
		if !is(name, path[0]) {
			continue
		}
		fresh, err := Set(old, path[1:], value)
		if err != nil {
			return nil, err
		}
		return splice(object, s.at-len(old), s.at, fresh), nil
	}
	alone := len(bytes.TrimSpace(object[1:s.at-1])) == 0
	return insert(object, path, value, alone), nil
}

// insert puts a member in front of the others.
func insert(object []byte, path []string, value []byte, alone bool) []byte {
	member := AppendQuoted(nil, path[0])
	member = append(member, ':')
	for _, name := range path[1:] {
		member = append(AppendQuoted(append(member, '{'), name), ':')
	}
	member = append(member, value...)
	member = append(member, bytes.Repeat([]byte("}"), len(path)-1)...)
	if !alone {
		member = append(member, ',')
	}
	return splice(object, 1, 1, member)
}

func splice(text []byte, from, to int, in []byte) []byte {
	out := make([]byte, 0, len(text)+len(in))
	return append(append(append(out, text[:from]...), in...), text[to:]...)
}
