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

// fixedWindow allows n in each window, aligned to the clock or opened by the first request after the last one.
type fixedWindow struct {
	n      int
	window time.Duration
	opened bool
	phase  time.Duration // of an aligned one

	begin time.Duration
	used  int
	began bool
}

func (w *fixedWindow) turn(now time.Duration) {
	switch {
	case w.opened && w.began && now-w.begin >= w.window:
		w.used, w.began = 0, false
	case !w.opened:
		if begin := now - (now+w.phase)%w.window; begin != w.begin {
			w.begin, w.used = begin, 0
		}
	}
}

func (w *fixedWindow) fits(now time.Duration) bool {
	w.turn(now)
	return w.used < w.n
}

func (w *fixedWindow) take(now time.Duration) {
	w.turn(now)
	if w.opened && !w.began {
		w.begin, w.began = now, true
	}
	w.used++
}

func (w *fixedWindow) miss(time.Duration) {}

func (w *fixedWindow) told(now time.Duration) status {
	w.turn(now)
	left := w.window
	if !w.opened || w.began {
		left = w.begin + w.window - now
	}
	t := status{Limit: w.n, Left: w.n - w.used, Window: w.window, Reset: left}
	if t.Left == 0 {
		t.Retry = left
	}
	return t
}

// slidingLog allows n in any span of a window. It may count throttled requests too.
type slidingLog struct {
	n      int
	window time.Duration
	counts bool
	whole  bool // the reset is a whole window away, whatever is in the log
	log    []time.Duration
}

func (l *slidingLog) forget(now time.Duration) {
	for len(l.log) > 0 && l.log[0] <= now-l.window {
		l.log = l.log[1:]
	}
}

func (l *slidingLog) fits(now time.Duration) bool {
	l.forget(now)
	return len(l.log) < l.n
}

func (l *slidingLog) take(now time.Duration) { l.log = append(l.log, now) }

func (l *slidingLog) miss(now time.Duration) {
	if l.counts {
		l.log = append(l.log, now)
	}
}

func (l *slidingLog) told(now time.Duration) status {
	l.forget(now)
	t := status{Limit: l.n, Left: max(0, l.n-len(l.log)), Window: l.window, Reset: l.window}
	if len(l.log) > 0 && !l.whole {
		t.Reset = l.log[0] + l.window - now
	}
	if len(l.log) >= l.n {
		t.Retry = l.log[len(l.log)-l.n] + l.window - now
	}
	return t
}

// slidingCounter estimates a sliding log from the counts of this window and of the last one.
type slidingCounter struct {
	n      int
	window time.Duration
	phase  time.Duration
	counts bool
	exact  bool // Retry-After says when there is room, not when the window ends

	begin     time.Duration
	last, now float64
}

func (c *slidingCounter) turn(now time.Duration) {
	begin := now - (now+c.phase)%c.window
	switch begin - c.begin {
	case 0:
	case c.window:
		c.last, c.now = c.now, 0
	default:
		c.last, c.now = 0, 0
	}
	c.begin = begin
}

// used is the estimate.
func (c *slidingCounter) used(now time.Duration) float64 {
	c.turn(now)
	return c.last*(1-float64(now-c.begin)/float64(c.window)) + c.now
}

func (c *slidingCounter) fits(now time.Duration) bool {
	return math.Floor(c.used(now)+1e-9) < float64(c.n)
}

func (c *slidingCounter) take(now time.Duration) {
	c.turn(now)
	c.now++
}

func (c *slidingCounter) miss(now time.Duration) {
	if c.counts {
		c.take(now)
	}
}

func (c *slidingCounter) told(now time.Duration) status {
	left := c.n - int(c.used(now)+1e-9)
	t := status{Limit: c.n, Left: max(0, left), Window: c.window, Reset: c.begin + c.window - now}
	switch {
	case t.Left > 0:
	case c.exact:
		t.Retry = c.room(now)
	default:
		t.Retry = t.Reset
	}
	return t
}

// room is the time until a request would be admitted, if none came until then.
func (c *slidingCounter) room(now time.Duration) time.Duration {
	least, before, wait := c.now, c.last, c.begin-now
	if c.now >= float64(c.n) { // not in this window
		least, before, wait = 0, c.now, wait+c.window
	}
	into := 1 - (float64(c.n)-least)/before // of the window
	return wait + time.Duration(into*float64(c.window)) + time.Microsecond
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

// lockOut throttles everything for some time after a throttle; a retry may extend it.
type lockOut struct {
	limit
	span    time.Duration
	extends bool
	until   time.Duration
}

func (l *lockOut) fits(now time.Duration) bool { return now >= l.until && l.limit.fits(now) }

func (l *lockOut) miss(now time.Duration) {
	if now >= l.until || l.extends {
		l.until = now + l.span
	}
	l.limit.miss(now)
}

func (l *lockOut) told(now time.Duration) status {
	t := l.limit.told(now)
	if now < l.until {
		t.Left, t.Retry, t.Reset = 0, l.until-now, l.until-now
	}
	return t
}

// together are limits that hold at once. What one of them throttles is charged to none of them.
type together []limit

func (a together) fits(now time.Duration) bool {
	for _, l := range a {
		if !l.fits(now) {
			return false
		}
	}
	return true
}

func (a together) take(now time.Duration) {
	for _, l := range a {
		l.take(now)
	}
}

func (a together) miss(now time.Duration) {
	for _, l := range a {
		l.miss(now)
	}
}

// told speaks of the limit that has least left, and of the longest wait.
func (a together) told(now time.Duration) status {
	least := a[0].told(now)
	for _, l := range a[1:] {
		t := l.told(now)
		wait := max(least.Retry, t.Retry)
		if t.Left < least.Left {
			least = t
		}
		least.Retry = wait
	}
	return least
}

// each is what the server knows of every one of them.
func (a together) each(now time.Duration) []status {
	list := make([]status, len(a))
	for i, l := range a {
		list[i] = l.told(now)
	}
	return list
}

// contested is a limit that a rival uses too, evenly, from the beginning until it leaves.
type contested struct {
	limit
	gap, next, until time.Duration
}

func (c *contested) fits(now time.Duration) bool {
	for ; c.next < min(now, c.until); c.next += c.gap {
		if c.limit.fits(c.next) {
			c.take(c.next)
		} else {
			c.miss(c.next)
		}
	}
	return c.limit.fits(now)
}

func seconds(s float64) time.Duration { return time.Duration(math.Round(s * float64(time.Second))) }
