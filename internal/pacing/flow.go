package pacing

import (
	"math"
	"time"
)

// A flow follows how a header budget moves from response to response, because "remaining" means different things: of
// a window it falls until the reset and is then whole again; of a bucket, a sliding log or a sliding counter some
// comes back all the time, and to wait for the reset would waste most of the limit.
//
// What remains and what was sent before, together, are all that the server has ever allowed. That sum stands still
// within a window and jumps at its end; where quota refills, it rises evenly, and its slope is the refill rate.
//
// Instants are the store's, durations nanoseconds.
type flow struct {
	ID            int64 // of the Budget; 0 is free
	SeenAt        int64 // when the newest response came
	Mark          int64 // of its request
	Remaining     int64 // what it said remains
	Limit         int64 // as told; 0 if unknown
	MostRemaining int64 // the most that ever remained
	Window        int64 // as told by a policy; 0 if none did

	Peak   int64 // the highest sum of remaining and sent since the window began
	Rises  int64 // how often it rose since BaseAt, within what was to be one window
	RoseAt int64 // when it did so last
	Run    int64 // how often it rose without a longer rest
	Flat   int64 // responses in a row by which it did not
	Ahead  int64 // other requests in flight when the newest one was sent

	Begun       int64 // when the window was seen to begin; 0 if it was not
	Period      int64 // from one beginning to the next, as seen; 0 while unknown
	Once        int64 // a Period that was seen once and does not fit what was told
	Span        int64 // the reset told when the window began, or longest of all where quota refills
	EndsAt      int64 // the earliest reset told since then
	Floors      int64 // 1 if resets are rounded down
	Overdrawn   int64 // how often nothing was left although it seemed so
	OverdrawnAt int64 // when that was last
	Late        int64 // 1 if the window is over and hardly anything has come back

	Refills int64 // 1 where quota comes back little by little
	Refill  int64 // requests per 1000 s
	BaseAt  int64 // where the slope is measured from: between one and two spans ago
	BaseSum int64
	Back    int64 // how long ago so many were accepted as are missing; smoothed, 0 while unknown
	BackAt  int64 // when that was looked up
	NextAt  int64 // where it will be measured from next
	NextSum int64
}

const (
	// shortWindow is how long a window may be for its quota to be spread evenly over it. A longer one is spent as
	// fast as the law allows: a job that fits into what remains is not to take an hour.
	shortWindow = int64(10 * time.Second)
	// spread bounds the time over which what a bucket holds is spent, and its refill rate measured.
	minSpread, maxSpread = int64(time.Second), shortWindow
	// smallBudget is a budget of which so little ever remains that its movements say nothing.
	smallBudget = 4
	// minRun is how many rises in a row show that quota comes back just now.
	minRun = 3
	// freshFlow is for how long a response is believed.
	freshFlow = int64(20 * time.Second)
	// maxLeap is by how much budgets may raise a rate with one response.
	maxLeap = 4
	// overdrawnStep is how much slower a budget's pace becomes, as a part of it, every time nothing was left although it
	// seemed so, mostDrawn times at most: what counts a second more than it says is met at its own pace.
	// One is forgiven after so long.
	overdrawnStep, maxOverdrawn = 0.04, 5
	forgiven                    = int64(30 * time.Second)
	// leastBack is how long the shortest sliding window is that can be looked up.
	leastBack = 6 * fineBin
	// maxExplained is how many throttles in a row a budget may explain before the law looks into them.
	maxExplained = 6
)

// flow returns the flow of a budget, in the place of the one that was seen the longest ago if there is no room.
func (c *Controller) flow(id int64) *flow {
	oldest := &c.flows[0]
	for i := range c.flows {
		f := &c.flows[i]
		if f.ID == id {
			return f
		}
		if f.SeenAt < oldest.SeenAt {
			oldest = f
		}
	}
	*oldest = flow{ID: id}
	if k := &c.Known; id == k.ID {
		oldest.Refill, oldest.Refills = k.Refill, min(k.Refill, 1)
		if k.Refill > 0 {
			oldest.Span = k.Period
		} else {
			oldest.Period = k.Period
		}
	}
	return oldest
}

