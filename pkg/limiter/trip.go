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

func (t *trip) known() time.Duration { return time.Duration(t.ns.Load()) }
