package storetest

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/arl-cli/arl/internal/headers"
	"github.com/arl-cli/arl/internal/pacing"
)

// agrees drives a store and a bare State through the same steps, whatever they are, through two handles,
// and expects the same answers to the nanosecond: every gate is the one gate.
func agrees(t *testing.T, open Opener) {
	a, b, start, keys := open(t), open(t), time.Now(), 0
	// Not t itself: rapid would ask for its deadline, which there is none of in a bubble.
	rapid.Check(struct{ testing.TB }{t}, func(r *rapid.T) {
		keys++
		w := &walk{p: params(r), start: start, ranks: rapid.Bool().Draw(r, "priorities"), refills: rapid.IntRange(0, 3).Draw(r, "refills") == 0}
		for _, s := range []pacing.Store{a, b} {
			c, err := s.Open(t.Context(), fmt.Sprint("k", keys), w.p, nil)
			if err != nil {
				r.Fatal(err)
			}
			w.cells = append(w.cells, c)
		}
		w.pure.Open(w.now(), time.Now(), w.p, nil)
		r.Repeat(map[string]func(*rapid.T){
			"reserve": func(r *rapid.T) { w.reserve(t, r) },
			"apply":   func(r *rapid.T) { w.apply(t, r) },
			"cancel":  func(r *rapid.T) { w.cancel(t, r) },
			"cap":     func(r *rapid.T) { w.follow(t, r) },
			"sleep":   func(r *rapid.T) { time.Sleep(duration(r, "sleep", 2000)) },
			"wait":    func(r *rapid.T) { time.Sleep(duration(r, "wait", 30_000)) },
		})
	})
}

// A walk is what has been done so far.
type walk struct {
	p       *pacing.Params
	start   time.Time
	cells   []pacing.Cell
	pure    pacing.State
	granted []pacing.Reservation
	ranks   bool // requests have different priorities
	refills bool // responses tell of a bucket that refills
}

func (w *walk) now() int64 { return int64(time.Since(w.start)) }

// cell is one of the two handles.
func (w *walk) cell(r *rapid.T) pacing.Cell {
	return w.cells[rapid.IntRange(0, 1).Draw(r, "cell")]
}

func duration(r *rapid.T, name string, most int) time.Duration {
	return time.Duration(rapid.IntRange(0, most).Draw(r, name)) * time.Millisecond
}

// params stay below the rate from which a store may tell accepted answers later.
func params(r *rapid.T) *pacing.Params {
	p := &pacing.Params{
		InitialRate: rapid.Float64Range(0.5, 30).Draw(r, "rate"), MaxRate: 40,
		Burst: rapid.IntRange(1, 8).Draw(r, "burst"),
	}
	if rapid.Bool().Draw(r, "of a unit") {
		p.RequestRate = rapid.Float64Range(0.5, 3).Draw(r, "requests")
	}
	for range rapid.IntRange(0, 3).Draw(r, "windows") {
		p.Windows = append(p.Windows, pacing.Window{
			Limit: rapid.IntRange(1, 30).Draw(r, "limit"), Per: duration(r, "per", 60_000) + time.Millisecond,
		})
	}
	return p
}

func (w *walk) reserve(t *testing.T, r *rapid.T) {
	ask := pacing.ReserveRequest{
		Cost: rapid.Int64Range(0, 3).Draw(r, "cost"), Slots: rapid.Int64Range(0, 3).Draw(r, "slots"),
		After: duration(r, "after", 400), Exact: rapid.Bool().Draw(r, "exact"), Waited: waited(r),
		Priority: w.priority(r), Ahead: duration(r, "ahead", 60), Ranked: rapid.Bool().Draw(r, "ranked"),
	}
	if ask.Slots > 1 {
		ask.Slots, ask.Step, ask.Late = rapid.Int64Range(2, 30).Draw(r, "many slots"), duration(r, "step", 50), duration(r, "late", 200)
	}
	if rapid.Bool().Draw(r, "may need more") {
		ask.Holder, ask.Cost = rapid.Int64Range(1, 3).Draw(r, "request"), rapid.Int64Range(1, 30).Draw(r, "need")
		ask.Age = duration(r, "age", 3000)
		ask.Hold = rapid.SampledFrom([]pacing.HoldMode{0, 0, 0, pacing.HoldKeep, pacing.HoldKeep, pacing.HoldEnd}).Draw(r, "hold")
	}
	want := w.pure.Reserve(w.now(), ask)
	got, err := w.cell(r).Reserve(t.Context(), ask)
	if err != nil {
		r.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		r.Fatalf("Reserve(%+v) = %+v, want %+v", ask, got, want)
	}
	if got.Granted {
		w.granted = append(w.granted, got)
	}
}

