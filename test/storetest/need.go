package storetest

import (
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// waitsForNeed has one process told how much is left of a bucket that refills, and another one ask for more than that, for
// less, and for what is there in a while.
func waitsForNeed(t *testing.T, open Opener) {
	p := &pacing.Params{InitialRate: 1e6, MinRate: 1e6, Burst: 1000}
	a, b := openCell(t, open(t), "k", p), openCell(t, open(t), "k", p)
	time.Sleep(time.Second)
	first := tryTake(t, a, 10)
	var told pacing.Budgets
	told.Add(pacing.Budget{ID: 1, Name: "body", Limit: 1000, Remaining: 500, Reset: 1000 * time.Second, Exact: true, Refill: 0.5})
	apply(t, a, p, pacing.Event{
		Kind: pacing.Accepted, Generation: first.Generation, Mark: first.Mark, Granted: 10, Budgets: &told,
		Sizes: pacing.Sizes{Mean: 10, Largest: 10},
	})
	for name, c := range map[string]pacing.Cell{"who was told": a, "another process": b} {
		turn := tryTake(t, c, 600)
		if turn.Granted || turn.Reason != pacing.ReasonBudget || turn.Until < 200*time.Second || turn.Until > 240*time.Second {
			t.Errorf("%s: of 500 left, 600 is %+v, want to wait until 100 more are there", name, turn)
		}
		turn = tryTake(t, c, 100)
		if !turn.Granted {
			t.Errorf("%s: of 500 left, 100 is %+v, want a slot", name, turn)
		}
		if err := c.Cancel(t.Context(), turn); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(240 * time.Second)
	if turn := tryTake(t, b, 600); !turn.Granted {
		t.Errorf("when 620 must be there, 600 is %+v, want a slot", turn)
	}
}

// tryTake asks for a slot of a cost.
func tryTake(t *testing.T, c pacing.Cell, cost int64) pacing.Reservation {
	t.Helper()
	turn, err := c.Reserve(t.Context(), pacing.ReserveRequest{Cost: cost})
	if err != nil {
		t.Fatalf("Reserve(%d) = %v", cost, err)
	}
	return turn
}
