package send

import (
	"context"
	"errors"
	"sync"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/batch"
)

// A CostLimit bounds what a run may take of units. A record is sent if what it is thought to take is left beside what
// those before took and those in flight may take. One that would exceed it waits until it is known what those in flight
// took; the first for which too little is left then ends the run.
type CostLimit struct {
	limits map[string]int64
	stop   func(error)

	mu       sync.Mutex
	taken    map[string]int64
	reserved map[string]int64
	inFlight int
	over     bool
	settled  chan struct{} // closed, and replaced, whenever a record is settled
}

// NewCostLimit returns a limit of each unit named; stop is told when it is reached.
func NewCostLimit(limits map[string]int64, stop func(error)) *CostLimit {
	return &CostLimit{
		limits: limits, stop: stop, taken: map[string]int64{}, reserved: map[string]int64{}, settled: make(chan struct{}),
	}
}

// errCostLimit says that a record was not sent.
var errCostLimit = errors.New("the run has taken as much as allowed")

// reserve returns when a record that takes so much may be sent, or that none is any more.
func (l *CostLimit) reserve(ctx context.Context, costs map[string]int64) error {
	for {
		l.mu.Lock()
		switch {
		case l.over:
		case l.fits(costs):
			for unit, n := range costs {
				l.reserved[unit] += n
			}
			l.inFlight++
			l.mu.Unlock()
			return nil
		case l.inFlight > 0:
			settled := l.settled
			l.mu.Unlock()
			select {
			case <-settled:
				continue
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		l.over = true
		l.mu.Unlock()
		l.stop(batch.StopCost)
		return errCostLimit
	}
}

// fits reports whether so much is left. mu is held.
func (l *CostLimit) fits(costs map[string]int64) bool {
	for unit, n := range costs {
		if limit, ok := l.limits[unit]; ok && l.taken[unit]+l.reserved[unit]+n > limit {
			return false
		}
	}
	return true
}

// settle takes in what a record took for which costs were reserved.
func (l *CostLimit) settle(costs map[string]int64, a *batch.Answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for unit, n := range costs {
		l.reserved[unit] -= n
		if a.Unknown && len(a.Cost) == 0 {
			l.taken[unit] += n
		}
	}
	for _, c := range a.Cost {
		l.taken[c.Unit] += c.Taken()
	}
	l.inFlight--
	close(l.settled)
	l.settled = make(chan struct{})
}

// limited sends a record if it may still be sent.
func (s *Sender) limited(ctx context.Context, c *apiclient.Client, r *batch.Request, send func() batch.Answer) batch.Answer {
	if s.CostLimit == nil {
		return send()
	}
	costs, err := s.unitCosts(ctx, c, r)
	if err != nil {
		return batch.Answer{Err: clientError(ctx, r, err)}
	}
	waiting, done := context.WithCancel(ctx)
	defer done()
	if s.waits != nil {
		defer context.AfterFunc(s.waits, done)()
	}
	if s.CostLimit.reserve(waiting, costs) != nil {
		return batch.Answer{Err: &batch.Error{Kind: batch.KindCancelled, Message: errCostLimit.Error()}}
	}
	var a batch.Answer
	defer func() { s.CostLimit.settle(costs, &a) }()
	a = send()
	return a
}

// unitCosts is what a record is thought to take of each unit.
func (s *Sender) unitCosts(ctx context.Context, c *apiclient.Client, r *batch.Request) (map[string]int64, error) {
	req, err := requestOf(s.call(r).In(ctx), c, r, s.Run)
	if err != nil {
		return nil, err
	}
	costs := map[string]int64{}
	for _, cost := range c.UnitCosts(req, c.Known) {
		costs[cost.Unit] = cost.Amount
	}
	return costs, nil
}
