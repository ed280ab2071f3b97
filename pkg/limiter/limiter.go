package limiter

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// Config says how a Limiter works. The zero value works: in memory, learning, without a bound.
type Config struct {
	Store   Store                                                   // where the live state is kept; nil means in memory
	Recall  func(key string) *Learned                               // what an earlier run learned; nil means nothing
	Changed func(key string)                                        // something worth remembering changed; must not block
	Opening func(key string, p *Params)                             // a key is about to be used for the first time in this process
	Opened  func(key string, p *Params, known Learned)              // it is, and this is known of it; must not use the Limiter
	Lost    func(key string, err error)                             // the store failed; the key goes on in memory, with its share
	Back    func(key string)                                        // the store is back, and the key with it; from a goroutine of its own
	Waiting func(key string, left time.Duration, why pacing.Reason) // a request has to wait this long; told each time it asks
	Rate    float64                                                 // requests per second this process never exceeds; 0 means none
	NoLearn bool                                                    // leave learned rates alone; pauses hold all the same

	Priority Priority // of requests that do not say another one
	// Share is the part of each limit, in (0, 1), that this process keeps to: of what was learned, of documented windows and
	// of header budgets. 0 means what a request says.
	Share float64
}

// A Limiter paces requests, one line per key. It is safe for use by many goroutines.
type Limiter struct {
	cfg   Config
	store Store
	// leaseSpan is for how long slots are taken ahead where that pays; 0 means never.
	leaseSpan time.Duration

	queues atomic.Pointer[map[string]*queue] // copied on write, so that a request takes no lock to find its line

	mu  sync.Mutex // guards writes to lines, and own
	own time.Time  // the next slot under cfg.Rate

	swept  time.Time // when idle keys were looked for; guarded by mu
	closed atomic.Bool
}

// New returns a Limiter.
func New(cfg Config) *Limiter {
	l := &Limiter{cfg: cfg, store: cfg.Store}
	if l.store == nil {
		l.store = pacing.NewMemory()
	}
	l.leaseSpan = l.store.Lease()
	l.queues.Store(&map[string]*queue{})
	return l
}

// A Request asks for one slot.
type Request struct {
	Key     string        // what the rate is keyed by
	Params  *Params       // how the key behaves; nil means the defaults. The first request for a key decides
	Cost    int           // slots it takes; 0 means 1
	MaxWait time.Duration // how long it may wait; 0 means without bound
	Shared  *SharedLimit  // what it has to pass besides, together with other keys; nil means nothing. The first request for a key decides
	Units   []Unit        // what it takes of limits that count something else

	Priority Priority // where others wait too; PriorityNormal means that of the Limiter
	Share    float64  // where Config.Share is 0; 0 means all. The first request for a key decides
}

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

// errMaxWait is the cause of a context that ended because of Request.MaxWait.
var errMaxWait = errors.New("waited as long as it may")

// A Grant is the permission to send one request. Call [Grant.Done] once when its response has been
// read, or [Grant.Cancel] if nothing was sent.
type Grant struct {
	Waited      time.Duration // how long Acquire took
	Reason      pacing.Reason // what it waited for
	lim         *Limiter
	queue       *queue
	reservation slot
	paced       bool
	inFlight    int64 // requests of this process in flight when it was sent, itself included; 0 before

	sharedSlot *sharedSlot // its way through the line's gate; nil where there is none
	units      *unitSlots  // what it takes of units; nil where it takes nothing
}

