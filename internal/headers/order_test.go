package headers

import (
	"testing"

	"github.com/arl-cli/arl/internal/pacing"
)

// Of many budgets the tightest are kept, in order, whatever order they come in.
func TestBudgetsAdd(t *testing.T) {
	t.Parallel()
	all := []pacing.Budget{
		{ID: 1, Limit: 100, Remaining: 0, Reset: -1},
		{ID: 2, Limit: 1000, Remaining: 1, Reset: -1},
		{ID: 3, Limit: 100, Remaining: 50, Reset: -1},
		{ID: 4, Remaining: 3, Reset: -1},
		{ID: 5, Remaining: 700, Reset: -1},
		{ID: 6, Limit: 10, Remaining: 40, Reset: -1},
	}
	for turn := range all {
		var b pacing.Budgets
		for i := range all {
			b.Add(all[(i+turn)%len(all)])
		}
		if b.Len() != pacing.MaxBudgets {
			t.Fatalf("Len = %d, want %d", b.Len(), pacing.MaxBudgets)
		}
		for i := range b.Len() {
			if *b.At(i) != all[i] {
				t.Errorf("from %d on: At(%d) = %+v, want %+v", turn, i, *b.At(i), all[i])
			}
		}
	}
	if (*pacing.Budgets)(nil).Len() != 0 {
		t.Error("nil has budgets")
	}
}
