package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Problem is one thing that is wrong with a configuration.
type Problem struct {
	File         string // empty for a profile that no file holds
	Line, Column int    // 0 if not known; columns count bytes from 1
	Path         string // such as "apis.my-api.limits[0]"; may be empty
	Message      string
}

// String returns the problem in one line, as compilers do: file:line:column: path: message.
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
		}
		if p.Column > 0 {
			fmt.Fprintf(&b, ":%d", p.Column)
		}
		b.WriteString(": ")
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	return b.String() + p.Message
}

// An Error lists everything that is wrong with a configuration, in the order of the file.
type Error struct{ Problems []Problem }

// Error implements error: one problem a line.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// configError returns an Error, or nil if there are no problems.
func configError(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &Error{Problems: problems}
}

// A Place says where a value of a profile was written. The zero value means in a Go program.
type Place struct {
	File         string
	Line, Column int
	BuiltIn      bool
}

// String returns "built-in", "file:line", or "program".
func (at Place) String() string {
	switch {
	case at.BuiltIn:
		return "built-in"
	case at.File == "":
		return "program"
	}
	return fmt.Sprintf("%s:%d", at.File, at.Line)
}

// Place returns where the value at a path, such as "headers.Accept" or "buckets[0].max_rate", was
// written; for a value that is not set, where the next one around it was.
func (p *Profile) Place(path string) Place {
	for {
		if at, ok := p.places[path]; ok || path == "" {
			return at
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
}
