package gauntlet

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// shortTable lists servers.
func shortTable(all []*shortFigures) table {
	t := table{head: []string{"server", "limit/s", "cold", "last 10 s", "throttled", "warm", "throttled", "AWS SDK", "last 10 s", "throttled", "best pace"}}
	for _, f := range all {
		cells := []string{
			f.Name, strconv.FormatFloat(f.Rate, 'f', 1, 64), percent(f.Cold), percent(f.Last),
			fmt.Sprintf("%d (%s)", f.Throttled, percent2(f.throttled())), percent(f.Warm),
			fmt.Sprintf("%d (%s)", f.WarmThrottled, percent2(f.warmThrottled())), "", "", "", "",
		}
		if f.AWS != nil {
			copy(cells[7:], []string{percent(f.AWS.Cold), percent(f.AWS.Last), percent2(f.AWS.ThrottledShare), percent(f.Best.Cold)})
		}
		t.add(cells)
	}
	return t
}

// A group is servers of which the means are told.
type group struct {
	name string
	list []*shortFigures
}

// groups are all, then by what the headers tell, then by kind.
func groups(name string, all []*shortFigures) []group {
	tells, kinds := map[string][]*shortFigures{}, map[string][]*shortFigures{}
	for _, f := range all {
		tells[f.Tells] = append(tells[f.Tells], f)
		kinds[f.Kind] = append(kinds[f.Kind], f)
	}
	list := []group{{name, all}}
	for _, by := range []struct {
		of   string
		list map[string][]*shortFigures
	}{{", headers: ", tells}, {", kind: ", kinds}} {
		for _, key := range slices.Sorted(maps.Keys(by.list)) {
			list = append(list, group{name + by.of + key, by.list[key]})
		}
	}
	return list
}

// shortSummary tells of each group the mean, the median, the fifth percentile and the worst.
func shortSummary(list []group) table {
	t := table{head: []string{
		"servers", "number", "last 10 s", "cold", "warm", "throttled", "if more than 3", "within", "warm throttled", "if more than 1", "within",
		"AWS SDK, last 10 s", "throttled", "ahead", "best pace",
	}}
	for _, g := range list {
		if len(g.list) > 0 {
			t.add(g.cells())
		}
	}
	return t
}

func (g group) cells() []string {
	cells := []string{
		g.name, strconv.Itoa(len(g.list)),
		g.spread((*shortFigures).last), g.spread((*shortFigures).cold), g.spread((*shortFigures).warm),
		percent2(g.mean((*shortFigures).throttled)), percent2(g.mean((*shortFigures).tooMany)), percent(g.share((*shortFigures).within)),
		percent2(g.mean((*shortFigures).warmThrottled)), percent2(g.mean((*shortFigures).warmTooMany)), percent(g.share((*shortFigures).warmWithin)),
		"", "", "", "",
	}
	if g.list[0].AWS == nil {
		return cells
	}
	copy(cells[11:], []string{
		g.spread(func(f *shortFigures) float64 { return f.AWS.Last }),
		percent2(g.mean(func(f *shortFigures) float64 { return f.AWS.ThrottledShare })),
		strconv.Itoa(g.count((*shortFigures).ahead)),
		percent(g.mean(func(f *shortFigures) float64 { return f.Best.Cold })),
	})
	return cells
}

// count is of how many servers something is true, share their part of all.
func (g group) count(is func(*shortFigures) bool) int {
	n := 0
	for _, f := range g.list {
		if is(f) {
			n++
		}
	}
	return n
}

func (g group) share(is func(*shortFigures) bool) float64 {
	return float64(g.count(is)) / float64(len(g.list))
}

// values are sorted.
func (g group) values(of func(*shortFigures) float64) []float64 {
	list := make([]float64, len(g.list))
	for i, f := range g.list {
		list[i] = of(f)
	}
	slices.Sort(list)
	return list
}

func (g group) mean(of func(*shortFigures) float64) float64 {
	sum := 0.0
	for _, f := range g.list {
		sum += of(f)
	}
	return sum / float64(len(g.list))
}

func (g group) quantile(of func(*shortFigures) float64, q float64) float64 {
	list := g.values(of)
	return list[int(q*float64(len(list)-1))]
}

// spread is the mean, the median, the fifth percentile and the worst, in percent.
func (g group) spread(of func(*shortFigures) float64) string {
	return fmt.Sprintf("%.1f / %.1f / %.1f / %.1f", 100*g.mean(of), 100*g.quantile(of, 0.5), 100*g.quantile(of, 0.05), 100*g.quantile(of, 0))
}
