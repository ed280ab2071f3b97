package config

import (
	"slices"
	"strings"
)

// maxCost is the maximum cost of one request.
const maxCost = 1000

func (c *checker) buckets() {
	seen := make(map[string]bool)
	for i := range c.p.Buckets {
		b, at := &c.p.Buckets[i], item("buckets", i)
		shape := c.bucketName(at+".name", b.Name)
		if seen[shape] {
			c.problem(at+".name", "duplicate bucket %q", b.Name)
		}
		seen[shape] = shape != ""
		for j, m := range b.Methods {
			if !validToken(m) || m != strings.ToUpper(m) {
				c.problem(item(at+".methods", j), "%q is not a method in upper case", m)
			}
		}
		c.globs(at+".paths", b.Paths)
		c.asked(at, b)
		if shape != "" && !asks(b) {
			c.placeholders(at+".paths", b)
		}
		c.units(at+".units", b.Units)
		c.polls(at+".poll", b.Poll)
		if n := b.Cost; n != nil && (*n < 0 || *n > maxCost) {
			c.problem(at+".cost", "%d is not between 0 and %d", *n, maxCost)
		}
		c.pagination(at+".pagination", b.Pagination)
		c.pace(at, &b.Pace)
	}
}

// bucketName returns the name with all placeholders as {}, or "" if it is invalid.
func (c *checker) bucketName(path, name string) (shape string) {
	for _, part := range nameParts(name) {
		switch {
		case !validName(part.text) && strings.ContainsAny(name, "{}"):
			c.problem(path, "%q is not a valid name: a placeholder is a word in braces, like {base}", name)
			return ""
		case part.placeholder:
			shape += "{}"
		default:
			shape += part.text
		}
	}
	if !validName(strings.NewReplacer("{", "", "}", "").Replace(name)) {
		c.problem(path, "%q is not a valid name: use letters, digits, dots, dashes and underscores", name)
		return ""
	}
	return shape
}

// placeholders checks that each path has each placeholder of the name.
func (c *checker) placeholders(path string, b *Bucket) {
	p := pattern{name: nameParts(b.Name)}
	names := p.placeholders()
	if len(names) > 0 && len(b.Paths) == 0 {
		c.problem(path, "missing: the segment that {%s} stands for", names[0])
	}
	for i, pattern := range b.Paths {
		at, segments := item(path, i), parseGlob(pattern)
		for _, name := range names {
			if !strings.Contains(pattern, "{"+name+"}") {
				c.problem(at, "%q has no segment {%s}, which is in the bucket's name", pattern, name)
			}
		}
		c.segments(at, segments, names)
	}
}

// segments checks the placeholders of a path.
func (c *checker) segments(path string, segments glob, names []string) {
	for i, s := range segments {
		inside, ok := strings.CutPrefix(s, "{")
		name, closed := strings.CutSuffix(inside, "}")
		switch {
		case !strings.ContainsAny(s, "{}"):
		case !ok || !closed || strings.ContainsAny(name, "{}"):
			c.problem(path, "%q: a placeholder must be a whole segment, like {base}", s)
		case !slices.Contains(names, name):
			c.problem(path, "%q is not in the bucket's name; use * for any segment", s)
		case slices.Contains(segments[:i], deep):
			c.problem(path, "%q must precede **, which matches any number of segments", s)
		case slices.Contains(segments[:i], s):
			c.problem(path, "duplicate placeholder %q", s)
		}
	}
}
