package rates

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
)

// noCap is what lifts a cap.
const noCap = "none"

func newRatesCapCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	keys := session.CompleteKeys(e, g, 1)
	return &cobra.Command{
		Use:   "cap <key> <rate>|none",
		Short: "Cap the rate of a key, or of all keys of an API, also in running processes",
		Long: `Set the highest rate at which requests of a key are sent, such as 5/s, 300/m or 1000/h.
Running processes obey a new cap within seconds; if hosts share a store, on all of them.
The cap is kept in rates.yaml until you set another one, or none. The learned rate is
kept too, and used again when the cap is lifted.

A key is one that "arl rates" lists. The name of an API stands for all of its keys,
including future ones. If both have a cap, the one set last applies. "arl rates reset"
does not remove caps.`,
		Example: `  arl rates cap notion 5/s
  arl rates cap github/search@0a1b2c3d 300/h
  arl rates cap notion none`,
		Args: cli.ExactArgs("<key>", "<rate>"),
		ValidArgsFunction: func(c *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 1 {
				return []string{noCap}, cobra.ShellCompDirectiveNoFileComp
			}
			return keys(c, args, toComplete)
		},
		RunE: func(c *cobra.Command, args []string) error {
			rate, err := capRate(args[1])
			if err != nil {
				return err
			}
			return capRates(c.Context(), e, g, args[0], pacing.Cap{Rate: rate, Set: time.Now()})
		},
	}
}

// capRate reads a rate; 0 is none.
func capRate(text string) (float64, error) {
	if text == noCap {
		return 0, nil
	}
	var rate session.RateValue
	if err := rate.Set(text); err != nil {
		return 0, cli.Usagef("`none` lifts the cap", "%v", err)
	}
	return float64(rate), nil
}

func capRates(ctx context.Context, e *cli.Env, g *cli.GlobalOptions, name string, to pacing.Cap) error {
	r, err := session.ReadRates(e, g)
	if err != nil {
		return err
	}
	defer r.Close()
	known, err := r.Known(ctx)
	if err != nil {
		return err
	}
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(known)), func(key string) bool { return !pacing.Covers(name, key) })
	if len(keys) == 0 && r.Caps(ctx)[name].Rate == 0 {
		if err := isAPI(e, g, name, known); err != nil {
			return err
		}
	}
	if r.File == nil {
		return cli.Usagef("set HOME or ARL_CONFIG_DIR to a directory of your own", "there is no home directory for rates.yaml, which stores caps")
	}
	if err := r.File.SetCap(name, to); err != nil {
		return err
	}
	if err := r.Live.SetCap(ctx, name, to, keys); err != nil {
		return fmt.Errorf("the cap is in rates.yaml of this host, but other processes may not know it: %w", err)
	}
	sayCap(e, name, to.Rate, keys)
	return nil
}

// isAPI returns an error unless name is a profile's, or that of one of its buckets: of any other key nothing will ever be
// known by that name.
func isAPI(e *cli.Env, g *cli.GlobalOptions, name string, known map[string]limiter.Learned) error {
	registry, err := session.Registry(e, g)
	if err != nil {
		return err
	}
	api, bucket, _ := strings.Cut(name, "/")
	p, err := registry.Profile(api)
	if err != nil {
		return unknownKey(name, known)
	}
	if bucket != "" && !slices.ContainsFunc(p.Buckets, func(b config.Bucket) bool { return b.Name == bucket }) {
		return unknownKey(name, known)
	}
	return nil
}

func sayCap(e *cli.Env, name string, rate float64, keys []string) {
	of := ""
	if len(keys) > 1 {
		of = fmt.Sprintf(" (%s)", terminal.Plain(strings.Join(keys, ", ")))
	}
	if rate == 0 {
		fmt.Fprintf(e.Err, "arl: %s has no cap%s\n", terminal.Plain(name), of)
		return
	}
	fmt.Fprintf(e.Err, "arl: %s sends at most %s%s\n", terminal.Plain(name), terminal.PerSecond(rate), of)
}
