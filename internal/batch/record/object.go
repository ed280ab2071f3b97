package record

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/arl-cli/arl/internal/rawjson"
)

// fields are the values of a record's members, as they stand in its line; nil are those it has not.
type fields struct {
	id, api, method, path, query, headers []byte
	url                                   []byte
	json, body, bodyBase64, bodyFile      []byte
	graphQL, variables                    []byte
	all, cost                             []byte
}

// object reads a record that is a JSON object. All of it is looked over before it is judged, so that
// an error has its record's id.
func (p *parser) object(r *Request, line []byte) error {
	if err := checkJSON(line); err != nil {
		r.ID = findID(line)
		if line[len(line)-1] != '}' {
			err = fmt.Errorf("%w; %s", err, hintCompact)
		}
		return err
	}
	var f fields
	var firstErr error
	for name, value := range rawjson.Members(line) {
		if err := f.set(name, value); err != nil && firstErr == nil {
			firstErr = err
		}
	}
	r.ID = f.id
	if firstErr != nil {
		return firstErr
	}
	if r.ID != nil && !p.shard.Whole() && !p.shard.Has(r.Key()) {
		return errElsewhere // without a look for its body_file, which need not be here
	}
	return p.fill(r, &f)
}

// set keeps one member.
func (f *fields) set(quoted, value []byte) error {
	name, err := rawjson.Unquote(quoted)
	if err != nil {
		return err
	}
	at := f.named(string(name))
	if at == nil {
		return fmt.Errorf("unknown field %.40q", name)
	}
	if *at != nil {
		return fmt.Errorf("duplicate field %q", name)
	}
	*at = value
	return nil
}

// named returns where the value of a member goes, or nil.
func (f *fields) named(name string) *[]byte {
	switch name {
	case "id":
		return &f.id
	case "api":
		return &f.api
	case "method":
		return &f.method
	case "path":
		return &f.path
	case "url":
		return &f.url
	case "query":
		return &f.query
	case "headers":
		return &f.headers
	case "json":
		return &f.json
	case "body":
		return &f.body
	case "body_base64":
		return &f.bodyBase64
	case "body_file":
		return &f.bodyFile
	case "graphql":
		return &f.graphQL
	case "variables":
		return &f.variables
	case "all":
		return &f.all
	case "cost":
		return &f.cost
	}
	return nil
}

// fill makes the request of its fields. A body without a method makes it a POST, as with curl.
func (p *parser) fill(r *Request, f *fields) error {
	for _, field := range [...]struct {
		value []byte
		read  func(*Request, []byte) error
	}{
		{f.api, readAPI},
		{f.method, readMethod},
		{f.path, readPath},
		{f.url, readURL},
		{f.query, readQuery},
		{f.headers, readHeaders},
	} {
		if field.value == nil {
			continue
		}
		if err := field.read(r, field.value); err != nil {
			return err
		}
	}
	switch {
	case f.path != nil && f.url != nil:
		return errors.New(`the record has both "path" and "url"`)
	case f.path == nil && f.url == nil:
		return errors.New(`the record has no "path"`)
	}
	if f.all != nil {
		if err := p.readAll(r, f.all); err != nil {
			return err
		}
	}
	if f.cost != nil {
		if err := readCost(r, f.cost); err != nil {
			return err
		}
	}
	if err := p.body(r, f); err != nil {
		return err
	}
	if r.Body != nil && f.method == nil {
		r.Method = http.MethodPost
	}
	return nil
}

// errElsewhere is about a record of which no more has to be read: it belongs to another shard.
var errElsewhere = errors.New("the record belongs to another shard")
