package cmd

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// Help fits a terminal of 80 columns, but for examples, which are there to be pasted.
func TestHelpFits(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	root := newRoot(&env{In: strings.NewReader(""), Out: &out, Err: &out, Getenv: func(string) string { return "" }})
	for _, c := range allCommands(root) {
		if strings.HasPrefix(c.CommandPath(), "arl completion") {
			continue // cobra's own words
		}
		out.Reset()
		if err := c.Help(); err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(out.String(), c.Example, "", 1)
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > helpWidth {
				t.Errorf("%s: %d columns: %s", c.CommandPath(), n, line)
			}
		}
	}
}

func allCommands(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		all = append(all, allCommands(sub)...)
	}
	return all
}

func TestFillText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"one two three\nfour", "one two\nthree four"},
		{"one two\n\n  an example\n\nthree", "one two\n\n  an example\n\nthree"},
		{"Head\n  as it is, however long\nthe rest", "Head\n  as it is, however long\nthe rest"},
		{"Code:\n\n\tas it is too, with a tab\n", "Code:\n\n\tas it is too, with a tab\n"},
	} {
		if got := fillText(test.in, 10); got != test.want {
			t.Errorf("fillText(%q) =\n%s, want\n%s", test.in, got, test.want)
		}
	}
}

func TestFoldUsage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"Flags:\n", "Flags:\n"},
		{"  -a, --all   one two three four five six\n", "  -a, --all   one two three four\n              five six\n"},
		{"  arl get sandbox /items/1 --jq '.path, .n'\n", "  arl get sandbox /items/1 --jq '.path, .n'\n"},
		{"not one of them:   since it is not indented\n", "not one of them:   since it is not indented\n"},
		{"  -a   " + strings.Repeat("x", 40) + " y\n", "  -a   " + strings.Repeat("x", 40) + "\n       y\n"},
	} {
		if got := foldUsage(test.in, 35); got != test.want {
			t.Errorf("foldUsage(%q) =\n%s, want\n%s", test.in, got, test.want)
		}
	}
}
