package config

import (
	"strings"

	"github.com/arl-cli/arl/internal/uritemplate"
)

// polls checks the jobs of a profile or a bucket. path is that of the list, which may have been written without
// brackets.
func (c *checker) polls(path string, polls Polls) {
	for i := range polls {
		c.poll(item(path, i), &polls[i])
	}
}

func (c *checker) poll(at string, p *Poll) {
	if p.When.Status != 0 {
		c.status(at+".when.status", p.When.Status)
	}
	for i, m := range p.When.Methods {
		if !validToken(m) || m != strings.ToUpper(m) {
			c.problem(item(at+".when.methods", i), "%q is not a method in upper case", m)
		}
	}
	c.globs(at+".when.paths", p.When.Paths)
	c.reference(at+".url", &p.URL)
	c.expression(at+".until", p.Until)
	c.expression(at+".failed", p.Failed)
	c.reference(at+".result", &p.Result)
	if p.Until == "" && p.When.Status != 0 && p.When.Status != 202 {
		c.problem(at+".until", "missing: with status %d only the body can say that the job is done", p.When.Status)
	}
	if len(p.When.Paths)+len(p.When.Methods) == 0 && p.When.Status != 0 && p.When.Status != 202 {
		c.problem(at+".when.paths", "missing: with status %d every response would be a job", p.When.Status)
	}
	if p.Interval != nil && *p.Interval <= 0 {
		c.problem(at+".interval", "%s must be greater than 0", formatDuration(*p.Interval))
	}
	if p.Timeout != nil {
		c.duration(at+".timeout", *p.Timeout)
	}
}

func (c *checker) reference(at string, r *Reference) {
	for i, name := range r.Header {
		if !validToken(name) {
			c.problem(item(at+".header", i), "%q is not a header name", name)
		}
	}
	c.expression(at+".json", r.JSON)
	switch {
	case r.Template == "":
		return
	case r.JSON == "" && len(r.Header) == 0:
		c.problem(at+".template", "needs json or header: what the value is")
	case !strings.HasPrefix(r.Template, "/"):
		c.problem(at+".template", "%q must begin with a slash", r.Template)
	}
	if t, err := uritemplate.Parse(r.Template); err != nil {
		c.problem(at+".template", "%v", err)
	} else if len(t.Names()) != 1 {
		c.problem(at+".template", "%q must have one placeholder for the value, such as {id}", r.Template)
	}
}
