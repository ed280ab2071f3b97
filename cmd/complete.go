package cmd

import "github.com/spf13/cobra"

// completeAPI completes the first argument with the names of the profiles, later ones with files.
func completeAPI(e *env, g *globalOptions) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveDefault
		}
		r, err := registry(e, g)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return r.Names(), cobra.ShellCompDirectiveNoFileComp
	}
}
