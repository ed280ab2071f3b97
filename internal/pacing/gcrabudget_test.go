package pacing

import (
	"testing"
	"time"
)

// A job that fits into what is left goes at once; one that does not waits for the reset, and nothing is
// throttled, however the server rounds.
func TestHeaderBudgets(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		round     func(time.Duration) time.Duration
		opens     bool
		jobs      int
		within    time.Duration
		throttled int
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
			if o.throttled > tt.throttled || o.last > int64(tt.within) {
				t.Errorf("%d requests took %v with %d throttled, want %v with at most %d", tt.jobs, time.Duration(o.last), o.throttled, tt.within, tt.throttled)
			}
		})
	}
}

// What answers say arrives out of order: the least counts, without the requests that are not answered yet.
func TestBudgetsOutOfOrder(t *testing.T) {
	t.Parallel()
	p := &Params{InitialRate: 1000, Burst: 100}
	var s State
	s.Open(0, wallStart(), p, nil)
	turns := make([]Reservation, 6)
	for i := range turns {
		turns[i] = s.Reserve(int64(i)*1e6, ReserveRequest{})
	}
	steps := []struct {
		turn     int
		told     int64
		inFlight int64
		want     int64
	}{
		{2, 50, 3, 45}, // five are not answered
		{0, 52, 1, 46}, // seen by the server before the other
		{1, 40, 2, 37}, // somebody else sends too
		{5, 42, 6, 38}, // overtook the one that told 40
		{4, 60, 5, 39}, // an older one never tells of more
		{3, 39, 4, 39}, // all are answered
	}
	for _, step := range steps {
		var b Budgets
		b.Add(Budget{ID: 7, Limit: 60, Remaining: step.told, Reset: time.Minute})
		s.Apply(1e7, p, Event{Kind: Accepted, Generation: turns[step.turn].Generation, Mark: turns[step.turn].Mark, InFlight: step.inFlight, Budgets: &b})
		if got := s.Budgets[0].Remaining; got != step.want {
			t.Errorf("left = %d after request %d told %d, want %d", got, step.turn, step.told, step.want)
		}
	}
	var b Budgets
	turn := s.Reserve(2e7, ReserveRequest{})
	b.Add(Budget{ID: 7, Limit: 60, Remaining: 59, Reset: time.Minute})
	s.Apply(2e7, p, Event{Kind: Accepted, Generation: turn.Generation, Mark: turn.Mark, InFlight: 1, Budgets: &b})
	if got := s.Budgets[0].Remaining; got != 59 {
		t.Errorf("left = %d after a request that flew alone told 59, want 59", got)
	}
}