// observe takes in what a response says, if it is the newest.
func (f *flow) observe(now int64, ev *Event, told *Budget) {
	if ev.Mark < f.Mark {
		return
	}
	f.Mark = ev.Mark
	if ev.Kind == Throttled {
		if told.Remaining == 0 && f.SeenAt > 0 && f.OverdrawnAt != now {
			f.overdrawn(now)
		}
		return
	}
	first, gap := f.SeenAt == 0, now-f.SeenAt
	sum, reset := told.Remaining+ev.Mark, f.reset(now, told)
	if f.Overdrawn > 0 && now-f.OverdrawnAt > forgiven {
		f.Overdrawn, f.OverdrawnAt = f.Overdrawn-1, now
	}
	f.SeenAt, f.Remaining, f.Limit, f.Window = now, told.Remaining, told.Limit, int64(told.Window)
	f.MostRemaining = max(f.MostRemaining, told.Remaining)
	f.Ahead = max(ev.InFlight-1, 0)
	rise := sum - f.Peak
	whole := told.Remaining+f.noise() >= f.MostRemaining*4/5
	slack := int64(1100 * time.Millisecond)
	if told.Exact {
		slack = int64(100 * time.Millisecond)
	}
	switch {
	case first:
		f.Span, f.EndsAt, f.Peak = max(reset, f.Span), now+reset, sum
		f.rebase(now, sum)
	case whole && rise > max(f.noise(), f.MostRemaining/4) && !f.refilled(rise, gap):
		f.beginWindow(now, gap, reset, sum)
	case whole && now+reset > f.EndsAt+slack && f.Refills == 0 && rise > f.noise():
		f.beginWindow(now, gap, reset, sum)
		f.Begun = 0 // little of the window before was used: when this one began cannot be seen
	case whole && now+reset > f.EndsAt+slack && f.Refills == 0:
		f.Span, f.EndsAt, f.Begun = max(reset, min(f.Span, reset+int64(time.Second))), now+reset, 0
		f.move(now, sum, rise, reset, false)
	default:
		late := now >= f.EndsAt && !whole
		f.Late = 0
		if late && rise <= 0 && f.Refills == 0 {
			f.Late = 1
		}
		f.EndsAt = min(f.EndsAt, now+reset)
		f.move(now, sum, rise, reset, late)
	}
}

// reset is how long it takes until the reset, rounded up like those of most servers. One that is told to be over
// while something is missing was rounded down.
func (f *flow) reset(now int64, told *Budget) int64 {
	if told.Reset < 0 {
		return 0
	}
	if told.Reset == 0 && !told.Exact && f.Floors == 0 && told.Remaining < f.MostRemaining {
		f.Floors = 1
		f.EndsAt = now + int64(time.Second)
	}
	if f.Floors == 1 && !told.Exact {
		return int64(told.Reset + time.Second)
	}
	return int64(told.Reset)
}

// noise is by how many requests responses that overtake each other may disturb a sum.
func (f *flow) noise() int64 { return 1 + (f.Ahead+1)/2 }

// refilled reports whether a rise is no more than what refills in so much time.
func (f *flow) refilled(rise, gap int64) bool {
	if f.Refills == 0 {
		return false
	}
	expected := float64(f.Refill) / 1000 * float64(gap) / 1e9
	return float64(rise) <= 2*expected+float64(2*f.noise()) || f.Flat < max(10, f.MostRemaining/8)
}

// beginWindow takes in that another window has begun, some time within the gap before now.
func (f *flow) beginWindow(now, gap, reset, sum int64) {
	if f.Begun > 0 {
		f.measureWindow(now - f.Begun)
	}
	f.Begun, f.Late = now, 0
	if gap > max(f.Span*3/8, int64(150*time.Millisecond)) && f.Span > 0 {
		f.Begun = 0 // nothing was sent when it began
	}
	f.Refills, f.Refill = 0, 0
	f.Span, f.EndsAt, f.Peak = reset, now+reset, sum
	f.rebase(now, sum)
}

