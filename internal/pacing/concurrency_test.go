package pacing

import (
	"testing"
	"time"
)

// Two throttles tell a bound on requests in flight from one on the rate.
func TestConcurrencyFoundByTwoThrottles(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		server server
		rtt    time.Duration
		slots  int64
	}{
		{"6 at a time", &capServer{n: 6, work: between(50*time.Millisecond, 950*time.Millisecond)}, 20 * time.Millisecond, 6},
		{"14 at a time", &capServer{n: 14, work: between(93*time.Millisecond, 387*time.Millisecond)}, 12 * time.Millisecond, 14},
		{"bucket 60/s burst 30", &bucketServer{rate: 60, burst: 30}, 100 * time.Millisecond, 0},
		{"bucket 10/s burst 10, and 300 per minute", &bothServer{&bucketServer{rate: 10, burst: 10}, &windowServer{n: 300, span: 60e9}}, 200 * time.Millisecond, 0},
		{"60 per 2 s", &windowServer{n: 60, span: 2e9}, 100 * time.Millisecond, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &Params{}
			var s State
			s.Open(0, wallStart(), p, nil)
			simulate(&s, p, tt.server, load{inFlight: 64, rtt: tt.rtt, duration: 24 * time.Second})
			if s.Controller.Concurrency.Limit != tt.slots || tt.slots > 0 && s.Counts.Events > 3 {
				t.Errorf("%d in flight are allowed after %d throttles, want %d", s.Controller.Concurrency.Limit, s.Counts.Events, tt.slots)
			}
		})
	}
}
