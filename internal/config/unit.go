package config

import (
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/arl-cli/arl/internal/headers"
	"github.com/arl-cli/arl/internal/jq"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A Unit is what a limit counts besides requests, such as tokens: see docs/units.md. It is learned under a key of its
// own, the request's followed by a space and Name. Its Pace is in units per second.
type Unit struct {
	Name string `yaml:"name"` // the key of the mapping in a configuration

	// Estimate is what a request is thought to take before it is sent: a number, or a jq expression over {method, path,
	// query, headers, json, bytes}. Without it, it is what requests took on average.
	Estimate string `yaml:"estimate"`
	Actual   Actual `yaml:"actual"` // what it took, as the response says

	Headers UnitHeaders `yaml:"headers"` // of what is left, where their names do not contain the unit's

	// What is left, where the body says so: jq expressions over {status, headers, json}.
	Remaining   string `yaml:"remaining"`
	Maximum     string `yaml:"maximum"`
	RestoreRate string `yaml:"restore_rate"` // units that come back in a second

	ThrottleWhen []Rule `yaml:"throttle_when"` // of the throttles, which are of this unit's limit

	Pace `yaml:",inline"`
}

// Actual says where a response tells what its request took: a jq expression over {status, headers, json}, or a header.
type Actual struct {
	Expression string `yaml:"jq"`
	Header     string `yaml:"header"`
}

// UnitHeaders are the names of the headers that tell what is left of a unit.
type UnitHeaders struct {
	Limit     string `yaml:"limit"`
	Remaining string `yaml:"remaining"`
	Reset     string `yaml:"reset"`
}

// Units are the units of a profile or a bucket, a mapping by name in a configuration.
type Units []Unit

// units decodes a mapping of units. Those that are there already are overridden.
func (l *layer) units(v reflect.Value, n *yaml.Node, path string) {
	l.record(n, path)
	list := slices.Clone(v.Interface().(Units))
	for _, e := range l.entries(n, join(l.prefix, path)) {
		i := slices.IndexFunc(list, func(u Unit) bool { return u.Name == e.name })
		if follow(e.value).Tag == "!!null" {
			if i >= 0 {
				list = slices.Delete(list, i, i+1)
			}
			continue
		}
		if i < 0 {
			i, list = len(list), append(list, Unit{Name: e.name})
		}
		l.into(reflect.ValueOf(&list[i]).Elem(), e.value, join(path, e.name))
	}
	v.Set(reflect.ValueOf(list))
}

// A CompiledUnit is a unit ready to be used.
type CompiledUnit struct {
	Name     string
	Params   *limiter.Params
	Rule     headers.Unit
	Fixed    int64      // what every request takes; 0 where that is not fixed
	Estimate *jq.Filter // nil where there is none
	Actual   *jq.Filter
	Header   string // that tells the actual cost

	Remaining, Maximum, RestoreRate *jq.Filter
}

// compileUnits makes checked units ready.
func compileUnits(units Units) []CompiledUnit {
	var out []CompiledUnit
	for i := range units {
		u := &units[i]
		c := CompiledUnit{
			Name: u.Name, Params: u.params(), Header: u.Actual.Header,
			Rule: headers.Unit{
				Name: u.Name, Headers: headers.UnitHeaders(u.Headers), ThrottleWhen: limiterRules(u.ThrottleWhen),
			},
		}
		if n, ok := wholeNumber(u.Estimate); ok {
			c.Fixed = n
		} else {
			c.Estimate = expression(u.Estimate)
		}
		c.Actual = expression(u.Actual.Expression)
		c.Remaining, c.Maximum, c.RestoreRate = expression(u.Remaining), expression(u.Maximum), expression(u.RestoreRate)
		out = append(out, c)
	}
	return out
}

// expression compiles a checked expression; nil for an empty one.
func expression(text string) *jq.Filter {
	if text == "" {
		return nil
	}
	f, _ := jq.Compile(text)
	return f
}

// UnitsAt returns the units of the bucket of that index, which are the profile's unless it has its own; -1 is no bucket.
func (p *Profile) UnitsAt(i int) []CompiledUnit {
	m := p.built()
	if i < 0 || len(m.buckets[i].units) == 0 {
		return m.units
	}
	return m.buckets[i].units
}

// reservedUnit is what is counted anyway.
const reservedUnit = "requests"

// units checks the units of a profile or a bucket.
func (c *checker) units(path string, units Units) {
	for i := range units {
		u, at := &units[i], join(path, units[i].Name)
		switch {
		case u.Name == reservedUnit:
			c.problem(at, "requests are counted anyway; their limits belong to the profile itself")
		case !validName(u.Name) || strings.ToLower(u.Name) != u.Name:
			c.problem(at, "%q is not a valid name: use lower-case letters, digits, dots, dashes and underscores", u.Name)
		}
		if _, ok := wholeNumber(u.Estimate); !ok {
			c.expression(at+".estimate", u.Estimate)
		}
		c.expression(at+".actual", u.Actual.Expression)
		if u.Actual.Header != "" && u.Actual.Expression != "" {
			c.problem(at+".actual", "is either a jq expression or a header")
		}
		c.expression(at+".remaining", u.Remaining)
		c.expression(at+".maximum", u.Maximum)
		c.expression(at+".restore_rate", u.RestoreRate)
		if u.Remaining == "" && (u.Maximum != "" || u.RestoreRate != "") {
			c.problem(at, "maximum and restore_rate need remaining")
		}
		c.rules(at+".throttle_when", u.ThrottleWhen)
		c.pace(at, &u.Pace)
	}
}

// expression checks a jq expression.
func (c *checker) expression(path, text string) {
	if text == "" {
		return
	}
	if _, err := jq.Compile(text); err != nil {
		c.problem(path, "%v", err)
	}
}
