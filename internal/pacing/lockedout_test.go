package pacing

import (
	"testing"
	"time"
)

// One throttle of a bucket that locks out says how fast it refills, roughly. Another one would cost more than it tells: the
// rate stays below the limit, but not far, in this run and in the next, whether a header names the time or not.
func TestLockedOut(t *testing.T) {
	t.Parallel()
	for name, rate := range map[string]float64{"slow": 6, "medium": 20, "fast": 150} {
		for header, named := range map[string]named{"no header": silent, "Retry-After": exact} {
			t.Run(name+", "+header, func(t *testing.T) {
				t.Parallel()
				p := &Params{}
				var s State
				s.Open(0, wallStart(), p, nil)
				server := &lockServer{server: &bucketServer{rate: rate, burst: rate / 2}, lock: 14 * time.Second, named: named}
				simulate(&s, p, server, load{inFlight: 64, rtt: 20 * time.Millisecond, duration: 40 * time.Second})
				if events := s.Counts.Events; s.Controller.Ceiling == 0 || s.Controller.Rate > rate || s.Controller.Rate < 0.4*rate {
					t.Errorf("after %d events the rate is %.1f/s, the limit is %v/s", events, s.Controller.Rate, rate)
				}
				var next State
				known := s.Learned(int64(40*time.Second), wallStart())
				next.Open(0, wallStart().Add(time.Minute), p, &known)
				if got := next.Controller.Rate; got > rate || got < 0.4*rate {
					t.Errorf("the next run begins at %.1f/s, the limit is %v/s", got, rate)
				}
			})
		}
	}
}

// Where the last run ended in throttles that nobody said an end of, the next one goes on to wait as that did, if its scout is
// throttled too.
func TestBackoffGoesOnInTheNextRun(t *testing.T) {
	t.Parallel()
	p := &Params{}
	var first, next State
	first.Open(0, wallStart(), p, nil)
	now := throttledAfter(t, &first, p, 200, 5*time.Millisecond, 0, int64(20*time.Second))
	known := first.Learned(now, wallStart())
	next.Open(0, wallStart().Add(time.Second), p, &known)
	scout := next.Reserve(0, ReserveRequest{})
	v := next.Apply(int64(time.Millisecond), p, Event{Kind: Throttled, Generation: scout.Generation, Mark: scout.Mark, Wall: wallStart()})
	if v.Paused < known.Pause || known.Pause < 4*time.Second {
		t.Errorf("throttles lasted %v, and the next run waits %v", known.Pause, v.Paused)
	}
	later := int64(v.Paused) + 2*int64(time.Millisecond)
	scout = next.Reserve(later, ReserveRequest{})
	next.Apply(later, p, Event{Generation: scout.Generation, Mark: scout.Mark, Paced: true, Wall: wallStart()})
	if next.Controller.Endured != 0 {
		t.Error("once a request was accepted, it is still waited for as long")
	}
}
