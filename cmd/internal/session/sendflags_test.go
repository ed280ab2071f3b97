package session

import "testing"

func TestRateFlag(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]float64{"5/s": 5, "300/m": 5, "18000/h": 5, "0.5": 0.5} {
		var r RateValue
		if err := r.Set(in); err != nil || float64(r) != want {
			t.Errorf("Set(%q) = %v, %v, want %v", in, r, err, want)
		}
	}
	for _, bad := range []string{"", "fast", "-1/s", "0/s", "5/y", "Inf/s", "NaN"} {
		var r RateValue
		if r.Set(bad) == nil {
			t.Errorf("Set(%q) = %v, want an error", bad, r)
		}
	}
}
