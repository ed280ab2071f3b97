package gauntlet

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// always is a rate that does not change.
func always(rate float64) func(time.Duration) float64 {
	return func(time.Duration) float64 { return rate }
}

// shortBucket is a bucket's server.
func shortBucket(rate, burst float64, reset fill) shortServer {
	return shortServer{Kind: "bucket", Knee: true, rate: always(rate), limit: func(time.Duration) limit {
		return &tokenBucket{rate: rate, burst: burst, reset: reset}
	}}
}

// shortSpacing is the server of a limit without any burst.
func shortSpacing(rate float64) shortServer {
	return shortServer{Kind: "spacing", Knee: true, rate: always(rate), limit: func(time.Duration) limit {
		return &spacing{gap: seconds(1 / rate)}
	}}
}

// shortWindow is a fixed window's server.
func shortWindow(n int, window time.Duration, opened bool, phase time.Duration) shortServer {
	return shortServer{Kind: "window", rate: always(float64(n) / window.Seconds()), limit: func(time.Duration) limit {
		return &fixedWindow{n: n, window: window, opened: opened, phase: phase}
	}}
}

// shortLog is a sliding log's server.
func shortLog(n int, window time.Duration, counts, whole bool) shortServer {
	return shortServer{Kind: "log", rate: always(float64(n) / window.Seconds()), limit: func(time.Duration) limit {
		return &slidingLog{n: n, window: window, counts: counts, whole: whole}
	}}
}

// shortCounter is a sliding counter's server.
func shortCounter(n int, window time.Duration, counts, exact bool, phase time.Duration) shortServer {
	return shortServer{Kind: "counter", rate: always(float64(n) / window.Seconds()), limit: func(time.Duration) limit {
		return &slidingCounter{n: n, window: window, counts: counts, exact: exact, phase: phase}
	}}
}

// shortQueue is a leaky bucket's server, which lets what it admits wait.
func shortQueue(rate, size float64) shortServer {
	return shortServer{Kind: "queue", Knee: true, rate: always(rate), limit: func(time.Duration) limit {
		return &leakyQueue{rate: rate, size: size}
	}}
}

// shortInFlight is the server of a concurrency limit. Who keeps n in flight gets n in each round trip.
func shortInFlight(n int, least, most, rtt time.Duration, seed uint64) shortServer {
	work := (least + most) / 2
	rate := always(float64(n) / (work + rtt).Seconds())
	return shortServer{Kind: "concurrency", Work: work, rate: rate, limit: func(time.Duration) limit {
		return &inFlightLimit{n: n, least: least, most: most, chance: rand.New(rand.NewPCG(seed, 5))}
	}}
}

// shortLocked locks out after a throttle.
func shortLocked(s shortServer, span time.Duration, extends bool) shortServer {
	inner := s.limit
	s.Kind, s.Rest = "lock-out", span
	s.limit = func(begin time.Duration) limit {
		return &lockOut{limit: inner(begin), span: span, extends: extends}
	}
	return s
}

// shortBoth has two limits.
func shortBoth(a, b shortServer) shortServer {
	return shortServer{
		Kind: "several", rate: func(at time.Duration) float64 { return min(a.rate(at), b.rate(at)) },
		Knee: a.Knee || b.Knee,
		limit: func(begin time.Duration) limit {
			return together{a.limit(begin), b.limit(begin)}
		},
	}
}

// rivalLeaves is when a rival leaves who has taken half until then.
const rivalLeaves = 12 * time.Second

// shortContested has a rival.
func shortContested(s shortServer) shortServer {
	inner, rate := s.limit, s.rate(0)
	s.Kind, s.Knee = "rival", false
	s.rate = func(at time.Duration) float64 {
		if at < rivalLeaves {
			return rate / 2
		}
		return rate
	}
	s.limit = func(begin time.Duration) limit {
		return &contested{limit: inner(begin), gap: seconds(2 / rate), next: begin, until: begin + rivalLeaves}
	}
	return s
}

