package pacing

import "time"

// runs is how many runs of requests a window remembers.
const runs = 16

// windowGuard is added to a documented window: requests reach a server a little later than they were
// granted, and not all by the same delay. It is a part of the window's length within bounds, of which
// the lower one is no larger a part of a short window than a tenth.
const (
	windowGuardPart  = 50
	windowGuardMax   = int64(200 * time.Millisecond)
	windowGuardMin   = int64(100 * time.Millisecond)
	windowGuardShort = 10
)

// windowState counts what was sent within a documented limit.
//
// It keeps at most 16 runs instead of every instant. A run ends as a whole, one window after its
// last request, so a count is never too low: in any span of Per at most Limit are sent. What that
// caution costs is at most a sixteenth of the window when requests are spread evenly, and nothing
// when they go in bursts.
type windowState struct {
	Limit, Per int64
	Runs       [runs]run // oldest first; a Count of 0 is free
}

type run struct{ First, Last, Count int64 }

// adopt makes w follow the documented limit. What was sent stays counted.
func (w *windowState) adopt(d Window) {
	w.Limit, w.Per = int64(d.Limit), int64(d.Per)
	if w.Limit <= 0 || w.Per <= 0 {
		*w = windowState{}
	}
}

func (w *windowState) ends(r run) int64 {
	least := min(w.Per/windowGuardShort, windowGuardMin)
	return r.Last + w.Per + min(max(w.Per/windowGuardPart, least), windowGuardMax)
}

// earliest returns the first instant from at on at which cost more may go.
func (w *windowState) earliest(at, cost int64) int64 {
	if w.Limit == 0 {
		return at
	}
	used := min(cost, w.Limit) // what costs more than the whole window waits for an empty one
	for i := runs - 1; i >= 0; i-- {
		r := w.Runs[i]
		if r.Count == 0 || w.ends(r) <= at {
			continue
		}
		if used += r.Count; used > w.Limit {
			return w.ends(r)
		}
	}
	return at
}

// record counts cost from the instant at, now or a little later, until last: in the run there, else in a new one, or
// where there is no room in the next. Runs stay in their order and apart from each other, whatever the
// order of the slots, so that one that is given back is taken off the run it is in.
func (w *windowState) record(now, at, last, cost int64) {
	if w.Limit == 0 {
		return
	}
	w.forget(now)
	n := w.used()
	i := n
	for i > 0 && w.Runs[i-1].First > at {
		i--
	}
	switch {
	case i > 0 && (at <= w.Runs[i-1].Last || at < w.Runs[i-1].First+w.Per/(runs-1)):
		i--
	case n < runs:
		copy(w.Runs[i+1:n+1], w.Runs[i:n])
		w.Runs[i] = run{First: at, Last: last}
	case i == n:
		i--
	}
	r := &w.Runs[i]
	r.First, r.Last, r.Count = min(r.First, at), max(r.Last, last), r.Count+cost
	for i+1 < runs && w.Runs[i+1].Count > 0 && w.Runs[i+1].First <= r.Last { // slots that reach beyond others
		next := w.Runs[i+1]
		r.Last, r.Count = max(r.Last, next.Last), r.Count+next.Count
		copy(w.Runs[i+1:], w.Runs[i+2:])
		w.Runs[runs-1] = run{}
	}
}

// room is how many more may go at an instant.
func (w *windowState) room(at int64) int64 {
	left := w.Limit
	for _, r := range w.Runs {
		if r.Count > 0 && w.ends(r) > at {
			left -= r.Count
		}
	}
	return left
}

// fill counts the whole window as used at the instant at: what was sent until then is not known.
func (w *windowState) fill(at int64) {
	if w.Limit > 0 {
		w.Runs = [runs]run{{First: at, Last: at, Count: w.Limit}}
	}
}

func (w *windowState) giveBack(at, cost int64) {
	for i := range w.Runs {
		r := &w.Runs[i]
		if r.Count >= cost && r.First <= at && at <= r.Last {
			r.Count -= cost
			break
		}
	}
	w.compact()
}

// forget drops the runs that have ended.
func (w *windowState) forget(now int64) {
	for i := range w.Runs {
		if w.Runs[i].Count > 0 && w.ends(w.Runs[i]) <= now {
			w.Runs[i].Count = 0
		}
	}
	w.compact()
}

// compact moves the runs that count to the front.
func (w *windowState) compact() {
	n := 0
	for _, r := range w.Runs {
		if r.Count > 0 {
			w.Runs[n] = r
			n++
		}
	}
	clear(w.Runs[n:])
}

func (w *windowState) used() int {
	n := 0
	for n < runs && w.Runs[n].Count > 0 {
		n++
	}
	return n
}

// recallWindows counts as sent what may have been sent before the live state was lost.
func (s *State) recallWindows(now int64, wall time.Time, l *Learned) {
	until := l.UsedUntil
	if until.IsZero() {
		return
	}
	ago := min(max(wall.Sub(until), 0), MaxPause)
	for i := range s.Windows {
		s.Windows[i].fill(now - int64(ago))
	}
}