// measureWindow takes in how long a window lasted. What fits what was told is believed at once, for resets are rounded to
// whole seconds; else it has to be seen twice.
func (f *flow) measureWindow(d int64) {
	told := max(f.Window, f.Span)
	if f.Period > 0 {
		if n := (d + f.Period/2) / f.Period; n > 0 {
			d /= n
		}
	}
	switch near := d / 10; {
	case f.Period > 0 && max(d, f.Period)-min(d, f.Period) <= near:
		f.Period += (d - f.Period) / 4
		f.Once = 0
		return
	case told > 0 && d >= told-int64(1100*time.Millisecond) && d <= told+int64(1100*time.Millisecond),
		f.Once > 0 && max(d, f.Once)-min(d, f.Once) <= near:
		f.Period, f.Once = d, 0
		return
	}
	f.Once = d
}

// move takes in a response within a window, or of quota that refills.
func (f *flow) move(now, sum, rise, reset int64, late bool) {
	f.Flat++
	if rise > 0 {
		f.Peak, f.Flat = sum, 0
		if now-f.RoseAt < max(f.Span, int64(time.Second))/2 {
			f.Rises++
		}
		if f.Run++; f.Refills == 1 && now-f.RoseAt > f.quiet() {
			f.Run = 1
			f.rebase(now, sum) // how long nothing came back says nothing of how fast it does now
		}
		f.RoseAt = now
	}
	risen, took := sum-f.BaseSum, now-f.BaseAt
	if f.Refills == 0 {
		switch {
		case f.Rises >= minRun && risen > 2*f.noise()+2:
			f.refills(now, sum, float64(risen)/float64(took)*1e9)
		case late && rise > 0 && f.Span > 0:
			f.Span = max(f.Span, reset)
			f.refills(now, sum, 0.97*float64(max(f.Limit, f.MostRemaining))/(float64(f.Span)/1e9))
			f.rebase(now, sum)
		}
		return
	}
	f.Span = max(f.Span, reset)
	if f.Run < minRun {
		return
	}
	spread := min(max(f.Span, minSpread), maxSpread)
	slope := float64(risen) / float64(max(took, 1)) * 1e12
	switch missing := f.MostRemaining - f.Remaining; {
	case missing <= f.noise()+1: // it was full meanwhile: more may have come back than can be seen
		if took >= minSpread/2 {
			f.Refill = max(f.Refill, int64(slope))
			f.rebase(now, sum)
		}
		return
	case took >= spread:
		f.Refill = max(int64(slope), 1)
	case took >= spread/4 && float64(f.Refill) < slope:
		f.Refill = int64(slope)
	}
	if now-f.NextAt >= spread {
		f.BaseAt, f.BaseSum, f.NextAt, f.NextSum = f.NextAt, f.NextSum, now, sum
	}
}

// quiet is for how long no rise says that nothing comes back just now.
func (f *flow) quiet() int64 { return max(4e12/max(f.Refill, 1), int64(100*time.Millisecond)) }

// refills takes in that quota comes back little by little, so many requests per second.
func (f *flow) refills(now, sum int64, perSecond float64) {
	f.Refills, f.Refill = 1, max(int64(perSecond*1000), 1)
	f.Period, f.Begun, f.Once = 0, 0, 0
	f.NextAt, f.NextSum = now, sum
}

func (f *flow) rebase(now, sum int64) {
	f.BaseAt, f.BaseSum, f.NextAt, f.NextSum, f.Rises, f.Flat = now, sum, now, sum, 0, 0
}

