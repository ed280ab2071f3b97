package reallimiters

import "fmt"

// The bars: what must be reached, over all limiters. They leave room for a busy machine.
const (
	leastLast      = 0.60
	leastWarm      = 0.60
	worstLast      = 0.10
	worstWarm      = 0.10
	mostThrottled  = 0.02
	mostThrottled2 = 0.02
)

// misses lists the bars that are missed. The means count only where all limiters were measured.
func misses(all []*result, complete bool) (list []string) {
	if !complete {
		return nil
	}
	least := func(what string, got, want float64) {
		if got < want {
			list = append(list, fmt.Sprintf("%s %.1f %%, want %.0f", what, 100*got, 100*want))
		}
	}
	least("cold, last 10 s: mean", mean(all, last), leastLast)
	return list
}
