package memory

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/batch/bodyfiles"
)

// patience is how long a response waits for memory while results are in order and an earlier one is
// missing. That one may itself be waiting for something that this one has, such as a connection.
const patience = time.Minute

// ErrPatience ends a wait for memory that nobody can be expected to give back.
var ErrPatience = errors.New("no memory left while an earlier record is not done")

// A Budget is the memory of a run, in bytes, and its look-ahead, in records. Of max,
//
//   - records may take a quarter, and a single one that is read while there is no other 9/16: it may be 3/8 long, and is
//     moved once while it grows,
//   - a new exchange begins while answers take less than an eighth,
//   - records and responses may take 3/8 together,
//   - one answer, the oldest in order or the first to ask, may take 5/8 beside that.
//
// So the whole never exceeds max, and nobody waits for memory for good: the request that may go
// beyond the 3/8 ends, gives back what it has, and the next one takes its place.
type Budget struct {
	max       int64
	lookAhead int
	ordered   bool
	inline    int64          // bytes of a response that is held; of a larger one its beginning
	dir       *bodyfiles.Dir // where larger ones go; nil if nowhere

	mu      sync.Mutex
	entries int           // read, and their results not written
	records int64         // bytes of lines, of bodies to send, and the Allowance of each entry
	answers int64         // bytes of responses, and of results above the Allowance
	peak    int64         // the most that both were together
	head    uint64        // the oldest entry whose result is not written, if ordered
	missing uint64        // the oldest one that is not through, if ordered
	express *Lease        // who may go beyond the half, if not ordered
	wake    chan struct{} // closed when something was given back; nil while nobody waits

	collector collector
}

// A Config bounds a [Budget].
type Config struct {
	Max       int64          // bytes
	LookAhead int            // records that were read, and whose results are not written
	Ordered   bool           // results are written in the order of their records
	Inline    int64          // bytes of a response that is held
	Dir       *bodyfiles.Dir // where larger ones go; nil if nowhere
}

// New returns a budget of which nothing is used.
func New(c Config) *Budget {
	return &Budget{max: c.Max, lookAhead: c.LookAhead, ordered: c.Ordered, inline: c.Inline, dir: c.Dir}
}

// Begin has l hold of the budget what a record takes; nothing yet.
func (b *Budget) Begin(l *Lease) { l.budget = b }

// await waits until try, called under the lock, succeeds.
func (b *Budget) await(ctx context.Context, try func() bool) error {
	for {
		wake := b.attempt(try)
		if wake == nil {
			return nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// attempt calls try, and returns what to wait for if it fails.
func (b *Budget) attempt(try func() bool) <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if try() {
		b.peak = max(b.peak, b.records+b.answers)
		return nil
	}
	if b.wake == nil {
		b.wake = make(chan struct{})
	}
	return b.wake
}

// changed lets those who wait try again. The lock is held.
func (b *Budget) changed() {
	if b.wake != nil {
		close(b.wake)
		b.wake = nil
	}
}

// Record takes n more bytes for a record, or gives -n back, and takes a place in the look-ahead if
// the record is complete.
func (b *Budget) Record(ctx context.Context, l *Lease, n int64, complete bool) error {
	defer b.collector.before(n)
	return b.await(ctx, func() bool {
		alone := b.records == l.record
		shared := b.records+n <= b.max/4 && b.records+b.answers+n <= b.max/8*3
		if n > 0 && !alone && !shared || complete && b.entries >= b.lookAhead {
			return false
		}
		if n < 0 {
			b.changed()
		}
		if complete {
			b.entries++
		}
		b.records += n
		l.record += n
		return true
	})
}

// Start waits until an exchange may begin.
func (b *Budget) Start(ctx context.Context, l *Lease) error {
	return b.await(ctx, func() bool { return b.answers <= b.max/8 || b.oldest(l) })
}

// answer takes n more bytes for a response. It fails with ErrNotKept if there will never be as many.
func (b *Budget) answer(ctx context.Context, l *Lease, n int64) error {
	if most := b.most(l); l.answer+n > most {
		return tooLarge(most)
	}
	defer b.collector.before(n)
	return b.awaitPatiently(ctx, func() bool {
		if b.records+b.answers+n > b.max/8*3 && !b.first(l) {
			return false
		}
		b.answers += n
		l.answer += n
		return true
	})
}

// awaitPatiently is await that gives up where an earlier entry is missing for too long. While the output takes nothing,
// none is, and nobody is to blame who waits.
func (b *Budget) awaitPatiently(ctx context.Context, try func() bool) error {
	if !b.ordered {
		return b.await(ctx, try)
	}
	for {
		limited, cancel := context.WithTimeoutCause(ctx, patience, ErrPatience)
		err := b.await(limited, try)
		cancel()
		if !errors.Is(err, ErrPatience) || !b.stalled() {
			return err
		}
	}
}

// stalled reports whether results wait for the output.
func (b *Budget) stalled() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.missing > b.head
}

// tooLarge says how large a response may be.
func tooLarge(most int64) error {
	return unkept(fmt.Errorf("the response is too large for --max-memory: response and result together may have %d bytes", most))
}

// most is how many bytes the response to l's request and its result may take. Only l's holder changes l.record.
func (b *Budget) most(l *Lease) int64 { return min(b.max/8*5, b.max-l.record) }

// oldest reports whether all results before l's are out of the way. The lock is held.
func (b *Budget) oldest(l *Lease) bool { return b.ordered && l.Seq == b.head }

// first reports whether l may go beyond the half. The lock is held.
func (b *Budget) first(l *Lease) bool {
	if b.ordered {
		return b.oldest(l)
	}
	if b.express == nil {
		b.express = l
	}
	return b.express == l
}

// giveBack returns n bytes of a response.
func (b *Budget) giveBack(l *Lease, n int64) {
	if n <= 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answers -= n
	l.answer -= n
	if l.answer == 0 && b.express == l {
		b.express = nil
	}
	b.changed()
}

// Written is Leave for an entry whose result, if any, has been written. Only now is the next one the oldest: until the
// output takes a result, that is in memory.
func (b *Budget) Written(l *Lease) {
	b.mu.Lock()
	b.head = l.Seq + 1
	b.mu.Unlock()
	b.Leave(l)
}

// Leave returns all that l has, and its place.
func (b *Budget) Leave(l *Lease) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries--
	b.records -= l.record
	b.answers -= l.answer
	l.record, l.answer = 0, 0
	if b.express == l {
		b.express = nil
	}
	b.changed()
}

// Advance says that every entry before seq is through.
func (b *Budget) Advance(seq uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.missing = max(b.missing, seq)
}

// A Usage is how much of a budget is in use.
type Usage struct {
	Max, Peak        int64 // bytes
	Records, Answers int64 // bytes at present
	Entries          int   // at present
}

// Usage returns how much is in use, and the most that was.
func (b *Budget) Usage() Usage {
	b.mu.Lock()
	defer b.mu.Unlock()
	return Usage{Max: b.max, Peak: b.peak, Records: b.records, Answers: b.answers, Entries: b.entries}
}