// overdrawn takes in that nothing was left although it seemed so.
func (f *flow) overdrawn(now int64) {
	f.Remaining, f.SeenAt = 0, now
	f.Overdrawn, f.OverdrawnAt = min(f.Overdrawn+1, maxOverdrawn), now
	f.Refill = f.Refill * 9 / 10
	f.Begun = 0
	f.rebase(now, f.Mark)
	f.Peak = f.Mark
}

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
	return f.ID == 0 || f.SeenAt == 0 || now-f.SeenAt > freshFlow || f.small() ||
		f.Refills == 0 && max(f.length(), f.Span) > shortWindow || f.Refills == 0 && f.length() == 0 && f.Span == 0 && f.EndsAt <= f.SeenAt
}

// small reports whether so little ever remains that its movements say nothing.
func (f *flow) small() bool {
	return f.MostRemaining < smallBudget && f.Span <= int64(2*time.Second) || f.MostRemaining < 2*f.noise() && f.Refills == 1
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

// lookBack finds out how long ago so many were accepted as are missing now. Of a sliding log that is its window.
func (c *Controller) lookBack(now int64, f *flow) {
	missing := f.Limit - f.Remaining
	if f.Refills == 0 || f.SeenAt != now || now-f.BackAt < fineBin || missing < smallBudget {
		return
	}
	f.BackAt = now
	d := c.trail.since(now, float64(missing))
	switch {
	case d == 0:
	case f.Back == 0:
		f.Back = d
	default:
		f.Back += (d - f.Back) / 8
	}
}

// slide bounds a pace by what a sliding log would allow. It says the same of a bucket that is nearly empty.
func (f *flow) slide(pace float64) float64 {
	whole := f.MostRemaining <= f.Limit && f.MostRemaining >= f.Limit*4/5 // else Limit is not what is there when nothing is missing
	if !whole || f.Back < leastBack || f.Limit < 2*smallLimit || f.Limit-f.Remaining < f.Limit/2 {
		return pace
	}
	most := float64(f.Limit-1) / (float64(f.Back) / 1e9)
	return min(max(pace, min(most, 1.1*pace)), most)
}

// refillPace lets go what refills, and what is there beyond a little that is kept for jitter.
func (f *flow) refillPace(now, left int64) float64 {
	refill := float64(f.Refill) / 1000
	if f.Run < minRun || now-f.RoseAt > f.quiet() && f.Flat > 2 {
		// Nothing comes back just now, as from a sliding log that was hardly used in the window before.
		return headroom * max(refill, float64(f.Limit)/max(float64(f.Span)/1e9, 1))
	}
	spare := float64(left) + refill*float64(now-f.SeenAt)/1e9 - 1 - min(float64(f.MostRemaining)/20, 3)
	spread := float64(min(max(f.Span, minSpread), maxSpread)) / 1e9
	if spare < 0 {
		spread = max(0.5, 3/refill)
	}
	return f.slide(max(refill+spare/spread, refill/3, 0.5))
}

// applyBudgets lets the budgets say how fast requests go. As long as no throttle was ever met that they do not explain,
// they alone do.
func (s *State) applyBudgets(now int64, p *Params) {
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
		if pace := f.pace(now); l.BudgetRate == 0 || pace < l.BudgetRate {
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

// explained reports whether a throttle is no news to the law: a budget whose movements are followed says that nothing
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

// flowWords is how many words of a flow are stored.
const flowWords = 30

func (f *flow) words() [flowWords]*int64 {
	return [...]*int64{
		&f.ID, &f.SeenAt, &f.Mark, &f.Remaining, &f.Limit, &f.MostRemaining, &f.Window,
		&f.Peak, &f.Rises, &f.RoseAt, &f.Run, &f.Flat, &f.Ahead,
		&f.Begun, &f.Period, &f.Once, &f.Span, &f.EndsAt, &f.Floors, &f.Late, &f.Overdrawn, &f.OverdrawnAt,
		&f.Refills, &f.Refill, &f.BaseAt, &f.BaseSum, &f.Back, &f.BackAt, &f.NextAt, &f.NextSum,
	}
}
