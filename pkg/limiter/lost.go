package limiter

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"time"
)

const (
	// firstLook and lastLook bound how long after a loss it is looked whether the store is back.
	firstLook = time.Second
	lastLook  = 8 * time.Second
	// lookSpread keeps many processes from looking all at once.
	lookSpread = 50 * time.Millisecond
	// unknownPeers is how many processes are assumed to share a key where it is not known.
	unknownPeers = 2
)

// A tenure is the time that a line uses one cell: the store's, or one that stands in for it.
type tenure struct {
	cell   Cell
	params *Params // of the line, or this process's share of them
	era    int32   // tells the grants of one tenure from those of another
	since  time.Time
	look   time.Duration // how long to wait before looking for the store

	standIn bool // the store is lost
	peers   int  // processes that share the key; cell has a share of the rate
	known   Learned
}

// standIn is a tenure while the store is lost: this process goes on in memory, with its share of the last
// known rate. It climbs no further unless it is alone: the others cannot be seen. What was sent before counts
// as full documented windows: only the store knew.
func (l *line) standIn(lim *Limiter, peers int) *tenure {
	if peers <= 0 {
		peers = unknownPeers
	}
	t := &tenure{standIn: true, peers: peers, look: firstLook}
	recalled := lim.recall(l.key)
	if recalled != nil {
		t.known = *recalled
	}
	rate := math.Float64frombits(l.rate.Load())
	if rate > 0 {
		t.known.Rate, t.known.Updated, t.known.UsedUntil = rate, time.Now(), time.Now()
		recalled = &t.known
	}
	p := l.params
	if peers > 1 {
		rate = p.InitialRate
		if recalled != nil && recalled.Rate > 0 {
			rate = recalled.Rate
		}
		p = p.share(rate, peers)
		if recalled != nil {
			part := *recalled
			part.Rate, part.Ceiling, part.Concurrency = min(part.Rate, p.MaxRate), 0, 0
			recalled = &part
		}
	}
	t.params = p
	t.cell, _ = NewMemory().Open(context.Background(), l.key, p, func() *Learned { return recalled }) // never fails
	return t
}

// peersOf is how many processes were seen to use a cell; 0 if there is none, or nobody knows.
func peersOf(c Cell) int {
	if c == nil {
		return 0
	}
	return c.Peers()
}

// replace puts a cell in memory in the place of one whose store failed, and looks now and then whether it
// is back.
func (l *line) replace(lim *Limiter, in *tenure, err error) *tenure {
	if in.standIn || l.in.Load() != in {
		return l.in.Load() // somebody else has noticed
	}
	next := l.standIn(lim, in.cell.Peers())
	next.era, next.since = in.era+1, time.Now()
	if in.look > 0 && time.Since(in.since) < lastLook {
		next.look = min(2*in.look, lastLook) // it was back for a moment only
	}
	if !l.in.CompareAndSwap(in, next) {
		return l.in.Load()
	}
	lim.lost(l.key, err)
	l.lease.void()
	l.lookLater(lim, next, next.look)
	l.lookWhenFree(lim, next, err)
	return next
}

// lookWhenFree looks for the store as soon as it says that it is there again: its error may have a method
// Freed for that. Where another process has kept it from us, that one goes on with the whole rate now.
func (l *line) lookWhenFree(lim *Limiter, of *tenure, err error) {
	held, ok := errors.AsType[interface {
		error
		Freed() <-chan struct{}
	}](err)
	if !ok || held.Freed() == nil {
		return
	}
	go func() {
		<-held.Freed()
		if !lim.closed.Load() {
			_ = l.rejoin(lim, of) // else it is looked for later
		}
	}()
}

// lookLater looks for the store at the next whole d of the calendar: so all processes are back at about the
// same time, and none has the whole rate while others still keep to their share of it.
func (l *line) lookLater(lim *Limiter, of *tenure, d time.Duration) {
	now := time.Now()
	next := now.Truncate(d).Add(d + rand.N(lookSpread))
	time.AfterFunc(next.Sub(now), func() {
		if lim.closed.Load() {
			return
		}
		if err := l.rejoin(lim, of); err != nil {
			l.lookLater(lim, of, min(2*d, lastLook))
		}
	})
}

// rejoin goes back to the store. What was learned there meanwhile holds; what it cannot know it is told.
func (l *line) rejoin(lim *Limiter, of *tenure) error {
	if l.in.Load() != of {
		return nil // done
	}
	ctx := context.Background()
	cell, err := lim.store.Open(ctx, l.key, l.params, func() *Learned { return lim.recall(l.key) })
	if err != nil {
		return err
	}
	if err := l.handOver(ctx, of, cell); err != nil {
		return err
	}
	next := &tenure{cell: cell, params: l.params, era: of.era + 1, since: time.Now(), look: of.look}
	if !l.in.CompareAndSwap(of, next) {
		return nil
	}
	l.lease.void()
	if lim.cfg.Back != nil {
		lim.cfg.Back(l.key)
	}
	l.wake()
	return nil
}

// handOver tells the store of a pause that it does not know, and that documented windows are full if anything
// was sent without it.
func (l *line) handOver(ctx context.Context, of *tenure, cell Cell) error {
	theirs, err := cell.Learned(ctx)
	if err != nil {
		return err
	}
	ours, _ := of.cell.Learned(ctx) // in memory
	if left := time.Until(ours.PausedUntil); left > 0 && ours.PausedUntil.Sub(theirs.PausedUntil) > 10*time.Millisecond {
		if _, err := cell.Apply(ctx, l.params, Event{Kind: Overloaded, Generation: -1, Pause: left}); err != nil {
			return err
		}
	}
	if len(l.params.Windows) > 0 && ours.Counts.Sent > of.known.Counts.Sent {
		return cell.Distrust(ctx)
	}
	return nil
}

// learned is what is known of the key during a tenure.
func (t *tenure) learned(ctx context.Context) (Learned, error) {
	l, err := t.cell.Learned(ctx)
	if err != nil || !t.standIn || t.peers <= 1 {
		return l, err
	}
	known := t.known // a share is nothing to remember
	if known.Rate == 0 {
		known.Rate, known.Burst, known.Updated = l.Rate*float64(t.peers), l.Burst, l.Updated
	}
	known.Counts, known.PausedUntil, known.LastThrottle = l.Counts, l.PausedUntil, l.LastThrottle
	return known, nil
}
