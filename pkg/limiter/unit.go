package limiter

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// ErrTooLarge matches the error of a request that would take more of a unit than its whole limit. It was not sent, and
// would not be, however long it waited.
var ErrTooLarge = errors.New("larger than the limit")

// An oversizeError is an ErrTooLarge.
type oversizeError struct {
	Key    string // of the unit
	Unit   string
	Amount int64
	Limit  int64 // of the window
}

// Error implements error.
func (e *oversizeError) Error() string {
	return fmt.Sprintf("the request takes about %d %s, and the limit of %s is %d in all: it would never be let through", e.Amount, e.Unit, e.Key, e.Limit)
}

// Is reports whether it matches target.
func (e *oversizeError) Is(target error) bool { return target == ErrTooLarge }

// A unitLedger is what a process knows of one unit of a key. It is safe for use by many goroutines.
type unitLedger struct {
	reserved atomic.Int64 // by requests that have not ended
	most     atomic.Int64 // the whole of the smallest limit that a response told; 0 while unknown
	lastSpan atomic.Int64 // ns, how long the limit takes for what this process reserved last

	mu     sync.Mutex
	sizes  pacing.Sizes
	count  float64   // requests that sizes were learned from
	usage  float64   // units per second of late
	proven float64   // the most that usage was
	usedAt time.Time // when it was reckoned

	suspicion   float64   // what sizes of throttled requests say of late, see suspicion.go
	suspectedAt time.Time // when that was reckoned
	guessed     guess     // nil if what was charged last is known to be right
	charged     *queue    // of a request's own key: which unit the last throttle was charged to
	chargedIn   int64     // and the generation of the grant that it ended
}

const (
	// sizesOver is over how many requests sizes are averaged; recalledSizes is how many those stand for that an earlier
	// run knew.
	sizesOver, recalledSizes = 50, 10
	// largestDecay is what remains, with each request, of by how much the largest exceeded the others.
	largestDecay = 0.99
)

// span is for how long whoever comes next in this process has to wait for the one before. That is nobody else's doing: a
// store that took it for that would think that other processes wait, and tell this one to stay away for their sake.
func (l *unitLedger) span() time.Duration { return time.Duration(l.lastSpan.Load()) }

// recall starts from what an earlier run knew, or another process.
func (l *unitLedger) recall(s pacing.Sizes) {
	if s.Mean > 0 {
		l.sizes, l.count = s, recalledSizes
	}
}

// amount is what to reserve for a request.
func (l *unitLedger) amount(u *Unit) int64 {
	if u.Exact {
		return u.Estimate
	}
	return l.known().Amount(u.Estimate)
}

// note takes in what a request took, and returns what is known of sizes now.
func (l *unitLedger) note(u *Unit, actual int64) pacing.Sizes {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, x := &l.sizes, float64(actual)
	l.count = min(l.count+1, sizesOver)
	s.Mean += (x - s.Mean) / l.count
	s.Largest = max(x, s.Mean+(s.Largest-s.Mean)*largestDecay)
	if u.Estimate > 0 && !u.Exact {
		ratio := x / float64(u.Estimate)
		if s.Ratio == 0 {
			s.Ratio = ratio
		}
		off := ratio - s.Ratio
		s.Ratio += off / l.count
		s.Spread = math.Sqrt(max(s.Spread*s.Spread+(off*off-s.Spread*s.Spread)/l.count, 0))
	}
	return *s
}

// known returns what is known of sizes.
func (l *unitLedger) known() pacing.Sizes {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sizes
}

// tellLimit takes in how large a response says that the limit is.
func (l *unitLedger) tellLimit(b *pacing.Budgets) {
	least := int64(0)
	for i := range b.Len() {
		if n := b.At(i).Limit; n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	if least > 0 {
		l.most.Store(least)
	}
}

// use takes in that a request has taken so much at now.
func (l *unitLedger) use(now time.Time, amount int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	dt := now.Sub(l.usedAt).Seconds()
	l.usedAt = now
	l.usage = l.usage*math.Exp(-dt/usageSpan) + float64(amount)/usageSpan
	l.proven = max(l.proven*math.Exp(-dt/provenSpan), l.usage)
}

// usageSpan and provenSpan are over how many seconds use is averaged, and for how long the most that was let through is
// remembered.
const usageSpan, provenSpan = 5, 600

// nearness is how much is used at now, as a part of the most that was let through.
func (l *unitLedger) nearness(now time.Time) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.proven == 0 {
		return 1
	}
	return l.usage * math.Exp(-now.Sub(l.usedAt).Seconds()/usageSpan) / l.proven
}

// unitQueue returns the queue of a unit, opening its cell at the first request that needs it.
func (l *Limiter) unitQueue(ctx context.Context, key string, u *Unit, share float64) (*queue, error) {
	if q := (*l.queues.Load())[key]; q != nil && q.use.take() {
		return q, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if q := (*l.queues.Load())[key]; q != nil && q.use.take() {
		return q, nil
	}
	q, err := l.newQueue(ctx, key, u.params(), share)
	if err != nil {
		return nil, err
	}
	q.unit = &unitLedger{}
	if known, err := q.backend.Load().learned(ctx); err == nil {
		q.unit.recall(known.Sizes)
		q.unit.most.Store(known.Whole)
	}
	q.use.take()
	l.add(q)
	return q, nil
}

// params are those of the unit's key.
func (u *Unit) params() *Params { return pacing.UnitParams(u.Params, u.Estimate) }
