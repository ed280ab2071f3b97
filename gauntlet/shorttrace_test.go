package gauntlet

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// A tracer writes what happens in each second of a run, and what changed the rate at once.
type tracer struct {
	text  strings.Builder
	begun time.Time // the run

	mu                  sync.Mutex
	second              int
	accepted, throttled int
	last                limiter.Event
}

func (t *tracer) begin(span time.Duration) {
	t.begun, t.second, t.last = time.Now(), 0, limiter.Event{}
	fmt.Fprintf(&t.text, "%v, from %v after the year began:\n", span, time.Since(yearBegan()))
}

func (t *tracer) note(a limiter.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := time.Since(t.begun)
	for ; t.second < int(at/time.Second); t.second++ {
		t.line()
	}
	v := &a.Update
	t.last = a
	switch a.Status {
	case http.StatusTooManyRequests:
		t.throttled++
	case 0:
	default:
		t.accepted++
	}
	if v.Cut {
		fmt.Fprintf(&t.text, "  %8.3f s: throttled, named a pause of %v (%s), rate %.2f to %.2f, paused %v\n",
			at.Seconds(), a.Signal.Pause, a.Signal.Source, v.RateBefore, v.Rate, v.Paused.Round(time.Millisecond))
	}
	if v.Scouted {
		fmt.Fprintf(&t.text, "  %8.3f s: first response after a pause: %d, rate %.2f to %.2f\n", at.Seconds(), a.Status, v.RateBefore, v.Rate)
	}
}

func (t *tracer) line() {
	v := &t.last.Update
	fmt.Fprintf(&t.text, "%5d s: %5d accepted, %3d throttled, rate %8.2f, slots %d, %v %+v%s\n",
		t.second, t.accepted, t.throttled, v.Rate, v.Slots, v.Insight.Phase, v.Insight, t.left())
	t.accepted, t.throttled = 0, 0
}

// left is what the last response said of it.
func (t *tracer) left() string {
	said := ""
	for i := range t.last.Signal.Budgets.Len() {
		b := t.last.Signal.Budgets.At(i)
		said += fmt.Sprintf(", told %d of %d, reset %v", b.Remaining, b.Limit, b.Reset)
	}
	return said
}

func (t *tracer) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.line()
}
