package config

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/arl-cli/arl/internal/redact"
)

// setDefaults reads what the configuration says of all origins that no profile has: fields of a profile. A credential
// is not among them: it would go to every host that somebody names.
func (c *config) setDefaults(n *yaml.Node) {
	before, p := len(c.problems), *c.registry.defaultProfile()
	p.compiled = nil
	c.decodeOnto(&p, n, "defaults")
	unread := slices.Clone(c.problems[before:])
	for _, field := range []string{"base_url", "auth", "budget"} {
		if _, given := p.places[field]; given {
			c.problemAt(p.Place(field), "defaults."+field, "not for defaults: they hold for every host that has no profile")
			unread = append(unread, Problem{Path: "apis.defaults." + field})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Headers)) {
		if redact.IsSecretHeader(name) {
			c.problemAt(p.Place("headers."+name), "defaults.headers."+name, "not for defaults: it would be sent to every host that has no profile")
		}
	}
	c.problems = append(c.problems, independent(p.wrongDefaults(), unread)...)
	if len(c.problems) == before {
		p.compiled = p.compile()
		c.defaults = &p
	}
}

// wrongDefaults is what is wrong with the values of defaults.
func (p *Profile) wrongDefaults() []Problem {
	named := *p
	named.Name, named.BaseURL, named.Auth, named.Budget = "defaults", "https://host.invalid", nil, ""
	bad, ok := errors.AsType[*Error](named.Check())
	if !ok {
		return nil
	}
	for i := range bad.Problems {
		bad.Problems[i].Path = strings.TrimPrefix(bad.Problems[i].Path, "apis.")
	}
	return bad.Problems
}

func (c *config) problemAt(at Place, path, message string) {
	c.problems = append(c.problems, Problem{File: at.File, Line: at.Line, Column: at.Column, Path: path, Message: message})
}
