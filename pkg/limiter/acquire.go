package limiter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// A WaitError says that a request would have to wait longer than it may. Nothing was sent.
type WaitError struct {
	Key       string
	Remaining time.Duration // how long it would still have to wait, as far as is known
	Reason    pacing.Reason
}

// Error implements error.
func (e *WaitError) Error() string {
	return fmt.Sprintf("%s: has to wait %s more (%s)", e.Key, e.Remaining.Round(time.Millisecond), e.Reason)
}

// errMaxWait is the cause of a context that ended because of a plan's MaxWait.
var errMaxWait = errors.New("maximum wait exceeded")

// A Grant is the permission to send one request. Call [Grant.Done] once when its response has been
// read, or [Grant.Cancel] if nothing was sent.
type Grant struct {
	Waited      time.Duration // how long Acquire took
	Reason      pacing.Reason // what it waited for, the longest time
	lim         *Limiter
	queue       *queue
	reservation slot
	paced       bool
	inFlight    int64 // requests of this process in flight when it was sent, itself included; 0 before

	sharedSlot *sharedSlot // its way through the queue's gate; nil where there is none
	units      *unitSlots  // what it takes of units; nil where it takes nothing
}

// Acquire waits until a request may go. Requests for one key are served in the order they came,
// those of a higher priority first.
// It fails with a [*WaitError] as soon as it is clear that the wait would exceed MaxWait or ctx's
// deadline, or with the cause of ctx's end.
func (l *Limiter) Acquire(ctx context.Context, plan Plan) (Grant, error) {
	return l.acquire(ctx, &plan, plan.MaxWait)
}

func (l *Limiter) acquire(ctx context.Context, plan *Plan, maxWait time.Duration) (Grant, error) {
	ln, err := l.queue(ctx, plan)
	if err != nil {
		return Grant{}, err
	}
	g := Grant{lim: l, queue: ln}
	if len(plan.Units) > 0 {
		if g.units, err = l.unitSlots(ctx, ln, plan); err != nil {
			ln.use.leave()
			return Grant{}, err
		}
	}
	if maxWait > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, maxWait, errMaxWait)
		defer cancel()
	}
	if err := g.acquire(ctx, pacing.ReserveRequest{Cost: int64(plan.Cost), Priority: l.priority(plan)}); err != nil {
		g.leave()
		return Grant{}, err
	}
	g.inFlight = ln.inFlight.Add(1)
	if g.units != nil {
		g.units.begin()
	}
	return g, nil
}

// acquire asks until a slot is granted and still good when it comes. A pause voids the slots that
// were granted before it, and so does a stalled process, which wakes up late from all of them at once;
// a request that loses one goes back to its place in the queue.
func (g *Grant) acquire(ctx context.Context, ask pacing.ReserveRequest) error {
	if g.lim.cfg.Rate <= 0 && g.queue.shared == nil && g.units == nil && ask.Priority == pacing.PriorityNormal && g.queue.share == nil && g.queue.pass(ctx, g.lim, ask, &g.reservation) {
		return nil
	}
	ask.Holder = newHolder(g, ask.Cost)
	at := place{priority: ask.Priority, plain: g.units == nil}
	for missed := 0; ; {
		if err := g.queue.enter(ctx, &at, &g.Waited); err != nil {
			return g.waitError(ctx, err)
		}
		ask.Priority = at.as
		granted, err := g.atHead(ctx, &at, ask)
		for !granted && err == nil {
			if err := g.makeWay(ctx, &at, ask); err != nil {
				return g.waitError(ctx, err)
			}
			ask.Priority = at.as
			granted, err = g.atHead(ctx, &at, ask)
		}
		g.queue.leave(granted)
		if err != nil {
			if g.reservation.Short { // the store has kept an instant for it already
				g.endInstant(ask)
			}
			return g.waitError(ctx, err)
		}
		if g.reservation.Wait <= 0 {
			return nil
		}
		good, late, err := g.untilSlot(ctx, missed)
		if err != nil {
			g.giveBack()
			return g.waitError(ctx, err)
		}
		if good {
			return nil
		}
		if late {
			missed++
		}
		g.giveBack()
	}
}

// untilSlot waits for the slot that was granted, and reports whether it is still good then, and whether it was missed. Where
// the store is far away it is asked so early that it has responded when the slot comes.
func (g *Grant) untilSlot(ctx context.Context, missed int) (good, late bool, err error) {
	wait, way := g.reservation.Wait, g.checkTakes()
	due, good := time.Now().Add(wait), true
	if way > 0 && wait > way { // the grant itself is no older than the way, else
		if err := g.sleep(ctx, wait-way, nil); err != nil {
			return false, false, err
		}
		good = g.current(ctx)
		wait = time.Until(due)
	}
	if good && wait > 0 {
		if err := g.sleep(ctx, wait, nil); err != nil {
			return false, false, err
		}
	}
	late = since(time.Now(), due) > max(minLateness, g.reservation.Interval/2) && missed < maxMissed
	if way == 0 && !late {
		good = g.current(ctx)
	}
	return good && !late, late, nil
}

