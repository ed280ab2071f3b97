package gauntlet

import "time"

// shortFigures are what is reported of a server. Shares are parts of what was to be had: see oracle.
type shortFigures struct {
	Name, Kind, Tells string
	Random, Leases    bool
	Rate              float64 // that a client who knows the limit gets accepted, in requests per second
	Cold, Last, Warm  float64 // shares: the whole cold run, its last ten seconds, the second run

	Accepted, Throttled         int // cold
	WarmAccepted, WarmThrottled int

	AWS, Best *peerFigures // nil if they were not measured
}

func (r *shortRun) figures() *shortFigures {
	s, end := r.server, r.begin+shortCold
	again := r.again - s.RTT // nothing comes to the server for some time before
	return &shortFigures{
		Name: s.Name, Kind: s.Kind, Tells: s.Dialect.tells(), Random: s.Random, Leases: s.Leases, Rate: s.rate(shortCold),
		Cold: r.share(nil, r.begin, end), Last: r.share(r.accepted, end-shortLast, end), Warm: r.share(r.accepted, r.again, r.again+shortWarm),
		Accepted: between(r.accepted, 0, again), Throttled: between(r.throttle, 0, again),
		WarmAccepted: between(r.accepted, again, forever), WarmThrottled: between(r.throttle, again, forever),
	}
}

const forever = time.Duration(1<<63 - 1)

// share is what was accepted in a span as a part of what was to be had. What the oracle gets beyond it was
// lost; it is measured by what a span of that length is worth where nothing has been used up.
func (r *shortRun) share(before []time.Duration, from, to time.Duration) float64 {
	lost := r.server.oracle(r.begin, before, from, to) - float64(between(r.accepted, from, to))
	return 1 - min(max(0, lost)/r.server.worth(from-r.begin, to-r.begin), 1)
}

// part is the throttled as a part of all that was sent.
func part(throttled, accepted int) float64 {
	return float64(throttled) / max(1, float64(throttled+accepted))
}

func (f *shortFigures) last() float64          { return f.Last }
func (f *shortFigures) cold() float64          { return f.Cold }
func (f *shortFigures) warm() float64          { return f.Warm }
func (f *shortFigures) throttled() float64     { return part(f.Throttled, f.Accepted) }
func (f *shortFigures) warmThrottled() float64 { return part(f.WarmThrottled, f.WarmAccepted) }

// How many requests of a run may be throttled, whatever they are as a part of what was sent: it takes some to
// find a limit that nobody told, and where few requests are sent one is a large part.
const fewThrottled, fewWarmThrottled = 3, 1

// tooMany is the share of throttled requests where they are more than a few.
func (f *shortFigures) tooMany() float64 {
	if f.Throttled <= fewThrottled {
		return 0
	}
	return f.throttled()
}

func (f *shortFigures) warmTooMany() float64 {
	if f.WarmThrottled <= fewWarmThrottled {
		return 0
	}
	return f.warmThrottled()
}

// mayThrottle and mayThrottleWarm are how much of a run may be throttled, where that is more than a few requests.
const mayThrottle, mayThrottleWarm = 0.004, 0.001

// within reports whether no more was throttled than may be.
func (f *shortFigures) within() bool {
	return f.Throttled <= fewThrottled || f.throttled() <= mayThrottle
}

func (f *shortFigures) warmWithin() bool {
	return f.WarmThrottled <= fewWarmThrottled || f.warmThrottled() <= mayThrottleWarm
}

// ahead reports whether a peer was faster in the last ten seconds by more than a point.
func (f *shortFigures) ahead() bool { return f.AWS != nil && f.AWS.Last > f.Last+0.01 }
