package rates

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/estimate"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/limiter/history"
)

func newRatesShowCmd(e *cli.Env, g *cli.GlobalOptions, asJSON *bool) *cobra.Command {
	var since time.Duration
	c := &cobra.Command{
		Use:   "show <key>",
		Short: "Show everything known about a key, or about all keys of an API",
		Long: `Show everything known about a key and which processes use it now. On a terminal, also
plot its rate, limit and throttles over the last time it was used, or over the time given
with --since. With --json, print its whole history.`,
		Example: `  arl rates show notion
  arl rates show github/search@0a1b2c3d --since 24h
  arl rates show notion --json | jq '.[0].history'`,
		Args:              cli.ExactArgs("<key>"),
		ValidArgsFunction: session.CompleteKeys(e, g, 1),
		RunE: func(c *cobra.Command, args []string) error {
			if since < 0 {
				return cli.Usagef("0 means the last time the key was in use", "--since must not be negative")
			}
			return showRates(c.Context(), e, g, args[0], since, *asJSON)
		},
	}
	c.Flags().Var((*cli.DurationValue)(&since), "since", "Plot the last `DURATION`; 0 means the last time the key was in use")
	return c
}

func showRates(ctx context.Context, e *cli.Env, g *cli.GlobalOptions, name string, since time.Duration, asJSON bool) error {
	r, err := session.ReadRates(e, g)
	if err != nil {
		return err
	}
	defer r.Close()
	v, err := readView(ctx, r, func(known map[string]limiter.Learned) error {
		keys := MatchingKeys(known, name)
		if len(keys) == 0 {
			return unknownKey(name, known)
		}
		maps.DeleteFunc(known, func(key string, _ limiter.Learned) bool { return !slices.Contains(keys, key) })
		return nil
	})
	if err != nil {
		return err
	}
	if asJSON {
		return v.writeJSON(e.Out, true)
	}
	out := terminal.Painted(e.Out)
	for i, key := range v.keys() {
		if i > 0 {
			fmt.Fprintln(out)
		}
		v.show(out, key, newLook(e, g), since)
	}
	return nil
}

// show writes all that is known of a key.
func (v *view) show(w io.Writer, key string, look look, since time.Duration) {
	l := v.known[key]
	line := func(name, value string) { fmt.Fprintf(w, "%-14s %s\n", name, value) }
	line("key", terminal.Plain(key))
	if l.Rate > 0 {
		showLearned(line, l)
	}
	if l.Cap.Rate > 0 {
		line("cap", fmt.Sprintf("%s, set %s; what was learned stays", terminal.PerSecond(l.Cap.Rate), instant(l.Cap.Set)))
	}
	line(cmp.Or(terminal.Plain(config.UnitOfKey(key)), "requests"), fmt.Sprintf("%s, %s accepted, %s throttled in %s",
		terminal.Count(l.Counts.Sent), terminal.Count(l.Counts.Accepted), terminal.Count(l.Counts.Throttled), terminal.Quantity(l.Counts.Events, "congestion event")))
	if l.Sizes.Mean > 0 {
		line("per request", fmt.Sprintf("%s on average, %s the largest of late", terminal.Count(int64(math.Round(l.Sizes.Mean))), terminal.Count(int64(l.Sizes.Largest))))
	}
	line("last throttle", instant(l.LastThrottle))
	line("updated", instant(l.Updated))
	paused := "no"
	if l.PausedUntil.After(v.at) {
		paused = "until " + instant(l.PausedUntil)
	}
	line("paused", paused)
	for _, u := range v.users[key] {
		line("used by", fmt.Sprintf("%s, pid %d on %s, for %s; %s in flight, %s waiting", terminal.Plain(u.Command), u.PID, terminal.Plain(u.Host),
			terminal.Span(max(0, v.at.Sub(u.Since))), terminal.Count(int64(u.InFlight)), terminal.Count(int64(u.Waiting))))
	}
	if len(v.users[key]) == 0 {
		line("used by", "no process now")
	}
	v.plot(w, key, look, since)
}

// plot draws how the rate went on a terminal, and elsewhere says where to find that.
func (v *view) plot(w io.Writer, key string, look look, since time.Duration) {
	points := v.history[key]
	from := history.LastSpell(points, v.at)
	if since > 0 {
		from = v.at.Add(-since)
	}
	if len(points) < 2 || look.width == 0 {
		fmt.Fprintf(w, "%-14s %s\n", "history", pastTold(points))
		return
	}
	to := points[len(points)-1].At
	if since > 0 {
		to = v.at
	}
	p := terminal.Plot{From: from.Local(), To: to.Local()}
	for _, c := range history.Columns(points, from, to, v.at, max(terminal.LeastPlot, min(look.width-terminal.PlotMargin, mostPlot))) {
		p.Rate, p.Limit, p.Throttled = append(p.Rate, c.Rate), append(p.Limit, c.Ceiling), append(p.Throttled, c.Throttled)
	}
	lines := p.Lines(look.style)
	if len(lines) == 0 {
		fmt.Fprintf(w, "%-14s %s\n", "history", pastTold(points)+", none of them since "+instant(from))
		return
	}
	fmt.Fprintln(w, "\n"+strings.Join(lines, "\n"))
}

// mostPlot is how many columns a plot has at most.
const mostPlot = 160

// pastTold says of a history that it is there.
func pastTold(points []history.Point) string {
	if len(points) == 0 {
		return "none"
	}
	return fmt.Sprintf("%s since %s; --json has them", terminal.Quantity(int64(len(points)), "point"), instant(points[0].At))
}

func showLearned(line func(name, value string), l limiter.Learned) {
	line("rate", fmt.Sprintf("%s (%s per minute)", terminal.PerSecond(l.Rate), terminal.Rate(l.Rate*60)))
	line("limit", estimate.Words(&l))
	line("burst", strconv.Itoa(l.Burst))
	line("from", estimate.Source(&l))
}

func instant(at time.Time) string {
	if at.IsZero() {
		return "never"
	}
	return at.Local().Format("2006-01-02 15:04:05")
}
