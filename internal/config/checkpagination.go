package config

import (
	"fmt"
	"strings"

	"github.com/arl-cli/arl/internal/jsonpath"
)

// pagination checks how the pages of an answer follow each other.
func (c *checker) pagination() {
	g := c.p.Pagination
	if g == nil {
		return
	}
	switch g.Style {
	case PageCursor, PageNumber, PageOffset:
		if g.Send.Query == "" && g.Send.Body == "" {
			c.problem("pagination.send", "missing: the query parameter or the body's field to send")
		}
		if g.Style == PageCursor && g.Next == "" {
			c.problem("pagination.next", "missing: where the answer has the next cursor")
		}
	case PageLink:
		if g.Send.Query != "" || g.Send.Body != "" {
			c.problem("pagination.send", "is not for links: they say all of the next request")
		}
	default:
		c.problem("pagination.style", "%q is none of cursor, page, offset, link", g.Style)
	}
	if g.First != nil && g.Style != PageNumber && g.Style != PageOffset {
		c.problem("pagination.first", "is for the styles page and offset")
	}
	notBelow(c, "pagination.first", g.First, 0)
	c.pageFields(g)
}

func (c *checker) pageFields(g *Pagination) {
	for _, jq := range []struct{ name, path string }{{"next", g.Next}, {"more", g.More}, {"items", g.Items}} {
		if jq.path == "" {
			continue
		}
		if _, err := jsonpath.Parse(jq.path); err != nil {
			c.problem("pagination."+jq.name, "%v", err)
		}
	}
	for _, f := range []struct {
		name  string
		field PageField
	}{{"send", g.Send}, {"size", g.Size}} {
		if f.field.Max < 0 {
			c.problem("pagination."+f.name+".max", "%d is negative", f.field.Max)
		}
		if _, err := f.field.BodyPath(); err != nil {
			c.problem("pagination."+f.name+".body", "%v", err)
		}
	}
}

// BodyPath returns the names that lead to the field of the body: one, or if it begins with a dot those of
// a path, such as .variables.after.
func (f PageField) BodyPath() ([]string, error) {
	if !strings.HasPrefix(f.Body, ".") {
		if strings.ContainsAny(f.Body, ".[]\"") {
			return nil, fmt.Errorf("%q is the name of one field, and looks like a path: .%s is one, .%q the name", f.Body, f.Body, f.Body)
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

const errNotNames = pathError("want the name of a field, or names like .variables.after")

type pathError string

// Error implements error.
func (e pathError) Error() string { return string(e) }
