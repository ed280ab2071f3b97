package session

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/estimate"
	"github.com/arl-cli/arl/internal/event"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/progress"
	"github.com/arl-cli/arl/pkg/limiter"
)

// WaitStatus know what is waited for, and how the keys of a run began. They are safe for use by many goroutines.
type WaitStatus struct {
	mu     sync.Mutex
	Until  map[string]progress.Wait // by key
	begun  map[string]beginning     // by key
	shared map[string]int           // other processes that use a key
}

// A beginning is what there was of a key before this process used it.
type beginning struct {
	sent      int64
	throttled int64
	windows   []limiter.Window
}

// mostBegun is of how many keys the beginning is known: a list of URLs may have any number.
const mostBegun = 10_000

// worthWaiting is how long a wait is at least that the display names.
const worthWaiting = time.Second

// NewWaitStatus returns a status without waits.
func NewWaitStatus() *WaitStatus {
	return &WaitStatus{Until: map[string]progress.Wait{}, begun: map[string]beginning{}}
}

// Observe takes in what is waited for and how keys begin.
func (w *WaitStatus) Observe(e *limiter.Event) {
	switch e.Kind {
	case event.Opened:
		w.opened(e)
	case event.Waiting:
		w.Record(e.Key, e.Left, e.Reason)
	case event.Outage:
		w.outage(e.API, e.Left)
	case event.Shared:
		w.share(e.Others)
	}
}

// Record notes that the head of a key's line has to wait.
func (w *WaitStatus) Record(key string, left time.Duration, why pacing.Reason) {
	if left < worthWaiting {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.Until[key] = progress.Wait{Key: key, Until: time.Now().Add(left), Why: estimate.WaitFor(why).Label}
}

// outage notes that all of an api waits for the end of an outage.
func (w *WaitStatus) outage(api string, next time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.Until[api] = progress.Wait{Key: api, Until: time.Now().Add(next), Why: "outage"}
}

// opened notes how a key begins.
func (w *WaitStatus) opened(e *limiter.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.begun) < mostBegun {
		w.begun[e.Key] = beginning{sent: e.Known.Counts.Sent, throttled: e.Known.Counts.Throttled, windows: e.Params.Windows}
	}
}

// First is how a key began.
func (w *WaitStatus) First(key string) (sent int64, windows []limiter.Window) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.begun[key].sent, w.begun[key].windows
}

// share notes how many other processes use the keys of this one.
func (w *WaitStatus) share(others map[string]int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shared = others
}

// Others is how many other processes use a key.
func (w *WaitStatus) Others(key string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.shared[key]
}

// Now is what is waited for at present, sorted by key.
func (w *WaitStatus) Now(now time.Time) (out []progress.Wait) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for key, wait := range w.Until {
		if wait.Until.After(now) {
			out = append(out, wait)
		} else {
			delete(w.Until, key)
		}
	}
	slices.SortFunc(out, func(a, b progress.Wait) int { return strings.Compare(a.Key, b.Key) })
	return out
}
