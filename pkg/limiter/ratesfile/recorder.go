package ratesfile

import (
	"maps"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

const (
	// writeEvery is how soon a change is written while a run goes on.
	writeEvery = 2 * time.Second
	// leaseFor is how long a lease lasts, and leaseEvery how often it is renewed.
	leaseFor   = 10 * time.Minute
	leaseEvery = 4 * time.Minute
)

// A Recorder writes what a limiter learns into a File: in the background while the run goes on, and
// at its end. It is safe for use by many goroutines.
type Recorder struct {
	File *File
	// Known returns what is known of a key now; usually Limiter.Learned.
	Known func(key string) (pacing.Learned, bool)
	// Failed is told, once, that the file cannot be written.
	Failed func(error)

	mu      sync.Mutex
	dirty   map[string]bool
	leased  map[string]float64 // keys with documented windows, and their initial rate
	pending *time.Timer
	renew   *time.Timer
	closed  bool
	failed  sync.Once
}

// Changed notes that key is worth writing. It returns at once.
func (r *Recorder) Changed(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	if r.dirty == nil {
		r.dirty = make(map[string]bool)
	}
	r.dirty[key] = true
	if r.pending == nil {
		r.pending = time.AfterFunc(writeEvery, func() { r.write(false) })
	}
}

// Opening leases a key that has documented windows before its first request is sent.
func (r *Recorder) Opening(key string, p *pacing.Params) {
	if len(p.Windows) == 0 {
		return
	}
	r.mu.Lock()
	if r.leased == nil {
		r.leased = make(map[string]float64)
	}
	r.leased[key] = p.InitialRate
	if r.renew == nil && !r.closed {
		r.renew = time.AfterFunc(leaseEvery, r.renewLeases)
	}
	r.mu.Unlock()
	if known := r.File.Recall(key); known != nil && leased(time.Until(known.UsedUntil)) {
		return
	}
	r.report(r.File.Lease(key, time.Now().Add(leaseFor), max(p.InitialRate, 0.001)))
}

// leased reports whether what is left of a lease that somebody took lasts until it is renewed.
func leased(left time.Duration) bool { return left > leaseFor/2 && left <= leaseFor }

func (r *Recorder) renewLeases() {
	r.mu.Lock()
	leased := maps.Clone(r.leased)
	if !r.closed {
		r.renew.Reset(leaseEvery)
	}
	r.mu.Unlock()
	for key, rate := range leased {
		r.report(r.File.Lease(key, time.Now().Add(leaseFor), max(rate, 0.001)))
	}
}

// Flush writes what has changed. durable says whether to wait until it is on the disk.
func (r *Recorder) Flush(durable bool) { r.write(durable) }

// Close is Flush for the last time: changes that come later are not written.
func (r *Recorder) Close(durable bool) {
	r.mu.Lock()
	r.closed = true
	for _, t := range []*time.Timer{r.pending, r.renew} {
		if t != nil {
			t.Stop()
		}
	}
	r.mu.Unlock()
	r.write(durable)
}

func (r *Recorder) write(durable bool) {
	r.mu.Lock()
	dirty := r.dirty
	if r.pending != nil {
		r.pending.Stop()
	}
	r.dirty, r.pending = nil, nil
	r.mu.Unlock()
	known := make(map[string]pacing.Learned, len(dirty))
	for key := range dirty {
		if l, ok := r.Known(key); ok {
			known[key] = l
		}
	}
	if len(known) == 0 {
		return
	}
	err := r.File.Merge(known, durable)
	if err != nil {
		r.keep(dirty)
	}
	r.report(err)
}

// keep notes what could not be written, for the next time.
func (r *Recorder) keep(keys map[string]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dirty == nil {
		r.dirty = make(map[string]bool)
	}
	maps.Copy(r.dirty, keys)
}

func (r *Recorder) report(err error) {
	if err != nil && r.Failed != nil {
		r.failed.Do(func() { r.Failed(err) })
	}
}
