package limiter

import "time"

// since is how long ago t was at now, by whichever of the two clocks says more: the one that timers go by
// stands still while the machine sleeps, and the calendar may be set back.
func since(now, t time.Time) time.Duration {
	return max(now.Sub(t), now.Round(0).Sub(t.Round(0)))
}
