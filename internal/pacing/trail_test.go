package pacing

import (
	"math"
	"testing"
)

// How long ago the last n requests began is known to less than an eighth of a second.
func TestTrailSince(t *testing.T) {
	t.Parallel()
	const rate = 40.0
	var tr trail
	if got := tr.since(1e9, 1); got != 0 {
		t.Errorf("of nothing: %d", got)
	}
	now := int64(0)
	for i := range 400 {
		now = int64(1e9 + float64(i)/rate*1e9)
		tr.add(now, 1, 1)
	}
	for _, n := range []float64{1, 7, 40, 100, 399} {
		if got := float64(tr.since(now, n)) / 1e9; math.Abs(got-n/rate) > 0.06 {
			t.Errorf("the last %v requests began %.3f s ago, want %.3f", n, got, n/rate)
		}
	}
	if got := tr.since(now, 401); got != 0 {
		t.Errorf("of more than there were: %d", got)
	}
}
