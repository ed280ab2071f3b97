package gauntlet

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

// peerFigures are what a peer reaches in the time of the cold run. None has a memory.
type peerFigures struct{ Cold, Last, ThrottledShare float64 }

// figuresOfPeer are those of a run without a second one.
func (r *shortRun) figuresOfPeer() *peerFigures {
	end := r.begin + shortCold
	accepted := between(r.accepted, r.begin, end)
	return &peerFigures{
		Cold:           r.share(nil, r.begin, end),
		Last:           r.share(r.accepted, end-shortLast, end),
		ThrottledShare: part(between(r.throttle, r.begin, end), accepted),
	}
}

// aws is the adaptive retryer of the AWS SDK for Go v2 on the server, from a cold start.
func (s *shortServer) aws(t *testing.T) *peerFigures {
	out := &shortRun{server: s}
	synctest.Test(t, func(t *testing.T) {
		out.begin = s.arrive() + s.RTT/2
		server := &counter{limit: s.limit(out.begin), dialect: s.Dialect}
		ctx, cancel := until(t, shortCold+s.RTT)
		defer cancel()
		wire := s.wire(server)
		work := adaptive(func() (int, time.Duration) {
			resp, err := wire.RoundTrip(request(ctx))
			if err != nil {
				return 0, 0
			}
			resp.Body.Close()
			return resp.StatusCode, 0
		})
		crowd(ctx, s.InFlight, 0, func() bool { work(ctx); return true })
		out.accepted, out.throttle = server.accepted, server.throttle
	})
	return out.figuresOfPeer()
}

const (
	fastestConstant = 1.1 // of the rate that the limit allows
	constantStep    = 0.02
)

// best is the best constant pace in hindsight: of those that have at most one request in a hundred throttled,
// the one that gets most accepted.
func (s *shortServer) best() *peerFigures {
	rate := s.rate(shortCold)
	var best *peerFigures
	for part := fastestConstant; part > constantStep; part -= constantStep {
		if best != nil && part < best.Cold {
			break // slower paces get less
		}
		f := s.evenly(rate*part, shortCold).figuresOfPeer()
		if f.ThrottledShare <= paceThrottled && (best == nil || f.Cold > best.Cold) {
			best = f
		}
	}
	if best == nil {
		return &peerFigures{}
	}
	return best
}

// evenly sends at a constant pace, whatever the response.
func (s *shortServer) evenly(rate float64, span time.Duration) *shortRun {
	const begin = 90 * time.Second
	out := &shortRun{server: s, begin: begin}
	l := s.limit(begin)
	air := newAir(&network{rtt: s.RTT, rnd: rand.New(rand.NewPCG(s.Seed, 6))}, rate)
	for at := air.next(); at < span+s.RTT/2; at = air.next() {
		now := begin - s.RTT/2 + at
		if l.fits(now) {
			l.take(now)
			out.accepted = append(out.accepted, now)
		} else {
			l.miss(now)
			out.throttle = append(out.throttle, now)
		}
	}
	return out
}
