package limiter

import (
	"context"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// A keptShare holds what one process sends through a key to a part of the key's limits: of its pace, of each documented
// window and of each header budget. It counts this process alone, and ends with it: what others leave is not taken, and
// nothing that they need is held.
type keptShare struct {
	part    float64
	windows []shareWindow

	mu       sync.Mutex
	interval time.Duration // between slots of the whole key; 0 while unknown
	next     time.Time     // the next slot of the share
	budgets  []shareBudget
	taken    int64 // by this process in all
	limited  bool  // a limit of the key is known
}

// A shareWindow remembers when the share of a documented window was used.
type shareWindow struct {
	most int
	per  time.Duration
	used []time.Time // the newest most, in their order
}

// A shareBudget counts what this process has sent within the window of a header budget.
type shareBudget struct {
	id, limit, used int64
	reset           time.Time
}

// laterReset is by how much a reset has to move for another window to have begun.
const laterReset = 1500 * time.Millisecond

// newShare returns what keeps a process to a part of limits; nil if that is all of them.
func newShare(part float64, p *Params) *keptShare {
	if part <= 0 || part >= 1 {
		return nil
	}
	s := &keptShare{part: part}
	for _, w := range p.Windows {
		s.windows = append(s.windows, shareWindow{most: s.of(int64(w.Limit)), per: w.Per})
	}
	return s
}

// of is the share of a number of requests: rounded down, and not nothing.
func (s *keptShare) of(limit int64) int { return max(1, int(s.part*float64(limit)+1e-9)) }

// due returns how long a request of that cost has to wait at now for the share's sake.
func (s *keptShare) due(now time.Time, cost int64) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.next
	for i := range s.windows {
		at = later(at, s.windows[i].free(cost))
	}
	for i := range s.budgets {
		if b := &s.budgets[i]; b.used > 0 && b.used+cost > int64(s.of(b.limit)) {
			at = later(at, b.reset)
		}
	}
	return at.Sub(now)
}

// later returns the later of two instants.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// free is when so many more may be sent.
func (w *shareWindow) free(cost int64) time.Time {
	over := len(w.used) + int(min(cost, int64(w.most))) - w.most
	if over <= 0 {
		return time.Time{}
	}
	return w.used[over-1].Add(w.per)
}

// take counts what was granted for the instant at.
func (s *keptShare) take(at time.Time, cost int64, interval time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if interval > 0 {
		s.interval = interval
	}
	own := time.Duration(float64(s.interval) / s.part * float64(cost))
	s.next = later(s.next, at.Add(-max(2*own, pacing.Horizon))).Add(own) // where they take turns others go before: it makes up for two slots
	for i := range s.windows {
		w := &s.windows[i]
		for range min(cost, int64(w.most)) {
			w.used = append(w.used, at)
		}
		if over := len(w.used) - w.most; over > 0 {
			w.used = append(w.used[:0], w.used[over:]...)
		}
	}
	s.taken += cost
	for i := range s.budgets {
		s.budgets[i].used += cost
	}
}

// giveBack takes back the newest that was counted.
func (s *keptShare) giveBack(cost int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = s.next.Add(-time.Duration(float64(s.interval) / s.part * float64(cost)))
	for i := range s.windows {
		w := &s.windows[i]
		w.used = w.used[:max(0, len(w.used)-int(cost))]
	}
	s.taken -= cost
	for i := range s.budgets {
		s.budgets[i].used = max(s.budgets[i].used-cost, 0)
	}
}

// observe takes in what a response says of header budgets, while so many requests are in flight. They count in the window
// that has begun, and in the first one of which anything is heard all that were sent before.
func (s *keptShare) observe(now time.Time, told *pacing.Budgets, inFlight int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range told.Len() {
		t := told.At(i)
		reset := now.Add(max(t.Reset, 0))
		b := s.budget(t.ID)
		if now.After(b.reset) || reset.Sub(b.reset) > laterReset {
			b.used = inFlight
			if b.reset.IsZero() {
				b.used = s.taken
			}
			b.reset = reset
		}
		b.limit = max(t.Limit, t.Remaining)
	}
}

// budget returns what is counted of a budget. mu is held.
func (s *keptShare) budget(id int64) *shareBudget {
	for i := range s.budgets {
		if s.budgets[i].id == id {
			return &s.budgets[i]
		}
	}
	if len(s.budgets) == pacing.MaxBudgets {
		s.budgets = append(s.budgets[:0], s.budgets[1:]...)
	}
	s.budgets = append(s.budgets, shareBudget{id: id})
	return &s.budgets[len(s.budgets)-1]
}

// learned notes whether a limit is known. As long as none is, there is nothing to have a share of but the rate with which
// the key began, and it has to be found out.
func (s *keptShare) learned(v *pacing.Update) {
	if v.Insight.Phase == pacing.PhaseUnknown {
		return
	}
	s.mu.Lock()
	s.limited = v.Insight.Ceiling > 0 || v.Insight.Refill > 0
	s.mu.Unlock()
}

// climbs reports whether the share, rather than the pace, is what holds requests back that look for a limit.
func (s *keptShare) climbs() bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.limited && s.interval > 0 && time.Until(s.next) > -s.interval
}

// kept calls do for every key that a request of that cost takes a share of.
func (g *Grant) kept(cost int64, do func(s *keptShare, cost int64, t slot)) {
	one := func(q *queue, cost int64, t slot) {
		if q != nil && q.share != nil {
			do(q.share, max(cost, 1), t)
		}
	}
	one(g.queue, cost, g.reservation)
	if g.queue.sharedCost > 0 {
		cost = g.queue.sharedCost
	}
	one(g.queue.shared, cost, slot{})
	if g.units != nil {
		for i := range g.units.parts[1:] {
			p := &g.units.parts[1+i]
			one(p.queue, p.amount, p.slot)
		}
	}
}

// ownShare waits until the process's share of every key has room. again is false if a request of a higher priority came.
func (g *Grant) ownShare(ctx context.Context, ask *pacing.ReserveRequest) (again bool, err error) {
	for g.queue.share != nil {
		now, wait := time.Now(), time.Duration(0)
		g.kept(ask.Cost, func(s *keptShare, cost int64, _ slot) { wait = max(wait, s.due(now, cost)) })
		if wait <= 0 {
			break
		}
		g.Reason = pacing.ReasonShare
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
			return false, &WaitError{Key: g.queue.key, Remaining: wait, Reason: pacing.ReasonShare}
		}
		g.lim.waiting(g.queue.key, wait, pacing.ReasonShare)
		if err := g.sleep(ctx, wait, g.queue.wakeup); err != nil {
			return false, err
		}
		if g.queue.outranked(ask.Priority) {
			return false, nil
		}
	}
	return true, nil
}

// takeShare counts what was granted.
func (g *Grant) takeShare() {
	if g.queue.share != nil {
		at := time.Now().Add(g.reservation.Wait)
		g.kept(g.reservation.Cost, func(s *keptShare, cost int64, t slot) { s.take(at, cost, t.Interval) })
	}
}

// returnShare takes back what was counted of a slot that was not used.
func (g *Grant) returnShare() {
	if g.queue.share != nil {
		g.kept(g.reservation.Cost, func(s *keptShare, cost int64, _ slot) { s.giveBack(cost) })
	}
}
