package gauntlet

import (
	"bytes"
	"fmt"
	"os"
)

// docs is the page that the tables are part of.
const docs = "../docs/limiter.md"

// marked splits a file at a pair of marks: what stands before, between and after them.
func marked(path, name string) (before, between, after []byte, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, nil, err
	}
	begin, end := "<!-- "+name+":begin -->\n", "<!-- "+name+":end -->"
	before, rest, ok := bytes.Cut(b, []byte(begin))
	between, after, ok2 := bytes.Cut(rest, []byte(end))
	if !ok || !ok2 {
		return nil, nil, nil, fmt.Errorf("%s has no %q and %q", path, begin, end)
	}
	return append(before, begin...), between, append([]byte(end), after...), nil
}

// insert puts text between two marks of a file.
func insert(path, name, text string) error {
	before, _, after, err := marked(path, name)
	if err != nil {
		return err
	}
	return os.WriteFile(path, fmt.Appendf(nil, "%s%s\n%s", before, text, after), 0o644)
}
