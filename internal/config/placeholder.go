package config

import (
	"slices"
	"strings"
)

// A pattern is the name and the paths of a bucket: which requests are in it and, with placeholders, in which of the
// buckets that it stands for.
type pattern struct {
	text  string     // the name as written
	name  []namePart // the same, split
	paths []pathPattern
}

// A namePart is literal text, or a placeholder without its braces.
type namePart struct {
	text        string
	placeholder bool
}

// A pathPattern is a glob in which placeholders are replaced by "*".
type pathPattern struct {
	glob  glob
	slots []int // the segment of each placeholder of the name, counted from 0
}

func newPattern(b *Bucket) pattern {
	p := pattern{text: b.Name, name: nameParts(b.Name)}
	inPath := p.placeholders()
	if asks(b) {
		inPath = nil // it stands for what the request asks for
	}
	for _, path := range b.Paths {
		p.paths = append(p.paths, newPathPattern(path, inPath))
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

// nameParts splits a bucket's name at its placeholders. An unmatched brace is literal text.
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

// placeholders returns the placeholders of the name.
func (p *pattern) placeholders() []string {
	var names []string
	for _, part := range p.name {
		if part.placeholder {
			names = append(names, part.text)
		}
	}
	return names
}

// match returns the name of the bucket that an escaped path is in; false if it is in none.
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

// fill replaces the placeholders of the name by segments of the path, as written. An empty segment matches no bucket.
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

// segment returns segment n of a path, counted from 0.
func segment(path string, n int) string {
	rest := strings.TrimPrefix(path, "/")
	for ; n > 0; n-- {
		_, rest, _ = strings.Cut(rest, "/")
	}
	value, _, _ := strings.Cut(rest, "/")
	return value
}
