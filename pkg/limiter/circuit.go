package limiter

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// ErrCircuitOpen says that a request was not sent because the server has been failing for too long.
var ErrCircuitOpen = errors.New("the server has been failing for too long")

// A Circuit turns an outage into a pause. After FailureThreshold failures in a row it opens: no request
// is sent, except one every OpenInterval, until one of those has a response. Requests that may be
// retried wait instead of failing. What fails with one connection counts once; a response such as 500,
// which may be about its request alone, opens the circuit only after five times as many requests.
// The zero value works; it is safe for use by many goroutines.
type Circuit struct {
	FailureThreshold int           // failures in a row that open it; 0 means 5
	OpenInterval     time.Duration // between two tries while it is open; 0 means 30 s
	MaxOpen          time.Duration // how long an outage is waited for; 0 means a day
	// Tries is how often each of the requests that wait has to find that the outage goes on before
	// they all give up; 0 means 4. So few requests wait for minutes, many for hours.
	Tries int

	// troubled says that the last attempt failed, or that the circuit is open. While all is well no request
	// takes the lock.
	troubled atomic.Bool

	mu       sync.Mutex
	failures int
	errors   int        // requests that a response called failed
	broken   []net.Conn // connections whose loss was counted
	tries    int        // without success, since it opened
	since    time.Time  // when it opened; zero while it is closed
	tryAt    time.Time
	trying   bool
	queue    []chan struct{} // requests that wait, first come first served
}

// enter waits until a request may be tried. It reports whether the request is the one that tries an
// open circuit: its end must be told to leave.
func (c *Circuit) enter(ctx context.Context) (trial bool, err error) {
	c.mu.Lock()
	if c.since.IsZero() {
		c.mu.Unlock()
		return false, nil
	}
	turn := make(chan struct{}, 1)
	c.queue = append(c.queue, turn)
	for {
		now := time.Now()
		switch {
		case c.since.IsZero():
			c.remove(turn)
			c.mu.Unlock()
			return false, nil
		case c.gaveUp(now):
			c.remove(turn)
			c.mu.Unlock()
			return false, ErrCircuitOpen
		case !c.trying && !now.Before(c.tryAt) && c.queue[0] == turn:
			c.trying = true
			c.remove(turn)
			c.mu.Unlock()
			return true, nil
		}
		wait := max(c.tryAt.Sub(now), time.Millisecond)
		if c.trying || c.queue[0] != turn {
			wait = cmp.Or(c.OpenInterval, 30*time.Second)
		}
		c.mu.Unlock()
		if err := c.await(ctx, turn, wait); err != nil {
			return false, err
		}
		c.mu.Lock()
	}
}

// gaveUp reports whether the outage has been waited for long enough. mu is held.
func (c *Circuit) gaveUp(now time.Time) bool {
	return now.Sub(c.since) > cmp.Or(c.MaxOpen, 24*time.Hour) || c.tries >= cmp.Or(c.Tries, 4)*len(c.queue)
}

func (c *Circuit) await(ctx context.Context, turn chan struct{}, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-turn:
	case <-timer.C:
	case <-ctx.Done():
		c.mu.Lock()
		c.remove(turn)
		c.mu.Unlock()
		return context.Cause(ctx)
	}
	return nil
}

// remove takes a place out of the queue; the new front is woken. mu is held.
func (c *Circuit) remove(turn chan struct{}) {
	for i, t := range c.queue {
		if t == turn {
			c.queue = append(c.queue[:i], c.queue[i+1:]...)
			break
		}
	}
	c.wakeFront()
}

func (c *Circuit) wakeFront() {
	if len(c.queue) > 0 {
		notify(c.queue[0])
	}
}

func notify(turn chan struct{}) {
	select {
	case turn <- struct{}{}:
	default:
	}
}

// An ending is how an attempt ended, as far as an outage is concerned.
type ending struct {
	trial  bool
	failed bool
	// definite: a response said so, of this request. again: it has said so before.
	definite, again bool
	lost            net.Conn // the connection that broke; nil if none did
}

// An outage is one wait for the end of an outage.
type outage struct {
	lasted time.Duration // before it
	next   time.Duration // until the next try
}

// leave takes in how an attempt ended, and reports whether the circuit is open now, and the wait that begins with that if
// one does.
func (c *Circuit) leave(e ending) (open bool, begins *outage) {
	if !e.failed && !e.trial && !c.troubled.Load() {
		return false, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.record(e)
}

// record is leave with mu held.
func (c *Circuit) record(e ending) (open bool, begins *outage) {
	if e.trial {
		c.trying = false
	}
	if !e.failed || e.definite && e.trial && !c.erring() {
		c.close()
		return false, nil
	}
	c.troubled.Store(true)
	c.count(e)
	now := time.Now()
	if c.since.IsZero() && c.failures < c.threshold() && !c.erring() {
		return false, nil
	}
	switch {
	case c.since.IsZero():
		c.since = now
	case e.trial:
		c.tries++
	default:
		return true, nil // it was in flight when the circuit opened
	}
	next := cmp.Or(c.OpenInterval, 30*time.Second)
	c.tryAt = now.Add(next)
	c.wakeFront()
	return true, &outage{lasted: now.Sub(c.since), next: next}
}

// count counts a failure. All that was in flight on one connection fails with it, once. A status such as
// 500 may be about the one request: it takes many of them, and nothing else, to make an outage.
func (c *Circuit) count(e ending) {
	switch {
	case e.definite && !e.again:
		c.errors++
	case e.definite, e.lost != nil && slices.Contains(c.broken, e.lost):
	case e.lost != nil && len(c.broken) < c.threshold():
		c.broken = append(c.broken, e.lost)
		fallthrough
	default:
		c.failures++
	}
}

// erring reports whether so many requests had a response that says they failed that it is an outage.
func (c *Circuit) erring() bool { return c.errors >= 5*c.threshold() }

func (c *Circuit) threshold() int { return cmp.Or(c.FailureThreshold, 5) }

// abandon gives up a trial that found out nothing: the next in the queue tries.
func (c *Circuit) abandon() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trying = false
	c.wakeFront()
}

func (c *Circuit) close() {
	c.failures, c.errors, c.broken = 0, 0, nil
	c.troubled.Store(false)
	if c.since.IsZero() {
		return
	}
	c.since, c.tries = time.Time{}, 0
	for _, turn := range c.queue {
		notify(turn)
	}
}

// isOpen reports whether the circuit has opened since a request entered it.
func (c *Circuit) isOpen() bool {
	if !c.troubled.Load() {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.since.IsZero()
}
