package linepace

import (
	"io"
	"sync"
)

// maxPending is how much waits to be written at most.
const maxPending = 64 << 10

// A writer writes in a goroutine of its own what was put in since its last write, so that nothing waits for company.
type writer struct {
	to io.Writer

	mu      sync.Mutex
	changed sync.Cond
	pending []byte
	writing bool
	closed  bool
	err     error
	done    chan struct{}
}

func newWriter(to io.Writer) *writer {
	w := &writer{to: to, done: make(chan struct{})}
	w.changed.L = &w.mu
	go w.run()
	return w
}

// write puts a line in. It waits for room, and with sync until the line is written. Errors are those of earlier writes.
func (w *writer) write(line []byte, sync bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.err == nil && len(w.pending) > 0 && len(w.pending)+len(line) > maxPending {
		w.changed.Wait()
	}
	if w.err != nil {
		return w.err
	}
	w.pending = append(w.pending, line...)
	w.changed.Broadcast()
	for sync && w.err == nil && (len(w.pending) > 0 || w.writing) {
		w.changed.Wait()
	}
	return w.err
}

// run writes until the writer is closed.
func (w *writer) run() {
	defer close(w.done)
	var block []byte
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		for len(w.pending) == 0 && !w.closed {
			w.changed.Wait()
		}
		if len(w.pending) == 0 || w.err != nil {
			return
		}
		block, w.pending = w.pending, block[:0]
		w.writing = true
		w.mu.Unlock()
		_, err := w.to.Write(block)
		w.mu.Lock()
		w.writing, w.err = false, err
		w.changed.Broadcast()
	}
}

// close writes what is left.
func (w *writer) close() error {
	w.mu.Lock()
	w.closed = true
	w.changed.Broadcast()
	w.mu.Unlock()
	<-w.done
	return w.err
}
