package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
)

// briefExamples is how many examples --help shows of a command with many options; --help-all shows all of them.
const briefExamples = 4

// showHelp is cobra's help, made to fit the terminal. Of a command with many options it describes the common ones
// and names the others; all describes every one.
func showHelp(e *cli.Env, c *cobra.Command, all bool) {
	width := e.Width()
	if width == 0 {
		width = cli.HelpWidth
	}
	brief := c.Annotations[cli.BriefHelp]
	text := c.Long
	switch {
	case brief != "" && !all:
		text = brief
	case text == "":
		text = c.Short
	}
	fmt.Fprintf(e.Out, "%s\n\n", cli.FillText(strings.TrimRight(text, "\n"), min(width, cli.HelpWidth)))
	switch {
	case brief != "":
		showOptions(e.Out, c, all, width)
	case c.Runnable() || c.HasSubCommands():
		fmt.Fprint(e.Out, cli.FoldUsage(c.UsageString(), width))
	}
}

// showOptions writes usage, examples and options of a command that has many.
func showOptions(w io.Writer, c *cobra.Command, all bool, width int) {
	examples := strings.SplitAfter(c.Example, "\n")
	if !all {
		examples = examples[:min(len(examples), briefExamples)]
	}
	fmt.Fprintf(w, "Usage:\n  %s\n\nExamples:\n%s\n", c.UseLine(), strings.TrimSuffix(strings.Join(examples, ""), "\n"))
	if all {
		for _, g := range grouped(c) {
			fmt.Fprintf(w, "\n%s options:\n%s", g.title, cli.FoldUsage(described(g.flags), width))
		}
		return
	}
	fmt.Fprintf(w, "\nCommon options:\n%s", cli.FoldUsage(described(shortened(common(c))), width))
	fmt.Fprintf(w, "\nMore options; `%s --help-all` and `man %s` describe them:\n", c.CommandPath(), pageName(c))
	showNames(w, grouped(c), common(c), width)
}

// showNames writes the names of options by group, but for those that are described already.
func showNames(w io.Writer, groups []shownGroup, without []*pflag.Flag, width int) {
	widest := 0
	for _, g := range groups {
		widest = max(widest, len(g.title))
	}
	for _, g := range groups {
		if names := named(g.flags, without); names != "" {
			column := fmt.Sprintf("  %-*s  ", widest, g.title)
			lines := cli.FoldText(names, width-len(column))
			fmt.Fprintln(w, column+strings.Join(lines, "\n"+strings.Repeat(" ", len(column))))
		}
	}
}

// shortened are options with the first clause of what is said of them.
func shortened(flags []*pflag.Flag) (short []*pflag.Flag) {
	for _, f := range flags {
		g := *f
		g.Usage, _, _ = strings.Cut(f.Usage, "; ")
		short = append(short, &g)
	}
	return short
}

// common are the options of a command that --help describes.
func common(c *cobra.Command) (flags []*pflag.Flag) {
	for name := range strings.FieldsSeq(c.Annotations[cli.CommonOptions]) {
		if f := c.Flags().Lookup(name); f != nil {
			flags = append(flags, f)
		}
	}
	return flags
}

// described are the lines that describe options, in their order.
func described(flags []*pflag.Flag) string {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.SortFlags = false
	for _, f := range flags {
		set.AddFlag(f)
	}
	return set.FlagUsages()
}

// named are the names of options, but for those that are described already.
func named(flags, without []*pflag.Flag) string {
	done := map[string]bool{}
	for _, f := range without {
		done[f.Name] = true
	}
	var names []string
	for _, f := range flags {
		switch {
		case done[f.Name]:
		case f.Shorthand != "":
			names = append(names, "-"+f.Shorthand+",--"+f.Name)
		default:
			names = append(names, "--"+f.Name)
		}
	}
	return strings.Join(names, " ")
}

// addHelpAll gives commands with many options a flag that describes all of them. Like cobra's --help it takes
// precedence over missing arguments.
func addHelpAll(c *cobra.Command, all *bool) {
	if c.Annotations[cli.BriefHelp] != "" {
		f := c.Flags().VarPF(&helpAllValue{c, all}, "help-all", "", "Describe all options")
		f.NoOptDefVal = "true"
	}
	for _, sub := range c.Commands() {
		addHelpAll(sub, all)
	}
}

// helpAllValue is --help-all: it sets --help, which cobra looks for.
type helpAllValue struct {
	c   *cobra.Command
	all *bool
}

// String implements pflag.Value.
func (v *helpAllValue) String() string { return "false" }

// Type implements pflag.Value.
func (v *helpAllValue) Type() string { return "bool" }

// Set implements pflag.Value.
func (v *helpAllValue) Set(s string) error {
	*v.all = s == "true"
	return v.c.Flags().Set("help", s)
}
