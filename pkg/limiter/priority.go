package limiter

import (
	"context"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/sendctx"
)

// The priorities say which of the requests that wait for one key are sent first, in this process and among all that share
// the key. Low is sent only while no request of a higher priority waits, except for one request in twenty, so that it
// never starves; where it is alone it gets the whole rate. High precedes normal in the same way.
const (
	PriorityLow    = int(pacing.PriorityLow)
	PriorityNormal = int(pacing.PriorityNormal)
	PriorityHigh   = int(pacing.PriorityHigh)
)

// WithPriority returns a context whose requests through a [Transport] have that priority, in place of [Config.Priority].
func WithPriority(ctx context.Context, priority int) context.Context {
	call := sendctx.Of(ctx)
	call.Priority = priority
	return call.In(ctx)
}

// priority is that of a request: its own, else the Limiter's.
func (l *Limiter) priority(plan *Plan) pacing.Priority {
	p := plan.Priority
	if p == PriorityNormal {
		p = l.cfg.Priority
	}
	return pacing.Priority(max(PriorityLow, min(p, PriorityHigh)))
}

// floorPart is the part of the turns, one in so many, that goes to the longest waiting of a lower priority.
const floorPart = 20

// A place is that of a request in a queue, and what it knows of its waiting. The zero value is one that has just come.
type place struct {
	ticket   int64
	priority pacing.Priority // its own
	as       pacing.Priority // at the head: the one with which it asks; the floor lends it a higher one
	plain    bool            // it takes slots of the queue's own key alone
	short    bool            // it needs more than is there, although others could go
	due      bool            // it waited for that besides the queue, and its instant is near

	turnedAway time.Time     // by the store, first
	longest    time.Duration // that it waited for Grant.Reason at once
}

// before reports whether a waiter goes before one of that place.
func (w *waiter) before(p *place) bool {
	return w.priority > p.priority || w.priority == p.priority && w.ticket <= p.ticket
}

// outranked reports whether a request waits that goes before the one at the head.
func (q *queue) outranked(as pacing.Priority) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting) > 0 && (q.waiting[0].priority > as || q.due(&q.waiting[0].place))
}

// countTurn counts for the floor that the head had a turn. mu is held.
func (q *queue) countTurn() {
	last := len(q.waiting) - 1
	if q.lent || last < 0 || q.waiting[last].priority >= q.head {
		q.passed = 0
		return
	}
	q.passed++
}

// nextIndex chooses who goes to the head: the first, and sometimes the longest waiting that others were sent before. mu is held.
func (q *queue) nextIndex() int {
	first := q.waiting[0]
	if q.passed < floorPart-1 || q.waiting[len(q.waiting)-1].priority == first.priority {
		return 0
	}
	longest := len(q.waiting) - 1
	for i, w := range q.waiting {
		if w.priority < first.priority && w.ticket < q.waiting[longest].ticket {
			longest = i
		}
	}
	q.waiting[longest].as = first.priority
	return longest
}
