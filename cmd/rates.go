package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/internal/ui"
	"github.com/arl-cli/arl/pkg/apis"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/limiter/ratesfile"
	"github.com/arl-cli/arl/pkg/limiter/redisstore"
)

func newRatesCmd(e *env, g *globalOptions) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "rates",
		GroupID: "look",
		Short:   "Show the learned rates",
		Example: `  arl rates
  arl rates show notion
  arl rates reset --all`,
		Args: exactArgs(),
		RunE: func(c *cobra.Command, _ []string) error {
			known, err := knownRates(c.Context(), e, g)
			if err != nil {
				return err
			}
			return writeRates(e, g, telling(known), asJSON)
		},
	}
	c.PersistentFlags().BoolVar(&asJSON, "json", false, "write JSON")
	c.AddCommand(newRatesShowCmd(e, g, &asJSON), newRatesResetCmd(e, g))
	return c
}

func newRatesShowCmd(e *env, g *globalOptions, asJSON *bool) *cobra.Command {
	return &cobra.Command{
		Use:   "show <key>",
		Short: "Show all that is known of one key, or of every key of an api",
		Example: `  arl rates show notion
  arl rates show github/search@0a1b2c3d
  arl rates show notion --json`,
		Args:              exactArgs("<key>"),
		ValidArgsFunction: completeKeys(e, g, 1),
		RunE: func(c *cobra.Command, args []string) error {
			known, err := knownRates(c.Context(), e, g)
			if err != nil {
				return err
			}
			known = telling(known)
			keys := matchingKeys(known, args[0])
			if len(keys) == 0 {
				return unknownKey(args[0], known)
			}
			maps.DeleteFunc(known, func(key string, _ limiter.Learned) bool { return !slices.Contains(keys, key) })
			if *asJSON {
				return writeRates(e, g, known, true)
			}
			for i, key := range keys {
				if i > 0 {
					fmt.Fprintln(e.Out)
				}
				showRate(e, key, known[key])
			}
			return nil
		},
	}
}

func newRatesResetCmd(e *env, g *globalOptions) *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:   "reset <key>...",
		Short: "Forget what was learned of a key, of every key of an api, or of all",
		Example: `  arl rates reset notion
  arl rates reset github/search@0a1b2c3d
  arl rates reset --all`,
		ValidArgsFunction: completeKeys(e, g, 0),
		RunE: func(c *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return usagef("`arl rates` lists the keys", "name the keys to reset, or --all")
			}
			known, err := knownRates(c.Context(), e, g)
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
	c.Flags().BoolVar(&all, "all", false, "forget every key")
	return c
}

func keysToReset(known map[string]limiter.Learned, args []string, all bool) ([]string, error) {
	if all {
		return slices.Sorted(maps.Keys(known)), nil
	}
	var keys []string
	for _, arg := range args {
		matched := matchingKeys(known, arg)
		if len(matched) == 0 {
			return nil, unknownKey(arg, known)
		}
		keys = append(keys, matched...)
	}
	return keys, nil
}

// resetRates forgets keys in rates.yaml and in the live state, also for processes that are running.
func resetRates(ctx context.Context, e *env, g *globalOptions, keys []string) error {
	live, err := e.live(g)
	if err != nil {
		return err
	}
	defer live.Close() //nolint:errcheck // nothing is left to be written
	paths := apis.FindPaths(e.Getenv)
	if path := paths.RatesFile(); path != "" && len(keys) > 0 {
		if err := (&ratesfile.File{Path: path}).Forget(keys...); err != nil {
			return err
		}
	}
	for _, key := range keys {
		if err := live.Reset(ctx, key); err != nil {
			return err
		}
		fmt.Fprintf(e.Err, "arl: forgot %s\n", ui.Plain(key))
	}
	return nil
}

