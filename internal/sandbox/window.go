package sandbox

import (
	"slices"
	"time"
)

// window admits n requests in each window of fixed length.
type window struct {
	n       int
	per     int64 // nanoseconds
	aligned bool  // on the clock; else opened by a request
}

func (w window) look(t *track, now int64) verdict {
	start, used := w.current(t, now)
	left := time.Duration(start + w.per - now)
	v := verdict{ok: used < w.n, remaining: max(w.n-used, 0)}
	if used > 0 {
		v.next, v.full = left, left
	}
	if !v.ok {
		v.wait = left
	}
	return v
}

func (w window) charge(t *track, now int64) {
	start, used := w.current(t, now)
	t.Mark, t.Used = start, used+1
}

// current returns when the window that holds now opened, and what was used of
// it. A window that no request has opened yet opens now.
func (w window) current(t *track, now int64) (start int64, used int) {
	start = now
	switch {
	case w.aligned:
		start = now - now%w.per
	case t.Mark <= now && now-t.Mark < w.per:
		start = t.Mark
	}
	if start != t.Mark {
		return start, 0
	}
	return start, t.Used
}

// rolling admits n requests in any window of length per, wherever it begins.
// Of the log only the last n entries matter.
type rolling struct {
	n   int
	per int64 // nanoseconds
}

func (r rolling) look(t *track, now int64) verdict {
	log := r.alive(t.Log, now)
	if len(log) == 0 {
		return verdict{ok: true, remaining: r.n}
	}
	v := verdict{
		ok:        len(log) < r.n,
		remaining: r.n - len(log),
		next:      time.Duration(log[0] + r.per - now),
		full:      time.Duration(log[len(log)-1] + r.per - now),
	}
	if !v.ok {
		v.wait = v.next
	}
	return v
}

func (r rolling) charge(t *track, now int64) {
	log := append(r.alive(t.Log, now), now)
	t.Log = log[max(len(log)-r.n, 0):]
}

// alive returns the last entries of the log that still count: at most n, and
// none as old as the window is long.
func (r rolling) alive(log []int64, now int64) []int64 {
	log = log[max(len(log)-r.n, 0):]
	first, _ := slices.BinarySearch(log, now-r.per+1)
	return log[first:]
}
