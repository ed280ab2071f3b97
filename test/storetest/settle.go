package storetest

import (
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// settles: of what a request was estimated to take, what was too much is given back, and what was too little is charged,
// in the pace and in documented windows, by one handle and seen by the other.
func settles(t *testing.T, open Opener) {
	p := &pacing.Params{InitialRate: 10, MinRate: 10, MaxRate: 10, Windows: []pacing.Window{{Limit: 100, Per: time.Minute}}}
	a, b := openCell(t, open(t), "k tokens", p), openCell(t, open(t), "k tokens", p)
	sizes := pacing.Sizes{Mean: 20, Largest: 30, Ratio: 2, Spread: 0.5}

	much := take(t, a, 30) // and takes 10
	apply(t, a, p, pacing.Event{Generation: much.Generation, Mark: much.Mark, Count: 10, Granted: 10, Sizes: sizes})
	back := much
	back.Cost, back.Free = 20, true
	if err := a.Cancel(t.Context(), back); err != nil {
		t.Fatal(err)
	}
	if _, free := next(t, b, 20); free != time.Second {
		t.Errorf("after 30 of which 20 were given back the next has to wait %v, want 1s", free)
	}
	time.Sleep(time.Second)
	little := take(t, b, 20) // and takes 50
	apply(t, b, p, pacing.Event{Generation: little.Generation, Mark: little.Mark, Count: 50, Granted: 20, Cost: 30, Sizes: sizes})
	if _, free := next(t, a, 20); free != 5*time.Second {
		t.Errorf("after 20 that were 50 the next has to wait %v, want 5s", free)
	}
	time.Sleep(5 * time.Second)
	if turn, _ := next(t, b, 41); turn.Reason != pacing.ReasonWindow {
		t.Errorf("Reserve of 41 where 60 of 100 are taken = %+v, want to wait for the window", turn)
	}
	take(t, a, 40)
	l, err := b.Learned(t.Context())
	if err != nil || l.Counts.Sent != 100 || l.Sizes != sizes {
		t.Errorf("Learned = %+v, %v, want 100 sent and the sizes %+v", l, err, sizes)
	}
}

// take reserves cost slots, which must be there now.
func take(t *testing.T, c pacing.Cell, cost int64) pacing.Reservation {
	t.Helper()
	turn, free := next(t, c, cost)
	if !turn.Granted || free > 0 {
		t.Fatalf("Reserve of %d = %+v, want it granted now", cost, turn)
	}
	return turn
}

// next asks for cost slots at once or not at all, and returns when they would be there.
func next(t *testing.T, c pacing.Cell, cost int64) (pacing.Reservation, time.Duration) {
	t.Helper()
	turn, err := c.Reserve(t.Context(), pacing.ReserveRequest{Cost: cost, Exact: true})
	if err != nil {
		t.Fatal(err)
	}
	return turn, turn.Until
}
