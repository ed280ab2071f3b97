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
	GCRA        Kind = "gcra"        // spacing of Per/N, with Burst at once: the bucket by its other name
	Leaky       Kind = "leaky"       // a queue that N per Per leave; Burst may wait in it, as in nginx
	Fixed       Kind = "fixed"       // N per window; a window opens at the first request after the last one ended
	Aligned     Kind = "aligned"     // N per window; windows lie on multiples of Per since the Unix epoch
	Daily       Kind = "daily"       // N per day of UTC
	Sliding     Kind = "sliding"     // N by a count of this window and, by its overlap, of the last one
	Rolling     Kind = "rolling"     // N in any window, by an exact log of admissions
	Strict      Kind = "strict"      // spacing of at least Per/N, in whole milliseconds, no burst
	Concurrency Kind = "concurrency" // N at a time
)

// Kinds lists all kinds.
func Kinds() []Kind {
	return []Kind{Bucket, GCRA, Leaky, Fixed, Aligned, Daily, Sliding, Rolling, Strict, Concurrency}
}

// Limit is one limit. Kind and N are required, and Per but for Concurrency and
// Daily; an empty Kind means Bucket.
type Limit struct {
	Kind Kind
	N    int           // requests
	Per  time.Duration // in this time; of Daily 24 hours, or 0

	// Burst is how many requests a full Bucket or GCRA admits at once; 0 means
	// 1. Of Leaky it is how many wait at most; 0 means none.
	Burst int

	// Lockout is how long nothing is admitted after a throttle by this limit;
	// with LockoutRestarts every throttled try begins it again.
	Lockout         time.Duration
	LockoutRestarts bool

	// CountThrottled charges requests that this limit throttled as well: whoever
	// goes on at the same pace is throttled for ever. Rolling and Sliding only.
	CountThrottled bool

	// Methods are those of the requests it holds for; none means all.
	Methods []string

	// Path is the beginning of the paths it holds for, in whole segments:
	// /search is that of /search and /search/code, and so is /search/**. A *
	// stands for any text within a segment. With a ! in front the limit holds
	// for all other paths. Empty means all.
	Path string

	// Each makes a counter of its own for each value of the n-th segment of
	// the path, counted from 1; 0 is one counter for all.
	Each int

	// Name is what headers call it, where they name limits.
	Name string

	// Hidden keeps it out of all headers that tell what is left.
	Hidden bool

	// ThrottleBody overrules [Config.ThrottleBody] when this limit throttles.
	ThrottleBody string
}

// maxRate bounds N/Per, in requests per second: the gap between two tokens is
// kept in whole nanoseconds, and must stay exact to a thousandth.
const maxRate = 1_000_000

// longest bounds all periods, so that adding them to the time of day stays
// within an int64 of nanoseconds.
const longest = 50 * 365 * 24 * time.Hour

const day = 24 * time.Hour

func (l Limit) validate() error {
	if !l.known() {
		return fmt.Errorf("kind %q: want one of %v", l.Kind, Kinds())
	}
	if l.N < 1 {
		return fmt.Errorf("%d requests: want at least 1", l.N)
	}
	if err := l.validatePer(); err != nil {
		return err
	}
	if err := l.validateOptions(); err != nil {
		return err
	}
	return l.validateScope()
}

func (l Limit) validatePer() error {
	kind := l.kind()
	switch {
	case kind == Daily && l.Per != 0 && l.Per != day:
		return fmt.Errorf("period %v: a day has 24h", l.Per)
	case kind != Concurrency && kind != Daily && (l.Per <= 0 || l.Per > longest):
		return fmt.Errorf("period %v: want more than 0 and at most %v", l.Per, longest)
	case l.Per > 0 && l.Per/time.Duration(l.N) < time.Second/maxRate, kind == Daily && int64(l.N) > maxRate*86400:
		return fmt.Errorf("%d per %v: want at most %d per second", l.N, l.Per, maxRate)
	}
	return nil
}

func (l Limit) validateOptions() error {
	kind := l.kind()
	switch {
	case l.Burst < 0:
		return fmt.Errorf("burst %d: want 0 or more", l.Burst)
	case l.Burst > 0 && !kind.Bursts():
		return fmt.Errorf("burst: kind %s has none", kind)
	case int64(l.Burst) > int64(longest/max(l.Per, 1)):
		return fmt.Errorf("burst %d: too large", l.Burst)
	case l.Lockout < 0 || l.Lockout > longest:
		return fmt.Errorf("lock-out %v: want 0 to %v", l.Lockout, longest)
	case l.CountThrottled && !kind.CountsThrottled():
		return fmt.Errorf("kind %s cannot count throttled requests: only %s and %s can", kind, Rolling, Sliding)
	}
	return nil
}

// Bursts reports whether limits of this kind have a Burst.
func (k Kind) Bursts() bool { return k == "" || k == Bucket || k == GCRA || k == Leaky }

// CountsThrottled reports whether limits of this kind can count throttled requests.
func (k Kind) CountsThrottled() bool { return k == Rolling || k == Sliding }

func (l Limit) kind() Kind {
	if l.Kind == "" {
		return Bucket
	}
	return l.Kind
}

func (l Limit) known() bool {
	return slices.Contains(Kinds(), l.kind())
}

// full fills in what an empty field means.
func (l Limit) full() Limit {
	l.Kind = l.kind()
	if l.Kind == Daily {
		l.Per = day
	}
	return l
}

// rule returns the arithmetic of a valid limit that is filled in.
func (l Limit) rule() rule {
	per := l.Per.Nanoseconds()
	switch l.Kind {
	case Fixed, Aligned, Daily:
		return window{n: l.N, per: per, aligned: l.Kind != Fixed}
	case Sliding:
		return sliding{n: l.N, per: per}
	case Rolling:
		return rolling{n: l.N, per: per}
	case Strict:
		return newStrict(l.N, l.Per)
	case Concurrency:
		return concurrency{n: l.N}
	default:
		return bucket{gap: per / int64(l.N), burst: int64(l.capacity())}
	}
}

// capacity is how many requests are admitted at once after idling.
func (l Limit) capacity() int {
	switch l.Kind {
	case Bucket, GCRA:
		return max(l.Burst, 1)
	case Leaky:
		return l.Burst + 1
	case Strict:
		return 1
	default:
		return l.N
	}
}
