package config

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"

	"gopkg.in/yaml.v3"
)

// Override merges the configuration in a file into the registry. A missing file is not an error. If the file is invalid,
// nothing changes and the error is an [*Error] that lists every problem.
func (r *Registry) Override(path string) error {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return nil
	case err != nil:
		return Unreadable(path, err)
	}
	return r.override(path, text)
}

// Unreadable returns the error for a configuration that cannot be read.
func Unreadable(path string, err error) error {
	return configError([]Problem{{File: path, Message: "cannot be read: " + WithoutPath(err)}})
}

// WithoutPath returns the message of a file error without the name of the file.
func WithoutPath(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}

func (r *Registry) override(file string, text []byte) error {
	c := config{decoder: decoder{file: file}, registry: r, profiles: make(map[string]*Profile)}
	if root := c.document(text); root != nil && follow(root).Tag != "!!null" {
		c.top(follow(root))
	}
	if len(c.problems) > 0 {
		return configError(c.problems)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.Copy(r.profiles, c.profiles)
	if c.store != "" {
		r.store = c.store
	}
	if c.cacheMax != 0 {
		r.cacheMax = c.cacheMax
	}
	if c.defaults != nil {
		r.defaults = c.defaults
	}
	r.byOrigin = nil
	return nil
}

// A config decodes config.yaml.
type config struct {
	decoder
	registry *Registry
	profiles map[string]*Profile // nil to delete
	store    string
	cacheMax int64
	defaults *Profile // nil: none are given
}

func (c *config) top(root *yaml.Node) {
	for _, e := range c.entries(root, "") {
		value := follow(e.value)
		switch {
		case e.name == "apis" && value.Tag != "!!null":
			for _, api := range c.entries(value, "apis") {
				c.api(api)
			}
		case e.name == "store" && value.Tag != "!!null":
			c.setStore(value)
		case e.name == "cache" && value.Tag != "!!null":
			c.setCacheBound(value)
		case e.name == "defaults" && value.Tag != "!!null":
			c.setDefaults(value)
		case e.name != "apis" && e.name != "store" && e.name != "cache" && e.name != "defaults":
			c.unknown(e, "", []string{"apis", "cache", "defaults", "store"})
		}
	}
}

// setStore never quotes the value: a URL may contain a password.
func (c *config) setStore(n *yaml.Node) {
	if n.Kind != yaml.ScalarNode {
		c.problem(n, "store", "want a string, got %s", kindOf(n))
		return
	}
	if err := CheckStore(n.Value); err != nil {
		c.problem(n, "store", "%v", err)
		return
	}
	c.store = n.Value
}

// api merges one entry into the profile of its name.
func (c *config) api(e entry) {
	path := join("apis", e.name)
	if !validAPIName(e.name) {
		c.problem(e.key, path, "not a valid name for an api: use lower-case letters, digits, dots, dashes and underscores")
		return
	}
	if follow(e.value).Tag == "!!null" {
		c.profiles[e.name] = nil
		return
	}
	base, err := c.registry.Profile(e.name)
	_, unknown := errors.AsType[*UnknownAPIError](err)
	switch {
	case unknown:
		base = &Profile{Name: e.name}
	case err != nil:
		c.problem(e.key, path, "%v", err)
		return
	}
	c.merge(e, base, unknown)
}

func (c *config) merge(e entry, base *Profile, fresh bool) {
	p, before := *base, len(c.problems)
	p.compiled = nil
	c.decodeOnto(&p, follow(e.value), join("apis", e.name))
	p.places[""] = c.place(e.key)
	unread := slices.Clone(c.problems[before:])
	if fresh && p.BaseURL == "" {
		if path := join("apis", e.name); !explained(unread, path) {
			c.problem(e.key, path, "base_url is required, as this API is not built in%s", c.suggestion(e.name))
		}
		unread = append(unread, Problem{Path: join("apis", e.name) + ".base_url"})
	}
	if bad, ok := errors.AsType[*Error](p.Check()); ok {
		c.problems = append(c.problems, independent(bad.Problems, unread)...)
	}
	if len(c.problems) == before {
		c.profiles[e.name], _ = p.Compiled() // it has just been checked
	}
}

// explained reports whether base_url is missing because its key is misspelled or the profile is not a mapping.
func explained(problems []Problem, path string) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool {
		return p.Path == path || strings.Contains(p.Message, "base_url")
	})
}

// independent returns the problems that do not just follow from values that could not be decoded.
func independent(found, unread []Problem) (out []Problem) {
	for _, p := range found {
		follows := func(u Problem) bool {
			field := u.Path[strings.LastIndexByte(u.Path, '.')+1:]
			return inside(p.Path, u.Path) || inside(u.Path, p.Path) || strings.Contains(p.Message, field+",")
		}
		if !slices.ContainsFunc(unread, follows) {
			out = append(out, p)
		}
	}
	return out
}

// inside reports whether a path is the same as another, or that of a value in it.
func inside(path, of string) bool {
	rest, ok := strings.CutPrefix(path, of)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// suggestion suggests a name similar to one that is not built in.
func (c *config) suggestion(name string) string {
	near := nearest(name, c.registry.Names())
	if len(near) == 0 {
		return ""
	}
	return "; or did you mean " + near[0] + "?"
}