// priority is normal for all, or for some.
func (w *walk) priority(r *rapid.T) pacing.Priority {
	if !w.ranks {
		return pacing.PriorityNormal
	}
	return rapid.SampledFrom([]pacing.Priority{pacing.PriorityLow, 0, 0, pacing.PriorityHigh}).Draw(r, "priority")
}

// waited is as long as a caller may have been told to ask again, to the nanosecond.
func waited(r *rapid.T) time.Duration {
	most := rapid.SampledFrom([]int64{0, int64(time.Second), int64(2 * time.Hour)}).Draw(r, "most waited")
	return time.Duration(rapid.Int64Range(0, most).Draw(r, "waited"))
}

// take draws one of the turns that are out.
func (w *walk) take(r *rapid.T) pacing.Reservation {
	if len(w.granted) == 0 {
		r.Skip()
	}
	i := rapid.IntRange(0, len(w.granted)-1).Draw(r, "turn")
	turn := w.granted[i]
	w.granted = append(w.granted[:i:i], w.granted[i+1:]...)
	return turn
}

func (w *walk) apply(t *testing.T, r *rapid.T) {
	turn := w.take(r)
	ev := pacing.Event{
		Kind:       rapid.SampledFrom([]pacing.Kind{0, 0, 0, pacing.Throttled, pacing.Overloaded, pacing.Failed}).Draw(r, "kind"),
		Generation: turn.Generation, Mark: turn.Mark, Granted: turn.Cost, Paced: rapid.Bool().Draw(r, "paced"),
		Cost: rapid.SampledFrom([]int64{0, 0, 0, 2}).Draw(r, "extra"), InFlight: rapid.Int64Range(1, 5).Draw(r, "in flight"), Took: time.Duration(rapid.Int64Range(0, int64(time.Second)).Draw(r, "took")),
		Budgets: w.budgets(r), Doubt: rapid.IntRange(0, 9).Draw(r, "doubt") == 0,
	}
	if rapid.Bool().Draw(r, "units") {
		ev.Sizes = pacing.Sizes{Mean: rapid.Float64Range(1, 9).Draw(r, "mean"), Largest: 40, Ratio: 1.5, Spread: 0.1}
	}
	if ev.Kind == pacing.Throttled {
		ev.Wall = time.Unix(1_700_000_000, 0)
	}
	if ev.Kind != pacing.Accepted {
		ev.Pause = duration(r, "pause", 5000)
	}
	want := w.pure.Apply(w.now(), w.p, ev)
	got, err := w.cell(r).Apply(t.Context(), w.p, ev)
	if err != nil {
		r.Fatal(err)
	}
	if got.Eased = want.Eased; got != want { // which is a hint
		r.Fatalf("Apply(%+v) = %+v, want %+v", ev, got, want)
	}
}

func (w *walk) follow(t *testing.T, r *rapid.T) {
	c := pacing.Cap{Rate: rapid.SampledFrom([]float64{0, 0.5, 3, 20}).Draw(r, "cap"), Set: time.Now()}
	w.pure.SetCap(w.now(), c)
	if got, err := w.cell(r).Follow(t.Context(), w.p, c); err != nil || got != w.pure.Cap() {
		r.Fatalf("Follow(%v) = %v, %v, want %v", c, got, err, w.pure.Cap())
	}
}

// budgets are what headers say is left, or nothing.
func (w *walk) budgets(r *rapid.T) *pacing.Budgets {
	if rapid.Bool().Draw(r, "no headers") {
		return nil
	}
	if w.refills {
		return refilling(r)
	}
	h := http.Header{}
	h.Set("X-Ratelimit-Limit", strconv.Itoa(rapid.SampledFrom([]int{5, 50, 5000}).Draw(r, "of")))
	h.Set("X-Ratelimit-Remaining", strconv.Itoa(rapid.IntRange(0, 8).Draw(r, "left")))
	h.Set("X-Ratelimit-Reset", strconv.Itoa(rapid.IntRange(0, 60).Draw(r, "reset")))
	s := headers.ReadSignal(&headers.Rules{}, http.StatusOK, h, nil, time.Now())
	return &s.Budgets
}

// refilling is a bucket of which a body says what is left and how fast it comes back.
func refilling(r *rapid.T) *pacing.Budgets {
	b := pacing.Budget{Name: "cost", ID: 1, Limit: 50, Remaining: rapid.Int64Range(0, 50).Draw(r, "left"), Exact: true}
	b.Refill = rapid.SampledFrom([]float64{0.5, 2, 10}).Draw(r, "refill")
	b.Reset = time.Duration(float64(b.Limit-b.Remaining) / b.Refill * float64(time.Second))
	var all pacing.Budgets
	all.Add(b)
	return &all
}

func (w *walk) cancel(t *testing.T, r *rapid.T) {
	turn := w.take(r)
	turn.Free = rapid.Bool().Draw(r, "free")
	w.pure.Cancel(turn)
	if err := w.cell(r).Cancel(t.Context(), turn); err != nil {
		r.Fatal(err)
	}
}
