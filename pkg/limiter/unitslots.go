package limiter

import (
	"context"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// unitSlots are what a request with units reserves: a slot of its own key, and its amount of each unit, in all or in none.
type unitSlots struct {
	parts []unitPart // the request's own key first
}

// A unitPart is one key of a reservation.
type unitPart struct {
	unit   Unit // the zero value for the request's own key
	queue  *queue
	amount int64
	paced  bool // its rate was what held the request back
	slot   slot
}

// unitSlots returns what a request has to reserve besides its slot; nil if nothing.
func (l *Limiter) unitSlots(ctx context.Context, q *queue, plan *Plan) (*unitSlots, error) {
	u := &unitSlots{parts: make([]unitPart, 1, 1+len(plan.Units))}
	l.keepLedger(q)
	u.parts[0] = unitPart{queue: q, amount: int64(plan.Cost)}
	for i := range plan.Units {
		unit := &plan.Units[i]
		key := unit.key(plan.Key)
		uq, err := l.unitQueue(ctx, key, unit, plan.Share)
		if err != nil {
			u.leave()
			return nil, err
		}
		part := unitPart{unit: *unit, queue: uq, amount: uq.unit.amount(unit)}
		part.amount, err = part.fit(key)
		u.parts = append(u.parts, part)
		if err != nil {
			u.leave()
			return nil, err
		}
	}
	return u, nil
}

// keepLedger has a key keep account of what its requests take beside units.
func (l *Limiter) keepLedger(q *queue) {
	q.ledgerOnce.Do(func() { q.unit = &unitLedger{} })
}

// fit bounds what is reserved by the whole of every window. An estimate that exceeds one is an error.
func (p *unitPart) fit(key string) (int64, error) {
	amount, least := p.amount, p.queue.unit.most.Load()
	for _, w := range p.queue.params.Load().Windows {
		if least == 0 || int64(w.Limit) < least {
			least = int64(w.Limit)
		}
	}
	if least == 0 || amount <= least {
		return amount, nil
	}
	if p.unit.Estimate > least {
		return 0, &oversizeError{Key: key, Unit: p.unit.Name, Amount: p.unit.Estimate, Limit: least}
	}
	return least, nil
}

// reserveUnits reserves in every key or in none, and last in the gate that other keys pass too, if there is one.
func (g *Grant) reserveUnits(ctx context.Context, ask pacing.ReserveRequest) (slot, error) {
	gate := g.queue.shared
	if gate == nil {
		return g.units.reserve(ctx, g.lim, ask), nil
	}
	if g.sharedSlot == nil {
		g.sharedSlot = &sharedSlot{}
	}
	g.sharedSlot.place.priority = ask.Priority
	if err := gate.enter(ctx, &g.sharedSlot.place, &g.Waited); err != nil {
		return slot{}, err
	}
	own := g.units.reserve(ctx, g.lim, ask)
	if !own.Granted {
		gate.leave(false)
		return own, nil
	}
	g.sharedSlot.turn = gate.reserve(ctx, g.lim, g.gateRequest(ask, own.Wait))
	gate.leave(g.sharedSlot.turn.Granted)
	if g.sharedSlot.turn.Granted {
		return own, nil
	}
	g.units.cancel(g.lim)
	return g.sharedSlot.turn, nil
}

// reserve asks the key first that held a request back last, as any key is asked: there it is decided whose turn it is.
// The others are asked for the slot that it grants, or none is taken.
func (u *unitSlots) reserve(ctx context.Context, lim *Limiter, ask pacing.ReserveRequest) slot {
	lead := int(u.parts[0].queue.lead.Load())
	if lead >= len(u.parts) {
		lead = 0
	}
	first := &u.parts[lead]
	if !first.reserve(ctx, lim, ask) {
		return first.slot
	}
	ask.After, ask.Exact = first.slot.Wait, true
	for i := range u.parts {
		if p := &u.parts[i]; i != lead && !p.reserve(ctx, lim, ask) {
			denied := p.slot
			first.cancel(lim)
			for j := range i {
				if j != lead {
					u.parts[j].cancel(lim)
				}
			}
			u.parts[0].queue.lead.Store(int32(i))
			return denied
		}
	}
	granted := u.parts[0].slot
	granted.Wait, granted.Until, granted.Reason = first.slot.Wait, first.slot.Until, first.slot.Reason
	return granted
}

// reserve asks one key, and reports whether it grants what is asked for.
func (p *unitPart) reserve(ctx context.Context, lim *Limiter, ask pacing.ReserveRequest) bool {
	ask.Cost = p.amount
	ask.Waited = max(ask.Waited-p.queue.unit.span(), 0)
	p.slot = p.queue.ask(ctx, lim, ask)
	if p.slot.Granted {
		p.queue.unit.lastSpan.Store(int64(p.slot.Interval) * p.slot.Cost)
	}
	if p.slot.Wait > 0 && p.slot.Reason != pacing.ReasonNone {
		p.paced = p.slot.Reason == pacing.ReasonRate
	}
	return p.slot.Granted
}

func (p *unitPart) cancel(lim *Limiter) { p.queue.giveBack(context.Background(), lim, p.slot) }

func (u *unitSlots) cancel(lim *Limiter) {
	for i := range u.parts {
		u.parts[i].cancel(lim)
	}
}

// cancelOthers gives back what was reserved besides the slot of the request's own key.
func (u *unitSlots) cancelOthers(lim *Limiter, begun bool) {
	for i := range u.parts[1:] {
		p := &u.parts[1+i]
		if begun {
			p.queue.unit.reserved.Add(-p.amount)
		}
		p.cancel(lim)
	}
}

// leave says that the request does not use its units' keys any more.
func (u *unitSlots) leave() {
	for i := range u.parts[1:] {
		u.parts[1+i].queue.use.leave()
	}
}

// current reports whether every slot is still good.
func (u *unitSlots) current(ctx context.Context, lim *Limiter) bool {
	for i := range u.parts {
		if !u.parts[i].queue.current(ctx, lim, u.parts[i].slot) {
			return false
		}
	}
	return true
}

// begin notes that the request goes out.
func (u *unitSlots) begin() {
	for i := range u.parts[1:] {
		p := &u.parts[1+i]
		p.queue.unit.reserved.Add(p.amount)
	}
}

// A measured is what a request took of a unit.
type measured struct {
	actual  int64 // negative while unknown
	free    bool  // the response counts for nothing of it
	budgets *pacing.Budgets
}

// finishUnits tells the keys of the units what became of the request, and returns whether a throttle was the limit of
// the request's own key. What was reserved and not taken goes back, what was taken besides is charged.
func (g *Grant) finishUnits(o *outcome) {
	charged := g.units.throttled(o)
	o.charged = charged
	if o.kind == Throttled {
		g.queue.unit.noteCharge(&g.units.parts[charged])
	}
	if o.kind == Accepted {
		g.queue.unit.use(time.Now(), 1)
	}
	for i := range g.units.parts[1:] {
		p := &g.units.parts[1+i]
		p.queue.unit.reserved.Add(-p.amount)
		p.finish(g, o, i, charged == 1+i)
	}
	o.doubt = o.kind == Throttled && o.acquitted == 0 || o.kind == Accepted && g.units.parts[0].doubtful()
	if charged > 0 && o.kind == Throttled {
		o.kind, o.pause = Failed, 0
	}
}

// finish tells one unit's key.
func (p *unitPart) finish(g *Grant, o *outcome, at int, charged bool) {
	q := p.queue
	ev := pacing.Event{
		Kind: Failed, Generation: p.slot.Generation, Mark: p.slot.Mark, Granted: p.slot.Cost, NoLearn: g.lim.cfg.NoLearn,
		InFlight: 1 + q.unit.reserved.Load(), Sizes: q.unit.known(),
	}
	if at < len(o.units) && o.units[at].budgets.Len() > 0 {
		ev.Budgets = o.units[at].budgets
		q.unit.tellLimit(ev.Budgets)
	}
	back := int64(0)
	switch {
	case o.kind == Accepted:
		back = p.settle(&ev, o, at)
	case charged:
		ev.Kind, ev.Pause, ev.Wall = Throttled, o.pause, time.Now()
	case o.kind == Throttled:
		back = p.amount // it was not processed, and the limit of another key was met
	}
	ev.Doubt = o.kind == Throttled && o.acquitted == 1+at || o.kind == Accepted && p.doubtful()
	v := q.tell(context.Background(), g.lim, p.slot.epoch, &ev)
	if back > 0 {
		refund := p.slot
		refund.Cost, refund.Free = back, true
		q.giveBack(context.Background(), g.lim, refund)
		g.queue.wake()
	}
	if v.Cut || v.Eased || v.Scouted {
		g.queue.wake()
	}
	g.lim.learned(q.key, &v)
	if charged {
		o.update = &v
	}
}

// settle makes the event of an accepted request, and returns what of the reservation goes back.
func (p *unitPart) settle(ev *pacing.Event, o *outcome, at int) (back int64) {
	actual := p.amount
	if at < len(o.units) && o.units[at].actual >= 0 {
		actual = o.units[at].actual
		ev.Sizes = p.queue.unit.note(&p.unit, actual)
	} else {
		ev.Sizes = p.queue.unit.note(&Unit{}, actual)
	}
	if at < len(o.units) && o.units[at].free {
		actual = 0
	}
	p.queue.unit.use(time.Now(), actual)
	back = max(p.amount-actual, 0)
	ev.Kind, ev.Count, ev.Cost = Accepted, max(actual, 1), max(actual-p.amount, 0)
	ev.Granted = p.amount - back
	if p.paced {
		ev.PacedCount = ev.Count
	}
	return back
}

// throttled returns which part a throttle is charged to; 0 is the request's own key.
func (u *unitSlots) throttled(o *outcome) int {
	if o.kind != Throttled {
		return 0
	}
	o.acquitted = -1
	switch {
	case o.unit > 0:
		return min(o.unit, len(u.parts)-1)
	case o.unit < 0:
		return 0
	}
	if i := u.exhausted(o); i >= 0 {
		return i
	}
	part := 0
	part, o.acquitted = u.accuse(time.Now())
	return part
}

// exhausted returns the part of which headers say that less remains than the request takes; -1 if that is none. Of
// several it is the one of which the least part remains.
func (u *unitSlots) exhausted(o *outcome) int {
	found, least := -1, 1.0
	if b := o.budgets; b.Len() > 0 && b.At(0).Remaining == 0 {
		found, least = 0, 0
	}
	for i := range u.parts[1:] {
		if i >= len(o.units) || o.units[i].budgets.Len() == 0 {
			continue
		}
		b, p := o.units[i].budgets.At(0), &u.parts[1+i]
		if share := float64(b.Remaining) / float64(max(p.amount, 1)); share < least {
			found, least = 1+i, share
		}
	}
	return found
}
