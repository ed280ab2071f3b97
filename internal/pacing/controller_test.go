package pacing

import (
	"testing"
	"time"
)

// The second run starts where the first left off: nearly at full speed, and hardly throttled.
func TestWarmStart(t *testing.T) {
	t.Parallel()
	p := &Params{}
	var cold, warm State
	cold.Open(0, wallStart(), p, nil)
	first := simulate(&cold, p, &bucketServer{rate: 20, burst: 5, named: wholeSeconds}, load{inFlight: 8, rtt: 20 * time.Millisecond, duration: time.Hour, accepted: 400})
	l := cold.Learned(first.last, wallStart())
	warm.Open(0, wallStart().Add(time.Minute), p, &l)
	second := simulate(&warm, p, &bucketServer{rate: 20, burst: 5, named: wholeSeconds}, load{inFlight: 8, rtt: 20 * time.Millisecond, duration: time.Hour, accepted: 400})
	if second.throttled >= first.throttled && second.throttled > 0 {
		t.Errorf("throttled %d at first and %d then, want fewer", first.throttled, second.throttled)
	}
	if second.last > first.last*95/100 {
		t.Errorf("took %v at first and %v then, want less", time.Duration(first.last), time.Duration(second.last))
	}
}

// Throttles that answer requests sent before a cut are one congestion event with it.
func TestOneCutPerCongestionEvent(t *testing.T) {
	t.Parallel()
	p := &Params{InitialRate: 100, NoSlowStart: true}
	var s State
	s.Open(0, wallStart(), p, nil)
	var turns []Reservation
	for range 10 {
		turns = append(turns, s.Reserve(0, ReserveRequest{}))
	}
	for i, turn := range turns {
		v := s.Apply(int64(i)*1e6, p, Event{Kind: Throttled, Generation: turn.Generation, Pause: time.Second, Wall: wallStart()})
		if v.Cut != (i == 0) {
			t.Errorf("throttle %d: cut = %v, want only the first", i, v.Cut)
		}
	}
	if s.Controller.Rate < 50 {
		t.Errorf("rate = %v/s after ten throttles of one event, want no less than half of 100", s.Controller.Rate)
	}
	if s.Counts.Events != 1 || s.Counts.Throttled != 10 {
		t.Errorf("counts = %+v, want 1 event of 10 throttles", s.Counts)
	}
}

// Old knowledge fades towards the profile's own rate.
func TestTrustFades(t *testing.T) {
	t.Parallel()
	p := &Params{InitialRate: 2}
	last := 100.0
	for _, age := range []time.Duration{0, 24 * time.Hour, 7 * 24 * time.Hour, 60 * 24 * time.Hour} {
		var s State
		s.Open(0, wallStart().Add(age), p, &Learned{Rate: 100, Ceiling: 103, Updated: wallStart(), Source: SourceLearned})
		if age > 0 && s.Controller.Rate >= last || s.Controller.Rate < 2 {
			t.Errorf("after %v the rate is %v, want less than %v and at least 2", age, s.Controller.Rate, last)
		}
		last = s.Controller.Rate
	}
}

func TestStateRoundTrip(t *testing.T) {
	t.Parallel()
	p := &Params{InitialRate: 7, Windows: []Window{{Limit: 9, Per: time.Minute}, {Limit: 90, Per: time.Hour}}}
	var s, got State
	s.Open(5, wallStart(), p, &Learned{Rate: 8, Ceiling: 9, Updated: wallStart()})
	for i := range 5 {
		s.Reserve(int64(i)*1e9, ReserveRequest{})
	}
	b, err := s.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := got.UnmarshalBinary(b); err != nil || got != s {
		t.Errorf("UnmarshalBinary = %+v, %v, want %+v", got, err, s)
	}
}
