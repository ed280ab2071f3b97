package gauntlet

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Bounds of the random servers.
const (
	shortSlowest, shortFastest = 2, 500 // requests per second
	shortNear, shortFar        = 5, 250 // ms of a round trip
	fewestCallers              = 64
	callersPerRoundTrip        = 2.5
)

// A dice draws what random servers are made of. The same seed and index make the same server.
type dice struct{ *rand.Rand }

// randomServers makes n of a seed.
func randomServers(seed uint64, n int) []shortServer {
	list := make([]shortServer, n)
	for i := range list {
		list[i] = random(seed, i)
	}
	return list
}

// random makes the server of an index.
func random(seed uint64, index int) shortServer {
	d := dice{rand.New(rand.NewPCG(seed, uint64(index)))}
	rtt := d.span(shortNear, shortFar)
	s := d.server(&rtt)
	s.RTT = rtt
	s.Seed = d.Uint64()
	s.Leases = index%2 == 0
	s.Name = fmt.Sprintf("%s, %s, %v away, random %d", s.Name, s.Dialect, s.RTT.Round(ms), index)
	rest := s.Rest + seconds(d.logUniform(1, 60))
	leases := s.Leases
	if d.chance(0.1) {
		s.InFlight = max(1, int(s.rate(time.Hour)*(rtt+s.Work).Seconds()*d.logUniform(0.6, 4)))
	}
	s = s.complete(rest)
	s.Leases, s.Random = leases, true
	return s
}

// complete fills in what follows from the rest: enough callers, and the rate that they can reach.
func (s shortServer) complete(rest time.Duration) shortServer {
	s.Rest, s.Leases = rest, true
	top, wire := s.rate(time.Hour), (s.RTT + s.Work).Seconds()
	if s.InFlight == 0 {
		s.InFlight = max(fewestCallers, int(callersPerRoundTrip*top*wire))
	}
	part := 1.0
	if s.Knee {
		part = s.knee(top)
	}
	rate, most := s.rate, float64(s.InFlight)/wire
	s.rate = func(at time.Duration) float64 { return min(part*rate(at), most) }
	return s
}

func (d dice) chance(p float64) bool { return d.Float64() < p }

func (d dice) logUniform(least, most float64) float64 {
	return least * math.Pow(most/least, d.Float64())
}

// span is a log-uniform time in ms.
func (d dice) span(least, most float64) time.Duration {
	return seconds(d.logUniform(least, most) / 1e3)
}

// rate is one that somebody configured, a round number, or any.
func (d dice) rate(least, most float64) float64 {
	rate := d.logUniform(least, most)
	if d.chance(0.5) {
		rate = rounded(rate)
	}
	return math.Max(least, math.Round(rate*100)/100)
}

// rounded is the next number of 1, 2, 3, 5 and ten times so much.
func rounded(x float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(x)))
	best := unit
	for _, digit := range []float64{1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10} {
		if math.Abs(math.Log(digit*unit/x)) < math.Abs(math.Log(best/x)) {
			best = digit * unit
		}
	}
	return best
}

// window is one of 1 to 60 s, and how many are allowed in it.
func (d dice) window() (n int, window time.Duration) {
	round := d.chance(0.5)
	w := d.logUniform(1, 60)
	rate := d.logUniform(shortSlowest, shortFastest)
	if !round {
		window = seconds(math.Round(w*10) / 10)
		return max(2, int(rate*window.Seconds())), window
	}
	whole := []float64{1, 2, 3, 5, 10, 15, 20, 30, 60}
	best := whole[0]
	for _, x := range whole {
		if math.Abs(math.Log(x/w)) < math.Abs(math.Log(best/w)) {
			best = x
		}
	}
	return max(2, int(rounded(rate*best))), seconds(best)
}

// pick draws one of the weighted.
func (d dice) pick(weights ...int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	x := d.IntN(sum)
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return 0
}

// server draws a server's limit and its headers. The round trip may become shorter.
func (d dice) server(rtt *time.Duration) shortServer {
	switch d.pick(26, 5, 24, 12, 11, 4, 8, 4, 3, 3) {
	case 0:
		return d.bucket(d.dialect())
	case 1:
		return d.spacing(rtt)
	case 2:
		return d.fixed(d.dialect())
	case 3:
		return d.log()
	case 4:
		return d.counter()
	case 5:
		return d.queue()
	case 6:
		return d.inFlight(rtt)
	case 7:
		return d.locked()
	case 8:
		return d.both()
	default:
		s := d.bucket(d.plain())
		return shortContested(s).named(s.Name+", a rival takes half and leaves", s.Dialect)
	}
}

func (s shortServer) named(name string, d dialect) shortServer {
	s.Name, s.Dialect = name, d
	return s
}

