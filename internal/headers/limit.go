package headers

import (
	"math"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// A limit is what a response says of one limit.
type limit struct {
	family string // the header's name up to what it says, such as "X-Ratelimit"
	which  string // "Requests", "Minute", or the name of a policy
	quota  string // what it counts, where a policy says so (qu)
	scope  string // what the limit is of: GitHub's resource, Discord's bucket, a partition

	max, remaining, used int64 // as they came; unknown if they did not

	budget      pacing.Budget // Left and Reset are -1 while unknown
	foreign     bool          // counts something else than requests
	concurrency bool          // counts requests in flight: there is room when one of them ends, not at a time
	fills       bool          // is filled steadily: the interval that is told is not the one of the whole limit
	past        bool          // Reset was an instant that is over
	key         string        // the header that named Left
	source      string        // the header that named Reset
	rank        int           // of source: the lowest is believed; 0 for none
}

// unknown is a number that no header named.
const unknown = math.MinInt64

// take takes in the lines of one header. Nonsense says nothing. Where several say the same of one limit
// the stricter counts: a header's map has no order.
func (x *limit) take(c *clock, p meaning, key string, lines []string, unit time.Duration) {
	switch p {
	case limitPart:
		for _, line := range lines {
			x.count(limitPart, key, count(line))
			x.budget.Window = max(x.budget.Window, per(line))
		}
	case remainingPart:
		for _, line := range lines {
			x.count(remainingPart, key, least(line))
		}
	case usedPart:
		for _, line := range lines {
			x.count(usedPart, key, count(line))
		}
	case scopePart:
		x.scope = max(x.scope, lines[0])
	case windowPart:
		if w, ok := c.longest(lines, unit); ok {
			x.budget.Window = max(x.budget.Window, w.Duration)
		} else {
			x.budget.Window = max(x.budget.Window, windowNamed(lines[0]))
		}
	case fillPart:
		x.fills = true
	case resetAfterPart:
		x.reset(c, 1, key, lines, unit)
	case resetPart:
		if unit < time.Second {
			x.reset(c, 2, key, lines, unit)
		} else {
			x.reset(c, 3, key, lines, unit)
		}
	}
}

// count takes in a number.
func (x *limit) count(p meaning, key string, n int64) {
	switch p {
	case limitPart:
		x.max = lower(x.max, n)
		return
	case remainingPart:
		x.remaining = lower(x.remaining, n)
	case usedPart:
		x.used = max(x.used, n)
	}
	x.name(key)
}

func (x *limit) name(key string) {
	if x.key == "" || key < x.key {
		x.key = key
	}
}

// reset takes in when more is there. How long that takes is believed before an instant.
func (x *limit) reset(c *clock, rank int, key string, lines []string, unit time.Duration) {
	w, ok := c.longest(lines, unit)
	if !ok || !outranks(rank, w.Duration, key, x.rank, x.budget.Reset, x.source) {
		return
	}
	x.rank, x.source, x.past = rank, key, w.past
	x.budget.Reset, x.budget.Exact = w.Duration, w.exact
}

// outranks reports whether a header that names a wait is believed, rather than another of a rank that
// is 0 if there is none.
func outranks(rank int, d time.Duration, key string, otherRank int, other time.Duration, otherKey string) bool {
	switch {
	case otherRank == 0:
		return true
	case rank != otherRank:
		return rank < otherRank
	case d != other:
		return d > other
	}
	return key < otherKey
}

// lower returns the lower of two numbers that may be unknown.
func lower(a, b int64) int64 {
	if a == unknown || b == unknown {
		return max(a, b)
	}
	return min(a, b)
}

// settle makes a budget of what came. Less than nothing is left where a server goes on counting; but
// where no limit is known, and where it is not above 0, that is how servers say that there is none.
func (x *limit) settle() {
	x.budget.Limit = max(x.max, 0)
	if x.fills {
		x.budget.Window = 0
	}
	switch {
	case x.concurrency:
		x.source = ""
	case x.max <= 0 && x.max != unknown:
	case x.remaining >= 0:
		x.budget.Remaining = x.remaining
	case x.remaining != unknown && x.max > 0:
		x.budget.Remaining = 0
	case x.used >= 0 && x.max > 0:
		x.budget.Remaining = max(x.max-x.used, 0)
	}
}

// later reports whether x should decide how long a throttle lasts, rather than y, which may be nil:
// what is used up before what is not known, then what takes longer.
func (x *limit) later(y *limit) bool {
	switch {
	case y == nil:
		return true
	case x.budget.Remaining != y.budget.Remaining:
		return x.budget.Remaining > y.budget.Remaining
	case x.budget.Reset != y.budget.Reset:
		return x.budget.Reset > y.budget.Reset
	}
	return x.source < y.source
}
