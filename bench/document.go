package main

import (
	"fmt"
	"os"
	"strings"
)

// A document is what bench writes between two markers of a page.
type document struct{ text strings.Builder }

// head begins a table.
func (d *document) head(columns ...string) {
	d.text.WriteString("\n")
	d.row(columns...)
	d.text.WriteString("|---" + strings.Repeat("|---:", len(columns)-1) + "|\n")
}

func (d *document) row(cells ...string) {
	fmt.Fprintf(&d.text, "| %s |\n", strings.Join(cells, " | "))
}

// into writes the text between the markers of that name in a file, and leaves every other byte as it is.
func (d *document) into(file, name string) error {
	begin, end := "<!-- "+name+":begin -->\n", "\n<!-- "+name+":end -->"
	page, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(page), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return fmt.Errorf("%s has no markers %q and %q", file, begin, end)
	}
	return os.WriteFile(file, []byte(before+begin+d.text.String()+end+after), 0o644) //nolint:gosec // a page for everybody
}
