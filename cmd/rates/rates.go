// Package rates is arl rates: learned rates, caps, and the processes that use them.
package rates

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/limiter/ratesfile"
)

// NewCmd makes the command rates.
func NewCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	var asJSON, watch bool
	c := &cobra.Command{
		Use:     "rates",
		GroupID: "manage",
		Short:   "Show the learned rates",
		Long: `Show the learned rate of each key, one per line, and how many processes use it now, on
all hosts that share the store. A process is counted once it has had requests in flight
or waiting for a second.

On a terminal a bar compares the rate with the limit, and a sparkline shows how the rate
changed the last time the key was used. In a pipe the columns are always the same. A
limit of <50 means that only an upper bound is known; a rate marked as an estimate is
based on fewer than ten requests.

With --watch the table is updated every second until Ctrl-C: in place on a terminal,
otherwise with one line, or with --json one object, for each key that has changed.`,
		Example: `  arl rates
  arl rates --watch
  arl rates --json | jq '.[] | select(.users != [])'`,
		Args: cli.KnownCommand,
		RunE: func(c *cobra.Command, _ []string) error {
			if watch {
				return watchRates(c.Context(), e, g, asJSON)
			}
			return listRates(c.Context(), e, g, asJSON)
		},
	}
	c.PersistentFlags().BoolVar(&asJSON, "json", false, "Write JSON")
	c.Flags().BoolVar(&watch, "watch", false, "Update until Ctrl-C")
	c.AddCommand(newRatesShowCmd(e, g, &asJSON), newRatesResetCmd(e, g), newRatesPruneCmd(e, g), newRatesCapCmd(e, g))
	return c
}

func listRates(ctx context.Context, e *cli.Env, g *cli.GlobalOptions, asJSON bool) error {
	r, err := session.ReadRates(e, g)
	if err != nil {
		return err
	}
	defer r.Close()
	v, err := readView(ctx, r, nil)
	switch {
	case err != nil:
		return err
	case asJSON:
		return v.writeJSON(e.Out, false)
	case len(v.known) == 0:
		fmt.Fprintln(e.Err, "arl: "+nothingLearned)
		return nil
	}
	return v.writeTable(e.Out, newLook(e, g))
}

const nothingLearned = "nothing has been learned yet; try `arl get sandbox /items/1`"

func newRatesResetCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:   "reset <key>...",
		Short: "Forget the learned rate of a key, of all keys of an API, or of all keys",
		Example: `  arl rates reset notion
  arl rates reset github/search@0a1b2c3d
  arl rates reset --all`,
		ValidArgsFunction: session.CompleteKeys(e, g, 0),
		RunE: func(c *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return cli.Usagef("`arl rates` lists the keys", "name the keys to reset, or --all")
			}
			known, err := session.KnownRates(c.Context(), e, g)
			if err != nil {
				return err
			}
			keys, err := keysToReset(known, args, all)
			if err != nil {
				return err
			}
			return resetRates(c.Context(), e, g, keys)
		},
	}
	c.Flags().BoolVar(&all, "all", false, "Forget every key")
	return c
}

func keysToReset(known map[string]limiter.Learned, args []string, all bool) ([]string, error) {
	if all {
		return slices.Sorted(maps.Keys(known)), nil
	}
	var keys []string
	for _, arg := range args {
		matched := MatchingKeys(known, arg)
		if len(matched) == 0 {
			return nil, unknownKey(arg, known)
		}
		keys = append(keys, matched...)
	}
	return keys, nil
}

// resetRates forgets keys in rates.yaml and in the live state, also for processes that are running.
func resetRates(ctx context.Context, e *cli.Env, g *cli.GlobalOptions, keys []string) error {
	live, err := session.OpenLive(e, g)
	if err != nil {
		return err
	}
	defer live.Close() //nolint:errcheck // nothing is left to be written
	var caps pacing.Caps
	paths := config.FindPaths(e.Getenv)
	if path := paths.RatesFile(); path != "" && len(keys) > 0 {
		file := &ratesfile.File{Path: path}
		if err := file.Forget(keys...); err != nil {
			return err
		}
		caps = file.Caps()
	}
	for _, key := range keys {
		if err := live.Reset(ctx, key); err != nil {
			return err
		}
		fmt.Fprintf(e.Err, "arl: forgot %s\n", terminal.Plain(key))
		if c := caps.Of(key); c.Rate > 0 {
			fmt.Fprintf(e.Err, "arl: its cap of %s stays; `arl rates cap` lifts it\n", terminal.PerSecond(c.Rate))
		}
	}
	return nil
}

// MatchingKeys returns the key itself, or every key of an api or of one of its buckets. The name of an api
// is also the key of its requests without bucket and credential: then it stands for all of the api.
func MatchingKeys(known map[string]limiter.Learned, name string) []string {
	if _, ok := known[name]; ok && strings.ContainsAny(name, "/@") {
		return []string{name}
	}
	var keys []string
	for key := range known {
		if key == name || strings.HasPrefix(key, name+"/") || strings.HasPrefix(key, name+"@") {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func unknownKey(name string, known map[string]limiter.Learned) error {
	hint := "nothing has been learned yet"
	if len(known) > 0 {
		hint = "known keys: " + strings.Join(slices.Sorted(maps.Keys(known)), ", ")
	}
	return cli.Usagef(hint, "nothing is known about %q", name)
}
