package limiter

import "testing"

// Of many budgets the tightest are kept, in order, whatever order they come in.
func TestBudgetsAdd(t *testing.T) {
	t.Parallel()
	all := []Budget{
		{ID: 1, Limit: 100, Left: 0, Reset: -1},
		{ID: 2, Limit: 1000, Left: 1, Reset: -1},
		{ID: 3, Limit: 100, Left: 50, Reset: -1},
		{ID: 4, Left: 3, Reset: -1},
		{ID: 5, Left: 700, Reset: -1},
		{ID: 6, Limit: 10, Left: 40, Reset: -1},
	}
	for turn := range all {
		var b Budgets
		for i := range all {
			b.add(all[(i+turn)%len(all)])
		}
		if b.Len() != MaxBudgets {
			t.Fatalf("Len = %d, want %d", b.Len(), MaxBudgets)
		}
		for i := range b.Len() {
			if *b.At(i) != all[i] {
				t.Errorf("from %d on: At(%d) = %+v, want %+v", turn, i, *b.At(i), all[i])
			}
		}
	}
	if (*Budgets)(nil).Len() != 0 {
		t.Error("nil has budgets")
	}
}
