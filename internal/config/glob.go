package config

import (
	"net/url"
	"strings"
)

// A glob is a pattern of paths, split into segments; see [Bucket].
type glob []string

// deep is the segment that matches any number of segments.
const deep = "**"

func parseGlob(pattern string) glob {
	return strings.Split(strings.Trim(pattern, "/"), "/")
}

func parseGlobs(patterns []string) []glob {
	var globs []glob
	for _, p := range patterns {
		globs = append(globs, parseGlob(p))
	}
	return globs
}

func matchAny(globs []glob, path string) bool {
	for _, g := range globs {
		if g.match(path) {
			return true
		}
	}
	return false
}

// match reports whether the glob matches an escaped path. It is split into segments before they are decoded: "%2F" does
// not separate.
func (g glob) match(path string) bool {
	path = strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	return matchSegments(g, path, true)
}

// matchSegments matches the segments of path, of which there are none if more is false. It backtracks only to the last
// "**", so that its time is bounded by the product of both lengths.
func matchSegments(g glob, path string, more bool) bool {
	var retry glob // what follows the last "**"
	var from string
	var again bool
	for {
		switch {
		case len(g) > 0 && g[0] == deep:
			g = g[1:]
			retry, from, again = g, path, more
			continue
		case more && len(g) > 0:
			segment, rest, found := strings.Cut(path, "/")
			if matchSegment(g[0], segment) {
				g, path, more = g[1:], rest, found
				continue
			}
		case !more && len(g) == 0:
			return true
		}
		if !again {
			return false
		}
		_, from, again = strings.Cut(from, "/")
		g, path, more = retry, from, again
	}
}

// matchSegment matches one segment with a pattern in which "*" matches any characters.
func matchSegment(pattern, segment string) bool {
	if strings.IndexByte(segment, '%') >= 0 {
		if decoded, err := url.PathUnescape(segment); err == nil {
			segment = decoded
		}
	}
	before, after, found := strings.Cut(pattern, "*")
	if !found {
		return pattern == segment
	}
	rest, ok := strings.CutPrefix(segment, before)
	for ok && found {
		before, after, found = strings.Cut(after, "*")
		if !found {
			return strings.HasSuffix(rest, before)
		}
		_, rest, ok = strings.Cut(rest, before)
	}
	return false
}
