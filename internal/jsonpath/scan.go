package jsonpath

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Scan yields the scalars that a path leads to: the value of a string, a number as written, true or false. It ends
// where the JSON is truncated or malformed.
func (p Path) Scan(body []byte, yield func(string) bool) {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if !p.mayLead(body) {
		return
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	s := scanner{d: d, yield: yield}
	s.value(p)
}

// mayLead reports, cheaply, whether the body can contain the names of the path; most responses do not.
func (p Path) mayLead(body []byte) bool {
	if bytes.Contains(body, []byte(`\u`)) {
		return true // a name may be escaped
	}
	for _, step := range p {
		if step.Name != nil && plainName(*step.Name) && !bytes.Contains(body, []byte(*step.Name)) {
			return false
		}
	}
	return true
}

// A scanner reads JSON token by token and stops as soon as it is done.
type scanner struct {
	d     *json.Decoder
	yield func(string) bool
}

// value reads one value; false ends the scan.
func (s *scanner) value(path Path) bool {
	token, err := s.d.Token()
	if err != nil {
		return false
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return s.members(path)
		}
		return s.elements(path)
	case string:
		return len(path) > 0 || s.yield(t)
	case json.Number:
		return len(path) > 0 || s.yield(t.String())
	case bool:
		return len(path) > 0 || s.yield(strconv.FormatBool(t))
	}
	return true
}

func (s *scanner) members(path Path) bool {
	for s.d.More() {
		name, err := s.d.Token()
		switch {
		case err != nil:
			return false
		case len(path) > 0 && path[0].Name != nil && name == *path[0].Name:
			if !s.value(path[1:]) {
				return false
			}
		case !s.skip():
			return false
		}
	}
	_, err := s.d.Token()
	return err == nil
}

func (s *scanner) elements(path Path) bool {
	for i := 0; s.d.More(); i++ {
		switch {
		case len(path) > 0 && path[0].Name == nil && (path[0].Each || path[0].Index == i):
			if !s.value(path[1:]) {
				return false
			}
		case !s.skip():
			return false
		}
	}
	_, err := s.d.Token()
	return err == nil
}

// skip reads one value without looking at it.
func (s *scanner) skip() bool {
	for depth := 0; ; {
		token, err := s.d.Token()
		if err != nil {
			return false
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return true
		}
	}
}
