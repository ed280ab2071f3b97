package batch

import "sync"

// A sink collects entries that are through, and hands them to the goroutine that writes, in order if
// that is asked for. All entries pass it, those without a result too.
type sink struct {
	ordered bool
	advance func(seq uint64) // is told, if ordered, which entry is the next in order

	mu     sync.Mutex
	added  sync.Cond
	ready  []*entry
	window []*entry // if ordered: by sequence number, modulo its length
	head   uint64   // the next in order
	closed bool
	total  int64 // how many come in all, if closed
	came   int64
}

// newSink returns a sink for at most window entries out of order.
func newSink(ordered bool, window int, advance func(uint64)) *sink {
	s := &sink{ordered: ordered, advance: advance}
	s.added.L = &s.mu
	if ordered {
		s.window = make([]*entry, window)
	}
	return s
}

// add takes entries that are through.
func (s *sink) add(entries ...*entry) {
	s.mu.Lock()
	for _, e := range entries {
		s.came++
		s.sort(e)
	}
	head := s.head
	s.mu.Unlock()
	s.added.Signal()
	if s.ordered {
		s.advance(head)
	}
}

// sort puts e, and what has waited for it, to what is ready.
func (s *sink) sort(e *entry) {
	if !s.ordered {
		s.ready = append(s.ready, e)
		return
	}
	size := uint64(len(s.window))
	s.window[e.hold.Seq%size] = e
	for at := &s.window[s.head%size]; *at != nil; at = &s.window[s.head%size] {
		s.ready = append(s.ready, *at)
		*at = nil
		s.head++
	}
}

// close says that total entries come in all. Only the first call counts.
func (s *sink) close(total int64) {
	s.mu.Lock()
	if !s.closed {
		s.closed, s.total = true, total
	}
	s.mu.Unlock()
	s.added.Signal()
}

// take waits for entries and returns all there are; none means that there will be no more. into is
// where they are put.
func (s *sink) take(into []*entry) []*entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.ready) == 0 {
		if s.closed && s.came == s.total {
			return nil
		}
		s.added.Wait()
	}
	taken := s.ready
	s.ready = into[:0]
	return taken
}
