package fetch

import (
	"io"
	"net/url"
	"strings"

	"github.com/arl-cli/arl/internal/input"
)

// payload is what the data options add up to.
type payload struct {
	body   []byte   // nil without any
	stream *content // instead of body: read while it is sent
	kind   string   // the body's Content-Type, where it is not that of a form
	query  string   // raw, to be joined to the URL's
	json   bool
}

// whole reads the body, and holds it.
func (p *payload) whole() ([]byte, error) {
	if p.stream == nil {
		return p.body, nil
	}
	return p.stream.all()
}

// payload reads the data options, in their order.
func (o *Options) payload(in io.Reader) (payload, error) {
	if o.GraphQL != "" {
		return o.graphQLPayload(in)
	}
	if len(o.Fields) > 0 {
		return o.fieldPayload(in)
	}
	p := payload{}
	if err := o.checkBodies(); err != nil {
		return p, err
	}
	c, err := o.content(&p, in)
	switch {
	case err != nil:
		return p, err
	case c == nil:
	case o.Get && len(o.Form) == 0 && o.Upload == "":
		b, err := c.all()
		if err != nil {
			return p, err
		}
		p.query = string(b)
	default:
		if b, ok := c.memory(); ok {
			p.body = b
		} else {
			p.stream = c
		}
	}
	return p, o.addURLQuery(&p, in)
}

// content is the body: data, a form or a file; nil without any.
func (o *Options) content(p *payload, in io.Reader) (*content, error) {
	switch {
	case len(o.Form) > 0:
		c, kind, err := o.form(in)
		p.kind = kind
		return c, err
	case o.Upload != "":
		return o.upload(p, in)
	case len(o.Data) == 0:
		return nil, nil
	}
	c := &content{}
	for i, d := range o.Data {
		if i > 0 && d.Kind != DataJSON {
			c.text([]byte("&"))
		}
		if err := d.addTo(c, in); err != nil {
			return nil, err
		}
		p.json = p.json || d.Kind == DataJSON
	}
	return c, nil
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
		p.query = JoinQuery(p.query, part)
	}
	return nil
}

// JoinQuery joins two raw queries, either of which may be empty.
func JoinQuery(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "&" + b
}

// addTo reads a datum; a large file is read later, while it is sent.
func (d Datum) addTo(c *content, in io.Reader) error {
	if name, isFile := strings.CutPrefix(d.Value, "@"); isFile && (d.Kind == DataBinary || d.Kind == DataJSON) {
		return c.read(name, in)
	}
	b, err := d.read(in)
	c.text(b)
	return err
}

func (d Datum) read(in io.Reader) ([]byte, error) {
	switch d.Kind {
	case DataRaw, DataBinary, DataJSON:
		return []byte(d.Value), nil
	case DataURLEncode:
		return d.encode(in)
	}
	name, isFile := strings.CutPrefix(d.Value, "@")
	if !isFile {
		return []byte(d.Value), nil
	}
	b, err := input.ReadFile(name, in)
	return input.WithoutLineEnds(b), err
}

// encode reads --data-urlencode's forms: content, =content, name=content, @file, name@file.
func (d Datum) encode(in io.Reader) ([]byte, error) {
	at := strings.IndexAny(d.Value, "=@")
	if at < 0 {
		return []byte(url.QueryEscape(d.Value)), nil
	}
	name, content := d.Value[:at], d.Value[at+1:]
	if d.Value[at] == '@' {
		b, err := input.ReadFile(content, in)
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
