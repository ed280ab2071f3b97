package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// ExactArgs is cobra.ExactArgs with an error that says what is missing.
func ExactArgs(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return Usagef("see `"+c.CommandPath()+" --help`", "%s: %s is missing", c.CommandPath(), names[len(args)])
		case len(args) > len(names):
			return Usagef("see `"+c.CommandPath()+" --help`", "%s: unexpected argument %q", c.CommandPath(), args[len(names)])
		}
		return nil
	}
}

// AtMost allows one argument or none.
func AtMost(name string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return ExactArgs(name)(c, args)
	}
}

// KnownCommand rejects unknown commands, and suggests similar ones.
func KnownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if url, ok := URLAmong(args[:1]); ok && !c.HasParent() {
		return URLAsCommand(url)
	}
	c.SuggestionsMinimumDistance = 2
	hint := "see `" + c.CommandPath() + " --help`"
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		path := c.CommandPath() + " "
		hint = "did you mean `" + path + strings.Join(near, "` or `"+path) + "`?"
	}
	return Usagef(hint, "unknown command %q", args[0])
}

// AtLeast is cobra.MinimumNArgs(1) with an error that says what is missing.
func AtLeast(name string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return Usagef("see `"+c.CommandPath()+" --help`", "%s: %s is missing", c.CommandPath(), name)
		}
		return nil
	}
}
