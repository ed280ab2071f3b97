package redisstore

import (
	"context"
	"strconv"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// mostTries is how often a change is tried that others get in the way of. They come in pairs: the first of a
// pair is on a state that others have changed since this process was last told, where there are many, and
// brings the newest one; a second one is needed only if another process was faster than a response of the server.
const mostTries = 100

// fewTries is how often what can wait is tried.
const fewTries = 2

// sureTries is how often it has to be right when the next slot comes, where that has a say. Others take slots all the time:
// after that it may be one of theirs ago.
const sureTries = 4

// longestRest bounds the rests between the pairs. They double, so that of many who are in each other's way
// fewer and fewer try at the same time.
const longestRest = 250 * time.Millisecond

// A change is what a step did to a state beyond what can be seen by comparing.
type change struct {
	granted     int64  // slots that are not in flight any more
	charged     int64  // slots taken besides
	fill        bool   // documented windows count as used up
	incarnation int64  // a new one; 0 keeps it
	told        string // ids of the header budgets it told of
	advanced    bool   // the next slot may come sooner
	byNext      bool   // what was made of the event depends on when the next slot comes
}

// Apply implements limiter.Cell.
func (c *cell) Apply(ctx context.Context, p *pacing.Params, ev pacing.Event) (pacing.Update, error) {
	v, waits, due := c.waits(&ev)
	if !waits {
		c.turn <- struct{}{}
		defer func() { <-c.turn }()
		return c.applyNow(ctx, p, ev)
	}
	if !due {
		return v, nil
	}
	select {
	case c.turn <- struct{}{}:
	default:
		return v, nil // somebody else is at it
	}
	defer func() { <-c.turn }()
	told, err := c.settle(ctx, fewTries)
	if err != nil || told.Rate == 0 {
		return v, err
	}
	told.Material = told.Material || v.Material
	return told, nil
}

// applyNow tells the store of an event, and before it of what waits. turn is held.
func (c *cell) applyNow(ctx context.Context, p *pacing.Params, ev pacing.Event) (pacing.Update, error) {
	events := []pacing.Event{ev}
	if earlier, some := c.takeTally(); some {
		events = []pacing.Event{earlier, ev}
	}
	v, done, err := c.tell(ctx, mostTries, p, events...)
	if err == nil && !done {
		err = c.store.failed(errBusy)
	}
	return v, err
}

// tell applies events, one after the other, in one step. turn is held.
func (c *cell) tell(ctx context.Context, tries int, p *pacing.Params, events ...pacing.Event) (v pacing.Update, done bool, err error) {
	done, err = c.update(ctx, tries, func(now int64, from *view, s *pacing.State) (ch change) {
		v = pacing.Update{}
		for _, ev := range events {
			ch.granted += from.adopt(s, &ev)
			ch.charged += max(ev.Cost, 0)
			for i := range ev.Budgets.Len() {
				ch.told += strconv.FormatInt(ev.Budgets.At(i).ID, 10) + " "
			}
			material := v.Material
			v = s.Apply(now, p, ev)
			v.Material = v.Material || material
			ch.advanced, ch.byNext = ch.advanced || v.Advanced, ch.byNext || v.ByNext
		}
		return ch
	})
	return v, done, err
}

// granted is how many slots an event stands for, as State.Apply sees it.
func granted(ev *pacing.Event) int64 {
	if ev.Granted != 0 {
		return ev.Granted
	}
	return max(ev.Count, 1)
}

// adopt gives an event the generation that it has in this incarnation, and returns by how much it lowers the
// number in flight. One of another incarnation is counted as sent here, and if it was throttled, as a part of
// whatever throttle was the first here.
func (v *view) adopt(s *pacing.State, ev *pacing.Event) int64 {
	incarnation, generation := untagged(ev.Generation)
	if incarnation == v.incarnation {
		ev.Generation = generation
		return granted(ev)
	}
	ev.Generation = 1
	s.InFlight += granted(ev)
	s.Counts.Sent += granted(ev)
	return 0
}

// update makes a step on the newest state known, and writes what it changed unless somebody else has
// changed the controller meanwhile: then it does so again on that. done is false if tries were not enough. turn is held.
func (c *cell) update(ctx context.Context, tries int, step func(now int64, v *view, s *pacing.State) change) (done bool, err error) {
	for try := range tries {
		if try > 0 && try%2 == 0 && !rest(ctx, min(time.Millisecond<<min(try/2, 10), longestRest)) {
			break
		}
		v := c.look()
		s, now := v.state, c.reckon(&v)
		ch := step(now, &v, &s)
		if s == v.state && ch == (change{}) {
			return true, nil
		}
		ch.byNext = ch.byNext && try < sureTries
		r, err := c.write(ctx, &v, &s, now, ch)
		if err != nil {
			return false, err
		}
		switch r.status {
		case "ok":
			return true, c.written(v, s, ch, r)
		case "conflict":
			if err := c.catchUp(ctx, r); err != nil {
				return false, err
			}
		default:
			if err := c.repair(ctx, r); err != nil {
				return false, err
			}
		}
	}
	return false, nil
}

// write asks the script to write what became of v.
func (c *cell) write(ctx context.Context, v *view, s *pacing.State, now int64, ch change) (reply, error) {
	incarnation, limits := v.incarnation, "="
	if ch.incarnation != 0 {
		incarnation = ch.incarnation
	}
	if text := limitsText(s); text != limitsText(&v.state) {
		limits = text
	}
	next := ""
	if ch.byNext {
		next = strconv.FormatInt(v.state.Next, 10)
	}
	flying := -ch.granted
	if s.InFlight == 0 && v.state.InFlight > ch.granted {
		flying = -v.state.InFlight // a new window of a header budget: what got lost without a response is forgotten
	}
	return c.store.call(ctx, c.names, "apply", strconv.FormatInt(v.incarnation, 10), v.version,
		v.state.Scout, flag(s.Generation != v.state.Generation), s.Next, ch.charged,
		flying, s.Counts.Sent-v.state.Counts.Sent,
		s.Generation, s.Interval, s.Burst, s.PauseUntil, s.Scout, now, lawText(s),
		budgetsText(&v.state), budgetsText(s), limits, flag(ch.fill),
		incarnation, flag(v.known || ch.fill), ch.told, flag(ch.advanced), next)
}

// written takes in what was written.
func (c *cell) written(v view, s pacing.State, ch change, r reply) error {
	if err := scan(r.rest, &s.Next, &s.InFlight, &s.Scout, &s.Counts.Sent, &s.Cycle); err != nil {
		return c.store.failed(err)
	}
	texts := make([]string, 1+pacing.MaxWindows)
	for i := range texts {
		if 5+i < len(r.rest) {
			texts[i], _ = r.rest[5+i].(string)
		}
	}
	if err := parseBudgets(&s, texts[0]); err != nil {
		return c.store.failed(err)
	}
	for i := range s.Windows {
		if err := parseWindow(&s, i, texts[1+i]); err != nil {
			return c.store.failed(err)
		}
	}
	v.state, v.now, v.seen = s, r.now, r.now
	v.version++
	v.known = v.known || ch.fill
	if ch.incarnation != 0 {
		v.incarnation = ch.incarnation
	}
	c.see(v)
	return nil
}

// catchUp takes in the state that came between.
func (c *cell) catchUp(ctx context.Context, r reply) error {
	var v view
	if err := v.parse(r.rest); err != nil {
		return c.replace(ctx, r)
	}
	v.now = r.now
	c.see(v)
	return nil
}

// repair puts right what the script found in its way: a key that is not there, that is not the one this
// process knew, or whose instants mean nothing any more. turn is held.
func (c *cell) repair(ctx context.Context, r reply) error {
	old, had := c.look(), c.hasView()
	switch r.status {
	case "missing":
		if had {
			return c.restore(ctx, old, r)
		}
		return c.fresh(ctx, r)
	case "forgotten":
		return c.fresh(ctx, r)
	case "damaged":
		return c.replace(ctx, r)
	}
	var v view
	if err := v.parse(r.rest); err != nil {
		return c.replace(ctx, r)
	}
	v.now = r.now
	if r.status == "stale" {
		return c.revive(ctx, v, r)
	}
	return c.reconcile(ctx, old, had, v)
}

// begin is a key as it is made; its second is the epoch.
func (c *cell) begin(r reply) view {
	return view{incarnation: c.store.chance(), epoch: r.second, version: 1, now: r.now}
}

// fresh makes a key of which the server knows nothing.
func (c *cell) fresh(ctx context.Context, r reply) error {
	v := c.begin(r)
	var known *pacing.Learned
	if c.recall != nil {
		known = c.recall()
	}
	v.state.Open(v.now, time.Now(), c.params, known)
	if err := c.cap(ctx, v.now, &v.state); err != nil {
		return err
	}
	return c.put(ctx, v, view{})
}

// restore makes a key again that the server has lost, from what this process knew of it. What was sent
// before counts as full documented windows.
func (c *cell) restore(ctx context.Context, old view, r reply) error {
	v := c.begin(r)
	v.state, v.known = old.state, true
	v.state.Revive(v.now, time.Now(), c.params, c.reckon(&old), time.Now())
	return c.put(ctx, v, view{})
}

// replace starts a key afresh whose hash cannot be read. What was sent before is not known.
func (c *cell) replace(ctx context.Context, r reply) error {
	if _, err := c.store.client.Del(ctx, c.names[0]).Result(); err != nil {
		return c.store.failed(err)
	}
	v := c.begin(r)
	if r.status != "damaged" && r.second > 0 {
		v.now = 0 // it was told since an epoch that means nothing
	}
	v.state.Open(v.now, time.Now(), c.params, nil)
	v.state.Distrust(v.now)
	if err := c.cap(ctx, v.now, &v.state); err != nil {
		return err
	}
	v.known = true
	return c.put(ctx, v, view{})
}

// revive gives a key new instants: its clock was set back, or it has not been used for long.
func (c *cell) revive(ctx context.Context, old view, r reply) error {
	v := old
	v.incarnation, v.version, v.known = c.store.chance(), 1, true
	if r.second > 0 {
		v.epoch, v.now = r.second, old.now-(r.second-old.epoch)*int64(time.Second)
	}
	wall := time.Now()
	v.state.Revive(v.now, wall, c.params, old.seen, wall.Add(-time.Duration(max(0, old.now-old.seen))))
	if err := c.cap(ctx, v.now, &v.state); err != nil {
		return err
	}
	return c.put(ctx, v, old)
}

// reconcile compares the key with what this process knew of it before the server lost or replaced it: a
// longer pause holds, and documented windows count as used up, once.
func (c *cell) reconcile(ctx context.Context, old view, had bool, v view) error {
	c.take(v)
	if !had {
		return nil
	}
	pause := time.Duration(old.state.PauseUntil - c.reckon(&old))
	_, err := c.update(ctx, mostTries, func(now int64, v *view, s *pacing.State) change {
		back := v.incarnation == old.incarnation // the same key, but older
		ch := change{fill: v.windowed() && (back || !v.known)}
		if now+int64(pause)-s.PauseUntil > int64(10*time.Millisecond) {
			s.PauseFor(now, pause)
		}
		if ch.fill {
			s.Distrust(now)
		}
		if back {
			ch.incarnation = c.store.chance() // so that the others notice too
		}
		return ch
	})
	return err
}

// take replaces the view, whatever it was.
func (c *cell) take(v view) {
	v.at = time.Now()
	c.mu.Lock()
	c.view, c.opened = v, true
	c.mu.Unlock()
}

// put writes a whole key in the place of old, or of none. If somebody else was first, theirs holds.
func (c *cell) put(ctx context.Context, v, old view) error {
	incarnation := ""
	if old.version > 0 {
		incarnation = strconv.FormatInt(old.incarnation, 10)
	}
	args := append([]any{v.life().Milliseconds()}, v.hash()...)
	r, err := c.store.call(ctx, c.names, "put", incarnation, old.version, args...)
	if err != nil {
		return err
	}
	if r.status == "ok" {
		c.take(v)
		return nil
	}
	known, had := c.look(), c.hasView()
	var theirs view
	if err := theirs.parse(r.rest); err != nil {
		return c.replace(ctx, r)
	}
	theirs.now = r.now
	return c.reconcile(ctx, known, had, theirs)
}
