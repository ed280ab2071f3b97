package rows

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/arl-cli/arl/internal/rawjson"
	"github.com/arl-cli/arl/internal/uritemplate"
)

// A Recipe says what record is made of a row. Its texts are templates. What it does not say, if it has no Path, a row
// says itself: a table by its columns path, url, method, id, json and body, a JSON object by its members, a line by being
// a path or a URL.
type Recipe struct {
	Path    string
	Method  string
	ID      string
	Queries []string // as for --url-query: "name=value", "+text", "{?a,b}" or "text"
	Headers []string // "Name: value"
	Data    []string // a form; joined with &
	JSON    string   // JSON with templates in its strings
	Fields  []Field  // make a JSON object, or the variables of GraphQL
	GraphQL string   // a document, no template
}

// A Field is a value of a JSON body, and where in that it goes: see package nested.
type Field struct {
	Key, Text string
	Raw       bool // always a string; else the value can be an integer, true, false or null
	Literal   bool // Text is no template
}

// IsZero reports whether the recipe says nothing.
func (r *Recipe) IsZero() bool {
	return r.Path+r.Method+r.ID+r.JSON+r.GraphQL == "" && len(r.Queries)+len(r.Headers)+len(r.Data)+len(r.Fields) == 0
}

// A Maker makes records of rows. It is safe for concurrent use.
type Maker struct {
	path, method, id *uritemplate.Template // nil if the row says it
	suffixes         []*uritemplate.Template
	queries, headers []pair
	form             []*uritemplate.Template
	json             skeleton // of a body, or of the variables of graphQL
	graphQL          []byte   // quoted; nil if there is none
}

// formType is the type of a body of -d, as with curl.
const formType = "application/x-www-form-urlencoded"

// A pair is a parameter of the query, or a header.
type pair struct {
	name  string
	value *uritemplate.Template
}

// Compile reads the templates of a recipe. Errors begin with the flag that is wrong.
func (r *Recipe) Compile() (*Maker, error) {
	m := &Maker{}
	for _, step := range [...]func(*Maker) error{r.compileLine, r.compileQueries, r.compileHeaders, r.compileBody} {
		if err := step(m); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (r *Recipe) compileLine(m *Maker) (err error) {
	if r.Path != "" {
		if m.path, err = uritemplate.Parse(r.Path); err != nil {
			return fmt.Errorf("--path: %w", err)
		}
	}
	if r.Method != "" {
		m.method = uritemplate.ParseText(r.Method)
	}
	if r.ID != "" {
		m.id = uritemplate.ParseText(r.ID)
	}
	return nil
}

// compileQueries reads --url-query: curl's forms, and a template that is all of a query.
func (r *Recipe) compileQueries(m *Maker) error {
	for _, text := range r.Queries {
		name, value, isPair := strings.Cut(text, "=")
		raw, isRaw := strings.CutPrefix(text, "+")
		switch {
		case isRaw, strings.HasPrefix(text, "{?"), strings.HasPrefix(text, "{&"):
			t, err := uritemplate.Parse(raw)
			if err != nil {
				return fmt.Errorf("--url-query: %w", err)
			}
			m.suffixes = append(m.suffixes, t)
		case isPair && name != "":
			m.queries = append(m.queries, pair{name, uritemplate.ParseText(value)})
		default:
			return fmt.Errorf("--url-query: %.60q is not name=value, +text or {?a,b}", text)
		}
	}
	sortPairs(m.queries)
	return nil
}

func (r *Recipe) compileHeaders(m *Maker) error {
	for _, text := range r.Headers {
		name, value, ok := strings.Cut(text, ":")
		if !ok || name == "" {
			return errors.New("-H: a header is written as \"Name: value\"")
		}
		m.headers = append(m.headers, pair{name, uritemplate.ParseText(strings.TrimSpace(value))})
	}
	isType := func(p pair) bool { return strings.EqualFold(p.name, "Content-Type") }
	if len(r.Data) > 0 && !slices.ContainsFunc(m.headers, isType) {
		m.headers = append(m.headers, pair{"Content-Type", uritemplate.ParseText(formType)})
	}
	sortPairs(m.headers)
	return nil
}

// sortPairs brings the values of a name together.
func sortPairs(pairs []pair) {
	slices.SortStableFunc(pairs, func(a, b pair) int { return strings.Compare(a.name, b.name) })
}

func (r *Recipe) compileBody(m *Maker) (err error) {
	if (len(r.Data) > 0 && r.JSON != "") || len(r.Fields) > 0 && (len(r.Data) > 0 || r.JSON != "") {
		return errors.New("only one of -d, --json and --field or --raw-field can be used: each sets the body")
	}
	if r.GraphQL != "" {
		if len(r.Data) > 0 || r.JSON != "" {
			return errors.New("only one of --graphql, -d and --json can be used: each sets the body")
		}
		m.graphQL = rawjson.AppendQuoted(nil, r.GraphQL)
	}
	for _, text := range r.Data {
		t, err := uritemplate.Parse(text)
		if err != nil {
			return fmt.Errorf("-d: %w; use --json for JSON", err)
		}
		m.form = append(m.form, t)
	}
	switch {
	case r.JSON != "":
		if m.json, err = parseSkeleton(r.JSON); err != nil {
			return fmt.Errorf("--json: %w", err)
		}
	case len(r.Fields) > 0:
		m.json, err = fieldSkeleton(r.Fields)
	}
	return err
}

// templates returns all of a maker's templates.
func (m *Maker) templates() (all []*uritemplate.Template) {
	for _, t := range [...]*uritemplate.Template{m.path, m.method, m.id} {
		if t != nil {
			all = append(all, t)
		}
	}
	all = append(append(all, m.suffixes...), m.form...)
	for _, p := range slices.Concat(m.queries, m.headers) {
		all = append(all, p.value)
	}
	for _, s := range m.json {
		if s.text != nil {
			all = append(all, s.text)
		}
	}
	return all
}

// Templated reports whether a text has an expression in it, as the value of a header may.
func Templated(text string) bool { return len(uritemplate.ParseText(text).Names()) > 0 }
