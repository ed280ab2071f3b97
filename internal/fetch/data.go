package fetch

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
)

// payload is what the data options add up to.
type payload struct {
	body  []byte // nil without any
	query string // raw, to be joined to the URL's
	json  bool
}

// payload reads the data options, in their order.
func (o *Options) payload(in io.Reader) (payload, error) {
	if len(o.Fields) > 0 {
		return o.fieldPayload(in)
	}
	p := payload{}
	for i, d := range o.Data {
		b, err := d.read(in)
		if err != nil {
			return p, err
		}
		if i > 0 && d.Kind != DataJSON {
			p.body = append(p.body, '&')
		}
		p.body = append(p.body, b...)
		p.json = p.json || d.Kind == DataJSON
	}
	if len(o.Data) > 0 && p.body == nil {
		p.body = []byte{}
	}
	if o.Get {
		p.query, p.body = string(p.body), nil
	}
	return p, o.addURLQuery(&p, in)
}

// addURLQuery adds --url-query: like --data-urlencode, and "+text" as it stands.
func (o *Options) addURLQuery(p *payload, in io.Reader) error {
	for _, q := range o.URLQuery {
		part, raw := strings.CutPrefix(q, "+")
		if !raw {
			b, err := Datum{DataURLEncode, q}.read(in)
			if err != nil {
				return err
			}
			part = string(b)
		}
		p.query = joinQuery(p.query, part)
	}
	return nil
}

func joinQuery(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "&" + b
}

func (d Datum) read(in io.Reader) ([]byte, error) {
	switch d.Kind {
	case DataRaw:
		return []byte(d.Value), nil
	case DataURLEncode:
		return d.encode(in)
	}
	name, isFile := strings.CutPrefix(d.Value, "@")
	if !isFile {
		return []byte(d.Value), nil
	}
	b, err := readFile(name, in)
	if d.Kind == DataASCII {
		b = bytes.Map(func(r rune) rune {
			if r == '\r' || r == '\n' || r == 0 {
				return -1
			}
			return r
		}, b)
	}
	return b, err
}

// encode reads --data-urlencode's forms: content, =content, name=content, @file, name@file.
func (d Datum) encode(in io.Reader) ([]byte, error) {
	at := strings.IndexAny(d.Value, "=@")
	if at < 0 {
		return []byte(url.QueryEscape(d.Value)), nil
	}
	name, content := d.Value[:at], d.Value[at+1:]
	if d.Value[at] == '@' {
		b, err := readFile(content, in)
		if err != nil {
			return nil, err
		}
		content = string(b)
	}
	if name != "" {
		name += "="
	}
	return []byte(name + url.QueryEscape(content)), nil
}

// readFile reads a file, or in for "-".
func readFile(name string, in io.Reader) ([]byte, error) {
	if name == "-" {
		b, err := io.ReadAll(in)
		if err != nil {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		return b, nil
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, &InputError{err}
	}
	return b, nil
}

// An InputError says that something the command line names cannot be read.
type InputError struct{ Err error }

// Error implements error.
func (e *InputError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.Err }
