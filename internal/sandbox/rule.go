package sandbox

import "time"

// rule is the arithmetic of one kind of limit: pure functions of what a track
// remembers and the time, in Unix nanoseconds.
type rule interface {
	// look says what becomes of a request at now, and charges nothing.
	look(t *track, now int64) verdict
	// charge counts a request at now.
	charge(t *track, now int64)
}

// track is what one limit remembers. The zero value has seen no request.
// Instants are Unix nanoseconds.
type track struct {
	Kind Kind `json:"kind"`

	// Mark is when a bucket will be full or a queue empty, when a window
	// opened, or when a strict limit last admitted.
	Mark int64 `json:"mark,omitempty"`
	// Used counts the requests of the window, or those in flight.
	Used int `json:"used,omitempty"`
	// Last counts the requests of the window before, for a sliding one.
	Last int `json:"last,omitempty"`
	// Log holds the admissions of a rolling window, oldest first.
	Log []int64 `json:"log,omitempty"`
	// Locked is when the lock-out ends.
	Locked int64 `json:"locked,omitempty"`
	// Rival is when the rival last sent.
	Rival int64 `json:"rival,omitempty"`
	// Each holds a track for each value of a segment, and then nothing else is used.
	Each map[string]*track `json:"each,omitempty"`

	Sweep int `json:"-"` // how many values there may be before idle ones are forgotten
}

// verdict is what one limit says about a request at some time.
type verdict struct {
	ok        bool
	wait      time.Duration // until it would be admitted; 0 of a throttle: nobody knows
	remaining int           // requests admitted if sent at once, this one included
	next      time.Duration // until remaining grows
	full      time.Duration // until the whole quota is there again
}

// bucket is a token bucket in the form of a virtual schedule (GCRA, ITU-T
// I.371): instead of tokens it keeps the instant at which it will be full. The
// same arithmetic makes a queue of burst-1, which will be empty at that instant:
// who is admitted waits in it until then.
type bucket struct {
	gap   int64 // nanoseconds per token, rounded down: errs by less than a thousandth, for the client
	burst int64
}

func (b bucket) look(t *track, now int64) verdict {
	debt := max(t.Mark-now, 0) // time until the bucket is full
	missing := (debt + b.gap - 1) / b.gap
	v := verdict{
		ok:        missing < b.burst,
		remaining: int(b.burst - missing),
		full:      time.Duration(debt),
	}
	if missing > 0 {
		v.next = time.Duration(debt - (missing-1)*b.gap)
	}
	if !v.ok {
		v.wait = v.next
	}
	return v
}

func (b bucket) charge(t *track, now int64) {
	t.Mark = max(t.Mark, now) + b.gap
}

// strict spaces requests by whole milliseconds and saves nothing up, as
// nginx's limit_req does without burst.
type strict struct {
	gap int64 // milliseconds
}

func newStrict(n int, per time.Duration) strict {
	unit := int64(n) * int64(time.Millisecond)
	return strict{gap: (per.Nanoseconds() + unit - 1) / unit}
}

func (s strict) look(t *track, now int64) verdict {
	const ms = int64(time.Millisecond)
	since := now/ms - t.Mark/ms
	if since >= s.gap || since < 0 {
		return verdict{ok: true, remaining: 1}
	}
	wait := time.Duration((t.Mark/ms+s.gap)*ms - now)
	return verdict{wait: wait, next: wait, full: wait}
}

func (strict) charge(t *track, now int64) { t.Mark = now }

// concurrency admits n at a time. Its track is filled in by the server, which
// alone knows what is in flight.
type concurrency struct {
	n int
}

func (c concurrency) look(t *track, _ int64) verdict {
	return verdict{ok: t.Used < c.n, remaining: max(c.n-t.Used, 0)}
}

func (concurrency) charge(t *track, _ int64) { t.Used++ }
