package gauntlet

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// unitDocs is the page that the table of units is part of.
const unitDocs = "../docs/units.md"

//nolint:gochecknoglobals // a flag of a test binary
var unitOnly = flag.String("unit", "", "run the row of units of that name only")

// unitMeasured is what was measured of a row.
type unitMeasured struct {
	*unitRow
	Best, Cold, Warm, Other *result
	Cookbook, Constant      *result // nil where they are not asked
}

// TestUnits prints a table of limits that do not count requests, and fails for every bar that is missed.
func TestUnits(t *testing.T) {
	var all []*unitMeasured
	for _, r := range unitRows() {
		if *unitOnly == "" || *unitOnly == r.Name {
			all = append(all, r.measure(t))
		}
	}
	text := unitTable(all).String()
	fmt.Println(text)
	for _, m := range all {
		for _, miss := range m.misses(all) {
			t.Errorf("%s: %s", m.Name, miss)
		}
	}
	if !*update || *unitOnly != "" {
		return
	}
	if err := insert(unitDocs, "units", "\n"+text); err != nil {
		t.Fatal(err)
	}
	picture := unitPicture().draw(all[1].curve())
	if err := os.WriteFile(filepath.Join(plots, unitPicture().File+".svg"), []byte(picture), 0o644); err != nil {
		t.Fatal(err)
	}
}

// measure runs a row: from nothing, from what that has learned, from a memory of another mix, and with the peers.
func (r *unitRow) measure(t *testing.T) *unitMeasured {
	m := &unitMeasured{unitRow: r, Best: r.others(t, oracle)}
	var learned known
	m.Cold, learned = r.arl(t, r.Sizes, r.Duration, nil)
	if r.Warm > 0 {
		m.Warm, _ = r.arl(t, r.Sizes, r.Duration, learned)
		_, learned = r.arl(t, r.Other, 2*r.Duration, nil)
		m.Other, _ = r.arl(t, r.Sizes, r.Duration, learned)
	}
	if !r.WithoutPeers && !*coldOnly {
		m.Cookbook, m.Constant = r.others(t, cookbook), r.bestConstant(t)
	}
	return m
}

// of is what was taken as a part of what the oracle takes.
func (m *unitMeasured) of(r *result) float64 {
	return r.taken(m.From, m.Duration) / m.Best.taken(m.From, m.Duration)
}

// taken is what was taken in a span.
func (r *result) taken(from, to time.Duration) (sum float64) {
	for i := int(from / time.Second); i < min(int(to/time.Second), len(r.Units)); i++ {
		sum += r.Units[i]
	}
	return sum
}

// throttledPart is the throttled as a part of what was sent, without what does not count.
func (m *unitMeasured) throttledPart(r *result) float64 {
	return float64(r.throttledIn(m.From, m.Duration)) / max(float64(r.Accepted+r.Throttled), 1)
}

// misses are the bars that a row misses.
func (m *unitMeasured) misses(all []*unitMeasured) (list []string) {
	check := func(what string, r *result, least, most float64) {
		if r == nil {
			return
		}
		if got := m.of(r); got < least {
			list = append(list, fmt.Sprintf("%s: %s, want at least %s", what, percent(got), percent(least)))
		}
		if got := m.throttledPart(r); got > most {
			list = append(list, fmt.Sprintf("%s: %s throttled, want at most %s", what, percent2(got), percent2(most)))
		}
	}
	check("cold", m.Cold, m.least(all), m.MostCold)
	check("warm", m.Warm, m.unitRow.Warm, m.MostWarm)
	check("from a memory of another mix", m.Other, m.unitRow.Warm, m.MostWarm)
	return list
}

// least is what a row must reach from nothing: a bar of its own, or as much as another row but for a little.
func (m *unitMeasured) least(all []*unitMeasured) float64 {
	for _, other := range all {
		if m.SameAs != "" && other.Name == m.SameAs {
			return other.Cold.taken(m.From, m.Duration)/other.Best.taken(m.From, m.Duration) - m.Within
		}
	}
	return m.unitRow.Cold
}

func unitTable(all []*unitMeasured) table {
	t := table{head: []string{"limit", "cold", "throttled", "second run", "throttled", "after another mix", "throttled", "cookbook", "throttled", "best constant pace", "throttled"}}
	for _, m := range all {
		cells := []string{m.Name}
		for _, r := range []*result{m.Cold, m.Warm, m.Other, m.Cookbook, m.Constant} {
			if r == nil {
				cells = append(cells, "", "")
				continue
			}
			cells = append(cells, percent(m.of(r)), percent2(m.throttledPart(r)))
		}
		t.add(cells)
	}
	return t
}

// unitPicture shows the first minutes of a limit of tokens that no header tells of.
func unitPicture() plot {
	return plot{"units-2000", "no headers", "2,000 tokens per second, 6,000 at once; every fifth request takes 3,000, the others 100", 5 * minute, 5 * time.Second}
}

func (m *unitMeasured) curve() *curve {
	return &curve{
		Accepted: func(from, to time.Duration) int { return int(m.Cold.taken(from, to)) },
		Limit:    func(time.Duration) float64 { return m.Limits[len(m.Limits)-1].Rate },
		Learned:  m.Cold.ceiling, Throttles: m.Cold.Throttles,
		LimitIs: "limit", LearnedIs: "what arl takes it for", Of: "tokens per second", Requests: m.Cold.between,
	}
}
