package pacing

import (
	"testing"
	"time"
)

// Of a bucket that refills a request waits until as much is there as it needs, and one that needs less goes. What is in
// flight is not there, and one that needs more than the bucket holds waits until it is full.
func TestBudgetNeed(t *testing.T) {
	t.Parallel()
	p := &Params{InitialRate: 1e6, Burst: 1000}
	for name, test := range map[string]struct {
		cost, inFlight int64
		at             time.Duration // since what is left was told
		want           time.Duration // to wait; 0 means none
	}{
		"what is there":        {cost: 400},
		"more than that":       {cost: 600, want: 220 * time.Second},
		"some has come back":   {cost: 600, at: 220 * time.Second},
		"much is in flight":    {cost: 400, inFlight: 200, want: 220 * time.Second},
		"more than ever there": {cost: 5000, want: 1000 * time.Second},
	} {
		now := int64(time.Hour)
		var s State
		s.Open(now, time.Unix(0, 0), p, nil)
		s.Reserve(now, ReserveRequest{Cost: 10 + test.inFlight})
		var told Budgets
		told.Add(Budget{ID: 1, Name: "body", Limit: 1000, Remaining: 500, Reset: 1000 * time.Second, Exact: true, Refill: 0.5})
		s.Apply(now, p, Event{Kind: Accepted, Generation: 1, Mark: s.Counts.Sent, Granted: 10, Budgets: &told, Sizes: Sizes{Mean: 10, Largest: 10}})
		s.Next = 0 // the pace is not what this is about
		r := s.Reserve(now+int64(test.at), ReserveRequest{Cost: test.cost})
		switch {
		case test.want == 0 && r.Granted:
		case test.want > 0 && !r.Granted && r.Reason == ReasonBudget && (r.Until-test.want).Abs() < 25*time.Second:
		default:
			t.Errorf("%s: %+v, want to wait %v", name, r, test.want)
		}
	}
}
