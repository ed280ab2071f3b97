package rates

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
)

// longUnused is how long a key has to be unused to be forgotten, unless told otherwise.
const longUnused = 90 * 24 * time.Hour

func newRatesPruneCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	older, dryRun := longUnused, false
	c := &cobra.Command{
		Use:   "prune",
		Short: "Forget the keys that have not been used for a long time",
		Long: `Forget the learned rates of keys that have not been used for 90 days, or for the time
given with --older, in rates.yaml and in the live state. A key whose pause has not ended
is kept.`,
		Example: `  arl rates prune
  arl rates prune --older 30d
  arl rates prune --older 1d --dry-run`,
		Args:              cli.ExactArgs(),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error {
			if older <= 0 {
				return cli.Usagef("`arl rates reset --all` forgets every key", "--older must be a duration such as 30d")
			}
			known, err := session.KnownRates(c.Context(), e, g)
			if err != nil {
				return err
			}
			keys := unusedSince(known, time.Now(), older)
			switch {
			case len(keys) == 0:
				fmt.Fprintf(e.Err, "arl: every key has been used since %s\n", time.Now().Add(-older).Format(time.DateOnly))
				return nil
			case dryRun:
				for _, key := range keys {
					fmt.Fprintln(e.Out, terminal.Plain(key))
				}
				return nil
			}
			return resetRates(c.Context(), e, g, keys)
		},
	}
	c.Flags().Var((*cli.DurationValue)(&older), "older", "Forget keys that have not been used for `DURATION`")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "Print the keys without forgetting them")
	return c
}

// unusedSince lists the keys, sorted, that have not been used for a while and do not pause.
func unusedSince(known map[string]limiter.Learned, now time.Time, older time.Duration) []string {
	var keys []string
	for key, l := range known {
		used := slices.MaxFunc([]time.Time{l.Updated, l.LastThrottle}, time.Time.Compare)
		if now.Sub(used) > older && !l.PausedUntil.After(now) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
