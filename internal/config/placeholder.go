package config

import (
	"slices"
	"strings"
)

// A pattern is what a bucket's name and paths say: which requests fall into it and, where there are
// placeholders, which of the buckets that the name stands for.
type pattern struct {
	text  string     // the name as it is written
	name  []namePart // the same, cut
	paths []pathPattern
}

// A namePart is a text, or a placeholder without its braces.
type namePart struct {
	text        string
	placeholder bool
}

// A pathPattern is a glob in which placeholders have become "*".
type pathPattern struct {
	glob  glob
	slots []int // where each placeholder of the name stands, counted in segments from 0
}

func newPattern(b *Bucket) pattern {
	p := pattern{text: b.Name, name: nameParts(b.Name)}
	for _, path := range b.Paths {
		p.paths = append(p.paths, newPathPattern(path, p.placeholders()))
	}
	return p
}

func newPathPattern(path string, placeholders []string) pathPattern {
	p := pathPattern{glob: parseGlob(path)}
	for _, name := range placeholders {
		p.slots = append(p.slots, slices.Index(p.glob, "{"+name+"}"))
	}
	for _, at := range p.slots {
		if at >= 0 {
			p.glob[at] = "*"
		}
	}
	return p
}

// nameParts cuts a bucket's name at its placeholders. A brace that has no other stays text.
func nameParts(name string) []namePart {
	var parts []namePart
	for name != "" {
		before, rest, opened := strings.Cut(name, "{")
		inside, after, closed := strings.Cut(rest, "}")
		if !opened || !closed {
			return append(parts, namePart{text: name})
		}
		if before != "" {
			parts = append(parts, namePart{text: before})
		}
		parts = append(parts, namePart{inside, true})
		name = after
	}
	return parts
}

// placeholders lists those of the name.
func (p *pattern) placeholders() []string {
	var names []string
	for _, part := range p.name {
		if part.placeholder {
			names = append(names, part.text)
		}
	}
	return names
}

// match returns the name of the bucket that an escaped path falls into; false if it falls into none.
func (p *pattern) match(path string) (name string, ok bool) {
	if len(p.paths) == 0 {
		return p.text, true
	}
	for i := range p.paths {
		if !p.paths[i].glob.match(path) {
			continue
		}
		if name, ok = p.fill(path, p.paths[i].slots); ok {
			return name, true
		}
	}
	return "", false
}

// fill puts the path's segments, as they are written, into the name. A segment with nothing in it names no
// bucket.
func (p *pattern) fill(path string, slots []int) (name string, ok bool) {
	if len(slots) == 0 {
		return p.text, true
	}
	for _, part := range p.name {
		text := part.text
		if part.placeholder {
			text = segment(path, slots[0])
			slots = slots[1:]
			if text == "" {
				return "", false
			}
		}
		name += text
	}
	return name, true
}

// segment returns the n-th segment of a path, counted from 0.
func segment(path string, n int) string {
	rest := strings.TrimPrefix(path, "/")
	for ; n > 0; n-- {
		_, rest, _ = strings.Cut(rest, "/")
	}
	value, _, _ := strings.Cut(rest, "/")
	return value
}
