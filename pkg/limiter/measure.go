package limiter

import (
	"slices"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

const (
	// headKept and tailKept are how much of a body is kept to find out what a request took, where it is not kept anyway:
	// usage is said at the end of a stream, and where it begins.
	headKept, tailKept = 4 << 20, 256 << 10
	// maxAmount bounds what is believed.
	maxAmount = 1 << 40
)

// A capture keeps the beginning and the end of a body.
type capture struct {
	head, tail []byte
	from       int // where tail begins: it is a ring
}

// add takes in what was read.
func (c *capture) add(p []byte) {
	n := min(len(p), headKept-len(c.head))
	c.head = append(c.head, p[:n]...)
	p = p[n:]
	if len(p) > tailKept {
		p = p[len(p)-tailKept:]
	}
	if n = min(len(p), tailKept-len(c.tail)); n > 0 {
		c.tail = append(c.tail, p[:n]...)
		p = p[n:]
	}
	for len(p) > 0 {
		n = copy(c.tail[c.from:], p)
		c.from = (c.from + n) % tailKept
		p = p[n:]
	}
}

// bytes returns what was kept.
func (c *capture) bytes() []byte {
	if len(c.tail) == 0 {
		return c.head
	}
	return slices.Concat(c.head, c.tail[c.from:], c.tail[:c.from])
}

// capture returns what keeps the body of a response where that says what the request took; nil where it need not be kept.
func (a *attempt) capture() *capture {
	if a.grant.units == nil || a.x.plan.Measure == nil {
		return nil
	}
	a.seen = &capture{}
	return a.seen
}

// held is a body that is in memory already.
type held interface{ Bytes() []byte }

// measure finds out what the request took of each unit.
func (a *attempt) measure(o *outcome) {
	o.unit = a.signal.Unit
	o.units = make([]measured, len(a.x.plan.Units))
	for i := range o.units {
		o.units[i].actual, o.units[i].free = -1, a.signal.FreeOf(a.x.plan.Units[i].Name)
		if all := a.signal.Units; all != nil && i < len(*all) {
			o.units[i].budgets = &(*all)[i]
		}
	}
	if a.signal.Kind != Accepted || a.resp == nil || a.x.plan.Measure == nil {
		return
	}
	var body []byte
	if b, ok := a.resp.Body.(held); ok {
		body = b.Bytes()
	} else if a.seen != nil {
		body = a.seen.bytes()
	}
	units := slices.Clone(a.x.plan.Units)
	for i := range units {
		units[i].Actual, units[i].Remaining = -1, -1
	}
	a.x.plan.Measure(a.resp, body, units)
	for i := range units {
		o.units[i].take(&units[i], a.x.plan.Units[i].key(a.x.plan.Key))
	}
	a.reportCost(o)
}

// take takes in what a response says of one unit. Nonsense says nothing.
func (m *measured) take(told *Unit, key string) {
	if told.Actual >= 0 && told.Actual <= maxAmount {
		m.actual = int64(told.Actual + 0.5)
	}
	if !(told.Remaining >= 0 && told.Remaining <= maxAmount) {
		return
	}
	b := pacing.Budget{Name: key, ID: bodyBudget, Remaining: int64(told.Remaining), Reset: -1}
	if told.Limit > 0 && told.Limit <= maxAmount {
		b.Limit = int64(told.Limit)
	}
	if told.Refill > 0 && b.Limit > 0 {
		b.Reset = span(float64(b.Limit-b.Remaining) / told.Refill)
		b.Exact, b.Refill = true, told.Refill
	}
	var budgets pacing.Budgets
	budgets.Add(b)
	m.budgets = &budgets
}

// bodyBudget is the ID of what a body says is left.
const bodyBudget = 1

// reportCost tells who asked what the request took.
func (a *attempt) reportCost(o *outcome) {
	for i := range a.x.plan.Units {
		p := &a.grant.units.parts[1+i]
		a.x.report.AddCost(p.unit.Name, p.amount, o.units[i].actual)
	}
}

// chargedUnit is the unit that a throttle was charged to; empty for requests.
func (g *Grant) chargedUnit(o *outcome) string {
	if g.units == nil || o.charged == 0 {
		return ""
	}
	return g.units.parts[o.charged].unit.Name
}

// span is so many seconds.
func span(seconds float64) time.Duration {
	return time.Duration(min(max(seconds, 0), pacing.MaxPause.Seconds()) * float64(time.Second))
}
