package pacing

import (
	"testing"
	"time"
)

// The first throttle of a second run makes little of a rate that went unthrottled in the first, not long ago; the next is
// believed, and so is the first after a week.
func TestFirstThrottleOfTheSecondRun(t *testing.T) {
	t.Parallel()
	known := Learned{Rate: 50, Ceiling: 50.4, Burst: 10, Pause: time.Second, Source: SourceLearned, Updated: wallStart()}
	tests := []struct {
		name        string
		after       time.Duration
		throttles   int
		least, most float64 // of the rate
	}{
		{"first", time.Minute, 1, 45, 49.9},
		{"second", time.Minute, 2, 5, 40},
		{"a week later", 7 * 24 * time.Hour, 1, 2, 30},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &Params{}
			var s State
			s.Open(0, wallStart().Add(tt.after), p, &known)
			now := int64(0)
			for range tt.throttles {
				now = send(&s, p, now, 20, Accepted)
				now = send(&s, p, now, 1, Throttled)
				now = send(&s, p, now, 1, Accepted)
			}
			if got := s.Controller.Rate; got < tt.least || got > tt.most {
				t.Errorf("the rate is %.1f/s, want %v to %v", got, tt.least, tt.most)
			}
		})
	}
}

// send sends n requests, one after the other, all of which end alike.
func send(s *State, p *Params, now int64, n int, kind Kind) int64 {
	for n > 0 {
		turn := s.Reserve(now, ReserveRequest{})
		now += int64(turn.Wait)
		if !turn.Granted {
			continue
		}
		now += int64(5 * time.Millisecond)
		s.Apply(now, p, Event{Kind: kind, Generation: turn.Generation, Mark: turn.Mark, Paced: true, InFlight: 1, Wall: wallStart()})
		n--
	}
	return now
}
