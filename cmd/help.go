package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
)

// showHelp is cobra's help, made to fit the terminal.
func showHelp(e *cli.Env, c *cobra.Command) {
	width := e.Width()
	if width == 0 {
		width = cli.HelpWidth
	}
	text := c.Long
	if text == "" {
		text = c.Short
	}
	fmt.Fprintf(e.Out, "%s\n\n", cli.FillText(strings.TrimRight(text, "\n"), min(width, cli.HelpWidth)))
	if c.Runnable() || c.HasSubCommands() {
		fmt.Fprint(e.Out, cli.FoldUsage(c.UsageString(), width))
	}
}