// matchingKeys returns the key itself, or every key of an api or of one of its buckets. The name of an api
// is also the key of its requests without bucket and credential: then it stands for all of the api.
func matchingKeys(known map[string]limiter.Learned, name string) []string {
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

// telling leaves out the keys of what buckets pass together unless they pause: they have no rate.
func telling(known map[string]limiter.Learned) map[string]limiter.Learned {
	now := time.Now()
	for key, l := range known {
		switch {
		case !apis.Together(key):
		case l.PausedUntil.After(now):
			l.Rate, l.Burst = 0, 0
			known[key] = l
		default:
			delete(known, key)
		}
	}
	return known
}

func unknownKey(name string, known map[string]limiter.Learned) error {
	hint := "nothing has been learned yet"
	if len(known) > 0 {
		hint = "known keys: " + strings.Join(slices.Sorted(maps.Keys(known)), ", ")
	}
	return usagef(hint, "nothing is known of %q", name)
}

// knownRates is what rates.yaml remembers, with the live state, which is newer, over it.
func knownRates(ctx context.Context, e *env, g *globalOptions) (map[string]limiter.Learned, error) {
	live, err := e.live(g)
	if err != nil {
		return nil, err
	}
	defer live.Close() //nolint:errcheck // nothing was written
	n := newNotes(e, g, &sendOptions{})
	known := map[string]limiter.Learned{}
	if path := apis.FindPaths(e.Getenv).RatesFile(); path != "" {
		if known, err = (&ratesfile.File{Path: path, Warn: n.warn}).Load(); err != nil {
			return nil, err
		}
	}
	running, err := live.List(ctx)
	switch {
	case redisstore.IsDenied(err):
		return nil, &apis.StoreError{Err: err}
	case err != nil:
		n.warn(err.Error() + "; this is what rates.yaml remembers")
	}
	for key, l := range running {
		if old, ok := known[key]; !ok || !l.Updated.Before(old.Updated.Add(-time.Second)) {
			known[key] = l
		}
	}
	return known, nil
}

// live is the live state that running processes share.
func (e *env) live(g *globalOptions) (*apis.Live, error) {
	if err := g.checkStore(); err != nil {
		return nil, err
	}
	return apis.OpenLive(apis.SessionConfig{Getenv: e.Getenv, ConfigFile: g.Config, Store: g.Store})
}

// rateLine is one key in --json.
type rateLine struct {
	Key           string     `json:"key"`
	Rate          float64    `json:"rate"`
	RatePerMinute float64    `json:"rate_per_minute"`
	Ceiling       float64    `json:"ceiling,omitempty"`
	Burst         int        `json:"burst"`
	Source        string     `json:"source"`
	Updated       time.Time  `json:"updated"`
	LastThrottle  *time.Time `json:"last_throttle,omitempty"`
	PausedUntil   *time.Time `json:"paused_until,omitempty"`
	Requests      int64      `json:"requests"`
	Accepted      int64      `json:"accepted"`
	Refused       int64      `json:"refused"`
	Events        int64      `json:"congestion_events"`
}

func newRateLine(key string, l limiter.Learned) rateLine {
	line := rateLine{
		Key: key, Rate: digits(l.Rate), RatePerMinute: digits(l.Rate * 60), Ceiling: digits(l.Ceiling), Burst: l.Burst,
		Source: l.Source.String(), Updated: l.Updated.UTC(),
		Requests: l.Counts.Sent, Accepted: l.Counts.Accepted, Refused: l.Counts.Throttled, Events: l.Counts.Events,
	}
	if !l.LastThrottle.IsZero() {
		at := l.LastThrottle.UTC()
		line.LastThrottle = &at
	}
	if l.PausedUntil.After(time.Now()) {
		until := l.PausedUntil.UTC()
		line.PausedUntil = &until
	}
	return line
}

// digits rounds to four digits behind the point, as rates.yaml does.
func digits(v float64) float64 { return math.Round(v*1e4) / 1e4 }

func writeRates(e *env, g *globalOptions, known map[string]limiter.Learned, asJSON bool) error {
	keys := slices.Sorted(maps.Keys(known))
	if asJSON {
		lines := make([]rateLine, 0, len(keys))
		for _, key := range keys {
			lines = append(lines, newRateLine(key, known[key]))
		}
		enc := json.NewEncoder(e.Out)
		enc.SetIndent("", "  ")
		return enc.Encode(lines)
	}
	if len(keys) == 0 {
		fmt.Fprintln(e.Err, "arl: nothing has been learned yet; try `arl get sandbox /items/1`")
		return nil
	}
	t := &ui.Table{
		Head:  []string{"KEY", "RATE/S", "PER MIN", "LIMIT/S", "FROM", "REQUESTS", "REFUSED", "LAST THROTTLE", "AGE", "PAUSED"},
		Right: []bool{false, true, true, true, false, true, true, true, true, true},
	}
	style := ui.NewStyle(e.Out, e.colour(g.Color, e.OutTTY))
	for _, key := range keys {
		t.Row(rateCells(key, known[key], style)...)
	}
	return t.Write(e.Out, style)
}

func rateCells(key string, l limiter.Learned, style ui.Style) []string {
	paused := "-"
	if left := time.Until(l.PausedUntil); left > 0 {
		paused = style.Warn(ui.Span(left))
	}
	return []string{
		ui.Plain(key), ui.Rate(l.Rate), ui.Rate(l.Rate * 60), ui.Rate(l.Ceiling), l.Source.String(),
		ui.Count(l.Counts.Sent), ui.Count(l.Counts.Throttled), ago(l.LastThrottle), ago(l.Updated), paused,
	}
}

// ago is how long ago something happened.
func ago(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return ui.Span(max(0, time.Since(at)))
}

func showRate(e *env, key string, l limiter.Learned) {
	line := func(name, value string) { fmt.Fprintf(e.Out, "%-14s %s\n", name, value) }
	line("key", ui.Plain(key))
	if l.Rate > 0 {
		showLearned(line, l)
	}
	line("requests", fmt.Sprintf("%s, %s accepted, %s refused in %s congestion events",
		ui.Count(l.Counts.Sent), ui.Count(l.Counts.Accepted), ui.Count(l.Counts.Throttled), ui.Count(l.Counts.Events)))
	line("last throttle", instant(l.LastThrottle))
	line("updated", instant(l.Updated))
	paused := "no"
	if l.PausedUntil.After(time.Now()) {
		paused = "until " + instant(l.PausedUntil)
	}
	line("paused", paused)
}

func showLearned(line func(name, value string), l limiter.Learned) {
	line("rate", fmt.Sprintf("%s/s (%s per minute)", ui.Rate(l.Rate), ui.Rate(l.Rate*60)))
	limit := "none was met"
	if l.Ceiling > 0 {
		limit = "about " + ui.Rate(l.Ceiling) + "/s"
	}
	line("limit", limit)
	line("burst", strconv.Itoa(l.Burst))
	line("from", l.Source.String())
}

func instant(at time.Time) string {
	if at.IsZero() {
		return "never"
	}
	return at.Local().Format("2006-01-02 15:04:05")
}