// Acquire waits until a request may go. Requests for one key are served in the order they came,
// those of a higher [Priority] first.
// It fails with a [*WaitError] as soon as it is clear that the wait would exceed MaxWait or ctx's
// deadline, or with the cause of ctx's end.
func (l *Limiter) Acquire(ctx context.Context, req Request) (Grant, error) {
	ln, err := l.queue(ctx, &req)
	if err != nil {
		return Grant{}, err
	}
	g := Grant{lim: l, queue: ln}
	if len(req.Units) > 0 {
		if g.units, err = l.unitSlots(ctx, ln, &req); err != nil {
			ln.use.leave()
			return Grant{}, err
		}
	}
	if req.MaxWait > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, req.MaxWait, errMaxWait)
		defer cancel()
	}
	if err := g.acquire(ctx, pacing.ReserveRequest{Cost: int64(req.Cost), Priority: l.priority(&req)}); err != nil {
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
// who loses one goes back to its place in the line.
func (g *Grant) acquire(ctx context.Context, ask pacing.ReserveRequest) error {
	if g.lim.cfg.Rate <= 0 && g.queue.shared == nil && g.units == nil && ask.Priority == PriorityNormal && g.queue.share == nil && g.queue.pass(ctx, g.lim, ask, &g.reservation) {
		return nil
	}
	at := place{priority: ask.Priority}
	for missed := 0; ; {
		if err := g.queue.enter(ctx, &at, &g.Waited); err != nil {
			return g.waitError(ctx, err)
		}
		ask.Priority = at.as
		granted, err := g.atHead(ctx, ask)
		for !granted && err == nil {
			if err := g.queue.stepAside(ctx, &at, &g.Waited); err != nil {
				return g.waitError(ctx, err)
			}
			ask.Priority = at.as
			granted, err = g.atHead(ctx, ask)
		}
		g.queue.leave(granted)
		if err != nil {
			return g.waitError(ctx, err)
		}
		if g.reservation.Wait <= 0 {
			return nil
		}
		due := time.Now().Add(g.reservation.Wait)
		if err := g.sleep(ctx, g.reservation.Wait, nil); err != nil {
			g.giveBack()
			return g.waitError(ctx, err)
		}
		late := since(time.Now(), due) > max(minLateness, g.reservation.Interval/2) && missed < maxMissed
		if !late && g.current(ctx) {
			return nil
		}
		if late {
			missed++
		}
		g.giveBack()
	}
}

const (
	// minLateness is how late a slot is used at least, whatever the rate: clocks are no better.
	minLateness = 2 * time.Millisecond
	// maxMissed is how many slots a request may miss before it goes all the same.
	maxMissed = 2
)

// atHead asks the store until it grants a slot, or a request of a higher priority comes.
func (g *Grant) atHead(ctx context.Context, ask pacing.ReserveRequest) (granted bool, err error) {
	if err := g.ownPace(ctx); err != nil {
		return false, err
	}
	var since time.Time // when it was turned away first, because of the rate
	for {
		asked := time.Now()
		if !since.IsZero() {
			ask.Waited = asked.Sub(since)
		}
		if again, err := g.ownShare(ctx, &ask); !again || err != nil {
			return false, err
		}
		turn, err := g.reserve(ctx, ask)
		if err != nil {
			return false, err
		}
		g.reservation = turn
		if turn.Wait > 0 {
			g.Reason = turn.Reason
			g.paced = turn.Reason == pacing.ReasonRate || turn.Reason == pacing.ReasonPriority
		}
		if turn.Granted {
			g.takeShare()
			return true, nil
		}
		switch {
		case turn.Reason != pacing.ReasonRate:
			since, ask.Waited = time.Time{}, 0 // all wait for the same instant: who came first is forgotten
		case since.IsZero():
			since = asked
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < turn.Until {
			return false, &WaitError{Key: g.queue.key, Remaining: turn.Until, Reason: turn.Reason}
		}
		if g.lim.cfg.Waiting != nil {
			g.lim.cfg.Waiting(g.queue.key, turn.Until, turn.Reason)
		}
		if err := g.sleep(ctx, turn.Wait, g.queue.wakeup); err != nil {
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

// Done reports what became of the request, and frees its place for the next one. kind is [Accepted], [Throttled],
// [Overloaded] or [Failed]; pause is how long the server asked to wait with Throttled or Overloaded, 0 if it did not say.
func (g Grant) Done(kind pacing.Kind, pause time.Duration) pacing.Update {
	return g.finish(&outcome{kind: kind, pause: pause})
}

// An outcome is what became of a granted request.
type outcome struct {
	kind    pacing.Kind
	pause   time.Duration // named by the server, for Throttled and Overloaded
	extra   int           // times the request was written to the wire beyond the first
	took    time.Duration // from sending the request to its response; 0 if that is not known
	allKeys bool          // a throttle is one of every key that shares the request's SharedLimit
	free    bool          // an accepted response that counts for nothing: its slot goes back to the limit

	budgets *pacing.Budgets // what the response says remains; nil if it says nothing

	unit    int            // whose limit a throttle was, from 1 in Request.Units; -1 for requests, 0 if nothing says so
	units   []measured     // of each of Request.Units
	update  *pacing.Update // of the unit that a throttle was charged to
	charged int            // which that is, from 1; 0 for requests

	acquitted int  // of which a throttle was thought wrongly before, as charged; -1 if of none
	doubt     bool // that is the request's own key
}

func (g *Grant) finish(o *outcome) pacing.Update {
	if g.units != nil {
		g.finishUnits(o)
	}
	if o.free && o.kind == Accepted && o.extra == 0 && !g.reservation.Scout {
		return g.refund()
	}
	ev := pacing.Event{
		Kind: o.kind, Generation: g.reservation.Generation, Cost: int64(o.extra), Pause: o.pause,
		Paced: g.paced || g.queue.share.climbs(), NoLearn: g.lim.cfg.NoLearn, Mark: g.reservation.Mark, Granted: g.reservation.Cost, Budgets: o.budgets, InFlight: g.inFlight, Took: o.took,
		Doubt: o.doubt,
	}
	if o.kind == Throttled {
		ev.Wall = time.Now()
	}
	v := g.queue.apply(g.lim, g.reservation, ev)
	if v.Scouted || v.Cut || v.Eased {
		g.queue.wake()
	}
	if v.Material && g.lim.cfg.Changed != nil {
		g.lim.cfg.Changed(g.queue.key)
	}
	g.queue.setConcurrency(v.Slots)
	if g.sharedSlot != nil {
		g.sharedDone(*o, v)
	}
	g.end()
	g.leave()
	if o.update != nil {
		return *o.update
	}
	return v
}

// refund gives back the slot of a response that counts for nothing. It teaches nothing: the limit has not seen it. The
// one that everybody waits for after a pause counts all the same, or nobody would go on.
func (g *Grant) refund() pacing.Update {
	g.reservation.Free = true
	if g.sharedSlot != nil {
		g.sharedSlot.turn.Free = true
	}
	rate := math.Float64frombits(g.queue.rate.Load())
	g.cancelOwn()
	g.leave()
	g.queue.wake()
	return pacing.Update{Rate: rate, RateBefore: rate}
}

// end frees the request's place.
func (g *Grant) end() {
	if g.inFlight > 0 {
		g.queue.inFlight.Add(-1)
	}
	g.queue.done()
	if g.sharedSlot != nil {
		g.queue.shared.done()
	}
}

// Cancel gives the slot back: nothing was sent.
func (g Grant) Cancel() {
	g.giveBack()
	g.leave()
}

// leave says that the request does not use its keys any more.
func (g *Grant) leave() {
	g.queue.use.leave()
	if g.units != nil {
		g.units.leave()
	}
}

// giveBack gives the slots back to ask for others, or none.
func (g *Grant) giveBack() {
	if g.units != nil {
		g.units.cancelOthers(g.lim, g.inFlight > 0)
	}
	g.cancelOwn()
}

// cancelOwn gives back the slot of the request's own key.
func (g *Grant) cancelOwn() {
	g.returnShare()
	g.queue.cancel(g.lim, g.reservation)
	if g.sharedSlot != nil {
		g.queue.shared.cancel(g.lim, g.sharedSlot.turn)
	}
	g.end()
}

// Snapshot returns what is known of every key this Limiter has used. A [SharedLimit] learns nothing: it is
// there only while it pauses.
func (l *Limiter) Snapshot() map[string]Learned {
	out := make(map[string]Learned)
	for key, ln := range *l.queues.Load() {
		if known, ok := ln.learned(l); ok && (!ln.isShared || known.PausedUntil.After(time.Now())) {
			out[key] = known
		}
	}
	return out
}

// Learned returns what is known of one key; false if this Limiter has not used it.
func (l *Limiter) Learned(key string) (Learned, bool) {
	ln := (*l.queues.Load())[key]
	if ln == nil {
		return Learned{}, false
	}
	return ln.learned(l)
}

// Known is Learned, or else what an earlier run knew of the key.
func (l *Limiter) Known(key string) (Learned, bool) {
	if known, ok := l.Learned(key); ok {
		return known, true
	}
	if known := l.recall(key); known != nil && known.Rate > 0 {
		return *known, true
	}
	return Learned{}, false
}

// Flush tells the store what it has not been told yet: at more than 1000 requests a second outcomes
// are told together.
func (l *Limiter) Flush() {
	for _, ln := range *l.queues.Load() {
		if ln.leases {
			ln.settle(context.Background(), l, time.Now(), true)
		}
	}
}

// Close flushes, and releases the store.
func (l *Limiter) Close() error {
	l.Flush()
	l.closed.Store(true)
	return l.store.Close()
}

// queue returns the queue of a key, opening its cell at the first request. It is in use until its use is left.
func (l *Limiter) queue(ctx context.Context, req *Request) (*queue, error) {
	if ln := (*l.queues.Load())[req.Key]; ln != nil && ln.use.take() {
		return ln, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if ln := (*l.queues.Load())[req.Key]; ln != nil && ln.use.take() {
		return ln, nil
	}
	l.releaseIdle(time.Now())
	p := req.Params
	if p == nil {
		p = &Params{}
	}
	ln, err := l.newQueue(ctx, req.Key, p, req.Share)
	if err != nil {
		return nil, err
	}
	if req.Shared != nil {
		if ln.shared, err = l.sharedQueue(ctx, req.Shared, req.Share); err != nil {
			return nil, err
		}
		ln.sharedCost = int64(req.Shared.Cost)
	}
	ln.leases = l.leaseSpan > 0 && len(p.Windows) == 0 && ln.shared == nil && len(req.Units) == 0 && ln.share == nil
	ln.use.take()
	l.add(ln)
	return ln, nil
}

// newQueue opens the cell of a key. mu is held.
func (l *Limiter) newQueue(ctx context.Context, key string, p *Params, share float64) (*queue, error) {
	if len(p.Windows) > pacing.MaxWindows {
		return nil, fmt.Errorf("%s: %d documented limits, at most %d are kept", key, len(p.Windows), pacing.MaxWindows)
	}
	ln := newQueue(key, p)
	if l.cfg.Share > 0 {
		share = l.cfg.Share
	}
	ln.share = newShare(share, p)
	l.open(ctx, ln)
	return ln, nil
}

// add makes a line known. mu is held.
func (l *Limiter) add(ln *queue) {
	next := maps.Clone(*l.queues.Load())
	next[ln.key] = ln
	l.queues.Store(&next)
}

// open gives a line its cell.
func (l *Limiter) open(ctx context.Context, ln *queue) {
	p := ln.params.Load()
	in := &backend{}
	in.params.Store(p)
	var err error
	in.cell, err = l.store.Open(ctx, ln.key, p, func() *Learned { return l.recall(ln.key) })
	if err != nil {
		l.lost(ln.key, err)
		in = ln.fallback(l, peersOf(in.cell))
		ln.rejoinLater(l, in, in.checkAfter)
		defer ln.rejoinWhenFreed(l, in, err)
	}
	ln.backend.Store(in)
	if l.cfg.Opening != nil {
		l.cfg.Opening(ln.key, p)
	}
	if l.cfg.Opened != nil {
		known, err := in.learned(ctx)
		if err != nil {
			known = Learned{} // whoever uses the cell next finds out, and says so
		}
		l.cfg.Opened(ln.key, p, known)
	}
}

func (l *Limiter) recall(key string) *Learned {
	if l.cfg.Recall == nil {
		return nil
	}
	return l.cfg.Recall(key)
}

func (l *Limiter) lost(key string, err error) {
	if l.cfg.Lost != nil {
		l.cfg.Lost(key, err)
	}
}
