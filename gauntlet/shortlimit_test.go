package gauntlet

import (
	"math"
	"math/rand/v2"
	"time"
)

// A limit decides which requests a server of the short gauntlet admits. Instants are the time since the year
// began, so that windows can be aligned to the clock; they never go back.
type limit interface {
	fits(now time.Duration) bool   // whether a request would be admitted
	take(now time.Duration)        // a request was admitted
	miss(now time.Duration)        // a request was throttled
	told(now time.Duration) status // what the server can say in its headers
}

// A worker is a limit under which an admitted request takes some time.
type worker interface{ work() time.Duration }

// status is what a server knows of its limit, before it is rounded and spelled.
type status struct {
	Limit, Left int           // requests
	Window      time.Duration // in which Limit requests are allowed
	Reset       time.Duration // until when, as this kind of server sees it
	Retry       time.Duration // until a throttled request is worth a retry, as this kind of server sees it
}

// fill says what the reset of a bucket means.
type fill int

const (
	untilFull fill = iota // throttled/throttled, redis-cell
	untilNext             // one more token
	oneSecond             // always the same second, over which the rate is configured
)

// tokenBucket refills evenly and starts full. With the reset until full it is a generic cell rate algorithm.
type tokenBucket struct {
	rate, burst float64
	reset       fill
	missing     float64 // tokens
	at          time.Duration
}

func (b *tokenBucket) refill(now time.Duration) {
	b.missing = max(0, b.missing-(now-b.at).Seconds()*b.rate)
	b.at = now
}

func (b *tokenBucket) fits(now time.Duration) bool {
	b.refill(now)
	return b.missing <= b.burst-1+1e-9
}

func (b *tokenBucket) take(now time.Duration) {
	b.refill(now)
	b.missing++
}

func (b *tokenBucket) miss(time.Duration) {}

func (b *tokenBucket) told(now time.Duration) status {
	b.refill(now)
	next := seconds(max(0, b.missing-b.burst+1) / b.rate)
	t := status{
		Limit: int(b.burst), Left: int(max(0, b.burst-b.missing+1e-9)), Window: seconds(b.burst / b.rate), Retry: next,
	}
	switch b.reset {
	case untilFull:
		t.Reset = seconds(b.missing / b.rate)
	case untilNext:
		t.Reset = next
	case oneSecond:
		t.Limit, t.Window, t.Reset = max(1, int(math.Round(b.rate))), time.Second, time.Second
	}
	return t
}

// spacing wants a whole gap after the last admitted request, and saves nothing up.
type spacing struct {
	gap, next time.Duration
}

func (s *spacing) fits(now time.Duration) bool { return now >= s.next }
func (s *spacing) take(now time.Duration)      { s.next = now + s.gap }
func (s *spacing) miss(time.Duration)          {}

func (s *spacing) told(now time.Duration) status {
	wait := max(0, s.next-now)
	return status{Limit: 1, Window: s.gap, Reset: wait, Retry: wait}
}

// leakyQueue works off what it admits at its rate, one after the other, and throttles what finds it full.
type leakyQueue struct {
	rate, size float64
	empty      time.Duration // when all that is queued will have been worked off
	delay      time.Duration
}

func (q *leakyQueue) queued(now time.Duration) float64 { return max(0, q.empty-now).Seconds() * q.rate }

func (q *leakyQueue) fits(now time.Duration) bool { return q.queued(now) <= q.size-1+1e-9 }

func (q *leakyQueue) take(now time.Duration) {
	q.delay = max(0, q.empty-now)
	q.empty = max(q.empty, now) + seconds(1/q.rate)
}

func (q *leakyQueue) miss(time.Duration) {}

func (q *leakyQueue) work() time.Duration { return q.delay }

func (q *leakyQueue) told(now time.Duration) status {
	queued := q.queued(now)
	return status{
		Limit: int(q.size), Left: int(max(0, q.size-queued)), Window: seconds(q.size / q.rate),
		Reset: seconds(queued / q.rate), Retry: seconds(max(0, queued-q.size+1) / q.rate),
	}
}

// inFlightLimit works on n requests at once, each for some time.
type inFlightLimit struct {
	n           int
	least, most time.Duration // that a request takes
	chance      *rand.Rand
	ends        []time.Duration
	last        time.Duration
}

func (c *inFlightLimit) fits(now time.Duration) bool {
	busy := c.ends[:0]
	for _, end := range c.ends {
		if end > now {
			busy = append(busy, end)
		}
	}
	c.ends = busy
	return len(busy) < c.n
}

func (c *inFlightLimit) take(now time.Duration) {
	c.last = c.least
	if c.most > c.least {
		c.last += time.Duration(c.chance.Int64N(int64(c.most - c.least)))
	}
	c.ends = append(c.ends, now+c.last)
}

func (c *inFlightLimit) miss(time.Duration)  {}
func (c *inFlightLimit) work() time.Duration { return c.last }

func (c *inFlightLimit) told(now time.Duration) status {
	c.fits(now)
	return status{Limit: c.n, Left: c.n - len(c.ends), Retry: time.Second, Reset: time.Second}
}

func seconds(s float64) time.Duration { return time.Duration(math.Round(s * float64(time.Second))) }
