package batch

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A unitPlan is what the records of a plan are thought to take of units.
type unitPlan struct {
	paces  map[string]*pace // of all keys, those of units among them
	totals map[string]int64 // by unit
}

// add adds what one record takes.
func (u *unitPlan) add(known map[string]limiter.Learned, costs []apiclient.UnitCost) {
	for _, c := range costs {
		if u.paces[c.Key] == nil {
			u.paces[c.Key] = unitPace(known, &c)
		}
		u.paces[c.Key].records += c.Amount
		u.totals[c.Unit] += c.Amount
	}
}

// unitPace finds what is known of a unit's key: what was learned, else where the limiter would begin.
func unitPace(known map[string]limiter.Learned, c *apiclient.UnitCost) *pace {
	params := pacing.UnitParams(c.Params, c.Amount)
	l, ok := known[c.Key]
	if !ok {
		l = limiter.Learned{Rate: params.InitialRate}
	}
	p := newPace(&l, params)
	p.boundWindows(params)
	return p
}

// show writes a row for each unit of each key.
func (u *unitPlan) show(w io.Writer, style terminal.Style) error {
	table := terminal.Table{Head: []string{"ESTIMATED", "KEY", "RATE", "FROM"}, Right: []bool{true, false, true, false}}
	for _, key := range slices.Sorted(maps.Keys(u.paces)) {
		if config.UnitOfKey(key) != "" {
			p := u.paces[key]
			table.Row(terminal.Count(p.records), terminal.Plain(key), terminal.PerSecond(p.rate), p.source)
		}
	}
	if len(u.totals) == 0 {
		return nil
	}
	return table.Write(w, style)
}

// showTotals says what all records take together, and whether that is more than the run may.
func (u *unitPlan) showTotals(w io.Writer, limits map[string]int64) {
	if len(u.totals) == 0 {
		return
	}
	var parts []string
	for _, unit := range slices.Sorted(maps.Keys(u.totals)) {
		parts = append(parts, terminal.Count(u.totals[unit])+" "+unit)
	}
	fmt.Fprintf(w, "about %s\n", strings.Join(parts, ", "))
	for _, unit := range slices.Sorted(maps.Keys(limits)) {
		if n := limits[unit]; u.totals[unit] > n {
			fmt.Fprintf(w, "--max-cost stops it at %s %s, before the end\n", terminal.Count(n), unit)
		}
	}
}
