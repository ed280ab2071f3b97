package storetest

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// reservesTogether: slots for several requests are reserved at once, as many as a window has room for; they are counted for
// as long as they may be used, and what is given back is there for others.
func reservesTogether(t *testing.T, open Opener) {
	w := pacing.Window{Limit: 20, Per: 10 * time.Second}
	p := &pacing.Params{InitialRate: 200, MaxRate: 200, Windows: []pacing.Window{w}}
	a, b := openCell(t, open(t), "k", p), openCell(t, open(t), "k", p)
	ask := pacing.ReserveRequest{Slots: 15, Ahead: 100 * time.Millisecond, Step: 30 * time.Millisecond}
	turn, err := a.Reserve(t.Context(), ask)
	if err != nil || !turn.Granted || turn.Cost != 15 {
		t.Fatalf("Reserve(%+v) = %+v, %v, want 15 slots", ask, turn, err)
	}
	rest, err := b.Reserve(t.Context(), ask)
	if err != nil || !rest.Granted || rest.Cost != 5 {
		t.Fatalf("Reserve beside it = %+v, %v, want the 5 slots that are left", rest, err)
	}
	back := turn
	back.Slot, back.Cost = turn.Slot+10*int64(turn.Interval), 5
	if err := a.Cancel(t.Context(), back); err != nil {
		t.Fatal(err)
	}
	if again, err := b.Reserve(t.Context(), ask); err != nil || !again.Granted || again.Cost != 5 {
		t.Fatalf("Reserve = %+v, %v, want the 5 slots that were given back", again, err)
	}
	time.Sleep(w.Per + 420*time.Millisecond - windowSlack) // the last of 15, 30 ms apart, is used after 420 ms
	if early, err := b.Reserve(t.Context(), ask); err != nil || early.Granted {
		t.Fatalf("Reserve = %+v, %v before the last slots have left the window, want none", early, err)
	}
}

// windowSlack is by how much less than the whole is waited for, so that the clocks of stores may differ a little.
const windowSlack = 50 * time.Millisecond

// usesTogether: whoever reserves for several requests, uses some of the slots late, and gives others back, no span of a
// window holds more than its limit.
func usesTogether(t *testing.T, open Opener) {
	rng := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // a fixed sequence
	w := pacing.Window{Limit: 30, Per: 3 * time.Second}
	p := &pacing.Params{InitialRate: 60, MaxRate: 60, Burst: 3, Windows: []pacing.Window{w}}
	cells := []pacing.Cell{openCell(t, open(t), "k", p), openCell(t, open(t), "k", p)}
	var sent []time.Time
	for range 150 {
		ask := pacing.ReserveRequest{
			Slots: 1 + rng.Int64N(12), Ahead: 80 * time.Millisecond, Late: time.Duration(rng.IntN(200)) * time.Millisecond,
			Step: time.Duration(rng.IntN(60)) * time.Millisecond,
		}
		cell := cells[rng.IntN(2)]
		turn, err := cell.Reserve(t.Context(), ask)
		if err != nil {
			t.Fatal(err)
		}
		if !turn.Granted {
			time.Sleep(min(turn.Wait, 300*time.Millisecond))
			continue
		}
		used := 1 + rng.Int64N(turn.Cost)
		for i := range used {
			first := time.Now().Add(max(turn.Wait, ask.Late))
			sent = append(sent, first.Add(time.Duration(i)*max(ask.Step, turn.Interval)))
		}
		if used < turn.Cost {
			turn.Slot, turn.Cost = turn.Slot+used*int64(turn.Interval), turn.Cost-used
			if err := cell.Cancel(t.Context(), turn); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Duration(rng.IntN(150)) * time.Millisecond)
	}
	slices.SortFunc(sent, time.Time.Compare)
	for i := w.Limit; i < len(sent); i++ {
		if span := sent[i].Sub(sent[i-w.Limit]); span < w.Per {
			t.Fatalf("%d requests within %v, want at most %d in %v", w.Limit+1, span, w.Limit, w.Per)
		}
	}
	if len(sent) < 60 {
		t.Errorf("%d were sent, which tests little", len(sent))
	}
}
