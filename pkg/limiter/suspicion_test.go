package limiter

import (
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// suspects are a request's own key and tokens, of which so many seconds of use are known, at 10 requests a second of 100
// tokens each.
func suspects(now time.Time) *unitSlots {
	u := &unitSlots{parts: make([]unitPart, 2)}
	for i := range u.parts {
		u.parts[i] = unitPart{queue: &queue{unit: &unitLedger{}}, amount: int64(i), slot: slot{Reservation: pacing.Reservation{Generation: 1}}}
	}
	for i := range 100 {
		at := now.Add(time.Duration(i-100) * 100 * time.Millisecond)
		u.parts[0].queue.unit.use(at, 1)
		u.parts[1].queue.unit.use(at, 100)
		u.parts[1].queue.unit.note(&Unit{}, 100)
	}
	u.parts[1].amount = 100
	return u
}

// Sizes of throttled requests, and how much is used, tell of several limits which one it was.
func TestAccuse(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, tt := range map[string]struct {
		amount        int64
		before, after func(u *unitSlots)
		want          int
	}{
		"a large one":            {amount: 800, want: 1},
		"a small one":            {amount: 10, want: 0},
		"tokens are hardly used": {amount: 200, want: 0, before: func(u *unitSlots) { u.parts[1].queue.unit.proven *= 10 }},
		"requests are hardly used": {amount: 100, want: 1, before: func(u *unitSlots) {
			u.parts[0].queue.unit.proven *= 10
		}},
		"tokens are what is paced": {amount: 100, want: 1, before: func(u *unitSlots) { u.parts[1].paced = true }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := suspects(now)
			u.parts[1].amount = tt.amount
			if tt.before != nil {
				tt.before(u)
			}
			if got, acquitted := u.accuse(now); got != tt.want || acquitted != -1 {
				t.Errorf("accuse = %d, %d, want %d and none acquitted", got, acquitted, tt.want)
			}
		})
	}
}

// When larger and larger requests are throttled, a first guess that requests are limited is taken back.
func TestGuessIsTakenBack(t *testing.T) {
	t.Parallel()
	now := time.Now()
	u := suspects(now)
	u.parts[1].amount = 10
	if got, _ := u.accuse(now); got != 0 {
		t.Fatalf("a small one accuses %d, want requests", got)
	}
	u.parts[1].amount = 800
	for i := range 5 {
		if got, acquitted := u.accuse(now); got == 1 && acquitted == 0 {
			return
		} else if acquitted >= 0 {
			t.Fatalf("throttle %d accuses %d and acquits %d", i, got, acquitted)
		}
	}
	t.Error("five large ones did not acquit requests")
}

// A throttle of a request that was granted before the last one charged nobody else.
func TestOneEventIsChargedOnce(t *testing.T) {
	t.Parallel()
	now := time.Now()
	u := suspects(now)
	u.parts[1].amount = 800
	charged, _ := u.accuse(now)
	u.parts[0].queue.unit.noteCharge(&u.parts[charged])
	u.parts[1].amount = 1
	for range 5 {
		if got, _ := u.accuse(now); got != charged {
			t.Errorf("an echo accuses %d, want %d", got, charged)
		}
	}
	u.parts[1].slot.Generation = 2
	for range 5 {
		charged, _ = u.accuse(now)
	}
	if charged != 0 {
		t.Errorf("small ones accuse %d, want requests", charged)
	}
}

// A guess about requests can be tested when they come to take much less of tokens.
func TestDoubtful(t *testing.T) {
	t.Parallel()
	now := time.Now()
	u := suspects(now)
	u.guess(0)
	u.parts[0].paced = true
	if u.parts[0].doubtful() {
		t.Error("nothing has changed, and yet the guess is to be tested")
	}
	for range 200 {
		u.parts[1].queue.unit.note(&Unit{}, 10)
	}
	if !u.parts[0].doubtful() {
		t.Error("requests take a tenth of the tokens, and yet the guess is not to be tested")
	}
	if u.parts[0].doubtful() {
		t.Error("a guess is to be tested twice")
	}
}
