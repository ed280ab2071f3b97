package limiter_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/arl-cli/arl/internal/pacing"
)

// Who is told to ask again because of the rate, and does so, is served unless somebody else was; within the
// horizon, and soon enough: no slot is left to nobody because all were told to stay away.
func TestTurns(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := rapid.Int64Range(0, int64(time.Hour)).Draw(t, "now")
		interval := int64(rapid.SampledFrom([]time.Duration{1, time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond, 2 * time.Second}).Draw(t, "interval"))
		s := pacing.State{
			Generation: 1, Burst: 1, Interval: interval, Cycle: rapid.SampledFrom([]int64{0, 3, 10, 32}).Draw(t, "cycle") * interval,
			Next: now + int64(pacing.Horizon) + rapid.Int64Range(-int64(pacing.Horizon)/2, 2*interval).Draw(t, "ahead"),
		}
		ask := pacing.ReserveRequest{Waited: time.Duration(rapid.Int64Range(0, s.Cycle+2*interval).Draw(t, "waited"))}
		crowded := s.Cycle > 2*interval
		turn := s.Reserve(now, ask)
		if turn.Granted {
			return
		}
		atLeast := max(turn.Until-pacing.Horizon, 1)
		atMost := max(turn.Until-pacing.Horizon/2, 1)
		if crowded {
			atMost = max(atMost, time.Second)
		}
		if turn.Wait < atLeast || turn.Wait > atMost {
			t.Fatalf("told to ask again in %v, want %v to %v", turn.Wait, atLeast, atMost)
		}
		older := s
		if got := older.Reserve(now+int64(turn.Wait), pacing.ReserveRequest{Waited: ask.Waited + turn.Wait}); !got.Granted {
			t.Fatalf("asked again when told to: %+v, want it granted", got)
		}
		if got := s.Reserve(now, pacing.ReserveRequest{Waited: ask.Waited + time.Hour}); !got.Granted && got.Wait > turn.Wait {
			t.Fatalf("who has waited longer was told %v, who has waited %v was told %v", got.Wait, ask.Waited, turn.Wait)
		}
	})
}
