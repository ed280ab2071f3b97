package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// Kind names a way of limiting.
type Kind string

// The kinds of limits.
const (
	Bucket      Kind = "bucket"      // a token bucket: N per Per, Burst at once
	Fixed       Kind = "fixed"       // N per window; a window opens at the first request after the last one ended
	Aligned     Kind = "aligned"     // N per window; windows lie on multiples of Per since the Unix epoch
	Rolling     Kind = "rolling"     // N in any window, by an exact log of admissions
	Strict      Kind = "strict"      // spacing of at least Per/N, in whole milliseconds, no burst
	Concurrency Kind = "concurrency" // N at a time
)

// Kinds lists all kinds.
func Kinds() []Kind {
	return []Kind{Bucket, Fixed, Aligned, Rolling, Strict, Concurrency}
}

// Limit is one limit. Kind and N are required, and Per but for Concurrency;
// an empty Kind means Bucket.
type Limit struct {
	Kind Kind
	N    int           // requests
	Per  time.Duration // in this time

	// Burst is how many requests a full bucket admits at once; 0 means 1.
	Burst int

	// Lockout is how long nothing is admitted after a refusal by this limit;
	// with LockoutRestarts every refused try begins it anew.
	Lockout         time.Duration
	LockoutRestarts bool

	// CountRefused charges requests that this limit refused as well: whoever
	// goes on at the same pace is refused for ever. Rolling windows only.
	CountRefused bool
}

// maxRate bounds N/Per, in requests per second: the gap between two tokens is
// kept in whole nanoseconds, and must stay exact to a thousandth.
const maxRate = 1_000_000

// longest bounds all periods, so that adding them to the time of day stays
// within an int64 of nanoseconds.
const longest = 50 * 365 * 24 * time.Hour

func (l Limit) validate() error {
	if !l.known() {
		return fmt.Errorf("kind %q: want one of %v", l.Kind, Kinds())
	}
	if l.N < 1 {
		return fmt.Errorf("%d requests: want at least 1", l.N)
	}
	if l.kind() != Concurrency && (l.Per <= 0 || l.Per > longest) {
		return fmt.Errorf("period %v: want more than 0 and at most %v", l.Per, longest)
	}
	if l.Per > 0 && l.Per/time.Duration(l.N) < time.Second/maxRate {
		return fmt.Errorf("%d per %v: want at most %d per second", l.N, l.Per, maxRate)
	}
	return l.validateOptions()
}

func (l Limit) validateOptions() error {
	switch {
	case l.Burst < 0:
		return fmt.Errorf("burst %d: want 0 or more", l.Burst)
	case l.Burst > 0 && l.kind() != Bucket:
		return fmt.Errorf("burst: kind %s has none", l.Kind)
	case int64(l.Burst) > int64(longest/max(l.Per, 1)):
		return fmt.Errorf("burst %d: too large", l.Burst)
	case l.Lockout < 0 || l.Lockout > longest:
		return fmt.Errorf("lock-out %v: want 0 to %v", l.Lockout, longest)
	case l.CountRefused && l.kind() != Rolling:
		return fmt.Errorf("kind %s cannot count refused requests: only %s can", l.kind(), Rolling)
	}
	return nil
}

func (l Limit) kind() Kind {
	if l.Kind == "" {
		return Bucket
	}
	return l.Kind
}

func (l Limit) known() bool {
	return slices.Contains(Kinds(), l.kind())
}

// rule returns the arithmetic of a valid limit.
func (l Limit) rule() rule {
	per := l.Per.Nanoseconds()
	switch l.kind() {
	case Fixed, Aligned:
		return window{n: l.N, per: per, aligned: l.Kind == Aligned}
	case Rolling:
		return rolling{n: l.N, per: per}
	case Strict:
		return newStrict(l.N, l.Per)
	case Concurrency:
		return concurrency{n: l.N}
	default:
		return bucket{gap: per / int64(l.N), burst: int64(max(l.Burst, 1))}
	}
}
