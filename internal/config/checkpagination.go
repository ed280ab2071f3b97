package config

import (
	"fmt"
	"strings"

	"github.com/arl-cli/arl/internal/jsonpath"
)

// pagination checks the pagination of a profile or a bucket.
func (c *checker) pagination(at string, g *Pagination) {
	if g == nil {
		return
	}
	switch g.Style {
	case PageCursor, PageNumber, PageOffset:
		if g.Send.Query == "" && g.Send.Body == "" {
			c.problem(at+".send", "missing: the query parameter or body field to send it in")
		}
		if g.Style == PageCursor && g.Next == "" {
			c.problem(at+".next", "missing: the path of the next cursor in the response")
		}
	case PageLink:
		if g.Send.Query != "" || g.Send.Body != "" {
			c.problem(at+".send", "is not used with style link: the link is the whole next request")
		}
	case PageGraphQL:
		c.graphQLPages(at, g)
	default:
		c.problem(at+".style", "%q is not one of cursor, page, offset, link, graphql", g.Style)
	}
	if g.First != nil && g.Style != PageNumber && g.Style != PageOffset {
		c.problem(at+".first", "is only used with styles page and offset")
	}
	notBelow(c, at+".first", g.First, 0)
	c.pageFields(at, g)
}

// graphQLPages checks that nothing is said of a document's pages but where their items are.
func (c *checker) graphQLPages(at string, g *Pagination) {
	if g.Send != (PageField{}) || g.Size != (PageField{}) || g.Next != "" || g.More != "" {
		c.problem(at, "style graphql finds the next page by pageInfo and the document's variable for after; only items can be said, or use style cursor")
	}
}

func (c *checker) pageFields(at string, g *Pagination) {
	for _, jq := range []struct{ name, path string }{{"next", g.Next}, {"more", g.More}, {"items", g.Items}} {
		if jq.path == "" {
			continue
		}
		if _, err := jsonpath.Parse(jq.path); err != nil {
			c.problem(at+"."+jq.name, "%v", err)
		}
	}
	for _, f := range []struct {
		name  string
		field PageField
	}{{"send", g.Send}, {"size", g.Size}} {
		if f.field.Max < 0 {
			c.problem(at+"."+f.name+".max", "%d must not be negative", f.field.Max)
		}
		if _, err := f.field.BodyPath(); err != nil {
			c.problem(at+"."+f.name+".body", "%v", err)
		}
	}
}

// BodyPath returns the names that lead to the field in the body: one, or those of a path such as .variables.after if it
// begins with a dot.
func (f PageField) BodyPath() ([]string, error) {
	if !strings.HasPrefix(f.Body, ".") {
		if strings.ContainsAny(f.Body, ".[]\"") {
			return nil, fmt.Errorf("%q is ambiguous: write .%s for a path or .%q for the name of one field", f.Body, f.Body, f.Body)
		}
		return []string{f.Body}, nil
	}
	path, err := jsonpath.Parse(f.Body)
	var names []string
	for _, step := range path {
		if step.Name == nil {
			return nil, errNotNames
		}
		names = append(names, *step.Name)
	}
	if err == nil && len(names) == 0 {
		err = errNotNames
	}
	return names, err
}

const errNotNames = pathError("want a field name, or a path of names like .variables.after")

type pathError string

// Error implements error.
func (e pathError) Error() string { return string(e) }
