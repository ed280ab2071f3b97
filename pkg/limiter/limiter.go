package limiter

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// Config says how a Limiter works. The zero value works: in memory, learning, without a bound.
type Config struct {
	Store   Store                                            // where the live state is kept; nil means in memory
	Recall  func(key string) *Learned                        // what an earlier run learned; nil means nothing
	Changed func(key string)                                 // something worth remembering changed; must not block
	Opening func(key string, p *Params)                      // a key is about to be used for the first time in this process
	Opened  func(key string, p *Params, known Learned)       // it is, and this is known of it; must not use the Limiter
	Lost    func(key string, err error)                      // the store failed; the key goes on in memory
	Waiting func(key string, left time.Duration, why Reason) // a request has to wait this long; told each time it asks
	Rate    float64                                          // requests per second this process never exceeds; 0 means none
	NoLearn bool                                             // leave learned rates alone; pauses hold all the same
}

// A Limiter paces requests, one line per key. It is safe for use by many goroutines.
type Limiter struct {
	cfg   Config
	store Store
	// leaseSpan is for how long slots are taken ahead where that pays; 0 means never.
	leaseSpan time.Duration

	lines atomic.Pointer[map[string]*line] // copied on write, so that a request takes no lock to find its line

	mu  sync.Mutex // guards writes to lines, and own
	own time.Time  // the next slot under cfg.Rate
}

// New returns a Limiter.
func New(cfg Config) *Limiter {
	l := &Limiter{cfg: cfg, store: cfg.Store}
	if l.store == nil {
		l.store = NewMemory()
	}
	l.leaseSpan = l.store.Lease()
	l.lines.Store(&map[string]*line{})
	return l
}

// A Request asks for one slot.
type Request struct {
	Key     string        // what the rate hangs on
	Params  *Params       // how the key behaves; nil means the defaults. The first request for a key decides
	Cost    int           // slots it takes; 0 means 1
	MaxWait time.Duration // how long it may wait; 0 means without bound
}

// A WaitError says that a request would have to wait longer than it may. Nothing was sent.
type WaitError struct {
	Key    string
	Left   time.Duration // how long it would still have to wait, as far as is known
	Reason Reason
}

// Error implements error.
func (e *WaitError) Error() string {
	return fmt.Sprintf("%s: has to wait %s more (%s)", e.Key, e.Left.Round(time.Millisecond), e.Reason)
}

// errMaxWait is the cause of a context that ended because of Request.MaxWait.
var errMaxWait = errors.New("waited as long as it may")

// A Grant is the permission to send one request. Call [Grant.Done] once when its answer has been
// read, or [Grant.Cancel] if nothing was sent.
type Grant struct {
	Waited time.Duration // how long Acquire took
	Reason Reason        // what it waited for
	lim    *Limiter
	line   *line
	turn   Turn
	paced  bool
	flying int64 // requests of this process in flight when it was sent, itself included; 0 before
}

// Acquire waits until a request may go. Requests for one key are served in the order they came.
// It fails with a [*WaitError] as soon as it is clear that the wait would exceed MaxWait or ctx's
// deadline, or with the cause of ctx's end.
func (l *Limiter) Acquire(ctx context.Context, req Request) (Grant, error) {
	ln, err := l.line(ctx, req)
	if err != nil {
		return Grant{}, err
	}
	g := Grant{lim: l, line: ln}
	if req.MaxWait > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, req.MaxWait, errMaxWait)
		defer cancel()
	}
	if err := g.acquire(ctx, Ask{Cost: int64(req.Cost)}); err != nil {
		return Grant{}, err
	}
	g.flying = ln.flying.Add(1)
	return g, nil
}

// acquire asks until a slot is granted and still good when it comes. A pause voids the slots that
// were granted before it; who loses one goes back to its place in the line.
func (g *Grant) acquire(ctx context.Context, ask Ask) error {
	if g.lim.leaseSpan == 0 && g.lim.cfg.Rate <= 0 && g.line.pass(ctx, ask, &g.turn) {
		return nil
	}
	var ticket int64
	for {
		var err error
		if ticket, err = g.line.enter(ctx, ticket, &g.Waited); err != nil {
			return g.waitError(ctx, err)
		}
		err = g.atHead(ctx, ask)
		g.line.leave(err == nil)
		if err != nil {
			return g.waitError(ctx, err)
		}
		if g.turn.Wait <= 0 {
			return nil
		}
		if err := g.sleep(ctx, g.turn.Wait, nil); err != nil {
			g.Cancel()
			return g.waitError(ctx, err)
		}
		if g.line.current(ctx, g.lim, g.turn) {
			return nil
		}
		g.Cancel()
	}
}

