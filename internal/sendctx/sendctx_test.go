package sendctx_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/sendctx"
)

// What one package adds leaves what another has said, and a context derived later does not change the one before.
func TestCallIsAddedTo(t *testing.T) {
	t.Parallel()
	waits, cancel := context.WithCancel(t.Context())
	defer cancel()
	var report sendctx.Report
	first := sendctx.Call{GraphQL: true}.In(t.Context())
	ctx := sendctx.WithReport(sendctx.WithWaits(first, waits), &report)
	c := sendctx.Of(ctx)
	if !c.GraphQL || c.Report != &report || sendctx.Waits(ctx) != waits {
		t.Errorf("the call is %+v, want all that was said", c)
	}
	if c := sendctx.Of(first); c.Report != nil || sendctx.Waits(first) != first {
		t.Errorf("the first call is now %+v, want it as it was", c)
	}
	if c := sendctx.Of(t.Context()); !reflect.DeepEqual(c, sendctx.Call{}) {
		t.Errorf("a context without a call has %+v", c)
	}
}

// Pages of a list add up, also what they took of units; how the last one ended is how the list did.
func TestReportsAddUp(t *testing.T) {
	t.Parallel()
	var sum sendctx.Report
	sum.Add(&sendctx.Report{Attempts: 2, Waited: time.Second, Elapsed: 3, Throttled: true, Cost: []sendctx.Cost{{Unit: "points", Estimated: 5, Actual: 7}}})
	sum.Add(&sendctx.Report{Attempts: 1, Waited: time.Second, Elapsed: 4, Cost: []sendctx.Cost{{Unit: "points", Estimated: 5, Actual: 3}}})
	want := sendctx.Report{Attempts: 3, Waited: 2 * time.Second, Elapsed: 4, Cost: []sendctx.Cost{{Unit: "points", Estimated: 10, Actual: 10}}}
	if !reflect.DeepEqual(sum, want) {
		t.Errorf("the sum is %+v, want %+v", sum, want)
	}
}
