package redisstore

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// cell is one key's state in Redis.
//
// view is what the server said last; it is replaced under mu, and never during a call. turn is held by the goroutine that
// changes the controller or puts back what was lost, so that the goroutines of one process do not get in
// each other's way: it is a channel, because calls are made with it held.
type cell struct {
	store  *Store
	key    string
	names  []string // Redis keys
	recall func() *pacing.Learned
	turn   chan struct{}
	params *pacing.Params // for who holds turn

	mu     sync.Mutex
	view   view
	opened bool
	peers  int64
	first  time.Time // when this process used the key first
	beat   time.Time // when it last said that it does
	tally  tally
}

func newCell(s *Store, key string, p *pacing.Params, recall func() *pacing.Learned) *cell {
	return &cell{
		store: s, key: key, names: s.keys(key), params: p, recall: recall,
		turn: make(chan struct{}, 1), first: time.Now(),
	}
}

// Two numbers make the generation that the rest of the process sees: a grant of another incarnation is void.
const incarnationShift = 31

func tagged(incarnation, generation int64) int64 { return incarnation<<incarnationShift | generation }

func untagged(generation int64) (incarnation, of int64) {
	return generation >> incarnationShift, generation & (1<<incarnationShift - 1)
}

// look returns the present view.
func (c *cell) look() view {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.view
}

// see takes a newer view in. An older one, of a call that was overtaken, is left out.
func (c *cell) see(v view) {
	v.at = time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened && v.incarnation == c.view.incarnation && v.version < c.view.version {
		return
	}
	c.view, c.opened = v, true
}

// reckon is what the server's clock will show when it hears what is said now.
func (c *cell) reckon(v *view) int64 {
	if c.store.clock != nil {
		return c.store.clock()
	}
	return v.now + int64(time.Since(v.at)) + c.store.trip.Load()
}

// ask calls the script, and puts right what prevents it.
func (c *cell) ask(ctx context.Context, op string, args ...any) (reply, view, error) {
	for range mostTries {
		v := c.look()
		r, err := c.store.call(ctx, c.names, op, strconv.FormatInt(v.incarnation, 10), v.version, args...)
		if err != nil || r.status == "ok" {
			return r, v, err
		}
		c.turn <- struct{}{}
		err = c.repair(ctx, r)
		<-c.turn
		if err != nil {
			return r, v, err
		}
	}
	return reply{}, view{}, c.store.failed(errBusy)
}

// open reads the key, made if it is not there, and makes it follow p.
func (c *cell) open(ctx context.Context, p *pacing.Params) error {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	c.params = p
	if err := c.refresh(ctx); err != nil {
		return err
	}
	_, err := c.update(ctx, mostTries, func(_ int64, _ *view, s *pacing.State) change {
		s.Adopt(p)
		return change{}
	})
	return err
}

// refresh reads the state again. turn is held.
func (c *cell) refresh(ctx context.Context) error {
	r, err := c.store.call(ctx, c.names, "read", "", 0)
	if err != nil {
		return err
	}
	if r.status != "state" {
		return c.repair(ctx, r)
	}
	var v view
	if err := v.parse(r.rest); err != nil {
		return c.replace(ctx, r)
	}
	v.now = r.now
	switch old := c.look(); {
	case c.hasView() && (v.incarnation != old.incarnation || v.version < old.version):
		r.status = "differs"
		return c.repair(ctx, r)
	case v.now < v.seen || v.now-v.seen > int64(stale):
		r.status = "stale"
		return c.repair(ctx, r)
	}
	c.see(v)
	return nil
}

func (c *cell) hasView() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.opened
}

// Reserve implements limiter.Cell.
func (c *cell) Reserve(ctx context.Context, ask pacing.ReserveRequest) (pacing.Reservation, error) {
	r, v, err := c.ask(ctx, "reserve", max(ask.Cost, 1), max(ask.Slots, 1), int64(ask.After), exactness(&ask), c.heartbeat(), int64(ask.Waited),
		int64(ask.Priority), int64(ask.Ahead), ask.Holder, int64(ask.Hold), int64(ask.Age), int64(ask.Step), int64(ask.Late))
	if err != nil {
		return pacing.Reservation{}, err
	}
	var granted, wait, left, reason, slot, cost, scout, peers, short int64
	if err := scan(r.rest, &granted, &wait, &left, &reason, &slot, &cost, &scout, &peers, &short); err != nil {
		return pacing.Reservation{}, c.store.failed(err)
	}
	if v, err = c.follow(v, r.now, r.rest[9:]); err != nil {
		return pacing.Reservation{}, c.store.failed(err)
	}
	if peers > 0 {
		c.mu.Lock()
		c.peers = peers
		c.mu.Unlock()
	}
	t := pacing.Reservation{Granted: granted == 1, Wait: time.Duration(wait), Until: time.Duration(left), Reason: pacing.Reason(reason), Short: short == 1}
	if !t.Granted {
		return t, nil
	}
	t.Generation, t.Mark = tagged(v.incarnation, v.state.Generation), v.state.Counts.Sent
	t.Slot, t.Cost, t.Scout, t.Interval = slot, cost, scout == 1, time.Duration(v.state.Interval)
	return t, nil
}

