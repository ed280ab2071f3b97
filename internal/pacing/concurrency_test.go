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

// Throttles that come back much sooner than accepted responses, as many in flight as before, tell of a bound after fewer
// requests; where responses take the same time, or a throttle as long as they do, nothing is concluded.
func TestConcurrencyIsToldByWhatThrottlesTake(t *testing.T) {
	t.Parallel()
	const rtt = 20 * time.Millisecond
	tests := []struct {
		name     string
		took     []time.Duration // of accepted responses, in turn
		throttle time.Duration
		inFlight int64
		want     bool
	}{
		{"at once", []time.Duration{100 * time.Millisecond, 300 * time.Millisecond}, rtt, 4, true},
		{"not known", []time.Duration{0}, 0, 4, false},
		{"no work", []time.Duration{rtt, 2 * rtt}, rtt, 4, false},
		{"the same time", []time.Duration{200 * time.Millisecond}, rtt, 4, false},
		{"more in flight before", []time.Duration{100 * time.Millisecond, 300 * time.Millisecond}, rtt, 2, false},
		{"another number", []time.Duration{100 * time.Millisecond, 300 * time.Millisecond}, rtt, 7, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var c Controller
			accept := func() {
				for i := range 40 {
					c.Concurrency.admit(3, tt.took[i%len(tt.took)])
				}
				c.Concurrency.Accepted = leastSeen
			}
			accept()
			c.noteInFlight(4, tt.throttle)
			if c.Concurrency.Limit != 0 {
				t.Fatalf("%d in flight are allowed after one throttle", c.Concurrency.Limit)
			}
			accept()
			c.noteInFlight(tt.inFlight, tt.throttle)
			if got := c.Concurrency.Limit > 0; got != tt.want {
				t.Errorf("%d in flight are allowed, want a bound: %v", c.Concurrency.Limit, tt.want)
			}
		})
	}
}
