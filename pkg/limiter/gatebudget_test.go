package limiter

import (
	"testing"
	"time"
)

// A job that fits into what is left goes at once; one that does not waits for the reset, and nothing is
// refused, however the server rounds.
func TestHeaderBudgets(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		round   func(time.Duration) time.Duration
		opens   bool
		jobs    int
		within  time.Duration
		refused int
	}{
		{"fits", roundUp, true, 50, 15 * time.Second, 0},
		{"three windows", roundUp, true, 170, 140 * time.Second, 0},
		{"three windows on the clock", roundUp, false, 170, 140 * time.Second, 0},
		{"ten windows, resets rounded down", roundDown, true, 590, 10 * 61 * time.Second, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &Params{}
			var s State
			s.Open(0, wallStart(), p, nil)
			srv := &tellingServer{windowServer{n: 60, span: 60e9, opens: tt.opens, named: wholeSeconds}, tt.round}
			o := simulate(&s, p, srv, load{inFlight: 16, rtt: 150 * time.Millisecond, duration: time.Hour, accepted: tt.jobs})
			if o.refused > tt.refused || o.last > int64(tt.within) {
				t.Errorf("%d requests took %v with %d refused, want %v with at most %d", tt.jobs, time.Duration(o.last), o.refused, tt.within, tt.refused)
			}
		})
	}
}

// What answers say arrives out of order: the newest request's word counts, an older one's only lowers.
func TestBudgetsOutOfOrder(t *testing.T) {
	t.Parallel()
	p := &Params{InitialRate: 1000, Burst: 100}
	var s State
	s.Open(0, wallStart(), p, nil)
	turns := make([]Turn, 6)
	for i := range turns {
		turns[i] = s.Reserve(int64(i)*1e6, Ask{})
	}
	told := func(turn Turn, left int64) {
		b := &Budgets{}
		b.add(Budget{ID: 7, Limit: 60, Left: left, Reset: time.Minute})
		s.Apply(1e7, p, Event{Kind: Accepted, Generation: turn.Generation, Mark: turn.Mark, Budgets: b})
	}
	told(turns[2], 50)
	if got := s.Budgets[0].Left; got != 47 {
		t.Errorf("left = %d, want 50 less the 3 granted since", got)
	}
	told(turns[0], 52)
	if got := s.Budgets[0].Left; got != 47 {
		t.Errorf("left = %d after an older answer, want 47 still", got)
	}
	told(turns[1], 40)
	if got := s.Budgets[0].Left; got != 36 {
		t.Errorf("left = %d after an older answer that says less, want 40 less the 4 granted since", got)
	}
	told(turns[5], 45)
	if got := s.Budgets[0].Left; got != 45 {
		t.Errorf("left = %d after the newest, want 45", got)
	}
}
