package pacing

// Concurrency finds out whether a server bounds how many requests are in flight rather than how fast they come.
//
// Under a bound on the rate, refusals come whatever is in flight. Under a bound on the number in flight
// they come only when unusually many are. So when refusals in a row each find more in flight than nine in ten
// accepted requests did, the number is taken to be the bound, and the pace is set free under it.
type Concurrency struct {
	Limit          int64   // requests of one process that may be in flight at once; 0 means no bound was found
	Typical        float64 // requests in flight, more than nine in ten accepted requests found
	Accepted       int64   // accepted requests since the last refusal
	Exceeded       int64   // refusals in a row that found more
	Lowest         int64   // the fewest that one of them found
	FalsePositives int64   // how often a bound turned out to be none
}

const (
	// typicalStep is how far the estimate of the ninth decile moves.
	typicalStep = 0.5
	// concurrencyEvents is how many refusals in a row show a bound.
	concurrencyEvents = 3
	// concurrencyAccepted is how many accepted requests must lie between two refusals for the second to count.
	concurrencyAccepted = 20
)

// admit notes that a request was accepted that found n in flight, itself included.
func (c *Concurrency) admit(n int64) {
	if n == 0 {
		return // nobody counted
	}
	c.Accepted++
	if float64(n) > c.Typical {
		c.Typical += 0.9 * typicalStep
	} else {
		c.Typical -= 0.1 * typicalStep
	}
}

// noteInFlight takes in the refusal that begins a congestion event, of a request that found n in flight.
func (c *Controller) noteInFlight(n int64) {
	x := &c.Concurrency
	seen := x.Accepted
	x.Accepted = 0
	switch {
	case c.Streak > 0 || n == 0:
	case x.Limit > 0:
		c.lowerConcurrency(n, seen)
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
}

// lowerConcurrency lowers a bound that was refused, or gives it up.
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