// checkTakes is how long it takes to ask whether a grant is still good; 0 where that is next to nothing.
func (g *Grant) checkTakes() (way time.Duration) {
	if g.lim.leaseSpan == 0 || g.reservation.leased {
		return 0
	}
	way = g.queue.trip.known()
	if g.units != nil {
		for i := range g.units.parts[1:] {
			way += g.units.parts[1+i].queue.trip.known()
		}
	}
	if g.sharedSlot != nil {
		way += g.queue.shared.trip.known()
	}
	if way < leaseBelow {
		return 0
	}
	return way
}

// makeWay lets others have the head's place: one that comes first, or those that do not need as much.
func (g *Grant) makeWay(ctx context.Context, at *place, ask pacing.ReserveRequest) error {
	if at.short {
		return g.waitBeside(ctx, at, ask)
	}
	if passed, err := g.queue.letPlainPass(ctx, at, &g.Waited); passed || err != nil {
		return err
	}
	return g.queue.stepAside(ctx, at, &g.Waited)
}

const (
	// minLateness is how late a slot is used at least, whatever the rate: clocks are no better.
	minLateness = 2 * time.Millisecond
	// maxMissed is how many slots a request may miss before it goes all the same.
	maxMissed = 2
)

// atHead asks the store until it grants a slot, or the request has to make way for others.
func (g *Grant) atHead(ctx context.Context, at *place, ask pacing.ReserveRequest) (granted bool, err error) {
	at.short = false
	if err := g.ownPace(ctx); err != nil {
		return false, err
	}
	var since time.Time // when it was turned away first, because of the rate
	for {
		if again, err := g.ownShare(ctx, &ask); !again || err != nil {
			return false, err
		}
		asked := time.Now() // after the wait for the own share: the store would take that for a sign of others who wait
		if !at.turnedAway.IsZero() {
			ask.Age = asked.Sub(at.turnedAway)
		}
		if !since.IsZero() {
			ask.Waited = asked.Sub(since)
		}
		turn, err := g.reserve(ctx, ask)
		if err != nil {
			return false, err
		}
		g.reservation = turn
		if turn.Wait > 0 {
			if turn.Wait >= at.longest {
				at.longest, g.Reason = turn.Wait, turn.Reason
			}
			g.paced = turn.Reason == pacing.ReasonRate || turn.Reason == pacing.ReasonPriority
		}
		if turn.Granted {
			g.takeShare()
			return true, nil
		}
		if at.turnedAway.IsZero() {
			at.turnedAway = asked
		}
		switch {
		case turn.Reason != pacing.ReasonRate:
			since, ask.Waited = time.Time{}, 0 // all wait for the same instant: their order is forgotten
		case since.IsZero():
			since = asked
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < turn.Until {
			return false, &WaitError{Key: g.queue.key, Remaining: turn.Until, Reason: turn.Reason}
		}
		g.lim.waiting(g.queue.key, turn.Until, turn.Reason)
		if turn.Short && turn.Until > pacing.Horizon {
			at.short = true
			return false, nil
		}
		if g.queue.block(g.waitsForUnit(turn.Reason)) {
			return false, nil
		}
		err = g.sleep(ctx, turn.Wait, g.queue.wakeup)
		if g.queue.block(false); err != nil {
			return false, err
		}
		if g.queue.outranked(ask.Priority) {
			return false, nil
		}
	}
}

// ownPace waits for the process's own ceiling, Config.Rate.
func (g *Grant) ownPace(ctx context.Context) error {
	l := g.lim
	if l.cfg.Rate <= 0 {
		return nil
	}
	l.mu.Lock()
	now := time.Now()
	if l.own.Before(now) {
		l.own = now
	}
	wait := l.own.Sub(now)
	l.own = l.own.Add(time.Duration(float64(time.Second) / l.cfg.Rate))
	l.mu.Unlock()
	if wait <= 0 {
		return nil
	}
	return g.sleep(ctx, wait, nil)
}

// sleep waits for d, or until poked. A nil channel never pokes.
func (g *Grant) sleep(ctx context.Context, d time.Duration, poke <-chan struct{}) error {
	start := time.Now()
	timer := time.NewTimer(d)
	defer timer.Stop()
	defer func() { g.Waited += time.Since(start) }()
	select {
	case <-timer.C:
		return nil
	case <-poke:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// waitError turns the end of MaxWait into a WaitError.
func (g *Grant) waitError(ctx context.Context, err error) error {
	if !errors.Is(err, errMaxWait) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if !errors.Is(context.Cause(ctx), errMaxWait) {
		return err
	}
	return &WaitError{Key: g.queue.key, Remaining: g.reservation.Until, Reason: g.reservation.Reason}
}
