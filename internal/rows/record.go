package rows

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/arl-cli/arl/internal/rawjson"
	"github.com/arl-cli/arl/internal/uritemplate"
)

// A record is a JSON object in the making.
type record struct {
	dst   []byte
	row   row
	begun bool
}

// record appends the record that a row makes. With an error it is one that has nothing but an id, if the row has that.
func (m *Maker) record(dst []byte, r row) ([]byte, error) {
	rec := &record{dst: append(dst, '{'), row: r}
	for _, step := range [...]func(*record) error{m.addID, m.addMethod, m.addPath, m.addPairs, m.addBody, m.addOwn} {
		if err := step(rec); err != nil {
			return m.idOnly(dst, r), err
		}
	}
	return append(rec.dst, '}'), nil
}

func (m *Maker) idOnly(dst []byte, r row) []byte {
	rec := &record{dst: append(dst, '{'), row: r}
	if m.id == nil || m.addID(rec) != nil {
		return nil
	}
	return append(rec.dst, '}')
}

// name appends the name of the next member.
func (r *record) name(name string) {
	if r.begun {
		r.dst = append(r.dst, ',')
	}
	r.begun = true
	r.dst = append(rawjson.AppendQuoted(r.dst, name), ':')
}

// text appends a member that is a string made by a template.
func (r *record) text(name string, t *uritemplate.Template) error {
	text, err := t.Append(nil, anywhere(r.row))
	if err != nil {
		return err
	}
	r.name(name)
	r.dst = rawjson.AppendQuoted(r.dst, text)
	return nil
}

func (m *Maker) addID(r *record) (err error) {
	if m.id == nil {
		return nil
	}
	if name, single := m.id.Single(); single {
		r.name("id")
		r.dst, err = appendFound(r.dst, r.row, name)
		return err
	}
	return r.text("id", m.id)
}

func (m *Maker) addMethod(r *record) error {
	if m.method == nil {
		return nil
	}
	return r.text("method", m.method)
}

// addPath appends the path with what --url-query adds to it as text.
func (m *Maker) addPath(r *record) (err error) {
	path, given := []byte(nil), false
	if m.path != nil {
		path, err = m.path.Append(nil, inPath(r.row))
		given = true
	} else if own, ok := r.row.text(""); ok {
		path, given = []byte(own), true
	} else if own, ok := r.row.text("path"); ok && own != "" {
		path, given = []byte(own), true
	}
	if err != nil {
		return err
	}
	if !given {
		if len(m.suffixes) > 0 {
			return errors.New("--url-query: +text and {?a,b} need --path")
		}
		return nil
	}
	for _, t := range m.suffixes {
		if path, err = appendQuery(path, t, r.row); err != nil {
			return err
		}
	}
	name := "path"
	if isURL(path) {
		name = "url"
	}
	r.name(name)
	r.dst = rawjson.AppendQuoted(r.dst, path)
	return nil
}

func isURL(path []byte) bool {
	scheme, _, ok := strings.Cut(string(path[:min(len(path), len("https://"))]), "://")
	return ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}

// appendQuery appends a piece of a query, if it has anything to say.
func appendQuery(path []byte, t *uritemplate.Template, r row) ([]byte, error) {
	text, err := t.Append(nil, anywhere(r))
	if err != nil {
		return nil, err
	}
	piece := strings.TrimLeft(string(text), "?&")
	if piece == "" {
		return path, nil
	}
	between := byte('?')
	if slices.Contains(path, '?') {
		between = '&'
	}
	return append(append(path, between), piece...), nil
}

// addPairs appends the query and the headers.
func (m *Maker) addPairs(r *record) error {
	if err := r.pairs("query", m.queries); err != nil {
		return err
	}
	return r.pairs("headers", m.headers)
}

// pairs appends an object of arrays: a name can have several values, which stand together.
func (r *record) pairs(member string, pairs []pair) error {
	if len(pairs) == 0 {
		return nil
	}
	r.name(member)
	for i, p := range pairs {
		if i > 0 && pairs[i-1].name == p.name {
			r.dst = append(r.dst, ',')
		} else {
			r.dst = append(r.dst, before(i)...)
			r.dst = append(rawjson.AppendQuoted(r.dst, p.name), ':', '[')
		}
		text, err := p.value.Append(nil, anywhere(r.row))
		if err != nil {
			return err
		}
		r.dst = rawjson.AppendQuoted(r.dst, text)
	}
	r.dst = append(r.dst, ']', '}')
	return nil
}

// before is what precedes a name of an object of arrays.
func before(i int) string {
	if i == 0 {
		return "{"
	}
	return "],"
}

func (m *Maker) addBody(r *record) (err error) {
	name := "json"
	if m.graphQL != nil {
		r.name("graphql")
		r.dst, name = append(r.dst, m.graphQL...), "variables"
	}
	if m.json != nil {
		r.name(name)
		r.dst, err = m.json.append(r.dst, r.row)
		return err
	}
	if len(m.form) == 0 {
		return nil
	}
	var body []byte
	for i, t := range m.form {
		if i > 0 {
			body = append(body, '&')
		}
		if body, err = t.Append(body, anywhere(r.row)); err != nil {
			return err
		}
	}
	r.name("body")
	r.dst = rawjson.AppendQuoted(r.dst, body)
	return nil
}

// hasBody reports whether the recipe makes a body, so that the row's own is none.
func (m *Maker) hasBody() bool { return m.json != nil || m.graphQL != nil || len(m.form) > 0 }

// addOwn appends what the row says itself, where the recipe does not say where it goes.
func (m *Maker) addOwn(r *record) error {
	if m.path != nil {
		return nil
	}
	switch own := r.row.(type) {
	case cells:
		return m.addColumns(r, own)
	case document:
		return m.addMembers(r, own)
	}
	return nil
}

// addColumns appends what a table has columns for. The path is there already.
func (m *Maker) addColumns(r *record, c cells) error {
	for _, name := range [...]string{"url", "id", "method", "api", "body"} {
		if text, _ := c.text(name); text != "" && !m.says(name) {
			r.name(name)
			r.dst = rawjson.AppendQuoted(r.dst, text)
		}
	}
	text, _ := c.text("json")
	if text == "" || m.says("json") {
		return nil
	}
	if !rawjson.Valid([]byte(text)) {
		return errors.New(`the column "json" does not hold valid JSON`)
	}
	r.name("json")
	r.dst = rawjson.AppendLine(r.dst, []byte(text))
	return nil
}

// addMembers appends the members of a record that the recipe does not replace.
func (m *Maker) addMembers(r *record, d document) error {
	if len(d) == 0 || d[0] != '{' {
		return fmt.Errorf("the row is %.40s, which has no path; use --path", d)
	}
	for quoted, value := range rawjson.Members(d) {
		name, err := rawjson.Text(quoted)
		if err != nil {
			return err
		}
		if !m.says(name) {
			r.name(name)
			r.dst = rawjson.AppendLine(r.dst, value)
		}
	}
	return nil
}

// says reports whether the recipe makes a member of records.
func (m *Maker) says(name string) bool {
	switch name {
	case "id":
		return m.id != nil
	case "method":
		return m.method != nil
	case "query":
		return len(m.queries) > 0
	case "headers":
		return len(m.headers) > 0
	case "json", "body", "body_base64", "body_file":
		return m.hasBody()
	}
	return false
}
