package pacing

import (
	"testing"
	"time"
)

// The controller against every kind of server: how much of what the server allows is got from a cold start,
// and how much of what was sent is throttled. The bars lie a little below what is reached; the gauntlet
// compares with the best constant pace.
func TestLawAgainstServers(t *testing.T) {
	t.Parallel()
	const m = time.Minute
	at := func(callers, rtt int, d time.Duration) load {
		return load{inFlight: callers, rtt: time.Duration(rtt) * time.Millisecond, duration: d}
	}
	lockout := func(s server, restarts bool, n named) server {
		return &lockServer{server: s, lock: 30 * time.Second, restarts: restarts, named: n}
	}
	tests := []struct {
		name      string
		server    server
		allowed   float64 // requests per second on average
		load      load
		least     float64 // of what is allowed
		throttled float64 // share at most
	}{
		{"bucket 3/s burst 10", &bucketServer{rate: 3, burst: 10, named: wholeSeconds}, 3, at(16, 150, 20*m), 0.98, 0.015},
		{"bucket 50/s burst 50", &bucketServer{rate: 50, burst: 50, named: wholeSeconds}, 50, at(64, 200, 10*m), 0.95, 0.005},
		{"bucket 20/s burst 5", &bucketServer{rate: 20, burst: 5, named: wholeSeconds}, 20, at(16, 100, 20*m), 0.95, 0.005},
		{"bucket 10/s burst 1, silent", &bucketServer{rate: 10, burst: 1}, 7.8, at(16, 100, 20*m), 0.9, 0.015},
		{"strict 10/s, silent", &strictServer{gap: 100e6}, 7.8, at(16, 100, 20*m), 0.9, 0.015},
		{"60 per 60 s", &windowServer{n: 60, span: 60e9, named: wholeSeconds}, 1, at(16, 150, 60*m), 0.96, 0.015},
		{"600 per 60 s, silent", &windowServer{n: 600, span: 60e9}, 10, at(64, 200, 40*m), 0.93, 0.015},
		{"600 per 60 s from the first request, silent", &windowServer{n: 600, span: 60e9, opens: true}, 10, at(64, 200, 40*m), 0.93, 0.015},
		{"20 per 1 s", &windowServer{n: 20, span: 1e9, named: wholeSeconds}, 20, at(16, 100, 15*m), 0.9, 0.01},
		{"rolling 100 per 10 s", &rollingServer{n: 100, span: 10e9, named: wholeSeconds}, 10, at(16, 150, 20*m), 0.93, 0.01},
		{"rolling 100 per 10 s, throttles count, silent", &rollingServer{n: 100, span: 10e9, counts: true}, 10, at(16, 150, 20*m), 0.93, 0.01},
		{"sliding 100 per 10 s, silent", &slidingServer{n: 100, span: 10e9}, 10, at(16, 150, 20*m), 0.9, 0.01},
		{"5/s, locked out for 30 s", lockout(&bucketServer{rate: 5, burst: 5}, false, wholeSeconds), 5, at(16, 200, 240*m), 0.94, 0.005},
		{"5/s, locked out for 30 s, silent", lockout(&bucketServer{rate: 5, burst: 5}, false, silent), 5, at(16, 200, 240*m), 0.94, 0.005},
		{"5/s, locked out again, silent", lockout(&bucketServer{rate: 5, burst: 5}, true, silent), 5, at(16, 200, 240*m), 0.92, 0.005},
		{"8 at a time for 200 ms", &capServer{n: 8, work: steadily(200 * time.Millisecond)}, 32, at(64, 50, 20*m), 0.92, 0.005},
		{"6 at a time for 50 to 950 ms", &capServer{n: 6, work: between(50*time.Millisecond, 950*time.Millisecond)}, 10, at(64, 50, 20*m), 0.92, 0.01},
		{"10/s and 300 per minute", &bothServer{&bucketServer{rate: 10, burst: 10, named: wholeSeconds}, &windowServer{n: 300, span: 60e9, named: wholeSeconds}}, 5, at(16, 150, 30*m), 0.92, 0.015},
		{"20/s, then 5/s, then 40/s", &bucketServer{rates: changing(20, 600, 5, 1200, 40), burst: 20}, 21.67, at(16, 150, 30*m), 0.75, 0.01},
		{"5/s rises to 15/s, locked out for 30 s", lockout(&bucketServer{rates: changing(5, 3600, 15), burst: 5}, false, wholeSeconds), 12.5, at(16, 200, 240*m), 0.8, 0.005},
		{"20/s, a rival takes up to half", &rivalServer{server: &bucketServer{rate: 20, burst: 20, named: wholeSeconds}, rate: swinging(10, 1200)}, 15, at(16, 150, 60*m), 0.85, 0.015},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &Params{}
			var s State
			s.Open(0, wallStart(), p, nil)
			o := simulate(&s, p, tt.server, tt.load)
			part := float64(o.accepted) / (tt.allowed * tt.load.duration.Seconds())
			share := float64(o.throttled) / float64(o.accepted+o.throttled)
			t.Logf("got %.1f %%, %d throttled, %.2f %%", 100*part, o.throttled, 100*share)
			if part < tt.least || share > tt.throttled {
				t.Errorf("got %.1f %% with %.2f %% throttled, want %.1f %% with at most %.2f %%", 100*part, 100*share, 100*tt.least, 100*tt.throttled)
			}
		})
	}
}
