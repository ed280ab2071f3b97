// Package storetest is the contract of a limiter.Store: every store passes the same suite.
package storetest

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// An Opener opens a store. Stores opened by one Opener share their state, as the processes of one
// user do. Their clock must follow time.Now, which is virtual within the suite.
type Opener func(t *testing.T) pacing.Store

// Run runs the suite. fresh returns an Opener for an empty state; it is called inside a synctest
// bubble, with the directory that the test may use.
func Run(t *testing.T, fresh func(t *testing.T, dir string) Opener) {
	tests := map[string]func(*testing.T, Opener){
		"follows the pure gate":          followsTheGate,
		"grants each slot once":          grantsOnce,
		"grants an exact slot or none":   grantsExactly,
		"shares a pause":                 sharesPause,
		"recalls only an unknown key":    recallsOnce,
		"never exceeds a window":         neverExceeds,
		"voids grants of the generation": voidsGrants,
		"keeps keys apart":               keepsApart,
		"agrees with the pure functions": agrees,
		"serves processes in turn":       servesInTurn,
		"survives the dead":              survivesTheDead,
		"serves a guest beside a batch":  servesAGuest,
		"resumes staggered":              resumesStaggered,
		"settles what was estimated":     settles,
		"gives low what is left":         givesLowTheRest,
		"gives low a floor":              givesLowAFloor,
		"gives low everything alone":     givesLowEverything,
		"serves low in turn":             servesLowInTurn,
		"serves a get beside low":        servesAGetBesideLow,
		"serves high before normal":      servesHighFirst,
		"forgets the dead of a priority": forgetsThoseWhoWaited,
		"waits for what a request needs": waitsForNeed,
		"keeps an instant":               keepsAnInstant,
		"ends an instant":                endsAnInstant,
		"passes a larger request":        passesALarger,
		"serves a larger request":        servesALarger,
		"keeps processes to shares":      keepsToShares,
		"caps for all":                   capsForAll,
		"follows edits":                  followsEdits,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) { test(t, fresh(t, dir)) })
		})
	}
}

func openCell(t *testing.T, s pacing.Store, key string, p *pacing.Params) pacing.Cell {
	t.Helper()
	c, err := s.Open(t.Context(), key, p, nil)
	if err != nil {
		t.Fatalf("Open(%q) = %v", key, err)
	}
	return c
}

func reserve(t *testing.T, c pacing.Cell) pacing.Reservation {
	t.Helper()
	turn, err := c.Reserve(t.Context(), pacing.ReserveRequest{})
	if err != nil {
		t.Fatalf("Reserve = %v", err)
	}
	return turn
}

func apply(t *testing.T, c pacing.Cell, p *pacing.Params, ev pacing.Event) pacing.Update {
	t.Helper()
	v, err := c.Apply(t.Context(), p, ev)
	if err != nil {
		t.Fatalf("Apply(%+v) = %v", ev, err)
	}
	return v
}

// followsTheGate drives a store and a bare State through the same steps, alternating between two
// handles, and expects the same answers to the nanosecond.
func followsTheGate(t *testing.T, open Opener) {
	p := &pacing.Params{InitialRate: 10, Burst: 3, Windows: []pacing.Window{{Limit: 40, Per: 10 * time.Second}}}
	a, b := openCell(t, open(t), "k", p), openCell(t, open(t), "k", p)
	var pure pacing.State
	start := time.Now()
	now := func() int64 { return int64(time.Since(start)) }
	pure.Open(now(), time.Now(), p, nil)
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a fixed sequence
	var granted []pacing.Reservation
	for step := range 400 {
		cell := []pacing.Cell{a, b}[step%2]
		time.Sleep(time.Duration(rng.IntN(150)) * time.Millisecond)
		if len(granted) > 0 && rng.IntN(3) == 0 {
			ev := event(rng, granted[0])
			granted = granted[1:]
			want, got := pure.Apply(now(), p, ev), apply(t, cell, p, ev)
			if got != want {
				t.Fatalf("step %d: Apply(%+v) = %+v, want %+v", step, ev, got, want)
			}
			continue
		}
		ask := pacing.ReserveRequest{After: time.Duration(rng.IntN(3)) * 40 * time.Millisecond, Exact: rng.IntN(4) == 0}
		want := pure.Reserve(now(), ask)
		got, err := cell.Reserve(t.Context(), ask)
		if err != nil {
			t.Fatalf("step %d: Reserve = %v", step, err)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("step %d: Reserve = %+v, want %+v", step, got, want)
		}
		if got.Granted {
			granted = append(granted, got)
		}
	}
}

