package redisstore

import (
	"context"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

const (
	// tallyBelow is the interval under which accepted responses are told some at a time: above 50 a second.
	tallyBelow = 20 * time.Millisecond
	// leastSpan and mostSpan bound how long they wait. Whoever others were in the way of waits twice as long the
	// next time, and a little less after each success: so many can be far from the server.
	leastSpan = 50 * time.Millisecond
	mostSpan  = 1600 * time.Millisecond
)

// A tally is accepted responses that the store has not been told of. It is guarded by the cell's mu.
type tally struct {
	event    pacing.Event // all of them; Count of 0 is none
	told     time.Time    // when the last ones were
	span     time.Duration
	timer    *time.Timer // tells them if nobody comes by
	material bool        // it turned out to be worth saving, and nobody was told
	closed   bool
}

// add takes a response in.
func (t *tally) add(ev *pacing.Event) {
	e := &t.event
	if e.Count == 0 {
		*e = pacing.Event{Kind: pacing.Accepted, Generation: ev.Generation, NoLearn: ev.NoLearn}
	}
	e.Count += max(ev.Count, 1)
	e.Granted += granted(ev)
	e.PacedCount += ev.PacedCount
	if ev.Count == 0 && ev.Paced {
		e.PacedCount++
	}
	e.Sizes, e.Doubt = ev.Sizes, e.Doubt || ev.Doubt
	e.InFlight, e.Took = ev.InFlight, ev.Took // one stands for the others: what counts is how many are usual
	if ev.Budgets.Len() > 0 && ev.Mark >= e.Mark {
		e.Budgets, e.Mark = ev.Budgets, ev.Mark // the newest tells the most
	}
}

// putBack takes in again what could not be told, unless a pause came between: then it would teach nothing.
func (t *tally) putBack(ev pacing.Event) {
	later := t.event
	if later.Count > 0 && later.Generation != ev.Generation {
		return
	}
	t.event = ev
	if later.Count > 0 {
		t.add(&later)
	}
}

func (t *tally) stop(mu *sync.Mutex) {
	mu.Lock()
	defer mu.Unlock()
	t.closed = true
	if t.timer != nil {
		t.timer.Stop()
	}
}

// least is how long a response waits where nobody is in the way: not at all if few come. mu is held.
func (c *cell) least() time.Duration {
	if c.view.state.Interval >= int64(tallyBelow) {
		return 0
	}
	return leastSpan
}

// waits takes an accepted response in that may be told later, with others. If due, it is time to tell them.
func (c *cell) waits(ev *pacing.Event) (v pacing.Update, waits, due bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, t := &c.view.state, &c.tally
	if ev.Kind != pacing.Accepted || ev.Cost > 0 || t.closed || !c.calm(ev) {
		return v, false, false
	}
	t.add(ev)
	t.span = max(t.span, c.least())
	left := t.span - time.Since(t.told)
	if t.timer == nil {
		t.timer = time.AfterFunc(max(left, leastSpan), c.late)
	}
	v = pacing.Update{Rate: s.Controller.Rate, RateBefore: s.Controller.Rate, Slots: s.Controller.Concurrency.Limit, Material: t.material}
	t.material = false
	return v, true, left <= 0
}

// calm reports whether nothing is going on that this response might change at once. mu is held.
func (c *cell) calm(ev *pacing.Event) bool {
	s, e := &c.view.state, &c.tally.event
	return ev.Generation == tagged(c.view.incarnation, s.Generation) &&
		s.Scout == 0 && s.Controller.Streak == 0 && s.Controller.Concurrency.Limit == 0 &&
		(e.Count == 0 || e.Generation == ev.Generation && e.NoLearn == ev.NoLearn)
}

// late tells what nobody came by to tell.
func (c *cell) late() {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	v, err := c.settle(context.Background(), fewTries)
	if err == nil && v.Material {
		c.mu.Lock()
		c.tally.material = true
		c.mu.Unlock()
	}
}

// settle tells the store what waits. What others were in the way of for all of tries goes on waiting, longer
// than before. turn is held.
func (c *cell) settle(ctx context.Context, tries int) (pacing.Update, error) {
	ev, some := c.takeTally()
	if !some {
		return pacing.Update{}, nil
	}
	v, done, err := c.tell(ctx, tries, c.params, ev)
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &c.tally
	if t.span = t.span * 9 / 10; t.span < leastSpan {
		t.span = c.least()
	}
	if err == nil && !done {
		t.span = min(2*max(t.span, leastSpan/2), mostSpan)
		t.putBack(ev)
		if t.timer == nil && !t.closed {
			t.timer = time.AfterFunc(t.span, c.late)
		}
	}
	return v, err
}

// takeTally empties the tally.
func (c *cell) takeTally() (ev pacing.Event, some bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &c.tally
	if t.timer != nil {
		t.timer.Stop()
		t.timer = nil
	}
	ev, t.event, t.told = t.event, pacing.Event{}, time.Now()
	return ev, ev.Count > 0
}
