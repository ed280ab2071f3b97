package pacing

import "time"

// MaxBudgets is how many budgets of one key are followed.
const MaxBudgets = 4

// A Budget is what a response says is left of one limit that counts requests. A limit that counts
// something else, such as tokens, is one only while nothing is left of it.
type Budget struct {
	Name      string        // for people: header and policy, such as "RateLimit default" or "X-RateLimit requests"
	ID        int64         // recognises the same limit in another response; never 0
	Limit     int64         // 0 if unknown
	Remaining int64         // >= 0; may exceed Limit, where it counts a burst
	Reset     time.Duration // from the response's Date until more is there, >= 0; -1 if unknown
	Window    time.Duration // in which Limit holds; 0 if unknown
	Exact     bool          // Reset is finer than whole seconds
	Refill    float64       // slots that come back in a second; 0 if that is not told
}

// Budgets are the budgets of one answer, the tightest first, and at most [MaxBudgets] of them. The
// zero value is empty.
type Budgets struct {
	n        int
	list     [MaxBudgets]Budget
	promised Window // the slowest limit of those that are told with their window, but not what is left of them
}

// Len is the number of budgets; none for nil.
func (b *Budgets) Len() int {
	if b == nil {
		return 0
	}
	return b.n
}

// At is the i-th budget, for 0 <= i < Len.
func (b *Budgets) At(i int) *Budget { return &b.list[:b.n][i] }

// Promise takes in a limit of which is not told what is left.
func (b *Budgets) Promise(w Window) {
	if b.promised.Limit == 0 || w.rate() < b.promised.rate() {
		b.promised = w
	}
}

// Add puts a budget in its place by how much is left of it. If there is no room, the one with the
// largest share left goes.
func (b *Budgets) Add(x Budget) {
	i := b.n
	for i > 0 && x.tighter(&b.list[i-1]) {
		i--
	}
	if i == MaxBudgets {
		return
	}
	b.n = min(b.n+1, MaxBudgets)
	copy(b.list[i+1:b.n], b.list[i:])
	b.list[i] = x
}

// tighter orders budgets by the share that is left, and by what says more. ID is there so that the
// order is never that of a header's map.
func (x *Budget) tighter(y *Budget) bool {
	if a, b := x.share(), y.share(); a != b {
		return a < b
	}
	if x.Remaining != y.Remaining {
		return x.Remaining < y.Remaining
	}
	if x.Reset != y.Reset {
		return x.Reset > y.Reset
	}
	return x.ID < y.ID
}

func (x *Budget) share() float64 {
	switch {
	case x.Remaining == 0:
		return 0
	case x.Limit <= 0:
		return 1
	}
	return float64(x.Remaining) / float64(x.Limit)
}