func event(rng *rand.Rand, of pacing.Reservation) pacing.Event {
	ev := pacing.Event{Generation: of.Generation, Paced: rng.IntN(2) == 0}
	switch rng.IntN(20) {
	case 0:
		ev.Kind, ev.Pause = pacing.Throttled, time.Duration(rng.IntN(3000))*time.Millisecond
		ev.Wall = time.Unix(1_700_000_000, 0)
	case 1:
		ev.Kind, ev.Pause = pacing.Overloaded, time.Second
	case 2:
		ev.Kind = pacing.Failed
	}
	return ev
}

// grantsOnce lets many goroutines of several handles reserve at once: no slot is handed out twice.
func grantsOnce(t *testing.T, open Opener) {
	p := &pacing.Params{InitialRate: 1000}
	var mu sync.Mutex
	slots := make(map[time.Duration]int)
	var wg sync.WaitGroup
	for range 4 {
		cell := openCell(t, open(t), "k", p)
		for range 4 {
			wg.Go(func() {
				for range 12 {
					if turn := reserve(t, cell); turn.Granted {
						mu.Lock()
						slots[turn.Wait]++
						mu.Unlock()
					}
				}
			})
		}
	}
	wg.Wait()
	for at, n := range slots {
		if n > 1 {
			t.Errorf("the slot %v from now was granted %d times, want 1", at, n)
		}
	}
	if len(slots) != 4*4*12 { // one a millisecond, all within the horizon of 200 ms
		t.Errorf("%d slots were granted, want %d", len(slots), 4*4*12)
	}
}

// grantsExactly: a slot that another gate has granted is reserved here as well, or nothing is.
func grantsExactly(t *testing.T, open Opener) {
	p := &pacing.Params{InitialRate: 10, Burst: 10, Windows: []pacing.Window{{Limit: 2, Per: time.Minute}}}
	a, b := openCell(t, open(t), "k", p), openCell(t, open(t), "k", p)
	reserve(t, a)
	ask := pacing.ReserveRequest{After: pacing.Horizon + 150*time.Millisecond, Exact: true}
	turn, err := b.Reserve(t.Context(), ask)
	if err != nil || !turn.Granted || turn.Wait != ask.After {
		t.Errorf("Reserve(%+v) = %+v, %v, want it granted", ask, turn, err)
	}
	ask.After += 30 * time.Millisecond
	turn, err = a.Reserve(t.Context(), ask)
	if err != nil || turn.Granted || turn.Reason != pacing.ReasonWindow || turn.Wait != turn.Until || turn.Until < time.Minute {
		t.Errorf("Reserve(%+v) = %+v, %v, want to wait for the window", ask, turn, err)
	}
	if l, err := b.Learned(t.Context()); err != nil || l.Counts.Sent != 2 {
		t.Errorf("Learned = %+v, %v, want what was throttled not counted", l.Counts, err)
	}
}

// sharesPause: what one handle is told stops the other too, and is never shortened.
func sharesPause(t *testing.T, open Opener) {
	p := &pacing.Params{InitialRate: 10}
	a, b := openCell(t, open(t), "k", p), openCell(t, open(t), "k", p)
	turn := reserve(t, a)
	ev := pacing.Event{Kind: pacing.Throttled, Generation: turn.Generation, Pause: 30 * time.Second, Wall: time.Now()}
	if v := apply(t, a, p, ev); !v.Cut || v.Paused != 30*time.Second {
		t.Errorf("a throttle gives %+v, want a cut and a pause of 30s", v)
	}
	ev.Pause = time.Second
	if v := apply(t, b, p, ev); v.Cut || v.Paused != 30*time.Second {
		t.Errorf("a second throttle of the same event gives %+v, want no cut and the pause of 30s", v)
	}
	if turn := reserve(t, b); turn.Granted || turn.Reason != pacing.ReasonPause || turn.Until != 30*time.Second {
		t.Errorf("Reserve = %+v, want to wait 30s for the pause", turn)
	}
	time.Sleep(30 * time.Second)
	if turn := reserve(t, b); !turn.Granted {
		t.Errorf("Reserve after the pause = %+v, want a scout", turn)
	}
	if turn := reserve(t, a); turn.Granted || turn.Reason != pacing.ReasonScout {
		t.Errorf("Reserve beside a scout = %+v, want to wait for its response", turn)
	}
}

