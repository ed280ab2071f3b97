package batch

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// A Summary counts what became of the records of a run. At the end of it
// Read = Before + OK + Failed + Unknown + NotSent; before, the difference is in flight. When the input
// has been read to its end, Seen = Read + Elsewhere.
type Summary struct {
	Read      int64
	Before    int64 // done in an earlier run, and not sent in this one
	OK        int64
	Unchanged int64 // of OK: those without a result, since they are what an earlier run has got
	Failed    int64
	Unknown   int64
	NotSent   int64
	Accepted  int64          // of NotSent: those that have begun a job, which a resumed run asks for
	Elsewhere int64          // records of other shards, which are not among Read
	Seen      int64          // records of the input, once it is complete
	Kept      int64          // of Unknown: since an earlier run
	Lost      int64          // records without a result that may have been sent
	Attempts  int64          // HTTP exchanges
	Bytes     int64          // of results written
	Kinds     map[Kind]int64 // of errors
	Costs     []TotalCost    // by unit, in the order in which they were met
	Complete  bool           // the input was read to its end
	Started   time.Time
	Elapsed   time.Duration
}

// errBalance says that the engine has lost or doubled a record.
var errBalance = errors.New("the summary does not balance")

func (s *Summary) check() error {
	if through := s.through(); through != s.Read {
		return fmt.Errorf("%w: %d records read, %d accounted for", errBalance, s.Read, through)
	}
	if s.Complete && s.Seen != s.Read+s.Elsewhere {
		return fmt.Errorf("%w: of %d records %d were read, and %d belong to other shards", errBalance, s.Seen, s.Read, s.Elsewhere)
	}
	return nil
}

func (s *Summary) through() int64 { return s.Before + s.OK + s.Failed + s.Unknown + s.NotSent }

// count adds a record that is through, with n bytes of result written.
func (s *Summary) count(d *Done, n int) {
	switch d.Outcome {
	case OK:
		s.OK++
		if d.Unchanged {
			s.Unchanged++
		}
	case Failed:
		s.Failed++
	case Unknown:
		s.Unknown++
	case NotSent:
		s.NotSent++
		if d.Accepted {
			s.Accepted++
		}
	}
	if d.Err != nil {
		s.Kinds[d.Err.Kind]++
	}
	for i := range d.Cost {
		s.addCost(&d.Cost[i])
	}
	s.Attempts += int64(d.Attempts)
	s.Bytes += int64(n)
}

// A tally is a Summary in the making.
type tally struct {
	mu     sync.Mutex
	began  time.Time
	sum    Summary
	frozen bool
}

func (t *tally) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.began = time.Now()
}

// done counts a record that is through, unless counting has ended.
func (t *tally) done(d *Done, n int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.frozen {
		t.sum.count(d, n)
	}
	return !t.frozen
}

// read counts a record that has been read.
func (t *tally) read() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Read++
}

// end notes that the input has come to its end after so many records.
func (t *tally) end(seen int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Seen, t.sum.Complete = seen, true
}

// elsewhere counts a record of another shard.
func (t *tally) elsewhere() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Elsewhere++
}

// progress returns how many records are through, and how many others have been read.
func (t *tally) progress() (through, ahead int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	through = t.sum.through()
	return through, t.sum.Read - through
}

// before counts a record that has a result already.
func (t *tally) before(unknown bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Read++
	if !unknown {
		t.sum.Before++
		return
	}
	t.sum.Unknown++
	t.sum.Kept++
	t.sum.Kinds[KindUnknown]++
}

// lost counts a record whose result could not be written.
func (t *tally) lost() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Lost++
}

func (t *tally) snapshot() Summary {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.sum
	s.Kinds, s.Costs = maps.Clone(s.Kinds), slices.Clone(s.Costs)
	if !t.began.IsZero() {
		s.Started, s.Elapsed = t.began, time.Since(t.began)
	}
	return s
}

// abandon ends the count although records may still be in flight: what became of them nobody will
// know.
func (t *tally) abandon() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.frozen = true
	s := &t.sum
	if lost := s.Read - s.through(); lost > 0 {
		s.Unknown += lost
		s.Lost += lost
		s.Kinds[KindUnknown] += lost
	}
}
