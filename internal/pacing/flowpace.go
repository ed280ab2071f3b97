package pacing

import (
	"math"
	"time"
)

// How fast requests may go by what is known of the flows.

const (
	// shortWindow is how long a window may be for its quota to be spread evenly over it. A longer one is spent as
	// fast as the controller allows: a job that fits into what remains is not to take an hour.
	shortWindow = int64(10 * time.Second)
	// freshFlow is for how long a response is believed.
	freshFlow = int64(20 * time.Second)
	// maxLeap is by how much budgets may raise a rate with one response.
	maxLeap = 4
	// maxExplained is how many throttles in a row a budget may explain before the controller looks into them.
	maxExplained = 6
)

// length is how long the window is: as seen, as told by a policy, or 0.
func (f *flow) length() int64 {
	if f.Period > 0 {
		return f.Period
	}
	return f.Window
}

// ends is when the present window is over, as far as is known.
func (f *flow) ends() int64 {
	if f.Period > 0 && f.Begun > 0 {
		return min(f.EndsAt, f.Begun+f.Period)
	}
	return f.EndsAt
}

// known reports whether the window's length has been seen and its end is known.
func (f *flow) known() bool { return f.Refills == 0 && f.Period > 0 && f.Begun > 0 }

// silent reports whether the budget has no say in the pace.
func (f *flow) silent(now int64) bool {
	return f.ID == 0 || f.SeenAt == 0 || now-f.SeenAt > freshFlow || f.small() || f.Lump > 0 && !f.tellsRefill() ||
		f.Refills == 0 && max(f.length(), f.Span) > shortWindow || f.Refills == 0 && f.length() == 0 && f.Span == 0 && f.EndsAt <= f.SeenAt
}

// small reports whether so little ever remains that its movements say nothing.
func (f *flow) small() bool {
	if f.recalled() {
		return f.Limit > 0 && f.Limit < 2*f.noise()
	}
	most := f.MostRemaining
	if f.Span == 0 && f.Limit >= 2*smallLimit {
		most = f.Limit // without a reset it is no rate, but what there is when nothing is missing
	}
	return most < smallBudget*max(f.Lump, 1) && f.Span <= int64(2*time.Second) || f.MostRemaining < 2*f.noise() && f.Refills == 1
}

// pace is how many requests per second the budget allows from now on, a little less for every time that was too much.
func (f *flow) pace(now int64) float64 {
	return f.allows(now) * (1 - overdrawnStep*float64(f.Overdrawn))
}

func (f *flow) allows(now int64) float64 {
	left := f.Remaining - f.Ahead
	if f.Refills == 1 {
		return f.refillPace(now, left)
	}
	t := float64(f.ends()-now) / 1e9
	w := float64(f.length()) / 1e9
	if w > 0 && f.Limit > 0 {
		mean := headroom * float64(f.Limit) / w
		if t > w/10 {
			return max(min(mean, 1.1*float64(left)/t), mean/4)
		}
		return mean
	}
	mean := float64(max(f.Limit, f.MostRemaining)) / max(float64(f.Span)/1e9, 1)
	return min(max(float64(left-reserveOf(f.Limit))/max(t, 0.01), mean/4), 1.25*mean)
}

// applyBudgets lets the budgets say how fast requests go. As long as no throttle was ever met that they do not explain,
// they alone do. It reports whether that depends on when the next slot comes.
func (s *State) applyBudgets(now int64, p *Params) (byNext bool) {
	l := &s.Controller
	l.BudgetRate = 0
	most := 0.0
	for i := range l.flows {
		f := &l.flows[i]
		if f.ID == 0 {
			continue
		}
		if f.silent(now) {
			if f.Refills == 0 && max(f.length(), f.Span) > shortWindow {
				most = max(most, float64(f.Limit))
			}
			continue
		}
		byNext = byNext || f.Lump > 0
		if pace := f.pace(f.paceFrom(now, s.Next)); l.BudgetRate == 0 || pace < l.BudgetRate {
			l.BudgetRate = pace
		}
	}
	free := l.Ceiling == 0 && l.Streak == 0 && l.Concurrency.Limit == 0
	switch {
	case l.BudgetRate == 0:
		if free && most > 0 {
			l.Rate = min(l.Rate, max(most, p.InitialRate)) // nothing is won by spending a long window within a second
		}
	case free:
		l.BudgetRate = p.clamp(l.BudgetRate)
		l.Rate, l.RateSource = min(l.BudgetRate, maxLeap*l.Rate), int64(SourceHeader)
	default:
		l.BudgetRate = p.clamp(l.BudgetRate)
	}
	return byNext
}

