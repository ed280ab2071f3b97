package pacing

import (
	"math"
	"math/rand/v2"
	"time"
)

// A server admits or throttles at an instant.
type server interface{ admit(now int64) reply }

// A reply to a request. A throttle may name a pause; an admitted request is worked on for some time.
type reply struct {
	ok         bool
	retryAfter time.Duration
	work       time.Duration
}

func admitted() reply { return reply{ok: true} }

// named says how a server spells its waits: not at all, in whole seconds rounded up, or as they are.
type named int

const (
	silent named = iota
	wholeSeconds
	exact
)

func (n named) of(wait int64) time.Duration {
	d := time.Duration(max(wait, 1))
	switch n {
	case wholeSeconds:
		return (d + time.Second - 1).Truncate(time.Second)
	case exact:
		return d
	}
	return 0
}

// bucketServer is a token bucket whose rate may change.
type bucketServer struct {
	rate, burst float64
	rates       func(now int64) float64 // instead of rate
	named       named
	tokens      float64
	at          int64
}

func (b *bucketServer) refill(now int64) float64 {
	rate := b.rate
	if b.rates != nil {
		rate = b.rates(now)
	}
	if b.at == 0 {
		b.tokens = b.burst
	}
	b.tokens = min(b.burst, b.tokens+float64(now-b.at)/1e9*rate)
	b.at = now
	return rate
}

func (b *bucketServer) admit(now int64) reply {
	rate := b.refill(now)
	if b.tokens >= 1 {
		b.tokens--
		return admitted()
	}
	return reply{retryAfter: b.named.of(int64((1 - b.tokens) / rate * 1e9))}
}

// strictServer wants a whole gap since the last admitted request, as nginx's limit_req does.
type strictServer struct {
	gap, last int64
	named     named
}

func (s *strictServer) admit(now int64) reply {
	if s.last != 0 && now-s.last < s.gap {
		return reply{retryAfter: s.named.of(s.last + s.gap - now)}
	}
	s.last = now
	return admitted()
}

// windowServer allows n per span, aligned on the clock or opened by a request.
type windowServer struct {
	n      int
	span   int64
	opens  bool
	named  named
	start  int64
	used   int
	opened bool
}

func (w *windowServer) admit(now int64) reply {
	switch {
	case w.opens && (!w.opened || now-w.start >= w.span):
		w.start, w.used, w.opened = now, 0, true
	case !w.opens && now-now%w.span != w.start:
		w.start, w.used = now-now%w.span, 0
	}
	if w.used < w.n {
		w.used++
		return admitted()
	}
	return reply{retryAfter: w.named.of(w.start + w.span - now)}
}

// rollingServer allows n in any span; it may count throttled requests too.
type rollingServer struct {
	n      int
	span   int64
	named  named
	counts bool
	log    []int64
}

func (r *rollingServer) admit(now int64) reply {
	for len(r.log) > 0 && r.log[0] <= now-r.span {
		r.log = r.log[1:]
	}
	if len(r.log) < r.n {
		r.log = append(r.log, now)
		return admitted()
	}
	wait := r.log[len(r.log)-r.n] + r.span - now
	if r.counts {
		r.log = append(r.log, now)
	}
	return reply{retryAfter: r.named.of(wait)}
}

// slidingServer estimates a rolling window from two counters.
type slidingServer struct {
	n         int
	span      int64
	named     named
	window    int64
	last, cur int
}

func (s *slidingServer) admit(now int64) reply {
	switch i := now / s.span; {
	case i == s.window+1:
		s.window, s.last, s.cur = i, s.cur, 0
	case i > s.window:
		s.window, s.last, s.cur = i, 0, 0
	}
	into := float64(now%s.span) / float64(s.span)
	if float64(s.last)*(1-into)+float64(s.cur) < float64(s.n) {
		s.cur++
		return admitted()
	}
	return reply{retryAfter: s.named.of(s.span / int64(s.n))}
}

// lockServer throttles everything for lock after a throttle; a try may restart it.
type lockServer struct {
	server
	lock     time.Duration
	restarts bool
	until    int64
	named    named
}

func (l *lockServer) admit(now int64) reply {
	if now < l.until {
		if l.restarts {
			l.until = now + int64(l.lock)
		}
		return reply{retryAfter: l.named.of(l.until - now)}
	}
	if l.server.admit(now).ok {
		return admitted()
	}
	l.until = now + int64(l.lock)
	return reply{retryAfter: l.named.of(int64(l.lock))}
}

// capServer works on n requests at a time.
type capServer struct {
	n    int
	work func() time.Duration
	ends []int64
}

func steadily(d time.Duration) func() time.Duration { return func() time.Duration { return d } }

// between varies evenly.
func between(least, most time.Duration) func() time.Duration {
	rnd := rand.New(rand.NewPCG(5, 6))
	return func() time.Duration { return least + time.Duration(rnd.Int64N(int64(most-least))) }
}

func (c *capServer) admit(now int64) reply {
	busy := c.ends[:0]
	for _, end := range c.ends {
		if end > now {
			busy = append(busy, end)
		}
	}
	c.ends = busy
	if len(busy) >= c.n {
		return reply{}
	}
	work := c.work()
	c.ends = append(c.ends, now+int64(work))
	return reply{ok: true, work: work}
}

// bothServer admits what two servers admit. The second is charged only if the first agreed.
type bothServer struct{ a, b server }

func (s *bothServer) admit(now int64) reply {
	if r := s.a.admit(now); !r.ok {
		return r
	}
	return s.b.admit(now)
}

// rivalServer has another client, who sends evenly at a rate that may change.
type rivalServer struct {
	server
	rate func(now int64) float64
	next int64
}

func (r *rivalServer) admit(now int64) reply {
	for r.next < now {
		rate := r.rate(r.next)
		if rate > 0 {
			r.server.admit(max(r.next, 1))
		}
		r.next += int64(1e9 / max(rate, 1))
	}
	return r.server.admit(now)
}

// tellingServer says in every answer what is left of its window, rounded as servers do.
type tellingServer struct {
	windowServer
	round func(time.Duration) time.Duration // of the reset
}

// A teller says in its answers what is left.
type teller interface{ tell(now int64) Budget }

func (t *tellingServer) tell(now int64) Budget {
	return Budget{
		Name: "X-Ratelimit-Remaining", ID: 1, Limit: int64(t.n), Remaining: int64(max(t.n-t.used, 0)),
		Reset: t.round(time.Duration(t.start + t.span - now)),
	}
}

func roundUp(d time.Duration) time.Duration   { return (d + time.Second - 1).Truncate(time.Second) }
func roundDown(d time.Duration) time.Duration { return d.Truncate(time.Second) }

// changing returns a rate that changes at given seconds.
func changing(rates ...float64) func(int64) float64 {
	return func(now int64) float64 {
		rate := rates[0]
		for i := 1; i+1 < len(rates); i += 2 {
			if float64(now)/1e9 >= rates[i] {
				rate = rates[i+1]
			}
		}
		return rate
	}
}

// swinging returns a rate that swings between 0 and top.
func swinging(top, period float64) func(int64) float64 {
	return func(now int64) float64 {
		return top * (1 - math.Cos(2*math.Pi*float64(now)/1e9/period)) / 2
	}
}
