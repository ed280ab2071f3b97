package pacing

import (
	"testing"
	"time"
)

// Where a throttle contradicts what was promised, it is believed.
func TestPromiseNotKept(t *testing.T) {
	t.Parallel()
	p := &Params{}
	var s State
	s.Open(0, wallStart(), p, nil)
	var told Budgets
	told.Promise(Window{Limit: 300, Per: 3 * time.Second})
	for i := range int64(4) {
		s.Apply(i, p, Event{Kind: Accepted, Generation: s.Generation, Budgets: &told})
	}
	if s.Controller.Rate < 99 {
		t.Fatalf("the rate is %v", s.Controller.Rate)
	}
	server := &bucketServer{rate: 50, burst: 25, named: wholeSeconds}
	o := simulate(&s, p, server, load{inFlight: 64, rtt: 50 * time.Millisecond, duration: 5 * time.Minute})
	if got := float64(o.accepted) / (50 * 300); got < 0.9 {
		t.Errorf("got %.1f %% of the limit that is enforced", 100*got)
	}
}
