// Package progress formats the progress line of a batch. It is pure: counters and the time go in, text comes out.
package progress

import (
	"math"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// A Reading is how far a run is at one instant.
type Reading struct {
	At        time.Time
	Done      int64  // records that are through, those of earlier runs included
	Before    int64  // those of earlier runs
	Failed    int64  // failed and unknown ones
	Throttled int64  // throttled attempts
	Total     int64  // records of the whole input; 0 means that nobody knows
	Guessed   bool   // Total is an estimate
	Cost      string // what was taken of units, such as "12,345 tokens"
	Keys      []Key  // those that were used, sorted by name
	Waits     []Wait
}

// A Key is what is known of the limit of one key.
type Key struct {
	Name    string
	Rate    float64          // requests per second
	Limit   string           // what is known of its limit, such as "limit about 21.0/s"
	Sent    int64            // requests of this run, or units
	Unit    string           // what the limit counts; empty for requests
	Windows []limiter.Window // documented limits
	Others  int              // other processes that use it
}

// A Wait is what a key waits for.
type Wait struct {
	Key   string
	Until time.Time
	Why   string // such as "a pause"
}

// A Meter follows a run from reading to reading. Its zero value has seen nothing.
type Meter struct {
	last   Reading
	now    mean // records per second of late
	lately mean // the same over a longer time, without the time in which all waited
	began  time.Time
	moved  time.Duration // how long anything was sent
}

// What is averaged over.
const (
	nowSpan    = 2 * time.Second
	latelySpan = 30 * time.Second
)

// Observe takes in a reading.
func (m *Meter) Observe(r Reading) {
	if m.began.IsZero() {
		m.began = r.At
		m.last = r
		return
	}
	dt := r.At.Sub(m.last.At)
	if dt <= 0 {
		return
	}
	rate := float64(r.sent()-m.last.sent()) / dt.Seconds()
	m.now.add(rate, dt, nowSpan)
	if rate > 0 || len(r.Waits) == 0 {
		m.lately.add(rate, dt, latelySpan)
		m.moved += dt
	}
	m.last = r
}

// sent is how many records are through of those that this run had to send.
func (r *Reading) sent() int64 { return r.Done - r.Before }

// A mean forgets what is long past.
type mean struct{ sum, weight float64 }

func (a *mean) add(value float64, dt, span time.Duration) {
	share := 1 - math.Exp(-dt.Seconds()/span.Seconds())
	a.sum += share * (value - a.sum)
	a.weight += share * (1 - a.weight)
}

// value is right from the first value on.
func (a *mean) value() float64 {
	if a.weight == 0 {
		return 0
	}
	return a.sum / a.weight
}
