package gauntlet

import (
	"time"

	"github.com/arl-cli/arl/internal/sandbox"
)

// others are servers that the law was not tuned to, and must not be: they tell whether what was learned
// from the rows is true of servers in general.
func others() []row {
	spaced := func(headers string, n, burst int) sandbox.Config {
		return server(headers, sandbox.Limit{Kind: sandbox.GCRA, N: n, Per: time.Second, Burst: burst})
	}
	queue := sandbox.Limit{Kind: sandbox.Leaky, N: 2, Per: time.Second, Burst: 39}
	daily := sandbox.Limit{Kind: sandbox.Daily, N: 1000}
	slow := sandbox.Config{Headers: told, Limits: limits(bucket(10, 10)), Latency: sandbox.Latency{Base: 500 * ms, Jitter: 1500 * ms}}
	return []row{
		{Name: "600 per 60 s from the first request, Retry-After", Server: server(told, per(sandbox.Fixed, 600, minute)), Rate: 10, InFlight: 32, RTT: 150 * ms, Duration: 40 * minute},
		{Name: "sliding 600 per 60 s, no header", Server: server(silent, per(sandbox.Sliding, 600, minute)), Rate: 10, InFlight: 32, RTT: 150 * ms, Duration: 40 * minute},
		{Name: "sliding 600 per 60 s, throttles count, Retry-After", Server: server(told, counting(per(sandbox.Sliding, 600, minute))), Rate: 10, InFlight: 32, RTT: 150 * ms, Duration: 40 * minute},
		{Name: "20 per 1 s, no header", Server: server(silent, per(sandbox.Aligned, 20, time.Second)), Rate: 20, InFlight: 32, RTT: 150 * ms, Duration: 20 * minute},
		{Name: "5/s burst 1, Retry-After rounded down to 0", Server: spaced("retry-after-floor", 5, 1), Rate: 5, InFlight: 16, RTT: 150 * ms, Duration: 20 * minute},
		{Name: "bucket 2/s burst 40, used/limit", Server: server("shopify", bucket(2, 40)), Rate: 2, InFlight: 16, RTT: 150 * ms, Duration: 30 * minute},
		{Name: "queue of 40 at 2/s, 64 callers, used/limit", Server: server("shopify", queue), Rate: 2, InFlight: 64, RTT: 150 * ms, Duration: 30 * minute},
		{Name: "bucket 30/s burst 10, Retry-After always 5", Server: server("retry-after-5", bucket(30, 10)), Rate: 30, InFlight: 32, RTT: 150 * ms, Duration: 30 * minute},
		{Name: "10/s and 1000 per day, no header", Server: server(silent, bucket(10, 10), daily), Rate: 1000. / 86400, InFlight: 16, RTT: 150 * ms, Duration: 48 * time.Hour},
		{Name: "bucket 20/s burst 20, 20 ms away, no header", Server: server(silent, bucket(20, 20)), Rate: 20, InFlight: 16, RTT: 20 * ms, Duration: 20 * minute},
		{Name: "bucket 20/s burst 20, 1 s away, no header", Server: server(silent, bucket(20, 20)), Rate: 20, InFlight: 64, RTT: time.Second, Duration: 20 * minute},
		{Name: "bucket 40/s burst 10, 4 callers, Retry-After", Server: server(told, bucket(40, 10)), Rate: 40, InFlight: 4, RTT: 50 * ms, Duration: 20 * minute},
		{Name: "bucket 40/s burst 10, 4 callers who need longer", Server: server(told, bucket(40, 10)), Rate: 40, InFlight: 4, RTT: 200 * ms, Duration: 20 * minute},
		{Name: "bucket 10/s, answers take 0.5 to 2 s, Retry-After", Server: slow, Rate: 10, InFlight: 64, RTT: 100 * ms, Duration: 20 * minute},
		{Name: "1 per 10 s, no header", Server: server(silent, per(sandbox.GCRA, 1, 10*time.Second)), Rate: 0.1, InFlight: 4, RTT: 150 * ms, Duration: 4 * time.Hour},
		{Name: "2/s, every throttle locks out 5 min, Retry-After", Server: server(told, lockedFor(5*minute, bucket(2, 10))), Rate: 2, InFlight: 8, RTT: 150 * ms, Duration: 12 * time.Hour, Costly: true},
		{Name: "1 at a time x 300 ms, no header", Server: sandbox.Config{Headers: silent, Limits: limits(sandbox.Limit{Kind: sandbox.Concurrency, N: 1}), Latency: sandbox.Latency{Base: 300 * ms}}, Rate: 1 / 0.3, InFlight: 16, RTT: 50 * ms, Duration: 20 * minute},
		{Name: "100/s and 4 at a time x 100 ms, Retry-After", Server: sandbox.Config{Headers: told, Limits: limits(bucket(100, 10), sandbox.Limit{Kind: sandbox.Concurrency, N: 4}), Latency: sandbox.Latency{Base: 100 * ms}}, Rate: 40, InFlight: 64, RTT: 50 * ms, Duration: 20 * minute},
		{Name: "30/s falls to 10/s and comes back, no header", Server: server(silent, bucket(30, 10)), Rate: 30, InFlight: 32, RTT: 150 * ms, Duration: 45 * minute, Changes: []change{{15 * minute, 10, limits(bucket(10, 10))}, {30 * minute, 30, limits(bucket(30, 10))}}, Least: 0.85},
		{Name: "600 per 60 s, a rival sends 4/s for 20 min, no header", Server: server(silent, per(sandbox.Aligned, 600, minute)), Rate: 10, InFlight: 32, RTT: 150 * ms, Duration: 60 * minute, Rival: &rival{From: 20 * minute, Until: 40 * minute, Rate: 4}, Least: 0.85},
	}
}

func lockedFor(d time.Duration, l sandbox.Limit) sandbox.Limit {
	l.Lockout = d
	return l
}
