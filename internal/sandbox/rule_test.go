package sandbox

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// epoch2026 is a time to begin at, on no boundary of any window.
const epoch2026 = int64(1_767_225_600_123_456_789)

// limits draws a limit of one of the kinds.
func limits(kinds ...Kind) *rapid.Generator[Limit] {
	return rapid.Custom(func(t *rapid.T) Limit {
		l := Limit{
			Kind: rapid.SampledFrom(kinds).Draw(t, "kind"),
			N:    rapid.IntRange(1, 12).Draw(t, "n"),
			Per:  24 * time.Hour,
		}
		if l.Kind != Daily {
			l.Per = time.Duration(rapid.Int64Range(int64(time.Millisecond), int64(time.Minute)).Draw(t, "per"))
		}
		if l.Kind.Bursts() {
			l.Burst = rapid.IntRange(0, 20).Draw(t, "burst")
		}
		return l
	})
}

func timed() []Kind {
	return slices.DeleteFunc(Kinds(), func(k Kind) bool { return k == Concurrency })
}

// perOf is the period of a limit of some kind, d if it is free.
func perOf(k Kind, d time.Duration) time.Duration {
	if k == Daily {
		return day
	}
	return d
}

// locked adds a lock-out to some of the limits drawn.
func locked(t *rapid.T, l Limit) Limit {
	if rapid.Bool().Draw(t, "lockout") {
		l.Lockout = time.Duration(rapid.Int64Range(1, 3*int64(l.Per)).Draw(t, "lockout for"))
		l.LockoutRestarts = rapid.Bool().Draw(t, "restarts")
	}
	l.CountThrottled = l.Kind.CountsThrottled() && rapid.Bool().Draw(t, "count throttled")
	return l
}

// arrivals draws times, denser than the limit admits, with some pauses.
func arrivals(t *rapid.T, l Limit) []int64 {
	gap := int64(l.Per) / int64(l.N)
	steps := rapid.SliceOfN(rapid.OneOf(
		rapid.Just(int64(0)), rapid.Int64Range(0, gap), rapid.Just(gap), rapid.Int64Range(0, 2*int64(l.Per)),
	), 1, 80).Draw(t, "steps")
	now := epoch2026
	for i, step := range steps {
		now += step
		steps[i] = now
	}
	return steps
}

// try decides on a request that all limits hold for, with one counter each.
func try(guards []guard, tracks []track, now int64) (ok bool, wait time.Duration) {
	picked := make([]*track, len(tracks))
	for i := range tracks {
		picked[i] = &tracks[i]
	}
	d := decide(guards, picked, now)
	return d.ok, d.wait
}

// admitted runs times through a limit and returns those it let pass.
func admitted(l Limit, times []int64) []int64 {
	guards, tracks := newGuards([]Limit{l}), make([]track, 1)
	var passed []int64
	for _, now := range times {
		if ok, _ := try(guards, tracks, now); ok {
			passed = append(passed, now)
		}
	}
	return passed
}

func TestBucketNeverExceedsRateAndBurst(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := limits(Bucket, GCRA).Draw(t, "limit")
		passed := admitted(l, arrivals(t, l))
		gap, burst := int64(l.Per)/int64(l.N), int64(max(l.Burst, 1))
		for i := range passed {
			for j := i; j < len(passed); j++ {
				count, most := int64(j-i+1), burst+(passed[j]-passed[i])/gap
				if count > most {
					t.Fatalf("%d admitted within %v, want at most %d", count, time.Duration(passed[j]-passed[i]), most)
				}
			}
		}
	})
}

func TestRollingNeverExceedsNInAnyWindow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := limits(Rolling).Draw(t, "limit")
		l.CountThrottled = rapid.Bool().Draw(t, "count throttled")
		passed := admitted(l, arrivals(t, l))
		for i := l.N; i < len(passed); i++ {
			if span := passed[i] - passed[i-l.N]; span < int64(l.Per) {
				t.Fatalf("%d admitted within %v, want at most %d within %v", l.N+1, time.Duration(span), l.N, l.Per)
			}
		}
	})
}

// TestRollingAgainstItsDefinition compares with counting what was admitted
// (or tried) in the window before each request.
func TestRollingAgainstItsDefinition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := limits(Rolling).Draw(t, "limit")
		l.CountThrottled = rapid.Bool().Draw(t, "count throttled")
		times := arrivals(t, l)
		var counted, want []int64
		for _, now := range times {
			recent := 0
			for _, at := range counted {
				if now-at < int64(l.Per) {
					recent++
				}
			}
			if recent < l.N {
				want = append(want, now)
			}
			if recent < l.N || l.CountThrottled {
				counted = append(counted, now)
			}
		}
		if diff := cmp.Diff(want, admitted(l, times)); diff != "" {
			t.Fatalf("admitted (-want +got):\n%s", diff)
		}
	})
}