// knownBudget is what is worth remembering of the budget that allows the least.
func (c *Controller) knownBudget(now int64) (known KnownBudget) {
	known = KnownBudget{ID: c.Known.ID, Period: time.Duration(c.Known.Period), Refill: float64(c.Known.Refill) / 1000}
	least := math.Inf(1)
	for i := range c.flows {
		f := &c.flows[i]
		if f.ID == 0 || f.SeenAt == 0 || f.Refills == 0 && f.Period == 0 {
			continue
		}
		if pace := f.pace(now); pace < least {
			least = pace
			known = KnownBudget{ID: f.ID, Period: time.Duration(f.Period), Refill: float64(f.Refill) / 1000}
			if f.Refills == 1 {
				known.Period = time.Duration(f.Span)
			}
		}
	}
	return known
}

// tightest is the flow that allows the least, of those that have a say; nil if none has.
func (c *Controller) tightest(now int64) (tightest *flow) {
	least := math.Inf(1)
	for i := range c.flows {
		f := &c.flows[i]
		if f.silent(now) {
			continue
		}
		if pace := f.pace(now); pace < least {
			least, tightest = pace, f
		}
	}
	return tightest
}

// follow makes the gate's part of a budget hold what its flow knows.
func (b *budgetState) follow(now int64, f *flow) {
	b.Reserve = reserveOf(b.Limit)
	b.refills(now, f)
	switch {
	case f.SeenAt == 0:
	case f.Refills == 1, f.small():
		b.ResetAt = 0 // not stopped, but paced
	case f.Late == 1:
		b.ResetAt = now + max(f.Span/64, int64(250*time.Millisecond))
	case f.Floors == 1 && f.Period == 0:
		b.ResetAt = max(b.ResetAt, f.EndsAt)
	case f.known() && f.Period <= shortWindow:
		b.Reserve, b.Early, b.Waited = 0, 0, 0
		if end := f.ends(); end > now {
			b.ResetAt = end
		}
	case f.Span <= shortWindow && f.Limit >= 2*smallLimit && f.Period == 0:
		b.Reserve += 2 // to look for the window's beginning with, where its reset was rounded down
	}
}

// vindicated is how many requests have to be accepted after a throttle that a budget explained for the next one not to
// count as one more in a row: as many as to see that the budget is right, and no more than it ever holds.
func (c *Controller) vindicated() float64 {
	n := 20 * c.lump()
	for i := range c.flows {
		if f := &c.flows[i]; f.ID != 0 && f.Limit > 0 {
			n = min(n, float64(f.Limit)/2)
		}
	}
	return max(n, 2)
}

// explained reports whether a throttle is no news to the controller: a budget whose movements are followed says that nothing
// is left.
func (s *State) explained(now int64, ev *Event) bool {
	if s.Controller.Explained >= maxExplained {
		return false
	}
	if f := s.Controller.tightest(now); f != nil && s.Controller.Rate >= s.Controller.BudgetRate {
		f.overdrawn(now) // it was the budget that said how fast requests may go
		return true
	}
	for i := range ev.Budgets.Len() {
		told := ev.Budgets.At(i)
		if told.Remaining > 0 {
			continue
		}
		for j := range s.Controller.flows {
			f := &s.Controller.flows[j]
			if f.ID == told.ID && f.SeenAt > 0 && !f.small() {
				return true
			}
		}
	}
	return false
}
