package sandbox

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestLimitsOverTime asks in bursts, and sleeps before each but the first. The
// virtual clock begins at midnight.
func TestLimitsOverTime(t *testing.T) {
	t.Parallel()
	type burst struct {
		after      time.Duration
		sent, want int
	}
	for _, tt := range []struct {
		name   string
		limit  Limit
		bursts []burst
	}{
		{"bucket", Limit{N: 20, Per: time.Second, Burst: 10}, []burst{
			{0, 15, 10},
			{50*time.Millisecond - 1, 1, 0},
			{1, 2, 1},
			{100 * time.Millisecond, 5, 2},
			{time.Hour, 15, 10},
		}},
		{"bucket without burst", Limit{N: 2, Per: time.Second}, []burst{{0, 3, 1}, {time.Second, 3, 1}}},
		{"aligned", Limit{Kind: Aligned, N: 3, Per: time.Minute}, []burst{
			{59 * time.Second, 5, 3},
			{time.Second - 1, 1, 0},
			{1, 5, 3},
		}},
		{"fixed", Limit{Kind: Fixed, N: 3, Per: time.Minute}, []burst{
			{59 * time.Second, 2, 2},
			{30 * time.Second, 2, 1},
			{30*time.Second - 1, 1, 0},
			{1, 4, 3},
			{150 * time.Second, 2, 2}, // opens again now, not where an old one would have ended
			{time.Minute - 1, 2, 1},
		}},
		{"rolling", Limit{Kind: Rolling, N: 3, Per: 10 * time.Second}, []burst{
			{0, 1, 1},
			{6 * time.Second, 5, 2},
			{4*time.Second - 1, 1, 0},
			{1, 3, 1},
			{6 * time.Second, 3, 2},
		}},
		{"rolling, throttled count", Limit{Kind: Rolling, N: 2, Per: time.Second, CountThrottled: true}, []burst{
			{0, 2, 2},
			{400 * time.Millisecond, 1, 0},
			{400 * time.Millisecond, 1, 0},
			{400 * time.Millisecond, 1, 0}, // going on never helps
			{400 * time.Millisecond, 1, 0},
			{time.Second, 2, 2}, // silence does
		}},
		{"gcra", Limit{Kind: GCRA, N: 3, Per: time.Second, Burst: 2}, []burst{
			{0, 3, 2},
			{333333333 - 1, 1, 0},
			{1, 2, 1},
			{time.Hour, 3, 2},
		}},
		{"daily", Limit{Kind: Daily, N: 3}, []burst{
			{23 * time.Hour, 5, 3},
			{time.Hour - 1, 1, 0},
			{1, 5, 3},
		}},
		{"sliding", Limit{Kind: Sliding, N: 4, Per: 10 * time.Second}, []burst{
			{6 * time.Second, 5, 4},
			{4 * time.Second, 1, 0},           // all of the last window weighs
			{1, 2, 1},                         // 3.99: 3
			{2500*time.Millisecond - 1, 1, 0}, // 3.0
			{1, 2, 1},                         // 2.99: 2
			{7500*time.Millisecond - 1, 3, 2}, // the next window: 2 of the last one
		}},
		{"sliding, throttled count", Limit{Kind: Sliding, N: 2, Per: time.Second, CountThrottled: true}, []burst{
			{0, 4, 2},
			{time.Second, 1, 0},              // 4
			{500*time.Millisecond + 1, 1, 0}, // 1 and 1
			{499*time.Millisecond + 1, 1, 0}, // nearly 2 of the last window
			{1400 * time.Millisecond, 2, 2},
		}},
		{"strict", Limit{Kind: Strict, N: 3, Per: time.Second}, []burst{
			{0, 2, 1},
			{333 * time.Millisecond, 1, 0},
			{time.Millisecond, 1, 1},
			{time.Hour, 5, 1},
		}},
		{"lock-out", Limit{N: 5, Per: time.Second, Burst: 1, Lockout: 30 * time.Second}, []burst{
			{0, 2, 1},
			{10 * time.Second, 1, 0},
			{20*time.Second - 1, 1, 0},
			{1, 1, 1},
		}},
		{"lock-out that restarts", Limit{N: 5, Per: time.Second, Burst: 1, Lockout: 30 * time.Second, LockoutRestarts: true}, []burst{
			{0, 2, 1},
			{29 * time.Second, 1, 0},
			{29 * time.Second, 1, 0},
			{30 * time.Second, 1, 1},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, Config{Limits: []Limit{tt.limit}})
				for i, b := range tt.bursts {
					time.Sleep(b.after)
					if got := accepted(t, s, b.sent); got != b.want {
						t.Errorf("burst %d: accepted %d of %d, want %d", i, got, b.sent, b.want)
					}
				}
			})
		})
	}
}

func TestSeveralLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Config{Limits: []Limit{
			{N: 10, Per: time.Second, Burst: 10},
			{Kind: Aligned, N: 15, Per: time.Minute},
		}})
		for i, want := range []int{10, 5, 0} {
			if got := accepted(t, s, 20); got != want {
				t.Errorf("second %d: accepted %d, want %d", i, got, want)
			}
			time.Sleep(time.Second)
		}
	})
}
