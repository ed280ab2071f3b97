package cmd

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
)

// Help fits a terminal of 80 columns, but for examples, which are there to be pasted.
func TestHelpFits(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	root := newRoot(&cli.Env{In: strings.NewReader(""), Out: &out, Err: &out, Getenv: func(string) string { return "" }})
	for _, c := range allCommands(root) {
		if strings.HasPrefix(c.CommandPath(), "arl completion") {
			continue // cobra's own words
		}
		out.Reset()
		if err := c.Help(); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if strings.HasPrefix(line, "  ") && strings.Contains(c.Example, strings.TrimSuffix(line, "\n")) {
				continue
			}
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > cli.HelpWidth {
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
