package limiter

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

const (
	// firstCheck and lastLook bound how long after a loss it is looked whether the store is back.
	firstCheck = time.Second
	lastCheck  = 8 * time.Second
	// checkJitter keeps many processes from looking all at once.
	checkJitter = 50 * time.Millisecond
	// unknownPeers is how many processes are assumed to share a key where it is not known.
	unknownPeers = 2
)

// A backend is the time that a queue uses one cell: the store's, or one that replaces it for a while.
type backend struct {
	cell       pacing.Cell
	params     atomic.Pointer[Params] // of the queue, or this process's share of them
	epoch      int32                  // distinguishes the grants of one backend from those of another
	since      time.Time
	checkAfter time.Duration // how long to wait before looking for the store

	fallback bool // the store is lost
	peers    int  // processes that share the key; cell has a share of the rate
	known    Learned
}

// fallback is the backend while the store is lost: this process goes on in memory, with its share of the last
// known rate. It climbs no further unless it is alone: the others cannot be seen. What was sent before counts
// as full documented windows: only the store knew.
func (q *queue) fallback(lim *Limiter, peers int) *backend {
	if peers <= 0 {
		peers = unknownPeers
	}
	t := &backend{fallback: true, peers: peers, checkAfter: firstCheck}
	recalled := lim.recall(q.key)
	if recalled != nil {
		t.known = *recalled
	}
	rate := math.Float64frombits(q.rate.Load())
	if rate > 0 {
		t.known.Rate, t.known.Updated, t.known.UsedUntil = rate, time.Now(), time.Now()
		recalled = &t.known
	}
	if c := q.lastCap(); c.Later(t.known.Cap) {
		t.known.Cap = c
		recalled = &t.known
	}
	p := q.params.Load()
	if peers > 1 {
		rate = p.InitialRate
		if recalled != nil && recalled.Rate > 0 {
			rate = recalled.Rate
		}
		p = p.Share(rate, peers)
		if recalled != nil {
			part := *recalled
			part.Rate, part.Ceiling, part.Concurrency = min(part.Rate, p.MaxRate), 0, 0
			part.Cap.Rate /= float64(peers)
			recalled = &part
		}
	}
	t.params.Store(p)
	t.cell, _ = pacing.NewMemory().Open(context.Background(), q.key, p, func() *Learned { return recalled }) // never fails
	return t
}

// peersOf is how many processes were seen to use a cell; 0 if there is none, or it is not known.
func peersOf(c pacing.Cell) int {
	if c == nil {
		return 0
	}
	return c.Peers()
}

// replace puts a cell in memory in the place of one whose store failed, and looks now and then whether it
// is back.
func (q *queue) replace(lim *Limiter, in *backend, err error) *backend {
	if in.fallback || q.backend.Load() != in {
		return q.backend.Load() // another request has noticed
	}
	next := q.fallback(lim, in.cell.Peers())
	next.epoch, next.since = in.epoch+1, time.Now()
	if in.checkAfter > 0 && time.Since(in.since) < lastCheck {
		next.checkAfter = min(2*in.checkAfter, lastCheck) // it was back for a moment only
	}
	if !q.backend.CompareAndSwap(in, next) {
		return q.backend.Load()
	}
	lim.lost(q.key, err)
	q.lease.void()
	q.rejoinLater(lim, next, next.checkAfter)
	q.rejoinWhenFreed(lim, next, err)
	return next
}

// rejoinWhenFreed looks for the store as soon as it says that it is there again: its error may have a method
// Freed for that. Where another process has kept it from us, that one goes on with the whole rate now.
func (q *queue) rejoinWhenFreed(lim *Limiter, of *backend, err error) {
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
			_ = q.rejoin(lim, of) // else it is looked for later
		}
	}()
}

// rejoinLater looks for the store at the next whole d of the calendar: so all processes are back at about the
// same time, and none has the whole rate while others still keep to their share of it.
func (q *queue) rejoinLater(lim *Limiter, of *backend, d time.Duration) {
	now := time.Now()
	next := now.Truncate(d).Add(d + rand.N(checkJitter))
	time.AfterFunc(next.Sub(now), func() {
		if lim.closed.Load() {
			return
		}
		if err := q.rejoin(lim, of); err != nil {
			q.rejoinLater(lim, of, min(2*d, lastCheck))
		}
	})
}

// rejoin goes back to the store. What was learned there holds; what it cannot know is reported to it.
func (q *queue) rejoin(lim *Limiter, of *backend) error {
	if q.backend.Load() != of {
		return nil // done
	}
	ctx := context.Background()
	cell, err := lim.store.Open(ctx, q.key, q.params.Load(), func() *Learned { return lim.recall(q.key) })
	if err != nil {
		return err
	}
	if err := q.handOver(ctx, of, cell); err != nil {
		return err
	}
	next := &backend{cell: cell, epoch: of.epoch + 1, since: time.Now(), checkAfter: of.checkAfter}
	next.params.Store(q.params.Load())
	if !q.backend.CompareAndSwap(of, next) {
		return nil
	}
	q.lease.void()
	lim.Report(Event{Kind: EventStoreBack, Key: q.key})
	q.wake()
	return nil
}

// handOver tells the store of a pause that it does not know, and that documented windows are full if anything
// was sent without it.
func (q *queue) handOver(ctx context.Context, of *backend, cell pacing.Cell) error {
	theirs, err := cell.Learned(ctx)
	if err != nil {
		return err
	}
	ours, _ := of.cell.Learned(ctx) // in memory
	if left := time.Until(ours.PausedUntil); left > 0 && ours.PausedUntil.Sub(theirs.PausedUntil) > 10*time.Millisecond {
		if _, err := cell.Apply(ctx, q.params.Load(), pacing.Event{Kind: Overloaded, Generation: -1, Pause: left}); err != nil {
			return err
		}
	}
	if len(q.params.Load().Windows) > 0 && ours.Counts.Sent > of.known.Counts.Sent {
		return cell.Distrust(ctx)
	}
	return nil
}

// learned is what is known of the key during the time of a backend.
func (b *backend) learned(ctx context.Context) (Learned, error) {
	l, err := b.cell.Learned(ctx)
	if err != nil || !b.fallback || b.peers <= 1 {
		return l, err
	}
	known := b.known // a share is nothing to remember
	if known.Rate == 0 {
		known.Rate, known.Burst, known.Updated = l.Rate*float64(b.peers), l.Burst, l.Updated
	}
	known.Counts, known.PausedUntil, known.LastThrottle = l.Counts, l.PausedUntil, l.LastThrottle
	return known, nil
}
