package session

import (
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
)

// CompleteAPI completes the first argument with the names of the profiles, later ones as rest says:
// with files, or not at all, because a path of an API is none of this machine.
func CompleteAPI(e *cli.Env, g *cli.GlobalOptions, rest cobra.ShellCompDirective) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, rest
		}
		r, err := Registry(e, g)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return r.Names(), cobra.ShellCompDirectiveNoFileComp
	}
}

// CompleteRequest completes the name of a profile, then the paths that it says its API has.
func CompleteRequest(e *cli.Env, g *cli.GlobalOptions) cobra.CompletionFunc {
	names := CompleteAPI(e, g, cobra.ShellCompDirectiveNoFileComp)
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) != 1 {
			return names(c, args, typed)
		}
		r, err := Registry(e, g)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		p, err := r.Profile(args[0])
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return p.Paths, cobra.ShellCompDirectiveNoFileComp
	}
}

// CompleteKeys completes arguments with the keys of which something is known; at most so many, 0 for
// any number.
func CompleteKeys(e *cli.Env, g *cli.GlobalOptions, most int) cobra.CompletionFunc {
	quiet := *e
	quiet.Err = io.Discard // nobody reads warnings while he types
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if most > 0 && len(args) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		known, err := KnownRates(c.Context(), &quiet, g)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		keys := slices.Sorted(maps.Keys(Telling(known)))
		return slices.DeleteFunc(keys, func(key string) bool { return slices.Contains(args, key) }), cobra.ShellCompDirectiveNoFileComp
	}
}

// CompleteFiles completes one argument with files that end so.
func CompleteFiles(endings ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return endings, cobra.ShellCompDirectiveFilterFileExt
	}
}
