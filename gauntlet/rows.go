// Package gauntlet measures how well the limiter learns: the real limiter and transport against the
// servers of the sandbox, in virtual time, beside other ways of pacing. It is a module of its own, so
// that what it compares with never becomes a dependency of arl's users.
//
//	make gauntlet                                    # the table, and whether a bar is missed
//	go test -run 'TestGauntlet/bucket_50' -v -cold   # one row, only from a cold start
package gauntlet

import (
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
	Job      int                            // requests of the finite sibling
	Changes  []change                       // of the server's limits
	Rival    func(at time.Duration) float64 `json:"-"` // requests per second of somebody else
	Costly   bool                           // a refusal costs more than a few seconds
	Exempt   string                         // why a bar does not hold here, with the bound that does
	Least    float64                        // efficiency that an exempt row must reach all the same
}

// A change is what the limits become after some time.
type change struct {
	After  time.Duration
	Rate   float64
	Limits []sandbox.Limit
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
	l.CountRefused = true
	return l
}

const ms, minute = time.Millisecond, time.Minute

// rows are the servers of the gauntlet.
func rows() []row {
	server := func(headers string, l ...sandbox.Limit) sandbox.Config {
		return sandbox.Config{Headers: headers, Limits: l}
	}
	const told, silent = "retry-after", "none"
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
		{Name: "rolling 100 per 10 s, refusals count, no header", Server: server(silent, counting(per(sandbox.Rolling, 100, 10*time.Second))), Rate: 10, InFlight: 16, RTT: 150 * ms, Duration: 20 * minute},
		{Name: "5/s, a refusal locks out 30 s, Retry-After", Server: server(told, locked(bucket(5, 5), false)), Rate: 5, InFlight: 16, RTT: 200 * ms, Duration: 240 * minute, Costly: true},
		{Name: "5/s, a refusal locks out 30 s, no header", Server: server(silent, locked(bucket(5, 5), false)), Rate: 5, InFlight: 16, RTT: 200 * ms, Duration: 240 * minute, Costly: true},
		{Name: "5/s, every refusal locks out 30 s anew, no header", Server: server(silent, locked(bucket(5, 5), true)), Rate: 5, InFlight: 16, RTT: 200 * ms, Duration: 240 * minute, Costly: true},
		{Name: "8 at a time x 200 ms, no header", Server: sandbox.Config{Headers: silent, Limits: limits(sandbox.Limit{Kind: sandbox.Concurrency, N: 8}), Latency: sandbox.Latency{Base: 200 * ms}}, Rate: 40, InFlight: 64, RTT: 50 * ms, Duration: 20 * minute},
		{Name: "6 at a time x 50 to 950 ms, no header", Server: sandbox.Config{Headers: silent, Limits: limits(sandbox.Limit{Kind: sandbox.Concurrency, N: 6}), Latency: sandbox.Latency{Base: 50 * ms, Jitter: 900 * ms}}, Rate: 12, InFlight: 64, RTT: 50 * ms, Duration: 20 * minute},
		{Name: "10/s and 300 per minute, Retry-After", Server: server(told, bucket(10, 10), per(sandbox.Aligned, 300, minute)), Rate: 5, InFlight: 16, RTT: 150 * ms, Duration: 30 * minute},
		{Name: "60 per 60 s, RateLimit fields to draft 06", Server: server("retry-after,ratelimit-6", window), Rate: 1, InFlight: 16, RTT: 150 * ms, Duration: 60 * minute},
		{Name: "60 per 60 s, RateLimit fields of draft 07", Server: server("retry-after,ratelimit-7", window), Rate: 1, InFlight: 16, RTT: 150 * ms, Duration: 60 * minute},
		{Name: "60 per 60 s, RateLimit fields from draft 08", Server: server("retry-after,ratelimit-8", window), Rate: 1, InFlight: 16, RTT: 150 * ms, Duration: 60 * minute},
		{Name: "5000 per hour, X-RateLimit, a job of 500", Server: server("x-ratelimit", per(sandbox.Fixed, 5000, time.Hour)), Rate: 5000. / 3600, InFlight: 16, RTT: 150 * ms, Duration: 60 * minute, Job: 500},
		{Name: "5000 per hour, X-RateLimit, a job of 20,000", Server: server("x-ratelimit", per(sandbox.Fixed, 5000, time.Hour)), Rate: 5000. / 3600, InFlight: 16, RTT: 150 * ms, Duration: 240 * minute, Job: 19_000},
		{Name: "60 per 60 s, a clock 90 s ahead, Retry-After dates", Server: skewed(server("retry-after-date", window)), Rate: 1, InFlight: 16, RTT: 150 * ms, Duration: 60 * minute},
		{Name: "bucket 20/s burst 5, 2 % errors and resets", Server: faulty(server(told, bucket(20, 5))), Rate: 20, InFlight: 16, RTT: 100 * ms, Duration: 20 * minute},
		{Name: "20/s, then 5/s, then 40/s, Retry-After", Server: server(told, bucket(20, 20)), Rate: 20, InFlight: 16, RTT: 150 * ms, Duration: 30 * minute, Changes: []change{{10 * minute, 5, limits(bucket(5, 20))}, {20 * minute, 40, limits(bucket(40, 20))}}},
		{Name: "20/s rises to 60/s, Retry-After", Server: server(told, bucket(20, 20)), Rate: 20, InFlight: 32, RTT: 150 * ms, Duration: 30 * minute, Changes: []change{{15 * minute, 60, limits(bucket(60, 20))}}},
		{Name: "5/s rises to 15/s, a refusal locks out 30 s", Server: server(told, locked(bucket(5, 5), false)), Rate: 5, InFlight: 16, RTT: 200 * ms, Duration: 240 * minute, Costly: true, Changes: []change{{60 * minute, 15, limits(locked(bucket(15, 5), false))}}},
		{Name: "20/s, a rival takes half for 10 min, Retry-After", Server: server(told, bucket(20, 20)), Rate: 20, InFlight: 16, RTT: 150 * ms, Duration: 30 * minute, Rival: during(10*minute, 20*minute, 10)},
		{Name: "20/s, a rival takes up to half, Retry-After", Server: server(told, bucket(20, 20)), Rate: 20, InFlight: 16, RTT: 150 * ms, Duration: 60 * minute, Rival: swinging(10, 20*minute)},
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
