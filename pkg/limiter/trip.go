package limiter

import (
	"sync/atomic"
	"time"
)

// A trip is how long it takes to ask a store, of late.
type trip struct{ ns atomic.Int64 }

// tripOver is over how many times it is averaged.
const tripOver = 8

// note takes in how long it took once.
func (t *trip) note(took time.Duration) {
	was := t.ns.Load()
	if was == 0 {
		was = int64(took)
	}
	t.ns.Store(was + (int64(took)-was)/tripOver) // of two at once either will do
}

// atMost is known, or while nothing is, the most that is assumed.
func (t *trip) atMost() time.Duration {
	if took := t.known(); took > 0 {
		return took
	}
	return firstTrip
}

func (t *trip) known() time.Duration { return time.Duration(t.ns.Load()) }
