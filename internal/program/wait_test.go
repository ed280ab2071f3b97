package program_test

import (
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/program"
)

// What programs write when they were throttled, as seen in the wild.
func TestWait(t *testing.T) {
	t.Parallel()
	waits, now := program.NewWaits(), time.Date(2026, 10, 21, 7, 27, 0, 0, time.UTC)
	for line, want := range map[string]time.Duration{
		"":                        0,
		"error: HTTP 429":         0,
		"Retry-After: 30":         30 * time.Second,
		"< retry-after: 2":        2 * time.Second,
		`{"retry_after": 1.5}`:    1500 * time.Millisecond,
		`{"retry_after":7,"x":1}`: 7 * time.Second,
		"retry-after-ms: 250":     250 * time.Millisecond,
		"Retry-After: Wed, 21 Oct 2026 07:28:00 GMT":                                           time.Minute,
		"API rate limit exceeded; retry after 2 minutes":                                       2 * time.Minute,
		"Rate limit reached. Please try again in 6m0s. Visit https://x.example to learn more.": 6 * time.Minute,
		"Please try again in 320ms.":                                                           320 * time.Millisecond,
		"try again in 20s":                                                                     20 * time.Second,
		"You have to wait 90 seconds before the next request":                                  90 * time.Second,
		"waiting 5s": 5 * time.Second,
		"rate limit resets at 2026-10-21T07:27:42Z": 42 * time.Second,
		"retry 3 of 5":    0,
		"wait 3 times":    0,
		"try again later": 0,
		"retry after -5":  0,
		"Retry-After: 30, then 60; try again in 45s": 45 * time.Second,
		"retry after 99999999999999999999":           0,
	} {
		if got := waits.Longest(line, now); got != want {
			t.Errorf("Longest(%q) = %v, want %v", line, got, want)
		}
	}
}

// Whatever a program writes, a wait is none of more than 31 days.
func FuzzWait(f *testing.F) {
	for _, seed := range []string{"retry after 5", "try again in 6m0s.", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT", "retry after \xff 1e300"} {
		f.Add(seed)
	}
	waits, now := program.NewWaits(), time.Date(2026, 10, 21, 7, 27, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, line string) {
		if d := waits.Longest(line, now); d < 0 || d > 31*24*time.Hour {
			t.Errorf("Longest(%q) = %v", line, d)
		}
	})
}
