package sandbox

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// maxEach bounds [Limit.Each].
const maxEach = 100

// scope says for which requests a limit holds, and by which counter.
type scope struct {
	methods []string // nil: all
	pattern []string // segments
	not     bool     // holds where the pattern does not match
	each    int
}

func (l Limit) validateScope() error {
	pattern := strings.TrimPrefix(l.Path, "!")
	_, err := path.Match(pattern, "")
	switch {
	case l.kind() == Concurrency && l.scope() != nil:
		return fmt.Errorf("kind %s holds for all requests together: no methods, path or each", Concurrency)
	case l.Path != "" && !strings.HasPrefix(pattern, "/") || err != nil:
		return fmt.Errorf("path %q: want /segments, with * for any text in one, and perhaps a ! before", l.Path)
	case l.Each < 0 || l.Each > maxEach:
		return fmt.Errorf("each segment %d: want 0 to %d", l.Each, maxEach)
	case slices.Contains(l.Methods, ""):
		return fmt.Errorf("methods %q: want no empty one", l.Methods)
	case strings.ContainsFunc(l.Name, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }):
		return fmt.Errorf("name %q: want plain letters", l.Name)
	}
	return nil
}

// scope returns nil for a limit that holds for all requests, with one counter.
func (l Limit) scope() *scope {
	if len(l.Methods) == 0 && l.Path == "" && l.Each == 0 {
		return nil
	}
	s := &scope{methods: l.Methods, each: l.Each}
	if l.Path != "" {
		pattern, not := strings.CutPrefix(l.Path, "!")
		s.not = not
		s.pattern = strings.Split(strings.Trim(pattern, "/"), "/")
		if n := len(s.pattern); s.pattern[n-1] == "**" || s.pattern[n-1] == "" {
			s.pattern = s.pattern[:n-1] // what is below belongs to it anyway
		}
	}
	return s
}

// holds reports whether the limit holds for a request.
func (s *scope) holds(method, path string) bool {
	if len(s.methods) > 0 && !slices.Contains(s.methods, method) {
		return false
	}
	return s.begins(path) != s.not
}

// begins reports whether a path begins with the pattern.
func (s *scope) begins(rest string) bool {
	rest = strings.TrimPrefix(rest, "/")
	for _, want := range s.pattern {
		segment, after, _ := strings.Cut(rest, "/")
		if segment == "" || !matches(want, segment) {
			return false
		}
		rest = after
	}
	return true
}

func matches(pattern, segment string) bool {
	if pattern == "*" || pattern == segment {
		return true
	}
	if !strings.Contains(pattern, "*") {
		return false
	}
	ok, _ := path.Match(pattern, segment) // validated
	return ok
}

// segment returns the n-th segment of a path, counted from 1; "" if there are
// not so many.
func segment(path string, n int) string {
	rest := strings.TrimPrefix(path, "/")
	for ; n > 1; n-- {
		_, rest, _ = strings.Cut(rest, "/")
	}
	value, _, _ := strings.Cut(rest, "/")
	return value
}

// below cuts the base off a path that has it.
func below(base, path string) string {
	if rest, ok := strings.CutPrefix(path, base); ok && (rest == "" || rest[0] == '/') {
		return rest
	}
	return path
}

// manyValues is when a limit first looks for counters that it may forget.
const manyValues = 1024

// counter returns the counter of one value, made if it is not there. The
// counters of values that nothing is known of any more go, once there are many.
func (g *guard) counter(t *track, value string, now int64) *track {
	if c := t.Each[value]; c != nil {
		g.settle(c, now)
		return c
	}
	if t.Each == nil {
		t.Each = make(map[string]*track)
	}
	if len(t.Each) >= max(t.Sweep, manyValues) {
		for value, c := range t.Each {
			if g.look(c, now).full == 0 {
				delete(t.Each, value)
			}
		}
		t.Sweep = 2 * len(t.Each)
	}
	c := &track{Kind: g.limit.Kind}
	t.Each[strings.Clone(value)] = c
	return c
}