// shortKinds are servers of the kinds that there are, with the headers that go with them.
func shortKinds() []shortServer {
	const s, whole, opened, counts, exact = time.Second, true, true, true, true
	silent, told := dialect{}, dialect{Retry: ceiled}
	x := func(reset rounding) dialect { return dialect{Fields: xRateLimit, Reset: reset, Retry: ceiled} }
	list := []shortServer{
		named("bucket 50/s burst 50", shortBucket(50, 50, untilNext), silent, 100*ms),
		named("bucket 300/s burst 100", shortBucket(300, 100, untilNext), silent, 40*ms),
		named("bucket 5/s burst 10", shortBucket(5, 10, untilNext), told, 80*ms),
		named("bucket 25/s burst 10, reset always 1", shortBucket(25, 10, oneSecond), x(ceiled), ms),
		named("bucket 35/s burst 15", shortBucket(35, 15, untilNext), dialect{Fields: xRateLimit}, ms),
		named("GCRA 40/s burst 10, reset until full", shortBucket(40, 10, untilFull), x(ceiled), ms),
		named("GCRA 8/s burst 40, reset until full", shortBucket(8, 40, untilFull), dialect{Fields: draft08, Reset: ceiled, Retry: ceiled}, 120*ms),
		named("spacing 20/s", shortSpacing(20), silent, 10*ms),
		named("spacing 50/s", shortSpacing(50), dialect{Retry: fraction}, 5*ms),
		named("queue of 40 at 30/s", shortQueue(30, 40), silent, 50*ms),
		named("120 per 2 s", shortWindow(120, 2*s, !opened, 0), x(ceiled), 2*ms),
		named("20 per 1 s", shortWindow(20, s, !opened, 0), x(epochCeiled), 2*ms),
		named("50 per 3 s, opened", shortWindow(50, 3*s, opened, 0), x(epochFloored), 60*ms),
		named("100 per 10 s", shortWindow(100, 10*s, !opened, 0), dialect{Fields: draft07, Reset: ceiled, Retry: ceiled}, 100*ms),
		named("600 per 60 s, opened", shortWindow(600, 60*s, opened, 0), dialect{Fields: draft06, Reset: ceiled, Retry: ceiled}, 150*ms),
		named("150 per 6 s, opened", shortWindow(150, 6*s, opened, 0), dialect{Fields: draft08, Reset: floored, Retry: floored}, 40*ms),
		named("400 per 4 s", shortWindow(400, 4*s, !opened, 0), dialect{Fields: xRateDashLimit, Reset: epochFraction}, 20*ms),
		named("200 per 5 s", shortWindow(200, 5*s, !opened, 0), silent, 100*ms),
		named("50 per 5 s, opened", shortWindow(50, 5*s, opened, 0), told, 80*ms),
		named("rolling 100 per 5 s, reset a window away", shortLog(100, 5*s, !counts, whole), x(ceiled), 50*ms),
		named("rolling 200 per 10 s, reset of the oldest", shortLog(200, 10*s, !counts, !whole), x(ceiled), 50*ms),
		named("rolling 100 per 10 s", shortLog(100, 10*s, !counts, !whole), silent, 100*ms),
		named("rolling 60 per 3 s, throttled count", shortLog(60, 3*s, counts, !whole), told, 60*ms),
		named("counter 300 per 10 s", shortCounter(300, 10*s, !counts, !exact, 0), x(epochCeiled), 40*ms),
		named("counter 40 per 2 s", shortCounter(40, 2*s, !counts, !exact, 0), silent, 70*ms),
		named("counter 100 per 5 s, throttled count", shortCounter(100, 5*s, counts, exact, 0), told, 70*ms),
		named("6 at a time x 60 ms", shortInFlight(6, 60*ms, 60*ms, 20*ms, 1), silent, 20*ms),
		named("8 at a time x 100 to 500 ms", shortInFlight(8, 100*ms, 500*ms, 50*ms, 2), told, 50*ms),
		named("20/s, a throttle locks out 3 s, extended", shortLocked(shortBucket(20, 20, untilNext), 3*s, true), told, 50*ms),
		named("10/s, a throttle locks out 30 s", shortLocked(shortBucket(10, 10, untilNext), 30*s, false), silent, 100*ms),
		named("100/s and 200 per 5 s", shortBoth(shortBucket(100, 20, untilFull), shortWindow(200, 5*s, opened, 0)), dialect{Fields: draft08, Reset: ceiled, Retry: ceiled}, 30*ms),
		named("90 per 3 s", shortWindow(90, 3*s, !opened, 0), dialect{Fields: policyOnly, Retry: ceiled}, 45*ms),
		named("20/s and 300 per 30 s", shortBoth(shortBucket(20, 20, untilNext), shortWindow(300, 30*s, !opened, 0)), x(ceiled), 60*ms),
		named("40/s, a rival takes half and leaves", shortContested(shortBucket(40, 40, untilNext)), told, 60*ms),
	}
	return list
}

// named completes a server of a kind.
func named(name string, s shortServer, d dialect, rtt time.Duration) shortServer {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	s.Name, s.Dialect, s.RTT, s.Seed = name+", "+d.String(), d, rtt, h.Sum64()
	return s.complete(s.Rest + 5*time.Second)
}
