package limiter

import (
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// BudgetsOf is what a response with these budgets says.
func BudgetsOf(list ...pacing.Budget) (b pacing.Budgets) {
	for _, x := range list {
		b.Add(x)
	}
	return b
}

// DoneAs is Done of a request whose response says what remains, or whose throttle is one of every key.
func DoneAs(g Grant, kind pacing.Kind, pause time.Duration, allKeys bool, budgets *pacing.Budgets) {
	g.finish(&outcome{kind: kind, pause: pause, allKeys: allKeys, budgets: budgets})
}

// DoneWithUnit is Done of an accepted request that took so much of its only unit, if it has one, and whose response says
// what remains of that.
func DoneWithUnit(g Grant, actual int64, budgets *pacing.Budgets) {
	g.finish(&outcome{kind: Accepted, units: []measured{{actual: actual, budgets: budgets}}})
}