// bucket draws one. Where a policy is told, its window is of whole seconds.
func (d dice) bucket(told dialect) shortServer {
	rate := d.rate(shortSlowest, shortFastest)
	reset := fill(d.IntN(3))
	burst := max(2, math.Ceil(rate*d.logUniform(0.03, 3)))
	if told.Fields >= draft06 {
		burst = max(2, math.Ceil(rate*float64(1+d.IntN(4))))
	}
	says := [...]string{"until full", "until the next", "always 1"}[reset]
	if told.Reset == unsaid {
		return shortBucket(rate, burst, reset).named(fmt.Sprintf("bucket %v/s burst %v", rate, burst), told)
	}
	return shortBucket(rate, burst, reset).named(fmt.Sprintf("bucket %v/s burst %v, reset %s", rate, burst, says), told)
}

// spacing draws a limit without burst. Where jitter is longer than the gap, no client can use it.
func (d dice) spacing(rtt *time.Duration) shortServer {
	rate := d.rate(shortSlowest, 50)
	*rtt = min(*rtt, max(shortNear*ms, seconds(0.5/rate)))
	return shortSpacing(rate).named(fmt.Sprintf("spacing %v/s", rate), d.plain())
}

func (d dice) fixed(told dialect) shortServer {
	n, w := d.window()
	opened, phase := d.chance(0.5), time.Duration(0)
	name := fmt.Sprintf("%d per %v", n, w)
	switch {
	case opened:
		name += ", opened"
	case d.chance(0.3):
		phase = time.Duration(d.Int64N(int64(w)))
	}
	return shortWindow(n, w, opened, phase).named(name, told)
}

func (d dice) log() shortServer {
	n, w := d.window()
	counts, whole := d.chance(0.25), d.chance(0.3)
	return shortLog(n, w, counts, whole).named(fmt.Sprintf("rolling %d per %v%s", n, w, charged(counts)), d.dialect())
}

func (d dice) counter() shortServer {
	n, w := d.window()
	counts, exact, phase := d.chance(0.25), d.chance(0.5), time.Duration(0)
	if d.chance(0.3) {
		phase = time.Duration(d.Int64N(int64(w)))
	}
	return shortCounter(n, w, counts, exact, phase).named(fmt.Sprintf("counter %d per %v%s", n, w, charged(counts)), d.dialect())
}

func charged(counts bool) string {
	if counts {
		return ", throttled count"
	}
	return ""
}

func (d dice) queue() shortServer {
	rate := d.rate(shortSlowest, 200)
	size := max(2, math.Ceil(rate*d.logUniform(0.2, 2)))
	return shortQueue(rate, size).named(fmt.Sprintf("queue of %v at %v/s", size, rate), d.plain())
}

// inFlight draws a concurrency limit whose requests take longer than their way.
func (d dice) inFlight(rtt *time.Duration) shortServer {
	n := int(d.logUniform(2, 50))
	least := d.span(20, 500)
	most := least
	if d.chance(0.6) {
		most = seconds(least.Seconds() * d.logUniform(1.2, 6))
	}
	*rtt = min(*rtt, max(shortNear*ms, (least+most)/4))
	s := shortInFlight(n, least, most, *rtt, d.Uint64())
	return s.named(fmt.Sprintf("%d at a time x %v to %v", n, least.Round(ms), most.Round(ms)), d.plain())
}

func (d dice) locked() shortServer {
	s := d.bucket(d.plain())
	if d.chance(0.4) {
		s = d.fixed(d.plain())
	}
	span, extends := seconds(math.Round(d.logUniform(3, 30))), d.chance(0.5)
	name := fmt.Sprintf("%s, a throttle locks out %v", s.Name, span)
	if extends {
		name += ", extended"
	}
	return shortLocked(s, span, extends).named(name, s.Dialect)
}

// both draws two limits, the longer of which allows somewhat less.
func (d dice) both() shortServer {
	rate := d.rate(5, 200)
	w := seconds(math.Round(d.logUniform(5, 60)))
	n := int(rate * d.logUniform(0.5, 1) * w.Seconds())
	name := fmt.Sprintf("%v/s and %d per %v", rate, n, w)
	return shortBoth(shortBucket(rate, max(2, math.Ceil(rate)), untilNext), shortWindow(n, w, d.chance(0.5), 0)).named(name, d.dialect())
}

// plain draws what servers say that tell nothing of what is left.
func (d dice) plain() dialect {
	return dialect{Retry: []rounding{unsaid, ceiled, floored, fraction}[d.pick(5, 4, 1, 1)]}
}

// dialect draws what a server says.
func (d dice) dialect() dialect {
	if d.chance(0.45) {
		return d.plain()
	}
	told := dialect{Fields: []fields{xRateLimit, xRateDashLimit, draft06, draft07, draft08, policyOnly}[d.pick(10, 2, 2, 2, 2, 1)]}
	told.Retry = []rounding{unsaid, ceiled, floored, fraction}[d.pick(3, 5, 1, 1)]
	switch {
	case told.Fields >= draft06:
		told.Reset = []rounding{ceiled, floored}[d.pick(3, 1)]
	case d.chance(0.85):
		told.Reset = []rounding{ceiled, floored, fraction, epochCeiled, epochFloored, epochFraction}[d.pick(4, 2, 1, 4, 2, 1)]
	}
	return told
}
