package gauntlet

import (
	"math"
	"slices"
	"time"

	"github.com/arl-cli/arl/internal/sandbox"
)

// A row is one server and who sends to it.
type row struct {
	Name     string
	Server   sandbox.Config
	Rate     float64       // what the server allows in the long run, requests per second
	InFlight int           // callers, each with the next request at once
	RTT      time.Duration // each way takes half of it, give or take 30 %
	Duration time.Duration
	Job      int      // requests of the finite sibling; 0 means as requests says
	Changes  []change // of the server's limits
	Rival    *rival   // nil means that nobody else sends
	Costly   bool     // a throttle costs more than a few seconds
	// Least is the share that must be used of all that is allowed at any time, where that changes. A rise is
	// only seen when the next probe is due, so it follows from the gap between probes: up to 150 s, or 90 pauses.
	Least float64
}

// A change is what the limits become after some time.
type change struct {
	After  time.Duration
	Rate   float64
	Limits []sandbox.Limit
}

// A rival is somebody else who uses the same limits, and sends evenly, whatever is answered.
type rival struct {
	From, Until time.Duration
	Rate        float64       // requests per second
	Period      time.Duration // in which the rate swings from nothing to Rate and back; 0 means it is constant
}

// rateAt is how many requests per second the rival sends at a time.
func (v *rival) rateAt(at time.Duration) float64 {
	switch {
	case v == nil || at < v.From || at >= v.Until:
		return 0
	case v.Period == 0:
		return v.Rate
	}
	return v.Rate * (1 - math.Cos(2*math.Pi*at.Seconds()/v.Period.Seconds())) / 2
}

// steady reports whether the row is allowed the same all the time. Where it is not, a constant pace is no
// good, and what counts besides is the share of all that is allowed at any time.
func (r *row) steady() bool { return r.Changes == nil && r.Rival == nil }

// rateAt is what the server allows at a time, less what a rival takes.
func (r *row) rateAt(at time.Duration) float64 {
	rate := r.Rate
	for _, c := range r.Changes {
		if at >= c.After {
			rate = c.Rate
		}
	}
	return rate - r.Rival.rateAt(at)
}

// allowed is how many requests the server allows in all.
func (r *row) allowed() float64 {
	sum := 0.0
	for at := time.Second / 2; at < r.Duration; at += time.Second {
		sum += r.rateAt(at)
	}
	return sum
}

// lowest is the least that is ever allowed, in requests per second.
func (r *row) lowest() float64 {
	least := r.Rate
	for at := time.Duration(0); at < r.Duration; at += time.Second {
		least = min(least, r.rateAt(at))
	}
	return least
}

// requests is the size of the row's finite sibling: a third of what is allowed, two thirds where that
// changes, so that the changes come before the end.
func (r *row) requests() int {
	switch {
	case r.Job > 0:
		return r.Job
	case r.steady():
		return min(round(r.allowed()/3), 3000)
	}
	return round(r.allowed() * 2 / 3)
}

// round rounds to two digits.
func round(x float64) int {
	unit := math.Pow(10, math.Floor(math.Log10(x))-1)
	return int(math.Round(math.Round(x/unit) * unit))
}

// halved is the row with a server that allows half as much, for a shorter time, where that makes sense.
func (r *row) halved() (*row, bool) {
	if !r.steady() || len(r.Server.Limits) > 1 || r.Server.Limits[0].N < 2 || r.Server.Limits[0].Per >= time.Hour {
		return nil, false
	}
	h := *r
	h.Duration, h.Rate = staleFor, r.Rate/2
	h.Server.Limits = slices.Clone(r.Server.Limits)
	if l := &h.Server.Limits[0]; l.N%2 == 0 || l.Kind == sandbox.Concurrency {
		l.N /= 2
	} else {
		l.Per *= 2
	}
	return &h, true
}

func limits(l ...sandbox.Limit) []sandbox.Limit { return l }

func bucket(n, burst int) sandbox.Limit {
	return sandbox.Limit{Kind: sandbox.Bucket, N: n, Per: time.Second, Burst: burst}
}

func per(kind sandbox.Kind, n int, span time.Duration) sandbox.Limit {
	return sandbox.Limit{Kind: kind, N: n, Per: span}
}

