package limiter

import "time"

// A Slot is the part of a Turn that only its store looks at. A store that does not run State.Reserve
// itself, because its gate is a script elsewhere, reads and makes it through [Turn.Slot] and [Turn.WithSlot].
type Slot struct {
	At       int64         // the reserved instant by the store's clock; -1 gives back the count alone
	Cost     int64         // slots in all
	Scout    bool          // everybody waits for its answer
	Interval time.Duration // between slots at present
}

// Slot returns the store's part of t.
func (t Turn) Slot() Slot {
	return Slot{At: t.slot, Cost: t.cost, Scout: t.scout, Interval: t.interval}
}

// WithSlot returns t with another store's part.
func (t Turn) WithSlot(s Slot) Turn {
	t.slot, t.cost, t.scout, t.interval = s.At, s.Cost, s.Scout, s.Interval
	return t
}

// PauseFor makes sure that nobody sends for d from now on, as a pause that another store knew of.
func (s *State) PauseFor(now int64, d time.Duration) {
	if d > 0 && now+int64(d) > s.PauseUntil {
		s.Version++
		s.pause(now, min(d, maxPause))
	}
}
