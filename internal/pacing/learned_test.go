package pacing

import (
	"testing"
	"time"
)

// throttledAfter is a key that has sent evenly for a while, was throttled, and pauses.
func throttledAfter(t *testing.T, s *State, p *Params, sent int, every, pause time.Duration, until int64) int64 {
	t.Helper()
	now := int64(0)
	for range sent {
		turn := s.Reserve(now, ReserveRequest{})
		for !turn.Granted {
			now += int64(turn.Wait)
			turn = s.Reserve(now, ReserveRequest{})
		}
		now += max(int64(every), int64(turn.Wait))
		s.Apply(now, p, Event{Generation: turn.Generation, Mark: turn.Mark, Paced: true, Wall: wallStart()})
	}
	for now < until || s.Counts.Throttled == 0 {
		turn := s.Reserve(now, ReserveRequest{})
		if !turn.Granted {
			now += int64(turn.Wait)
			continue
		}
		now += max(int64(every), int64(turn.Wait))
		s.Apply(now, p, Event{Kind: Throttled, Generation: turn.Generation, Mark: turn.Mark, Pause: pause, Wall: wallStart()})
	}
	return now
}

// A run that ends while the server throttles everything has learned something: the next one neither starts at the rate
// that was throttled, nor with more than one request, nor from nothing.
func TestRunThatEndsInAPauseIsRemembered(t *testing.T) {
	t.Parallel()
	for name, pause := range map[string]time.Duration{"named": time.Minute, "unnamed": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &Params{}
			var first, second, third State
			first.Open(0, wallStart(), p, nil)
			now := throttledAfter(t, &first, p, 200, 5*time.Millisecond, pause, int64(20*time.Second))
			throttled := first.Controller.Top

			known := first.Learned(now, wallStart())
			if known.Ceiling == 0 || known.Rate <= 0 || known.Rate > throttled/2 {
				t.Fatalf("learned a rate of %v and a ceiling of %v from a throttle at %v", known.Rate, known.Ceiling, throttled)
			}
			if known.PausedUntil.IsZero() {
				t.Error("that it ended in a pause is not learned")
			}
			later := wallStart().Add(time.Hour)
			second.Open(0, later, p, &known)
			start := second.Controller.Rate
			if first, next := second.Reserve(0, ReserveRequest{}), second.Reserve(int64(time.Millisecond), ReserveRequest{}); !first.Granted || !first.Scout || next.Granted {
				t.Errorf("the second run began with %+v, %+v, want one request alone", first, next)
			}

			end := throttledAfter(t, &second, p, 0, 5*time.Millisecond, pause, 0)
			again := second.Learned(end, later)
			if again.Rate <= 0 || again.Rate > known.Rate {
				t.Errorf("a second throttle made a rate of %v out of %v", again.Rate, known.Rate)
			}
			third.Open(0, later, p, &again)
			if third.Controller.Rate > start {
				t.Errorf("the third run starts at %v, want at most %v", third.Controller.Rate, start)
			}
		})
	}
}
