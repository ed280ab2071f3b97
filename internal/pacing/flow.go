package pacing

import "time"

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

	Recalled int64 // until when the refill rate that an earlier run saw is believed; 0 if there is none

	Refills int64 // 1 where quota comes back little by little
	Refill  int64 // requests per 1000 s
	BaseAt  int64 // where the slope is measured from: between one and two spans ago
	BaseSum int64
	Back    int64 // how long ago so many were accepted as are missing; smoothed, 0 while unknown
	BackAt  int64 // when that was looked up
	NextAt  int64 // where it will be measured from next
	NextSum int64

	Lump    int64 // slots that a request takes on average; 0 where slots are requests
	Largest int64 // slots that the largest of late took
	Agreed  int64 // resets in a row that told of the same refill rate
	Told    int64 // that rate, in slots per 1000 s
}

const (
	// smallBudget is a budget of which so little ever remains that its movements say nothing.
	smallBudget = 4
	// overdrawnStep is how much slower a budget's pace becomes, as a part of it, every time nothing was left although it
	// seemed so, maxOverdrawn times at most: what counts a second more than it says is met at its own pace.
	// One is forgiven after so long.
	overdrawnStep, maxOverdrawn = 0.04, 5
	forgiven                    = int64(30 * time.Second)
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
			oldest.Span, oldest.Recalled = k.Period, 1 // from the first response on, for one span
		} else {
			oldest.Period = k.Period
		}
	}
	return oldest
}

// observe takes in what a response says, if it is the newest. Of throttles only those that cut count: the others were sent
// before it.
func (f *flow) observe(now int64, ev *Event, told *Budget, cut bool) {
	if ev.Mark < f.Mark {
		return
	}
	f.Mark, f.Lump, f.Largest = ev.Mark, int64(ev.Sizes.Mean), int64(ev.Sizes.Largest)
	if ev.Kind == Throttled {
		if cut && told.Remaining == 0 && f.SeenAt > 0 && f.OverdrawnAt != now {
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
		if f.Recalled > 0 {
			f.Recalled = now + max(f.Span, minSpread)
		}
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
	if f.Lump > 0 {
		f.toldRefill(now, told)
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
func (f *flow) noise() int64 { return max(f.Lump, 1) + (f.Ahead+1)/2 }

// beginWindow takes in that another window has begun, some time within the gap before now.
func (f *flow) beginWindow(now, gap, reset, sum int64) {
	if f.Begun > 0 {
		f.measureWindow(now - f.Begun)
	}
	f.Begun, f.Late = now, 0
	if gap > max(f.Span*3/8, int64(150*time.Millisecond)) && f.Span > 0 {
		f.Begun = 0 // nothing was sent when it began
	}
	f.Refills, f.Refill, f.Recalled = 0, 0, 0
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

// overdrawn takes in that nothing was left although it seemed so.
func (f *flow) overdrawn(now int64) {
	f.Remaining, f.SeenAt = 0, now
	f.Overdrawn, f.OverdrawnAt = min(f.Overdrawn+1, maxOverdrawn), now
	f.Refill, f.Recalled = f.Refill*9/10, 0
	f.Begun = 0
	f.rebase(now, f.Mark)
	f.Peak = f.Mark
}

// flowWords is how many words of a flow are stored.
const flowWords = 35

func (f *flow) words() [flowWords]*int64 {
	return [...]*int64{
		&f.ID, &f.SeenAt, &f.Mark, &f.Remaining, &f.Limit, &f.MostRemaining, &f.Window,
		&f.Peak, &f.Rises, &f.RoseAt, &f.Run, &f.Flat, &f.Ahead,
		&f.Begun, &f.Period, &f.Once, &f.Span, &f.EndsAt, &f.Floors, &f.Late, &f.Overdrawn, &f.OverdrawnAt,
		&f.Refills, &f.Refill, &f.BaseAt, &f.BaseSum, &f.Back, &f.BackAt, &f.NextAt, &f.NextSum, &f.Lump, &f.Largest, &f.Agreed, &f.Told, &f.Recalled,
	}
}
