package limiter

// BudgetsOf is what a response with these budgets says.
func BudgetsOf(list ...Budget) (b Budgets) {
	for _, x := range list {
		b.add(x)
	}
	return b
}
