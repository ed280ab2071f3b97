package pacing

import (
	"math"
	"time"
)

// Concurrency finds out whether a server bounds how many requests are in flight rather than how fast they come.
//
// Under a bound on the rate, throttles come whatever is in flight. Under a bound on the number in flight
// they come only when unusually many are, and when as many are as at the throttle before. So when two throttles find
// the same number, or three in a row each find more in flight than nine in ten accepted requests did, the number is
// taken to be the bound, and the pace is set free under it. The two may come sooner after each other where throttles
// come back much faster than responses of uneven length.
type Concurrency struct {
	Limit          int64   // requests of one process that may be in flight at once; 0 means no bound was found
	Typical        float64 // requests in flight, more than nine in ten accepted requests found
	Accepted       int64   // accepted requests since the last throttle
	Exceeded       int64   // throttles in a row that found more
	Lowest         int64   // the fewest that one of them found
	FalsePositives int64   // how often a bound turned out to be none
	Mean           float64 // requests in flight, that accepted requests found on average of late
	Previous       int64   // requests in flight that the last throttle found
	Varies         float64 // ns, by how much Took varies, in the mean
	Took           float64 // ns from sending a request to its response, that accepted requests took on average of late; 0 while unknown
	Highest        int64   // the most that an accepted request found since the last throttle
}

const (
	// typicalStep is how far the estimate of the ninth decile moves.
	typicalStep = 0.5
	// concurrencyEvents is how many throttles in a row show a bound.
	concurrencyEvents = 3
	// concurrencyAccepted is how many accepted requests must lie between two throttles for the second to count.
	concurrencyAccepted = 20
	// leastInFlight is how many in flight a throttle must find, and aboveMean how many times the mean and moreThanMean
	// how many more, for it to show a bound together with the one before.
	leastInFlight, aboveMean, moreThanMean = 3, 1.1, 1.0
	// meanOver is over how many accepted requests the mean is taken.
	meanOver = 32
	// atOnce is how much sooner than accepted responses a throttle comes that needed no work, and leastSeen how many accepted
	// requests must lie between two of them.
	atOnce, leastSeen = 0.5, 8
	// unevenly is by how much the time of responses must vary, as a part of it: a steady pace suits one that does not.
	unevenly = 0.1
)

// admit notes that a request was accepted that found n in flight, itself included.
func (c *Concurrency) admit(n int64, took time.Duration) {
	if n == 0 {
		return // nobody counted
	}
	c.Accepted++
	if took > 0 {
		c.Varies += (math.Abs(float64(took)-c.Took) - c.Varies) / meanOver
		c.Took += (float64(took) - c.Took) / min(float64(c.Accepted), meanOver)
	}
	c.Highest = max(c.Highest, n)
	c.Mean += (float64(n) - c.Mean) / min(float64(c.Accepted), meanOver)
	if float64(n) > c.Typical {
		c.Typical += 0.9 * typicalStep
	} else {
		c.Typical -= 0.1 * typicalStep
	}
}

// noteInFlight takes in the throttle that begins a congestion event, of a request that found n in flight.
func (c *Controller) noteInFlight(n int64, took time.Duration) {
	x := &c.Concurrency
	seen, highest := x.Accepted, x.Highest
	x.Accepted, x.Highest = 0, 0
	switch {
	case c.Streak > 0 || n == 0:
	case x.Limit > 0:
		c.lowerConcurrency(n, seen)
	case x.asBefore(n, highest, seen), x.turnedAway(n, highest, seen, took):
		x.Limit, x.Exceeded = min(n, x.Previous)-1, 0
	case c.Ceiling == 0 || seen < concurrencyAccepted:
	case float64(n) <= x.Typical+0.5 || n < 2:
		x.Exceeded = 0
	default:
		x.Exceeded++
		if x.Exceeded == 1 || n < x.Lowest {
			x.Lowest = n
		}
		if x.Exceeded >= concurrencyEvents<<x.FalsePositives {
			x.Limit, x.Exceeded = x.Lowest-1, 0
		}
	}
	if c.Streak == 0 && n > 0 {
		x.Previous = n
	}
}

// asBefore reports whether a throttle found as many in flight as the one before, no accepted request found more, and
// most found clearly fewer. Where the rate is bounded, a lower rate is throttled with fewer in flight. Where most find
// nearly as many, nothing would be won: a steady pace keeps them in flight too, and does not wait for responses.
func (c *Concurrency) asBefore(n, highest, seen int64) bool {
	return c.FalsePositives == 0 && n >= leastInFlight && n >= highest && seen >= max(concurrencyAccepted, 2*n) &&
		max(n, c.Previous)-min(n, c.Previous) <= n/10 && float64(n) >= aboveMean*c.Mean+moreThanMean
}

// turnedAway reports what asBefore does, of a server whose throttles come back much sooner than its accepted responses: so
// requests wait or work there for most of the time, and how many do is a number that can be bounded. Less is asked for then.
func (c *Concurrency) turnedAway(n, highest, seen int64, took time.Duration) bool {
	if c.FalsePositives > 0 || took <= 0 || float64(took) > atOnce*c.Took || c.Varies < unevenly*c.Took || n < 2 || n < highest {
		return false
	}
	return seen >= max(leastSeen, n) && max(n, c.Previous)-min(n, c.Previous) <= max(1, n/8)
}

// lowerConcurrency lowers a bound that was throttled, or gives it up.
func (c *Controller) lowerConcurrency(n, seen int64) {
	x := &c.Concurrency
	switch {
	case n <= x.Limit/2 || seen < concurrencyAccepted && x.Limit > 1 && x.Exceeded > 0:
		x.Limit, x.Exceeded, x.FalsePositives = 0, 0, min(x.FalsePositives+1, 3)
		c.Rate = min(c.Rate, c.Ceiling)
	case seen < concurrencyAccepted:
		x.Exceeded++
		x.Limit = max(x.Limit-1, 1)
	default:
		x.Exceeded = 0
		x.Limit = max(min(n, x.Limit)-1, 1)
	}
}
