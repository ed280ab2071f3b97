package storetest

import (
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// capsForAll: a cap that one handle sets bounds what all of them get, and is lifted for all of them.
func capsForAll(t *testing.T, open Opener) {
	p := &pacing.Params{InitialRate: 50, MaxRate: 50}
	cells := []pacing.Cell{openCell(t, open(t), "k", p), openCell(t, open(t), "k", p)}
	count := func(d time.Duration) (n int) {
		for end := time.Now().Add(d); time.Now().Before(end); {
			turn := reserve(t, cells[n%2])
			time.Sleep(turn.Wait)
			if turn.Granted {
				n++
				apply(t, cells[n%2], p, pacing.Event{Generation: turn.Generation, Mark: turn.Mark, Paced: true})
			}
		}
		return n
	}
	follow := func(c pacing.Cell, to, want pacing.Cap) {
		t.Helper()
		if got, err := c.Follow(t.Context(), p, to); err != nil || got.Rate != want.Rate || !got.Set.Equal(want.Set) {
			t.Errorf("Follow(%v) = %v, %v, want %v", to, got, err, want)
		}
	}
	count(time.Second)
	five, none := pacing.Cap{Rate: 5, Set: time.Now()}, pacing.Cap{Set: time.Now().Add(time.Minute)}
	follow(cells[0], five, five)
	if n := count(10 * time.Second); n < 49 || n > 52 {
		t.Errorf("%d requests in 10 s at a cap of 5/s", n)
	}
	follow(cells[1], pacing.Cap{Rate: 40, Set: five.Set.Add(-time.Second)}, five) // said before it
	late, err := open(t).Open(t.Context(), "k", p, nil)
	if err != nil {
		t.Fatal(err)
	}
	if l, err := late.Learned(t.Context()); err != nil || l.Cap.Rate != 5 || l.Rate != 50 {
		t.Errorf("Learned of who comes late = cap %v, rate %v, %v, want 5 and 50", l.Cap.Rate, l.Rate, err)
	}
	follow(cells[1], none, none)
	if n := count(10 * time.Second); n < 480 || n > 502 {
		t.Errorf("%d requests in 10 s without the cap, want 500", n)
	}
}

// followsEdits: parameters that were edited hold from then on.
func followsEdits(t *testing.T, open Opener) {
	p := &pacing.Params{InitialRate: 50, MaxRate: 50}
	a, b := openCell(t, open(t), "k", p), openCell(t, open(t), "k", p)
	slower := &pacing.Params{InitialRate: 50, MaxRate: 2}
	if _, err := a.Follow(t.Context(), slower, pacing.Cap{}); err != nil {
		t.Fatal(err)
	}
	reserve(t, b)
	if turn := reserve(t, b); turn.Granted || turn.Until != time.Second/2 {
		t.Errorf("Reserve = %+v, want to wait half a second for a max_rate of 2/s", turn)
	}
}
