package cmd

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
)

// completeFlags says what the values of every command's flags may be. The flags exist.
func completeFlags(root *cobra.Command) {
	fixed := func(flag string, values ...string) {
		_ = root.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	fixed("color", "auto", "always", "never")
	fixed("store", "file", "memory", "redis://", "rediss://")
	_ = root.RegisterFlagCompletionFunc("config", cobra.FixedCompletions([]string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt))
}

// plainUsages takes out the marks that help texts need and a completion shows.
func plainUsages(c *cobra.Command) {
	plain := func(f *pflag.Flag) { f.Usage = strings.ReplaceAll(f.Usage, "`", "") }
	c.PersistentFlags().VisitAll(plain)
	c.Flags().VisitAll(plain)
	for _, sub := range c.Commands() {
		plainUsages(sub)
	}
}

// completionExamples adds to cobra's command what the others have: examples, and an error for a shell
// that it does not know.
func completionExamples(root *cobra.Command, e *cli.Env) {
	for path, example := range map[string]string{
		"": `  source <(arl completion bash)
  arl completion zsh > "${fpath[1]}/_arl"
  arl completion fish | source`,
		"bash": `  source <(arl completion bash)
  arl completion bash > /etc/bash_completion.d/arl
  arl completion bash --no-descriptions > arl.bash`,
		"zsh": `  source <(arl completion zsh)
  arl completion zsh > "${fpath[1]}/_arl"
  arl completion zsh --no-descriptions > _arl`,
		"fish": `  arl completion fish | source
  arl completion fish > ~/.config/fish/completions/arl.fish
  arl completion fish --no-descriptions > arl.fish`,
		"powershell": `  arl completion powershell | Out-String | Invoke-Expression
  arl completion powershell >> $PROFILE
  arl completion powershell --no-descriptions > arl.ps1`,
	} {
		c, _, err := root.Find(strings.Fields("completion " + path))
		if err != nil {
			continue
		}
		c.Example = example
		if path == "" {
			c.Args = cli.KnownCommand
			c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
		}
		if path == "bash" {
			c.RunE = func(c *cobra.Command, _ []string) error {
				return completeBash(e, root, c.Flags().Lookup("no-descriptions").Value.String() != "true")
			}
		}
	}
}
