package limiter

import "github.com/arl-cli/arl/internal/pacing"

// BudgetsOf is what a response with these budgets says.
func BudgetsOf(list ...pacing.Budget) (b pacing.Budgets) {
	for _, x := range list {
		b.Add(x)
	}
	return b
}
