package pacing

import (
	"testing"
	"time"
)

// A limit that is put to the test is found again with the first throttle if it was right, and forgotten when much more was
// admitted.
func TestDoubt(t *testing.T) {
	t.Parallel()
	known := Learned{Rate: 50, Ceiling: 50.4, Burst: 10, Pause: time.Second, Source: SourceLearned, Updated: wallStart().Add(-48 * time.Hour)}
	p := &Params{}
	doubted := func() (s State, now int64) {
		s.Open(0, wallStart(), p, &known)
		now = send(&s, p, 0, 20, Accepted)
		s.Apply(now, p, Event{Kind: Failed, Generation: s.Generation, Doubt: true})
		if s.Controller.Ceiling != 0 {
			t.Errorf("the ceiling is %v while it is put to the test, want none", s.Controller.Ceiling)
		}
		return s, now
	}
	t.Run("right", func(t *testing.T) {
		t.Parallel()
		s, now := doubted()
		now = send(&s, p, now, 20, Accepted)
		now = send(&s, p, now, 1, Throttled)
		send(&s, p, now, 1, Accepted)
		if c := &s.Controller; c.Ceiling < 50 || c.Ceiling > 51 || c.Rate < 45 || c.Rate > 50.4 {
			t.Errorf("a rate of %.1f/s below %.1f, want that of before", c.Rate, c.Ceiling)
		}
	})
	t.Run("wrong", func(t *testing.T) {
		t.Parallel()
		s, now := doubted()
		now = send(&s, p, now, 500, Accepted)
		if c := &s.Controller; c.Rate < 110 || c.Doubted != 0 {
			t.Fatalf("a rate of %.1f/s, with %.1f still in doubt, want more than twice that and no doubt", c.Rate, c.Doubted)
		}
		now = send(&s, p, now, 1, Throttled)
		send(&s, p, now, 1, Accepted)
		if c := &s.Controller; c.Rate < 60 {
			t.Errorf("a rate of %.1f/s, want one that has to do with the throttle", c.Rate)
		}
	})
	t.Run("without learning", func(t *testing.T) {
		t.Parallel()
		var s State
		s.Open(0, wallStart(), p, &known)
		s.Apply(0, p, Event{Kind: Failed, Generation: s.Generation, Doubt: true, NoLearn: true})
		if s.Controller.Ceiling == 0 {
			t.Error("a process that must not learn has put the limit to the test")
		}
	})
}
