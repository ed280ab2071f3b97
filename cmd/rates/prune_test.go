package rates

import (
	"slices"
	"testing"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

func TestUnusedSince(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	ago := func(days int) time.Time { return now.AddDate(0, 0, -days) }
	known := map[string]limiter.Learned{
		"new":       {Updated: ago(1)},
		"old":       {Updated: ago(91)},
		"older":     {Updated: ago(400), LastThrottle: ago(300)},
		"throttled": {Updated: ago(91), LastThrottle: ago(2)},
		"pausing":   {Updated: ago(91), PausedUntil: now.Add(time.Hour)},
	}
	if got, want := unusedSince(known, now, 90*24*time.Hour), []string{"old", "older"}; !slices.Equal(got, want) {
		t.Errorf("unusedSince = %v, want %v", got, want)
	}
	if got := unusedSince(known, now, 500*24*time.Hour); got != nil {
		t.Errorf("unusedSince = %v, want none", got)
	}
}
