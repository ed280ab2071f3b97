package gauntlet

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// A shortServer is one server of the short gauntlet and who sends to it.
type shortServer struct {
	Name     string
	Kind     string // for the tables
	Dialect  dialect
	RTT      time.Duration // each way takes half of it, give or take 30 %
	Work     time.Duration // that an admitted request takes at the server, in the mean
	InFlight int           // callers, each with the next request at once
	Leases   bool          // the limiter's store leases slots, as those do that processes share
	Rest     time.Duration // between the first run and the second
	Seed     uint64
	Random   bool // not one of shortKinds
	Knee     bool // a constant pace that knew the limit would be throttled by jitter: see knee

	// rate is what a client that knows the limit can get accepted in the long run, in requests per second, at
	// a time since the first run began.
	rate func(at time.Duration) float64
	// limit makes a new limit of the server; begin is when the first run begins.
	limit func(begin time.Duration) limit
}

// A counter is the server: it counts what it admits and throttles.
type counter struct {
	limit   limit
	dialect dialect

	mu       sync.Mutex
	accepted []time.Duration
	throttle []time.Duration
	named    time.Duration // when the last wait is over that a Retry-After named
}

// yearBegan is when the instants of a limit count from.
func yearBegan() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// ServeHTTP implements http.Handler.
func (c *counter) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	now := time.Now()
	ok, work := c.admit(w.Header(), now)
	if !ok {
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	if work > 0 {
		_ = sleep(req.Context(), work)
	}
}

func (c *counter) admit(h http.Header, now time.Time) (ok bool, work time.Duration) {
	at := now.Sub(yearBegan())
	c.mu.Lock()
	defer c.mu.Unlock()
	if ok = c.limit.fits(at); ok {
		c.limit.take(at)
		c.accepted = append(c.accepted, at)
		if l, works := c.limit.(worker); works {
			work = l.work()
		}
	} else {
		c.limit.miss(at)
		c.throttle = append(c.throttle, at)
		if c.dialect.Retry != unsaid {
			c.named = max(c.named, at+c.limit.told(at).Retry)
		}
	}
	c.dialect.header(h, c.limit, at, !ok)
	return ok, work
}

// between counts the instants of a span.
func between(list []time.Duration, from, to time.Duration) int {
	n := 0
	for _, at := range list {
		if at >= from && at < to {
			n++
		}
	}
	return n
}

// wire is the network to the server, with jitter of its own.
func (s *shortServer) wire(h http.Handler) *network {
	return &network{handler: h, rtt: s.RTT, rnd: rand.New(rand.NewPCG(s.Seed, 1))}
}
