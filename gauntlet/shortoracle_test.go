package gauntlet

import (
	"math"
	"testing"
	"time"
)

// The oracle knows the limit: it sends evenly, at the rate that the limit allows in the long run, from the
// beginning of the measured span, to the server as the client left it. What it gets accepted is what was to be
// had. A window that the client has used up already is no loss to it, and neither is a tail of its burst in a
// sliding log; what it could have used and did not is.
//
// A concurrency limit remembers nothing: of it the oracle gets what the rate says.
func (s *shortServer) oracle(begin time.Duration, before []time.Duration, from, to time.Duration) float64 {
	if s.Kind == "concurrency" {
		return s.worth(from-begin, to-begin)
	}
	l := s.replay(begin, before, from)
	n := 0
	for at := from + s.gap(from-begin)/2; at < to; at += s.gap(at - begin) {
		if l.fits(at) {
			l.take(at)
			n++
		}
	}
	return float64(n)
}

// gap is the time between two requests at the rate that the limit allows.
func (s *shortServer) gap(at time.Duration) time.Duration {
	return time.Duration(math.Ceil(float64(time.Second) / s.rate(at)))
}

// worth is how many requests the limit allows in a span in the long run.
func (s *shortServer) worth(from, to time.Duration) float64 {
	const step = 100 * time.Millisecond
	sum := 0.0
	for at := from; at < to; at += step {
		sum += s.rate(at) * step.Seconds()
	}
	return sum
}

// most is more than which no client can get accepted in a span: the limit is asked again and again.
func (s *shortServer) most(begin time.Duration, before []time.Duration, from, to time.Duration) int {
	l := s.replay(begin, before, from)
	n := 0
	for at := from; at < to; at += time.Millisecond {
		for ; l.fits(at); n++ {
			l.take(at)
		}
	}
	return n
}

// replay is the server's limit as the client left it, but for what was throttled.
func (s *shortServer) replay(begin time.Duration, before []time.Duration, until time.Duration) limit {
	l := unlocked(s.limit(begin))
	for _, at := range before {
		if at < until {
			l.fits(at) // lets time pass, and a rival send
			l.take(at)
		}
	}
	return l
}

// unlocked is a limit without its lock-out: who knows the limit is never locked out.
func unlocked(l limit) limit {
	if o, ok := l.(*lockOut); ok {
		return o.limit
	}
	return l
}

const (
	kneeStep = 0.01
	kneeSpan = time.Minute
)

// knee is the best constant pace, as a part of the limit, of which jitter has at most one in a hundred
// throttled. A limit without any burst minds two requests that come closer than they were sent.
func (s *shortServer) knee(rate float64) float64 {
	for part := 1.0; part > kneeStep; part -= kneeStep {
		r := s.evenly(rate*part, kneeSpan)
		if throttled := len(r.throttle); float64(throttled) <= paceThrottled*float64(throttled+len(r.accepted)) {
			return part
		}
	}
	return kneeStep
}

// check fails if a server has admitted more than it may.
func (r *shortRun) check(t *testing.T) {
	s := r.server
	if s.Kind == "concurrency" {
		return // how long requests take is drawn
	}
	const slack = 2 // between two moments at which the limit was asked
	if got, most := between(r.accepted, 0, r.begin+shortCold), s.most(r.begin, nil, r.begin-s.RTT/2, r.begin+shortCold); got > most+slack {
		t.Errorf("%s: %d accepted of %d in the first run", s.Name, got, most)
	}
	if got, most := between(r.accepted, r.again, r.again+shortWarm), s.most(r.begin, r.accepted, r.again, r.again+shortWarm); got > most+slack {
		t.Errorf("%s: %d accepted of %d in the second run", s.Name, got, most)
	}
}
