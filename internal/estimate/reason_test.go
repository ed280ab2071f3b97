package estimate_test

import (
	"testing"

	"github.com/arl-cli/arl/internal/estimate"
	"github.com/arl-cli/arl/internal/pacing"
)

// Every reason has its own words where it is explained, and none is left without a label or an error.
func TestWaitForEveryReason(t *testing.T) {
	t.Parallel()
	seen := make(map[string]pacing.Reason)
	for r := pacing.ReasonNone; r <= pacing.ReasonBudget; r++ {
		w := estimate.WaitFor(r)
		if w.Label == "" || w.Why == "" || w.Remain == "" {
			t.Errorf("WaitFor(%v) = %+v, want words everywhere", r, w)
		}
		if other, ok := seen[w.Why]; ok {
			t.Errorf("%v and %v are both explained as %q", r, other, w.Why)
		}
		seen[w.Why] = r
	}
}