func locked(l sandbox.Limit, restarts bool) sandbox.Limit {
	l.Lockout, l.LockoutRestarts = 30*time.Second, restarts
	return l
}

func counting(l sandbox.Limit) sandbox.Limit {
	l.CountThrottled = true
	return l
}

const ms, minute = time.Millisecond, time.Minute

// What most servers say when they throttle.
const told, silent = "retry-after", "none"

func server(headers string, l ...sandbox.Limit) sandbox.Config {
	return sandbox.Config{Headers: headers, Limits: l}
}

// rows are the servers of the gauntlet.
func rows() []row {
	window := per(sandbox.Aligned, 60, minute)
	return []row{
		{Name: "bucket 3/s burst 10, Retry-After", Server: server(told, bucket(3, 10)), Rate: 3, InFlight: 16, RTT: 150 * ms, Duration: 20 * minute},
		{Name: "bucket 20/s burst 5, Retry-After", Server: server(told, bucket(20, 5)), Rate: 20, InFlight: 16, RTT: 100 * ms, Duration: 20 * minute},
		{Name: "bucket 50/s burst 50, Retry-After", Server: server(told, bucket(50, 50)), Rate: 50, InFlight: 64, RTT: 200 * ms, Duration: 20 * minute},
		{Name: "bucket 100/s burst 20, Retry-After", Server: server(told, bucket(100, 20)), Rate: 100, InFlight: 64, RTT: 100 * ms, Duration: 15 * minute},
		{Name: "bucket 1000/s burst 100, no header", Server: server(silent, bucket(1000, 100)), Rate: 1000, InFlight: 400, RTT: 100 * ms, Duration: 10 * minute},
		{Name: "bucket 10/s burst 1, no header", Server: server(silent, bucket(10, 1)), Rate: 10, InFlight: 16, RTT: 100 * ms, Duration: 20 * minute},
		{Name: "strict 10/s, no header", Server: server(silent, per(sandbox.Strict, 10, time.Second)), Rate: 10, InFlight: 16, RTT: 100 * ms, Duration: 20 * minute},
		{Name: "60 per 60 s, Retry-After", Server: server(told, window), Rate: 1, InFlight: 16, RTT: 150 * ms, Duration: 60 * minute},
		{Name: "50 per 60 s, Retry-After", Server: server(told, per(sandbox.Fixed, 50, minute)), Rate: 50. / 60, InFlight: 16, RTT: 150 * ms, Duration: 60 * minute},
		{Name: "600 per 60 s, no header", Server: server(silent, per(sandbox.Aligned, 600, minute)), Rate: 10, InFlight: 64, RTT: 200 * ms, Duration: 40 * minute},
		{Name: "rolling 100 per 10 s, Retry-After", Server: server(told, per(sandbox.Rolling, 100, 10*time.Second)), Rate: 10, InFlight: 16, RTT: 150 * ms, Duration: 20 * minute},
		{Name: "rolling 100 per 10 s, throttles count, no header", Server: server(silent, counting(per(sandbox.Rolling, 100, 10*time.Second))), Rate: 10, InFlight: 16, RTT: 150 * ms, Duration: 20 * minute},
		{Name: "5/s, a throttle locks out 30 s, Retry-After", Server: server(told, locked(bucket(5, 5), false)), Rate: 5, InFlight: 16, RTT: 200 * ms, Duration: 240 * minute, Costly: true},
		{Name: "5/s, a throttle locks out 30 s, no header", Server: server(silent, locked(bucket(5, 5), false)), Rate: 5, InFlight: 16, RTT: 200 * ms, Duration: 240 * minute, Costly: true},
		{Name: "5/s, every throttle locks out 30 s again, no header", Server: server(silent, locked(bucket(5, 5), true)), Rate: 5, InFlight: 16, RTT: 200 * ms, Duration: 240 * minute, Costly: true},
		{Name: "8 at a time x 200 ms, no header", Server: sandbox.Config{Headers: silent, Limits: limits(sandbox.Limit{Kind: sandbox.Concurrency, N: 8}), Latency: sandbox.Latency{Base: 200 * ms}}, Rate: 40, InFlight: 64, RTT: 50 * ms, Duration: 20 * minute},
		{Name: "6 at a time x 50 to 950 ms, no header", Server: sandbox.Config{Headers: silent, Limits: limits(sandbox.Limit{Kind: sandbox.Concurrency, N: 6}), Latency: sandbox.Latency{Base: 50 * ms, Jitter: 900 * ms}}, Rate: 12, InFlight: 64, RTT: 50 * ms, Duration: 20 * minute},
		{Name: "10/s and 300 per minute, Retry-After", Server: server(told, bucket(10, 10), per(sandbox.Aligned, 300, minute)), Rate: 5, InFlight: 16, RTT: 150 * ms, Duration: 30 * minute},
		{Name: "60 per 60 s, RateLimit fields to draft 06", Server: server("retry-after,ratelimit-6", window), Rate: 1, InFlight: 16, RTT: 150 * ms, Duration: 60 * minute},
		{Name: "60 per 60 s, RateLimit fields of draft 07", Server: server("retry-after,ratelimit-7", window), Rate: 1, InFlight: 16, RTT: 150 * ms, Duration: 60 * minute},
		{Name: "60 per 60 s, RateLimit fields from draft 08", Server: server("retry-after,ratelimit-8", window), Rate: 1, InFlight: 16, RTT: 150 * ms, Duration: 60 * minute},
		{Name: "5000 per hour, X-RateLimit, a job of 500", Server: server("x-ratelimit", per(sandbox.Fixed, 5000, time.Hour)), Rate: 5000. / 3600, InFlight: 16, RTT: 150 * ms, Duration: 60 * minute, Job: 500},
		{Name: "5000 per hour, X-RateLimit, a job of 20,000", Server: server("x-ratelimit", per(sandbox.Fixed, 5000, time.Hour)), Rate: 5000. / 3600, InFlight: 16, RTT: 150 * ms, Duration: 240 * minute, Job: 20_000},
		{Name: "60 per 60 s, a clock 90 s ahead, Retry-After dates", Server: skewed(server("retry-after-date", window)), Rate: 1, InFlight: 16, RTT: 150 * ms, Duration: 60 * minute},
		{Name: "bucket 20/s burst 5, 2 % errors and resets", Server: faulty(server(told, bucket(20, 5))), Rate: 20, InFlight: 16, RTT: 100 * ms, Duration: 20 * minute},
		{Name: "20/s, then 5/s, then 40/s, Retry-After", Server: server(told, bucket(20, 20)), Rate: 20, InFlight: 16, RTT: 150 * ms, Duration: 30 * minute, Changes: []change{{10 * minute, 5, limits(bucket(5, 20))}, {20 * minute, 40, limits(bucket(40, 20))}}, Least: 0.75},
		{Name: "20/s rises to 60/s, Retry-After", Server: server(told, bucket(20, 20)), Rate: 20, InFlight: 32, RTT: 150 * ms, Duration: 30 * minute, Changes: []change{{15 * minute, 60, limits(bucket(60, 20))}}, Least: 0.88},
		{Name: "5/s rises to 15/s, a throttle locks out 30 s", Server: server(told, locked(bucket(5, 5), false)), Rate: 5, InFlight: 16, RTT: 200 * ms, Duration: 240 * minute, Costly: true, Changes: []change{{60 * minute, 15, limits(locked(bucket(15, 5), false))}}, Least: 0.8},
		{Name: "20/s, a rival takes half for 10 min, Retry-After", Server: server(told, bucket(20, 20)), Rate: 20, InFlight: 16, RTT: 150 * ms, Duration: 30 * minute, Rival: &rival{From: 10 * minute, Until: 20 * minute, Rate: 10}, Least: 0.9},
		{Name: "20/s, a rival takes up to half, Retry-After", Server: server(told, bucket(20, 20)), Rate: 20, InFlight: 16, RTT: 150 * ms, Duration: 60 * minute, Rival: &rival{Until: 60 * minute, Rate: 10, Period: 20 * minute}, Least: 0.9},
	}
}

func skewed(c sandbox.Config) sandbox.Config {
	c.ClockSkew = 90 * time.Second
	return c
}

func faulty(c sandbox.Config) sandbox.Config {
	c.Faults = sandbox.Faults{Errors: 0.01, Resets: 0.01}
	return c
}
