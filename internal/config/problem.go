package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Problem is one error in a configuration.
type Problem struct {
	File         string // empty for a profile that is not from a file
	Line, Column int    // 0 if unknown; columns count bytes from 1
	Path         string // such as "apis.my-api.limits[0]"; may be empty
	Message      string
}

// String returns the problem as compilers print them: file:line:column: path: message.
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

// An Error lists every error in a configuration, in the order of the file.
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

// A Place is where a value of a profile was set. The zero value is a Go program.
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

// Place returns where the value at a path, such as "headers.Accept" or "buckets[0].max_rate", was set; for one that is
// not set, where the value that would contain it was.
func (p *Profile) Place(path string) Place {
	for {
		if at, ok := p.places[path]; ok || path == "" {
			return at
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
}