func recallsOnce(t *testing.T, open Opener) {
	p := &pacing.Params{InitialRate: 1}
	calls := 0
	recall := func() *pacing.Learned {
		calls++
		return &pacing.Learned{Rate: 25, Ceiling: 26, Source: pacing.SourceLearned, Updated: time.Now(), PausedUntil: time.Now().Add(time.Hour)}
	}
	for range 3 {
		s := open(t)
		c, err := s.Open(t.Context(), "k", p, recall)
		if err != nil {
			t.Fatal(err)
		}
		l, err := c.Learned(t.Context())
		if err != nil || l.Rate != 25 || l.Ceiling != 26 || l.Source != pacing.SourceLearned {
			t.Errorf("Learned = %+v, %v, want what was recalled", l, err)
		}
		if turn := reserve(t, c); turn.Granted || turn.Until != time.Hour {
			t.Errorf("Reserve = %+v, want to wait for the recalled pause of 1h", turn)
		}
	}
	if calls != 1 {
		t.Errorf("recall was called %d times, want 1", calls)
	}
}

// neverExceeds sends as fast as the gate allows and counts every span.
func neverExceeds(t *testing.T, open Opener) {
	w := pacing.Window{Limit: 20, Per: 10 * time.Second}
	p := &pacing.Params{InitialRate: 50, Burst: 5, Windows: []pacing.Window{w}}
	cells := []pacing.Cell{openCell(t, open(t), "k", p), openCell(t, open(t), "k", p)}
	var sent []time.Time
	for i := 0; len(sent) < 100; i++ {
		turn := reserve(t, cells[i%2])
		if turn.Granted {
			sent = append(sent, time.Now().Add(turn.Wait))
		}
		time.Sleep(turn.Wait)
	}
	for i := w.Limit; i < len(sent); i++ {
		if span := sent[i].Sub(sent[i-w.Limit]); span < w.Per {
			t.Fatalf("%d requests within %v, want at most %d in %v", w.Limit+1, span, w.Limit, w.Per)
		}
	}
	if took := sent[99].Sub(sent[0]); took > 45*time.Second {
		t.Errorf("100 requests at 20 per 10s took %v, want at most 45s", took)
	}
}

func voidsGrants(t *testing.T, open Opener) {
	p := &pacing.Params{InitialRate: 100}
	a, b := openCell(t, open(t), "k", p), openCell(t, open(t), "k", p)
	first, second := reserve(t, a), reserve(t, b)
	if ok, err := b.Current(t.Context(), second.Generation); !ok || err != nil {
		t.Errorf("Current = %v, %v before a pause, want true", ok, err)
	}
	apply(t, a, p, pacing.Event{Kind: pacing.Overloaded, Generation: first.Generation, Pause: time.Second})
	if ok, err := b.Current(t.Context(), second.Generation); ok || err != nil {
		t.Errorf("Current = %v, %v after a pause, want false", ok, err)
	}
}

func keepsApart(t *testing.T, open Opener) {
	p := &pacing.Params{InitialRate: 10}
	s := open(t)
	a, b := openCell(t, s, "api/write@0a1b2c3d", p), openCell(t, s, "api", p)
	turn := reserve(t, a)
	apply(t, a, p, pacing.Event{Kind: pacing.Throttled, Generation: turn.Generation, Pause: time.Minute, Wall: time.Now()})
	if turn := reserve(t, b); !turn.Granted {
		t.Errorf("Reserve of another key = %+v, want a grant", turn)
	}
}
