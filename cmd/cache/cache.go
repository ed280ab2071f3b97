// Package cache is the command that shows and clears stored responses.
package cache

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/httpcache"
	"github.com/arl-cli/arl/internal/terminal"
)

// NewCmd makes the command.
func NewCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	c := &cobra.Command{
		Use:     "cache",
		GroupID: "manage",
		Short:   "Show or clear stored responses",
		Long: `Show or clear stored responses. With --cache, or cache: in a profile, responses to GET
and HEAD are stored in a directory that all arl processes of a user share. "cache: {max:
1GiB}" in config.yaml limits its size; the least recently used responses are removed
first.`,
		Example: `  arl cache info
  arl cache info --json
  arl cache clear`,
		Args: cobra.NoArgs,
	}
	c.AddCommand(newInfoCmd(e, g), newClearCmd(e, g))
	return c
}

// openCache opens the cache that the configuration describes.
func openCache(e *cli.Env, g *cli.GlobalOptions) (*httpcache.Cache, error) {
	paths := config.FindPaths(e.Getenv)
	if paths.Cache == "" {
		return nil, cli.Usagef("set HOME, XDG_CACHE_HOME or ARL_CACHE_DIR", "there is no directory for the cache: the home directory is unknown")
	}
	registry := config.NewRegistry()
	file := g.Config
	if file == "" {
		file = paths.ConfigFile()
	}
	if file != "" {
		if err := registry.Override(file); err != nil {
			return nil, err
		}
	}
	return httpcache.New(paths.Cache, registry.CacheBound(), nil), nil
}

// cacheInfo is what `arl cache info --json` writes.
type cacheInfo struct {
	Directory string         `json:"directory"`
	Responses int            `json:"responses"`
	Bytes     int64          `json:"bytes"`
	Max       int64          `json:"max"`
	Oldest    *time.Time     `json:"oldest_use,omitempty"`
	Origins   map[string]int `json:"origins"`
}

func newInfoCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:     "info",
		Short:   "Show where responses are stored, their number and size",
		Example: "  arl cache info\n  arl cache info --json\n  arl cache info --json | jq .bytes",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cache, err := openCache(e, g)
			if err != nil {
				return err
			}
			i, err := cache.Info()
			if err != nil {
				return fmt.Errorf("read the cache: %w", err)
			}
			if asJSON {
				return cli.WriteJSON(e, infoOf(i))
			}
			return showCache(e, i)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "Write JSON")
	return c
}

func infoOf(i httpcache.Info) cacheInfo {
	out := cacheInfo{Directory: i.Dir, Responses: i.Responses, Bytes: i.Bytes, Max: i.Max, Origins: i.Origins}
	if !i.LastUse.IsZero() {
		at := i.LastUse.UTC()
		out.Oldest = &at
	}
	return out
}

func showCache(e *cli.Env, i httpcache.Info) error {
	t := &terminal.Table{Head: []string{"CACHE", ""}, Width: e.Width()}
	t.Row("directory", i.Dir)
	t.Row("responses", terminal.Count(int64(i.Responses)))
	maxSize := cli.SizeValue(i.Max)
	t.Row("bytes", fmt.Sprintf("%s of at most %s", terminal.Count(i.Bytes), maxSize.String()))
	if !i.LastUse.IsZero() {
		t.Row("oldest use", terminal.Span(time.Since(i.LastUse))+" ago")
	}
	for _, origin := range slices.Sorted(maps.Keys(i.Origins)) {
		t.Row(terminal.Plain(origin), terminal.Quantity(int64(i.Origins[origin]), "response"))
	}
	return t.Write(e.Out, terminal.NewStyle(e.Out, false))
}

func newClearCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	return &cobra.Command{
		Use:     "clear",
		Short:   "Remove all stored responses",
		Example: "  arl cache clear\n  arl cache clear && arl cache info\n  ARL_CACHE_DIR=/tmp/cache arl cache clear",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cache, err := openCache(e, g)
			if err != nil {
				return err
			}
			n, err := cache.Clear()
			if err != nil {
				return fmt.Errorf("clear the cache: %w", err)
			}
			fmt.Fprintf(e.Err, "arl: removed %s bytes\n", terminal.Count(n))
			return nil
		},
	}
}