// atHead asks the store until it grants a slot.
func (g *Grant) atHead(ctx context.Context, ask Ask) error {
	if err := g.ownPace(ctx); err != nil {
		return err
	}
	for {
		turn := g.line.reserve(ctx, g.lim, ask)
		g.turn = turn
		if turn.Wait > 0 {
			g.Reason = turn.Reason
			g.paced = turn.Reason == ReasonRate
		}
		if turn.Granted {
			return nil
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < turn.Left {
			return &WaitError{Key: g.line.key, Left: turn.Left, Reason: turn.Reason}
		}
		if g.lim.cfg.Waiting != nil {
			g.lim.cfg.Waiting(g.line.key, turn.Left, turn.Reason)
		}
		if err := g.sleep(ctx, turn.Wait, g.line.poke); err != nil {
			return err
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
	return &WaitError{Key: g.line.key, Left: g.turn.Left, Reason: g.turn.Reason}
}

// An Outcome is what became of a granted request.
type Outcome struct {
	Kind  Kind
	Pause time.Duration // named by the server, for Throttled and Overloaded
	Extra int           // times the request was written to the wire beyond the first

	Budgets *Budgets // what the answer says is left; nil if it says nothing
}

// Done says what became of the request, and frees its place for the next one.
func (g Grant) Done(o Outcome) Verdict {
	ev := Event{
		Kind: o.Kind, Generation: g.turn.Generation, Cost: int64(o.Extra), Pause: o.Pause,
		Paced: g.paced, NoLearn: g.lim.cfg.NoLearn, Mark: g.turn.Mark, Granted: g.turn.cost, Budgets: o.Budgets, InFlight: g.flying,
	}
	if o.Kind == Throttled {
		ev.Wall = time.Now()
	}
	v := g.line.apply(g.lim, g.turn, ev)
	if v.Scouted || v.Cut || v.Eased {
		g.line.wake()
	}
	if v.Material && g.lim.cfg.Changed != nil {
		g.lim.cfg.Changed(g.line.key)
	}
	g.line.confine(v.Slots)
	g.end()
	return v
}

// end frees the request's place.
func (g Grant) end() {
	if g.flying > 0 {
		g.line.flying.Add(-1)
	}
	g.line.done()
}

// Cancel gives the slot back: nothing was sent.
func (g Grant) Cancel() {
	g.line.cancel(g.lim, g.turn)
	g.end()
}

// Snapshot returns what is known of every key this Limiter has used.
func (l *Limiter) Snapshot() map[string]Learned {
	out := make(map[string]Learned)
	for key := range *l.lines.Load() {
		if known, ok := l.Learned(key); ok {
			out[key] = known
		}
	}
	return out
}

// Learned returns what is known of one key; false if this Limiter has not used it.
func (l *Limiter) Learned(key string) (Learned, bool) {
	ln := (*l.lines.Load())[key]
	if ln == nil {
		return Learned{}, false
	}
	return ln.learned(l)
}

// Flush tells the store what it has not been told yet: at more than 1000 requests a second outcomes
// are told together.
func (l *Limiter) Flush() {
	for _, ln := range *l.lines.Load() {
		if ln.leases {
			ln.settle(context.Background(), l, time.Now())
		}
	}
}

// Close flushes, and releases the store.
func (l *Limiter) Close() error {
	l.Flush()
	return l.store.Close()
}

// line returns the line of a key, opening its cell at the first request.
func (l *Limiter) line(ctx context.Context, req Request) (*line, error) {
	if ln := (*l.lines.Load())[req.Key]; ln != nil {
		return ln, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	known := *l.lines.Load()
	if ln := known[req.Key]; ln != nil {
		return ln, nil
	}
	p := req.Params
	if p == nil {
		p = &Params{}
	}
	if len(p.Windows) > MaxWindows {
		return nil, fmt.Errorf("%s: %d documented limits, at most %d are kept", req.Key, len(p.Windows), MaxWindows)
	}
	ln := newLine(req.Key, p, l.open(ctx, req.Key, p))
	ln.leases = l.leaseSpan > 0 && len(p.Windows) == 0
	next := maps.Clone(known)
	next[req.Key] = ln
	l.lines.Store(&next)
	return ln, nil
}

func (l *Limiter) open(ctx context.Context, key string, p *Params) Cell {
	cell, err := l.store.Open(ctx, key, p, func() *Learned { return l.recall(key) })
	if err != nil {
		l.lost(key, err)
		cell = replacement(key, p, l.recall(key))
	}
	if l.cfg.Opening != nil {
		l.cfg.Opening(key, p)
	}
	if l.cfg.Opened != nil {
		known, err := cell.Learned(ctx)
		if err != nil {
			known = Learned{} // whoever uses the cell next finds out, and says so
		}
		l.cfg.Opened(key, p, known)
	}
	return cell
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

// replacement is a cell in memory for a key whose store is gone.
func replacement(key string, p *Params, known *Learned) Cell {
	cell, _ := NewMemory().Open(context.Background(), key, p, func() *Learned { return known }) // a memory store never fails
	return cell
}
