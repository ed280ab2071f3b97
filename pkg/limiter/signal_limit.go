package limiter

import (
	"math"
	"strings"
	"time"
)

// A limit is what an answer says of one limit.
type limit struct {
	family string // the header's name up to what it says, such as "X-Ratelimit"
	which  string // "Requests", "Minute", or the name of a policy
	scope  string // what the limit is of: GitHub's resource, Discord's bucket, a partition

	max, left, used int64 // as they came; unknown if they did not

	budget  Budget // Left and Reset are -1 while unknown
	foreign bool   // counts something else than requests
	past    bool   // Reset was an instant that is over
	key     string // the header that named Left
	source  string // the header that named Reset
	rank    int    // of source: the lowest is believed; 0 for none
}

// unknown is a number that no header named.
const unknown = math.MinInt64

// part is what a header says of a limit.
type part int

const (
	nothing part = iota
	limitPart
	leftPart
	usedPart
	resetPart
	resetMsPart
	resetAfterPart
	windowMsPart
	scopePart
	retryAfter
)

// split finds in the end of a header's name what it says, and of which limit. What follows no rule
// is HubSpot's, BigCommerce's and Linear's.
func split(rest string) (p part, which string) {
	switch rest {
	case "Retry-After":
		return retryAfter, ""
	case "Reset-After":
		return resetAfterPart, ""
	case "Reset-Ms":
		return resetMsPart, ""
	case "Daily", "Secondly":
		return limitPart, rest
	case "Interval-Milliseconds":
		return windowMsPart, ""
	case "Time-Reset-Ms":
		return resetMsPart, "Requests"
	case "Time-Window-Ms":
		return windowMsPart, "Requests"
	case "Endpoint-Name":
		return scopePart, "Endpoint-Requests"
	}
	first, others, _ := strings.Cut(rest, "-")
	if p := partOf(first); p != nothing {
		return p, others
	}
	last := strings.LastIndexByte(rest, '-')
	if p := partOf(rest[last+1:]); p != nothing {
		return p, rest[:last]
	}
	return nothing, rest
}

// partOf reads one word of a header's name. Zendesk's X-Rate-Limit has none.
func partOf(word string) part {
	switch word {
	case "", "Limit", "Max", "Quota":
		return limitPart
	case "Remaining", "Left":
		return leftPart
	case "Used", "Observed":
		return usedPart
	case "Reset":
		return resetPart
	case "Resource", "Bucket", "Name":
		return scopePart
	}
	return nothing
}

// called finds out from a limit's name whether it counts something else than requests, and in which
// window. A month is not always as long.
func (x *limit) called(which string) {
	if which == "" {
		return
	}
	for word := range strings.SplitSeq(which, "-") {
		switch word {
		case "Requests", "Endpoint", "Global", "User", "Month":
		case "Second", "Secondly":
			x.budget.Window = time.Second
		case "Minute":
			x.budget.Window = time.Minute
		case "Hour":
			x.budget.Window = time.Hour
		case "Day", "Daily":
			x.budget.Window = 24 * time.Hour
		default:
			x.foreign = true
		}
	}
}

// take takes in one value. Nonsense says nothing. Of two headers that say the same of one limit the
// stricter counts, since a header's map has no order.
func (x *limit) take(c *clock, p part, key, value string) {
	switch p {
	case limitPart:
		x.max = lower(x.max, count(value))
	case leftPart:
		x.left = lower(x.left, count(value))
		x.name(key)
	case usedPart:
		x.used = max(x.used, count(value))
		x.name(key)
	case scopePart:
		x.scope = max(x.scope, value)
	case windowMsPart:
		if w, ok := c.parse(value, time.Millisecond); ok {
			x.budget.Window = max(x.budget.Window, w.Duration)
		}
	case resetAfterPart:
		x.reset(c, 1, key, value, time.Second)
	case resetMsPart:
		x.reset(c, 2, key, value, time.Millisecond)
	case resetPart:
		x.reset(c, 3, key, value, time.Second)
	}
}

func (x *limit) name(key string) {
	if x.key == "" || key < x.key {
		x.key = key
	}
}

// reset takes in when more is there. How long that takes is believed before an instant.
func (x *limit) reset(c *clock, rank int, key, value string, unit time.Duration) {
	w, ok := c.parse(value, unit)
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
	switch {
	case x.max <= 0 && x.max != unknown:
	case x.left >= 0:
		x.budget.Left = x.left
	case x.left != unknown && x.max > 0:
		x.budget.Left = 0
	case x.used >= 0 && x.max > 0:
		x.budget.Left = max(x.max-x.used, 0)
	}
}

// later reports whether x should decide how long a refusal lasts, rather than y, which may be nil:
// what is used up before what is not known, then what takes longer.
func (x *limit) later(y *limit) bool {
	switch {
	case y == nil:
		return true
	case x.budget.Left != y.budget.Left:
		return x.budget.Left > y.budget.Left
	case x.budget.Reset != y.budget.Reset:
		return x.budget.Reset > y.budget.Reset
	}
	return x.source < y.source
}

// count reads a whole number, the first of a list such as "100, 100;w=60". What is too large to
// calculate with is cut; what is no number is unknown.
func count(value string) int64 {
	value = strings.TrimLeft(value, " \t")
	digits, negative := strings.CutPrefix(value, "-")
	n, i := int64(0), 0
	for ; i < len(digits) && digits[i] >= '0' && digits[i] <= '9'; i++ {
		n = min(n*10+int64(digits[i]-'0'), 1e15)
	}
	switch {
	case i == 0, i < len(digits) && strings.IndexByte(".,; \t(", digits[i]) < 0:
		return unknown
	case negative:
		return -n
	}
	return n
}