func TestWindowsNeverExceedN(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := limits(Fixed, Aligned, Daily).Draw(t, "limit")
		per := int64(l.Per)
		start, used := int64(0), 0
		for _, now := range admitted(l, arrivals(t, l)) {
			opens := start
			if l.Kind != Fixed {
				opens = now / per * per
			} else if now-start >= per {
				opens = now
			}
			if opens != start {
				start, used = opens, 0
			}
			if used++; used > l.N {
				t.Fatalf("%d admitted in a window, want at most %d", used, l.N)
			}
		}
	})
}

func TestStrictSpacing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := limits(Strict).Draw(t, "limit")
		passed := admitted(l, arrivals(t, l))
		for i := 1; i < len(passed); i++ {
			ms := passed[i]/1e6 - passed[i-1]/1e6
			if ms*1e6*int64(l.N) < int64(l.Per) {
				t.Fatalf("admitted %d ms apart, want at least %v/%d", ms, l.Per, l.N)
			}
		}
	})
}

func TestLockout(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := limits(timed()...).Draw(t, "limit")
		l.Lockout = time.Duration(rapid.Int64Range(1, 3*int64(l.Per)).Draw(t, "lockout"))
		l.LockoutRestarts = rapid.Bool().Draw(t, "restarts")
		guards, tracks := newGuards([]Limit{l}), make([]track, 1)
		var until int64
		for _, now := range arrivals(t, l) {
			ok, wait := try(guards, tracks, now)
			if ok && now < until {
				t.Fatalf("admitted %v before the lock-out ended", time.Duration(until-now))
			}
			if !ok && (now >= until || l.LockoutRestarts) {
				until = now + int64(l.Lockout)
			}
			if !ok && int64(wait) < until-now {
				t.Fatalf("wait = %v, want at least %v", wait, time.Duration(until-now))
			}
		}
	})
}

// TestVerdictsAreExact checks what look promises against what then happens.
func TestVerdictsAreExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := locked(t, limits(timed()...).Draw(t, "limit"))
		guards, tracks := newGuards([]Limit{l}), make([]track, 1)
		g, tr := &guards[0], &tracks[0]
		capacity := g.look(&track{}, epoch2026).remaining
		for _, now := range arrivals(t, l) {
			if ok, wait := try(guards, tracks, now); !ok {
				then := now + int64(wait)
				if wait <= 0 || g.look(tr, then-1).ok || !g.look(tr, then).ok {
					t.Fatalf("wait = %v, want the exact time until admission", wait)
				}
			}
			v := g.look(tr, now)
			if got := burstAt(l, *tr, now); got != v.remaining {
				t.Fatalf("remaining = %d, but %d were admitted at once", v.remaining, got)
			}
			if v.next > 0 && (g.look(tr, now+int64(v.next)-1).remaining > v.remaining || g.look(tr, now+int64(v.next)).remaining <= v.remaining) {
				t.Fatalf("next = %v, want the exact time until remaining (%d) grows", v.next, v.remaining)
			}
			if v.full > 0 && (g.look(tr, now+int64(v.full)-1).remaining == capacity || g.look(tr, now+int64(v.full)).remaining != capacity) {
				t.Fatalf("full = %v, want the exact time until remaining is %d", v.full, capacity)
			}
			if v.full == 0 && v.remaining != capacity {
				t.Fatalf("full = 0 with %d of %d remaining", v.remaining, capacity)
			}
		}
	})
}

// burstAt counts how many requests at once a copy of the track lets pass.
func burstAt(l Limit, t track, now int64) int {
	t.Log = slices.Clone(t.Log)
	guards, tracks := newGuards([]Limit{l}), []track{t}
	for n := 0; ; n++ {
		if ok, _ := try(guards, tracks, now); !ok {
			return n
		}
	}
}

func TestThrottleByOneChargesNoOther(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(limits(timed()...), 2, 3).Draw(t, "limits")
		for i := range list {
			list[i] = locked(t, list[i])
		}
		guards, tracks := newGuards(list), make([]track, len(list))
		for _, now := range arrivals(t, list[0]) {
			before := slices.Clone(tracks)
			agreed := make([]bool, len(list))
			for i := range guards {
				agreed[i] = guards[i].look(&tracks[i], now).ok
			}
			ok, _ := try(guards, tracks, now)
			if want := !slices.Contains(agreed, false); ok != want {
				t.Fatalf("decide = %v with limits saying %v", ok, agreed)
			}
			for i := range guards {
				if !ok && agreed[i] && !cmp.Equal(before[i], tracks[i]) {
					t.Fatalf("limit %d agreed, yet changed from %+v to %+v", i, before[i], tracks[i])
				}
			}
		}
	})
}

func TestConcurrencyLooksAtWhatIsInFlight(t *testing.T) {
	t.Parallel()
	guards := newGuards([]Limit{{Kind: Concurrency, N: 2}})
	for busy, want := range []bool{true, true, false, false} {
		ok, wait := try(guards, []track{{Used: busy}}, epoch2026)
		if ok != want || wait != 0 {
			t.Errorf("decide with %d in flight = %v, %v, want %v, 0s", busy, ok, wait, want)
		}
	}
}
