package limiter

import (
	"net/http"
	"testing"
	"time"
)

// What a policy tells of a limit is where the rate goes at once, where its window is short; and which limit of several
// that is.
func TestPromised(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, field, value string
		want               float64 // requests per second; 0 if nothing is promised
		held               bool
	}{
		{"a policy", "RateLimit-Policy", `"p";q=90;w=3`, 30, true},
		{"the slower of two", "RateLimit-Policy", `"a";q=100;w=1, "b";q=200;w=5`, 40, true},
		{"a long window", "RateLimit-Policy", `"p";q=5000;w=3600`, 5000.0 / 3600, false},
		{"of requests in flight", "RateLimit-Policy", `"p";q=8;w=1;qu="concurrent-requests"`, 0, false},
		{"of bytes", "RateLimit-Policy", `"p";q=8000;w=1;qu="content-bytes"`, 0, false},
		{"without a window", "RateLimit-Policy", `"p";q=8000`, 0, false},
		{"a vendor's", "X-RateLimit-Limit", "120/minute", 2, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			signal := ReadSignal(&Rules{}, http.StatusOK, http.Header{http.CanonicalHeaderKey(tt.field): {tt.value}}, nil, wallStart())
			var s State
			p := &Params{InitialRate: 20}
			s.Open(0, wallStart(), p, nil)
			s.Apply(int64(time.Second), p, Event{Kind: Accepted, Generation: s.Generation, Budgets: &signal.Budgets})
			if s.Law.Promised != tt.want {
				t.Errorf("%v/s are promised, want %v", s.Law.Promised, tt.want)
			}
			if held := s.Law.Rate == headroom*tt.want; held != tt.held {
				t.Errorf("the rate is %v", s.Law.Rate)
			}
		})
	}
}

// Where a throttle contradicts what was promised, it is believed.
func TestPromiseNotKept(t *testing.T) {
	t.Parallel()
	p := &Params{}
	var s State
	s.Open(0, wallStart(), p, nil)
	var told Budgets
	told.promise(Window{Limit: 300, Per: 3 * time.Second})
	for i := range int64(4) {
		s.Apply(i, p, Event{Kind: Accepted, Generation: s.Generation, Budgets: &told})
	}
	if s.Law.Rate < 99 {
		t.Fatalf("the rate is %v", s.Law.Rate)
	}
	server := &bucketServer{rate: 50, burst: 25, named: wholeSeconds}
	o := simulate(&s, p, server, load{inFlight: 64, rtt: 50 * time.Millisecond, duration: 5 * time.Minute})
	if got := float64(o.accepted) / (50 * 300); got < 0.9 {
		t.Errorf("got %.1f %% of the limit that is enforced", 100*got)
	}
}
