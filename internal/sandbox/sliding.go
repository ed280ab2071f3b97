package sandbox

import (
	"math/bits"
	"time"
)

// sliding admits n by the count of the current window plus that of the one
// before, as far as a window that ends now would overlap it, rounded down:
// the sliding-window counter of Cloudflare and Upstash. Windows lie on
// multiples of per since the Unix epoch.
type sliding struct {
	n   int
	per int64 // nanoseconds
}

func (s sliding) look(t *track, now int64) verdict {
	start, last, used := s.current(t, now)
	left := start + s.per - now
	remaining := max(s.n-int(scale(last, left, s.per))-used, 0)
	v := verdict{ok: remaining > 0, remaining: remaining}
	if remaining < s.n {
		v.next = s.until(remaining+1, last, used, left)
		v.full = s.until(s.n, last, used, left)
	}
	if !v.ok {
		v.wait = v.next
	}
	return v
}

// until is the time until k of n remain, given the counts of the last and of
// this window and what is left of the latter.
func (s sliding) until(k, last, used int, left int64) time.Duration {
	if may := s.n - k - used; may >= 0 { // of the last window may still count
		return time.Duration(left - s.leftOf(last, may))
	}
	return time.Duration(left + s.per - s.leftOf(used, s.n-k))
}

// leftOf is how much must be left of a window for no more than may of the
// count before it to weigh, with count > may.
func (s sliding) leftOf(count, may int) int64 {
	// The largest left with count*left < (may+1)*per.
	hi, lo := bits.Mul64(uint64(may)+1, uint64(s.per))
	lo, borrow := bits.Sub64(lo, 1, 0)
	left, _ := bits.Div64(hi-borrow, lo, uint64(count))
	return int64(left)
}

func (s sliding) charge(t *track, now int64) {
	start, last, used := s.current(t, now)
	t.Mark, t.Last, t.Used = start, last, used+1
}

// current returns when the window that holds now began, and the counts of the
// one before and of this one.
func (s sliding) current(t *track, now int64) (start int64, last, used int) {
	start = now - now%s.per
	switch t.Mark {
	case start:
		return start, t.Last, t.Used
	case start - s.per:
		return start, t.Used, 0
	default:
		return start, 0, 0
	}
}

// scale is n*part/whole, rounded down, for part <= whole.
func scale(n int, part, whole int64) int64 {
	hi, lo := bits.Mul64(uint64(n), uint64(part))
	quotient, _ := bits.Div64(hi, lo, uint64(whole))
	return int64(quotient)
}
