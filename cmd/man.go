package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/manpage"
)

func newManCmd(e *cli.Env) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:     "man [command or topic]",
		GroupID: "manage",
		Short:   "Print a manual page, or write all manual pages to a directory",
		Example: `  arl man batch > arl-batch.1
  arl man --dir ./man
  arl man exit-codes | man -l -`,
		RunE: func(c *cobra.Command, args []string) error {
			root := c.Root()
			if dir != "" {
				if len(args) > 0 {
					return cli.Usagef("", "--dir writes all pages and takes no argument")
				}
				return writePages(dir, root)
			}
			of, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return cli.Usagef("`arl --help` lists commands and topics", "no manual page for %q", strings.Join(args, " "))
			}
			_, err = fmt.Fprint(e.Out, manualPage(of))
			return err
		},
		ValidArgsFunction: completeDocumented,
	}
	c.Flags().StringVar(&dir, "dir", "", "Write all pages to `DIR`")
	_ = c.MarkFlagDirname("dir") // the flag exists
	return c
}

// documented are the commands and topics below a command.
func documented(c *cobra.Command) []*cobra.Command {
	return slices.DeleteFunc(slices.Clone(c.Commands()), func(sub *cobra.Command) bool { return sub.Hidden || sub.Deprecated != "" })
}

// completeDocumented completes the name of a command, word by word, or of a topic.
func completeDocumented(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	of, rest, err := c.Root().Find(args)
	if err != nil || len(rest) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, sub := range documented(of) {
		names = append(names, cobra.CompletionWithDesc(sub.Name(), sub.Short))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func writePages(dir string, c *cobra.Command) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the directory of the manual pages: %w", err)
	}
	p := manualPage(c)
	if err := os.WriteFile(filepath.Join(dir, p.File()), []byte(p.String()), 0o644); err != nil {
		return fmt.Errorf("write a manual page: %w", err)
	}
	for _, sub := range documented(c) {
		if err := writePages(dir, sub); err != nil {
			return err
		}
	}
	return nil
}

// isTopic reports whether a command is only a text.
func isTopic(c *cobra.Command) bool { return !c.Runnable() && !c.HasSubCommands() }

func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// section is the section of the manual that a command's page is in.
func section(c *cobra.Command) string {
	if isTopic(c) {
		return "7"
	}
	return "1"
}

// manualPage is what --help says of a command, with what belongs to it.
func manualPage(c *cobra.Command) *manpage.Page {
	p := &manpage.Page{Name: pageName(c), Section: section(c), Short: c.Short}
	add := func(s manpage.Section) {
		if s.Text != "" || s.Code != "" || len(s.Items) > 0 {
			p.Sections = append(p.Sections, s)
		}
	}
	long := c.Long
	if long == "" {
		long = c.Short + "."
	}
	if isTopic(c) {
		add(manpage.Section{Title: "DESCRIPTION", Text: long})
		add(seeAlso(c))
		return p
	}
	c.InitDefaultHelpFlag()
	add(manpage.Section{Title: "SYNOPSIS", Code: c.UseLine()})
	add(manpage.Section{Title: "DESCRIPTION", Text: long})
	add(manpage.Section{Title: "COMMANDS", Items: subcommands(c)})
	add(manpage.Section{Title: "OPTIONS", Items: flagItems(c.NonInheritedFlags())})
	add(manpage.Section{Title: "GLOBAL OPTIONS", Items: flagItems(c.InheritedFlags())})
	add(manpage.Section{Title: "EXAMPLES", Code: unindented(c.Example)})
	if !c.HasParent() {
		add(manpage.Section{Title: "EXIT STATUS", Text: helpExitCodes})
		add(manpage.Section{Title: "ENVIRONMENT", Text: helpEnvironment})
	}
	add(seeAlso(c))
	return p
}

func subcommands(c *cobra.Command) []manpage.Item {
	var items []manpage.Item
	for _, sub := range documented(c) {
		if !isTopic(sub) {
			items = append(items, manpage.Item{Term: sub.CommandPath(), Text: sub.Short + "."})
		}
	}
	return items
}

func flagItems(flags *pflag.FlagSet) []manpage.Item {
	var items []manpage.Item
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		term := "--" + f.Name
		if f.Shorthand != "" {
			term = "-" + f.Shorthand + ", " + term
		}
		if value != "" {
			term += " " + value
		}
		items = append(items, manpage.Item{Term: term, Text: usage})
	})
	return items
}

func seeAlso(c *cobra.Command) manpage.Section {
	var pages []string
	if c.HasParent() {
		pages = append(pages, pageName(c.Parent())+"("+section(c.Parent())+")")
	}
	for _, sub := range documented(c) {
		pages = append(pages, pageName(sub)+"("+section(sub)+")")
	}
	if c.HasParent() && !isTopic(c) {
		pages = append(pages, "arl-exit-codes(7)")
	}
	return manpage.Section{Title: "SEE ALSO", Text: strings.Join(pages, ", ")}
}

// unindented takes away the two spaces before each line of an example.
func unindented(s string) string {
	var lines []string
	for l := range strings.SplitSeq(s, "\n") {
		lines = append(lines, strings.TrimPrefix(l, "  "))
	}
	return strings.Join(lines, "\n")
}
