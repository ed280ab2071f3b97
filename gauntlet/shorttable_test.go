package gauntlet

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// shortFigures are what is reported of a server. Shares are parts of what the oracle gets.
type shortFigures struct {
	Name, Kind, Tells                  string
	Rate                               float64 // that a client who knows the limit gets accepted
	Cold, Last, Warm                   float64 // the whole cold run, its last ten seconds, the second run
	Accepted, Throttled                int     // cold
	WarmAccepted, WarmThrottled        int
	ColdOracle, LastOracle, WarmOracle float64
	ThrottledShare, WarmThrottledShare float64
	Learned, Ceiling                   float64
	Leases                             bool
}

func (r *shortRun) figures() *shortFigures {
	s, end := r.server, r.begin+shortCold
	f := &shortFigures{
		Name: s.Name, Kind: s.Kind, Tells: s.Dialect.tells(), Rate: s.rate(shortCold),
		Accepted: between(r.accepted, r.begin, end), Throttled: between(r.throttle, 0, r.again-s.RTT),
		WarmAccepted: between(r.accepted, r.again, r.again+shortWarm), WarmThrottled: between(r.throttle, r.again-s.RTT, 1<<62),
		Learned: r.Learned.Rate, Ceiling: r.Learned.Ceiling, Leases: s.Leases,
	}
	last, warm := end-shortLast, r.again+shortWarm
	f.Cold = r.share(nil, r.begin, end)
	f.Last = r.share(r.accepted, last, end)
	f.Warm = r.share(r.accepted, r.again, warm)
	f.ThrottledShare = part(f.Throttled, f.Accepted)
	f.WarmThrottledShare = part(f.WarmThrottled, f.WarmAccepted)
	return f
}

// share is what was accepted in a span as a part of what was to be had. What the oracle gets beyond it was
// lost; it is measured by what a span of that length is worth where nothing has been used up.
func (r *shortRun) share(before []time.Duration, from, to time.Duration) float64 {
	lost := r.server.oracle(r.begin, before, from, to) - float64(between(r.accepted, from, to))
	return 1 - min(max(0, lost)/r.server.worth(from-r.begin, to-r.begin), 1)
}

// part is the throttled as a part of all that was sent.
func part(throttled, accepted int) float64 {
	return float64(throttled) / max(1, float64(throttled+accepted))
}

// shortTable lists all servers.
func shortTable(all []*shortFigures) table {
	t := table{head: []string{"server", "limit/s", "cold", "last 10 s", "throttled", "warm", "throttled"}}
	for _, f := range all {
		t.add([]string{
			f.Name, strconv.FormatFloat(f.Rate, 'f', 1, 64), percent(f.Cold), percent(f.Last),
			fmt.Sprintf("%d (%s)", f.Throttled, percent2(f.ThrottledShare)), percent(f.Warm),
			fmt.Sprintf("%d (%s)", f.WarmThrottled, percent2(f.WarmThrottledShare)),
		})
	}
	return t
}

// shortSummary is the mean and the spread of all servers, and the means of groups of them.
func shortSummary(all []*shortFigures) string {
	var kinds, randoms []*shortFigures
	by := map[string][]*shortFigures{}
	for _, f := range all {
		if strings.Contains(f.Name, ", random ") {
			randoms = append(randoms, f)
			if f.Kind != "lock-out" {
				by["random, but lock-outs"] = append(by["random, but lock-outs"], f)
			}
			by["random, "+f.Kind] = append(by["random, "+f.Kind], f)
			by["random, tells "+f.Tells] = append(by["random, tells "+f.Tells], f)
		} else {
			kinds = append(kinds, f)
		}
	}
	t := table{head: []string{
		"servers", "n", "last 10 s", "median", "p5", "worst", "cold", "median", "p5", "worst", "warm", "median", "p5", "worst",
		"throttled", "pooled", "beyond 3", "most", "warm throttled", "pooled",
	}}
	t.addGroup("kinds", kinds)
	t.addGroup("random", randoms)
	for _, name := range slices.Sorted(maps.Keys(by)) {
		t.addGroup(name, by[name])
	}
	return t.String()
}

func (t *table) addGroup(name string, group []*shortFigures) {
	if len(group) == 0 {
		return
	}
	cells := []string{name, strconv.Itoa(len(group))}
	for _, of := range []func(*shortFigures) float64{
		func(f *shortFigures) float64 { return f.Last },
		func(f *shortFigures) float64 { return f.Cold },
		func(f *shortFigures) float64 { return f.Warm },
	} {
		list := values(group, of)
		cells = append(cells, percent(average(list)), percent(quantile(list, 0.5)), percent(quantile(list, 0.05)), percent(list[0]))
	}
	throttled, sent, warmThrottled, warmSent, most, beyond := 0, 0, 0, 0, 0, 0.0
	for _, f := range group {
		throttled, sent = throttled+f.Throttled, sent+f.Throttled+f.Accepted
		warmThrottled, warmSent = warmThrottled+f.WarmThrottled, warmSent+f.WarmThrottled+f.WarmAccepted
		most = max(most, f.Throttled)
		beyond += part(max(0, f.Throttled-3), f.Accepted) / float64(len(group))
	}
	t.add(append(cells,
		percent2(average(values(group, func(f *shortFigures) float64 { return f.ThrottledShare }))),
		percent2(part(throttled, sent-throttled)), percent2(beyond), strconv.Itoa(most),
		percent2(average(values(group, func(f *shortFigures) float64 { return f.WarmThrottledShare }))),
		percent2(part(warmThrottled, warmSent-warmThrottled)),
	))
}

// values are sorted.
func values(group []*shortFigures, of func(*shortFigures) float64) []float64 {
	list := make([]float64, len(group))
	for i, f := range group {
		list[i] = of(f)
	}
	slices.Sort(list)
	return list
}

func average(list []float64) float64 {
	sum := 0.0
	for _, x := range list {
		sum += x
	}
	return sum / float64(len(list))
}

func quantile(sorted []float64, q float64) float64 { return sorted[int(q*float64(len(sorted)-1))] }
