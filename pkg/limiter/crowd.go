package limiter

// Crowd finds out whether a server bounds how many requests are in flight rather than how fast they come.
//
// Under a bound on the rate, refusals come whatever is in flight. Under a bound on the number in flight
// they come only when unusually many are. So when refusals in a row each find more in flight than nine in ten
// accepted requests did, the number is taken to be the bound, and the pace is set free under it.
type Crowd struct {
	Slots int64   // requests of one process that may be in flight at once; 0 means no bound was found
	Usual float64 // requests in flight, more than nine in ten accepted requests found
	Seen  int64   // accepted requests since the last refusal
	Full  int64   // refusals in a row that found more
	Least int64   // the fewest that one of them found
	Wrong int64   // how often a bound turned out to be none
}

const (
	// usualStep is how far the estimate of the ninth decile moves.
	usualStep = 0.5
	// crowdedEvents is how many refusals in a row show a bound.
	crowdedEvents = 3
	// crowdedSeen is how many accepted requests must lie between two refusals for the second to count.
	crowdedSeen = 20
)

// admit notes that a request was accepted that found n in flight, itself included.
func (c *Crowd) admit(n int64) {
	if n == 0 {
		return // nobody counted
	}
	c.Seen++
	if float64(n) > c.Usual {
		c.Usual += 0.9 * usualStep
	} else {
		c.Usual -= 0.1 * usualStep
	}
}

// crowded takes in the refusal that begins a congestion event, of a request that found n in flight.
func (l *Law) crowded(n int64) {
	x := &l.Crowd
	seen := x.Seen
	x.Seen = 0
	switch {
	case l.Streak > 0 || n == 0:
	case x.Slots > 0:
		l.overcrowded(n, seen)
	case l.Ceiling == 0 || seen < crowdedSeen:
	case float64(n) <= x.Usual+0.5 || n < 2:
		x.Full = 0
	default:
		x.Full++
		if x.Full == 1 || n < x.Least {
			x.Least = n
		}
		if x.Full >= crowdedEvents<<x.Wrong {
			x.Slots, x.Full = x.Least-1, 0
		}
	}
}

// overcrowded lowers a bound that was refused, or gives it up.
func (l *Law) overcrowded(n, seen int64) {
	x := &l.Crowd
	switch {
	case n <= x.Slots/2 || seen < crowdedSeen && x.Slots > 1 && x.Full > 0:
		x.Slots, x.Full, x.Wrong = 0, 0, min(x.Wrong+1, 3)
		l.Rate = min(l.Rate, l.Ceiling)
	case seen < crowdedSeen:
		x.Full++
		x.Slots = max(x.Slots-1, 1)
	default:
		x.Full = 0
		x.Slots = max(min(n, x.Slots)-1, 1)
	}
}
