package headers

import (
	"net/http"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
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
			wall := time.Unix(1_700_000_000, 0)
			var f Fields
			f.Read(http.Header{http.CanonicalHeaderKey(tt.field): {tt.value}}, wall)
			var budgets pacing.Budgets
			f.Budgets(&budgets, nil)
			var s pacing.State
			p := &pacing.Params{InitialRate: 20}
			s.Open(0, wall, p, nil)
			s.Apply(int64(time.Second), p, pacing.Event{Kind: pacing.Accepted, Generation: s.Generation, Budgets: &budgets})
			if s.Controller.Promised != tt.want {
				t.Errorf("%v/s are promised, want %v", s.Controller.Promised, tt.want)
			}
			if held := s.Controller.Rate == 0.992*tt.want; held != tt.held {
				t.Errorf("the rate is %v", s.Controller.Rate)
			}
		})
	}
}
