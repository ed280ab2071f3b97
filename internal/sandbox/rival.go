package sandbox

import (
	"fmt"
	"math"
	"time"
)

// Rival is somebody else who uses the same credential. The zero value is nobody.
//
// Of every limit but Concurrency the rival sends Share x N/Per, evenly, and is
// admitted, throttled and locked out like any other client. Where a limit has
// counters for each value, the rival uses all that were asked for.
type Rival struct {
	// Share is the rival's part of each limit; more than 1 is more than the
	// limit admits.
	Share float64

	// From and Until are when the rival sends, counted like [Change.After];
	// Until 0 means for ever.
	From, Until time.Duration

	// Period lets the share swing between 0 and Share like a cosine, beginning
	// with 0; 0 means that it stays.
	Period time.Duration
}

// maxShare bounds [Rival.Share].
const maxShare = 100

// mostAtOnce is how many requests of the rival are made up for at one request;
// if more fell due since the last one, the oldest are left out.
const mostAtOnce = 10_000

func (r Rival) validate() error {
	switch {
	case !(r.Share >= 0 && r.Share <= maxShare): // NaN fails too
		return fmt.Errorf("share of the rival %v: want 0 to %d", r.Share, maxShare)
	case r.From < 0 || r.From > longest || r.Until > longest || r.Until != 0 && r.Until <= r.From:
		return fmt.Errorf("rival from %v until %v: want a span of time", r.From, r.Until)
	case r.Period < 0 || r.Period > longest:
		return fmt.Errorf("period of the rival %v: want 0 to %v", r.Period, longest)
	}
	return nil
}

// catchUp charges what the rival sent to one limit until now, each request at
// its own instant, and returns how many were admitted. The first is due one
// gap after since, or after the rival's beginning. start is when the server's
// time began.
func (r *Rival) catchUp(g *guard, t *track, start, since, now int64) (admitted int64) {
	from := start + r.From.Nanoseconds()
	last, end := max(t.Rival, since, from), now
	if r.Until > 0 {
		end = min(end, start+r.Until.Nanoseconds())
	}
	if last >= end {
		return 0
	}
	need := float64(g.limit.Per) / float64(g.limit.N) // nanoseconds at a share of 1
	gap := nanoseconds(need / r.Share)                // the shortest there is
	last = r.skip(last, end, from, gap, need)
	for range mostAtOnce + 1 {
		at := last + gap
		if r.Period > 0 {
			at = r.next(last-from, end-from, need) + from
		}
		if at > end {
			break
		}
		if g.look(t, at).ok {
			g.rule.charge(t, at)
			admitted++
		} else {
			g.onThrottle(t, at)
		}
		t.Rival, last = at, at
	}
	return admitted
}

// skip moves last forward until at most [mostAtOnce] requests are due.
func (r *Rival) skip(last, end, from, gap int64, need float64) int64 {
	late := (end-last)/gap - mostAtOnce
	if late <= 0 {
		return last
	}
	if r.Period == 0 {
		return last + late*gap
	}
	if late := (r.sent(end-from)-r.sent(last-from))/need - mostAtOnce; late > 0 {
		return from + r.next(last-from, end-from, late*need)
	}
	return last
}

// next is when a swinging rival has sent what needs need nanoseconds at a share
// of 1, counted from last; some time behind end if it is not until then. Times
// count from the rival's beginning. The search does not depend on end, so that
// nobody's looking changes what the rival does.
func (r *Rival) next(last, end int64, need float64) int64 {
	sent := r.sent(last)
	if r.sent(end)-sent < need*(1-1e-9) {
		return end + 1
	}
	early := last // and late is late enough, because sent grows by half of Share but for a swing of Period/pi
	late := last + nanoseconds(2*need/r.Share) + r.Period.Nanoseconds()
	for late-early > 1 {
		if middle := early + (late-early)/2; r.sent(middle)-sent < need {
			early = middle
		} else {
			late = middle
		}
	}
	return late
}

// sent is the integral of the share over the first u nanoseconds of the rival:
// that of Share*(1-cos(2*pi*u/Period))/2.
func (r *Rival) sent(u int64) float64 {
	turn := 2 * math.Pi / float64(r.Period)
	return r.Share / 2 * (float64(u) - math.Sin(turn*float64(u%r.Period.Nanoseconds()))/turn)
}

// nanoseconds rounds to at least 1, and to no more than can be counted with.
func nanoseconds(n float64) int64 {
	return int64(math.Round(min(max(n, 1), float64(longest))))
}