// exactness says of a request how gate.lua is to take After.
func exactness(ask *pacing.ReserveRequest) int {
	if ask.Exact && ask.Ranked {
		return 2
	}
	return flag(ask.Exact)
}

// follow takes in what the gate has counted, and the whole state where the controller has moved on.
func (c *cell) follow(v view, now int64, told []any) (view, error) {
	s := v.state
	if len(told) > 6 {
		if err := v.parse(told[6:]); err != nil {
			return v, err
		}
		s = v.state
	}
	if err := scan(told, &s.Next, &s.InFlight, &s.Scout, &s.Counts.Sent, &s.Cycle); err != nil {
		return v, err
	}
	if text, ok := told[5].(string); ok {
		if err := parseBudgets(&s, text); err != nil {
			return v, err
		}
	}
	v.state, v.now, v.seen = s, now, now
	c.see(v)
	return v, nil
}

// heartbeat is this process's name if it is time to say that it uses the key. A process that ends within a
// second never does: it would count for longer than it lives.
func (c *cell) heartbeat() string {
	const every = 2 * time.Second
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if now.Sub(c.first) < time.Second || now.Sub(c.beat) < every {
		return ""
	}
	c.beat = now
	return c.store.process
}

// Peers implements limiter.Cell.
func (c *cell) Peers() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return int(c.peers)
}

// Cancel implements limiter.Cell.
func (c *cell) Cancel(ctx context.Context, t pacing.Reservation) error {
	incarnation, generation := untagged(t.Generation)
	if incarnation != c.look().incarnation {
		return nil // what it was taken from is lost
	}
	r, v, err := c.ask(ctx, "cancel", t.Slot, t.Cost, generation, t.Free)
	if err == nil {
		_, err = c.follow(v, r.now, r.rest)
	}
	return err
}

// Current implements limiter.Cell.
func (c *cell) Current(ctx context.Context, generation int64) (bool, error) {
	names := fieldNames()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	incarnation, of := untagged(generation)
	var fields []any
	err := c.store.patiently(ctx, func() (err error) {
		fields, err = c.store.client.HMGet(ctx, c.names[0], names[fieldIncarnation], names[fieldGeneration]).Result()
		return err
	})
	if err != nil {
		return false, err
	}
	var now, nowOf int64
	ok := scan(fields, &now, &nowOf) == nil // else it is lost, and with it the grant
	return ok && now == incarnation && nowOf == of, nil
}

// Learned implements limiter.Cell.
func (c *cell) Learned(ctx context.Context) (pacing.Learned, error) {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	if _, err := c.settle(ctx, mostTries); err != nil {
		return pacing.Learned{}, err
	}
	if err := c.refresh(ctx); err != nil {
		return pacing.Learned{}, err
	}
	v := c.look()
	return v.state.Learned(v.now, time.Now()), nil
}

// Distrust implements limiter.Cell.
func (c *cell) Distrust(ctx context.Context) error {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	_, err := c.update(ctx, mostTries, func(now int64, _ *view, s *pacing.State) change {
		s.Distrust(now)
		return change{fill: true}
	})
	return err
}

// Follow implements limiter.Cell.
func (c *cell) Follow(ctx context.Context, p *pacing.Params, to pacing.Cap) (pacing.Cap, error) {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	c.params = p
	if err := c.refresh(ctx); err != nil {
		return pacing.Cap{}, err
	}
	_, err := c.update(ctx, mostTries, func(now int64, _ *view, s *pacing.State) change {
		s.Adopt(p)
		s.SetCap(now, to)
		return change{}
	})
	v := c.look()
	return v.state.Cap(), err
}

// close tells what has not been told, and leaves.
func (c *cell) close() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c.tally.stop(&c.mu)
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	_, err := c.settle(ctx, mostTries)
	c.mu.Lock()
	beaten := !c.beat.IsZero()
	c.mu.Unlock()
	if err == nil && beaten {
		_, _ = c.store.call(ctx, c.names, "leave", "", 0, c.store.process) // else it expires
	}
}

var errBusy = errors.New("too much contention on the key")
