package gauntlet

import (
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/sandbox"
)

const day, quarter = 24 * time.Hour, 6 * time.Hour

// Over a whole day the share of throttles does not grow.
func TestStability(t *testing.T) {
	t.Parallel()
	r := row{Server: server(told, bucket(3, 10)), Rate: 3, InFlight: 8, RTT: 150 * ms, Duration: day}
	got := r.arl(t, trial{Duration: day})
	first, last := got.throttledIn(0, quarter), got.throttledIn(day-quarter, day)
	t.Logf("throttled %d in the first six hours and %d in the last; %.1f %% used", first, last, 100*float64(got.Accepted)/r.allowed())
	if last > first {
		t.Errorf("throttled %d in the first six hours and %d in the last", first, last)
	}
	if float64(got.Accepted) < 0.97*r.allowed() {
		t.Errorf("%d accepted of %.0f", got.Accepted, r.allowed())
	}
}

// Beside a rival that takes between nothing and half, over a whole day: arl takes what the rival leaves
// and gives way when it comes, and neither gets worse.
func TestStabilityBesideRival(t *testing.T) {
	t.Parallel()
	r := row{
		Server: server(told, bucket(4, 10)), Rate: 4, InFlight: 8, RTT: 150 * ms, Duration: day,
		Rival: &rival{Until: day, Rate: 2, Period: time.Hour},
	}
	got := r.arl(t, trial{Duration: day})
	first, last := got.throttledIn(0, quarter), got.throttledIn(day-quarter, day)
	share := float64(got.Accepted) / r.allowed()
	rival := float64(got.RivalThrottled) / float64(got.RivalSent)
	t.Logf("throttled %d in the first six hours and %d in the last; took %.1f %% of its share; the rival had %.2f %% throttled", first, last, 100*share, 100*rival)
	if share < 0.9 {
		t.Errorf("arl took %.1f %% of what the rival left, want 90", 100*share)
	}
	if rival > 0.01 || got.share() > mostThrottled {
		t.Errorf("%.2f %% of the rival's requests throttled, want 1; of arl's %.2f %%, want %.1f", 100*rival, 100*got.share(), 100*mostThrottled)
	}
	if float64(last) > 1.1*float64(first) {
		t.Errorf("throttled %d in the first six hours and %d in the last", first, last)
	}
}

// A server that throttles everything for ever is asked less and less often.
func TestThrottledForEver(t *testing.T) {
	t.Parallel()
	r := row{
		Server: server(silent, locked(sandbox.Limit{N: 1, Per: day}, true)), InFlight: 16,
		RTT: 100 * ms, Duration: time.Hour,
	}
	if got := r.arl(t, trial{Duration: r.Duration}); got.Throttled > 90 {
		t.Errorf("throttled %d times in an hour, want about one a minute at most", got.Throttled)
	}
}
