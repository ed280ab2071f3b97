package gauntlet

import (
	"math"
	"time"
)

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
