package cmd

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
)

// Commands with many options have a --help of two screens at most, which describes ten options and names the others;
// --help-all describes every one, below a heading.
func TestManyOptions(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	e := &cli.Env{In: strings.NewReader(""), Out: &out, Err: &out, Getenv: func(string) string { return "" }}
	help := func(c *cobra.Command, flag string) string {
		out.Reset()
		root := newRoot(e) // a run of its own, as flags keep what they were set to
		root.SetArgs(append(strings.Fields(c.CommandPath())[1:], flag))
		if err := root.ExecuteContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	for _, c := range allCommands(newRoot(e)) {
		options := 0
		c.NonInheritedFlags().VisitAll(func(*pflag.Flag) { options++ })
		if brief := c.Annotations[cli.BriefHelp] != ""; !brief {
			if options > 15 {
				t.Errorf("%s has %d options and no brief help", c.CommandPath(), options)
			}
			continue
		}
		if n := len(common(c)); n != 10 || n != len(strings.Fields(c.Annotations[cli.CommonOptions])) {
			t.Errorf("%s: %d common options, want 10 that exist", c.CommandPath(), n)
		}
		brief := help(c, "--help")
		all := help(c, "--help-all")
		if n := strings.Count(brief, "\n"); n > 54 {
			t.Errorf("%s --help has %d lines, want 54 at most", c.CommandPath(), n)
		}
		if strings.Contains(all, otherOptions+" options:") {
			t.Errorf("%s has options in no group of helpgroups.go:\n%s", c.CommandPath(), all[strings.Index(all, otherOptions+" options:"):])
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			for which, text := range map[string]string{"--help": brief, "--help-all": all} {
				if !f.Hidden && !strings.Contains(text, "--"+f.Name) {
					t.Errorf("%s %s does not name --%s", c.CommandPath(), which, f.Name)
				}
			}
		})
	}
}
