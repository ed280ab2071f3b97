package gauntlet

import "fmt"

// A shortBar is what a group of servers must reach: means and fifth percentiles of shares, and how many requests
// may be throttled at most.
type shortBar struct {
	Last, LastP5, Cold, Warm, WarmP5 float64
	Throttled, WarmThrottled         float64 // means; where few are throttled, none count
	Ahead                            int     // servers on which the AWS SDK is faster by more than a point
}

// shortBars are by the name of a group. They are to be raised with what the controller reaches, and never lowered. What is
// aimed at for random servers: {0.96, 0.85, 0.86, 0.98, 0.93, 0.004, 0.001, 0}; where headers tell limit, remaining
// and reset: 0.97 in the last ten seconds, 0.99 warm, and nothing throttled.
func shortBars() map[string]shortBar {
	return map[string]shortBar{
		"kinds":  {0.93, 0.77, 0.867, 0.977, 0.92, 0.0145, 0.0016, 5},
		"random": {0.926, 0.70, 0.857, 0.952, 0.79, 0.0119, 0.0103, 50},
		"random, headers: limit, remaining, reset": {0.959, 0.79, 0.924, 0.966, 0.83, 0.004, 0.0013, 21},
	}
}

// misses lists where a group falls short of a bar.
func (b shortBar) misses(g group) []string {
	var list []string
	want := func(what string, got, least float64) {
		if got < least {
			list = append(list, fmt.Sprintf("%s: %s %.1f %%, want %.1f", g.name, what, 100*got, 100*least))
		}
	}
	want("last ten seconds", g.mean((*shortFigures).last), b.Last)
	want("last ten seconds, fifth percentile", g.quantile((*shortFigures).last, 0.05), b.LastP5)
	want("cold run", g.mean((*shortFigures).cold), b.Cold)
	want("second run", g.mean((*shortFigures).warm), b.Warm)
	want("second run, fifth percentile", g.quantile((*shortFigures).warm, 0.05), b.WarmP5)
	most := func(what string, got, most float64) {
		if got > most {
			list = append(list, fmt.Sprintf("%s: %s %.2f %%, want at most %.2f", g.name, what, 100*got, 100*most))
		}
	}
	most("throttled", g.mean((*shortFigures).tooMany), b.Throttled)
	most("throttled in the second run", g.mean((*shortFigures).warmTooMany), b.WarmThrottled)
	if n := g.count((*shortFigures).ahead); n > b.Ahead {
		list = append(list, fmt.Sprintf("%s: the AWS SDK is ahead on %d servers, want at most %d", g.name, n, b.Ahead))
	}
	return list
}

// missesOfShort lists what all groups miss.
func missesOfShort(list []group) []string {
	var misses []string
	for _, g := range list {
		if bar, ok := shortBars()[g.name]; ok {
			misses = append(misses, bar.misses(g)...)
		}
	}
	return misses
}
