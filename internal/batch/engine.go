package batch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/batch/memory"
	"github.com/arl-cli/arl/internal/batch/record"
	"github.com/arl-cli/arl/internal/batch/resume"
)

// grace is how long a run that is being broken off waits for what is about to end anyway.
const grace = time.Second

// An Engine runs a batch, once.
type Engine struct {
	cfg         Config
	budget      *memory.Budget
	reader      *record.Reader
	sink        *sink
	tally       tally
	buffers     sync.Pool     // of *[]byte: lines of results
	mute        bool          // the output is broken; belongs to the goroutine that writes
	failedMute  bool          // so is where failed records go
	failedBegun bool          // something has been written there
	failedHead  []byte        // and what preceded it
	fresh       int64         // records to be sent; belongs to the goroutine that reads
	heldUp      bool          // what was read is answered slowly; belongs to it too
	seen        int64         // records met in the input, whoever's they are; and this one
	written     chan struct{} // closed when the last result is written
	stopping    context.Context
	sending     context.Context // outlives stopping
	stopped     context.CancelCauseFunc
	denied      denials
	broken      context.CancelCauseFunc // ends sending

	mu     sync.Mutex
	halted bool // nothing more is read or sent
	read   int64
	bad    int64 // records that are failed or unknown
	lanes  lanes
	parked map[*entry]*time.Timer // records whose jobs are asked for later
	failed error                  // reading, or writing failed records
}

// New returns an Engine that has not begun.
func New(c Config) *Engine {
	c = c.withDefaults()
	b := memory.New(memory.Config{Max: c.MaxMemory, LookAhead: c.LookAhead, Ordered: c.Ordered, Inline: c.MaxInline, Dir: c.Dir})
	return &Engine{
		cfg:     c,
		budget:  b,
		reader:  record.NewReader(c.reader(), b),
		sink:    newSink(c.Ordered, c.LookAhead, b.Advance),
		tally:   tally{sum: Summary{Kinds: map[Kind]int64{}}},
		written: make(chan struct{}),
		lanes:   newLanes(c.Concurrency),
		denied:  denials{inRow: map[string]int{}},
	}
}

// Snapshot returns how far the run is. It is cheap, and may be called at any time.
func (e *Engine) Snapshot() Summary { return e.tally.snapshot() }

// Consumed returns how many bytes the records take in the input that were read. Like Snapshot it is cheap.
func (e *Engine) Consumed() int64 { return e.reader.Consumed() }

// Run runs the batch to its end, and returns what became of its records whatever the error:
//
//   - nil: all of the input has been read and sent, whether it was ok or not,
//   - a [Stop]: the run ended before,
//   - the cause of the end of ctx, if that ended the run,
//   - [ErrReaderGone], or another error of the output,
//   - an error of an input; what had been read of it has been sent.
//
// Closing drain ends the run gently: nothing more is read or sent, and what is in flight comes to its
// end. The end of ctx breaks it off: what is in flight is cancelled, and Run returns within a second.
//
// An input that blocks is not waited for, and neither is, after the end of ctx, an output that does:
// the goroutine that reads or writes stays behind until they return.
func (e *Engine) Run(ctx context.Context, drain <-chan struct{}) (Summary, error) {
	e.sending, e.broken = context.WithCancelCause(ctx)
	e.stopping, e.stopped = context.WithCancelCause(e.sending)
	e.tally.begin()
	go e.readAll()
	go e.writeAll()
	if whole := e.watch(ctx, drain); !whole {
		e.tally.abandon()
	}
	return e.end()
}

// watch waits for the end, and reports whether all records are accounted for.
func (e *Engine) watch(ctx context.Context, drain <-chan struct{}) bool {
	cancelled, broken := ctx.Done(), e.sending.Done()
	var late, deadline <-chan time.Time
	if e.cfg.Deadline > 0 {
		deadline = time.After(e.cfg.Deadline)
	}
	for {
		select {
		case <-e.written:
			return true
		case <-late:
			return false
		case <-drain:
			drain = nil
			e.stop(StopAsked)
		case <-deadline:
			e.stop(StopDeadline)
		case <-cancelled:
			cancelled = nil
			e.stop(context.Cause(ctx))
		case <-broken:
			broken = nil
			late = time.After(grace)
		}
	}
}

// end sums up.
func (e *Engine) end() (Summary, error) {
	s := e.tally.snapshot()
	err := e.why(&s)
	e.stopped(nil)
	e.broken(nil)
	return s, errors.Join(err, s.check())
}

// why returns the error of a run that has ended.
func (e *Engine) why(s *Summary) error {
	cause := context.Cause(e.sending)
	if cause == nil && (!s.Complete || s.NotSent > 0) {
		cause = context.Cause(e.stopping)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if cause == nil {
		cause = e.failed
	}
	return cause
}

// Stop ends the run gently, as closing drain does, for a reason that Run then returns. Run must have
// been called.
func (e *Engine) Stop(why error) {
	if e.stopped != nil {
		e.stop(why)
	}
}

// stop ends reading and sending, for the first reason given. What waits was not sent.
func (e *Engine) stop(why error) {
	e.mu.Lock()
	if e.halted {
		e.mu.Unlock()
		return
	}
	e.halted = true
	waited := append(e.lanes.empty(), e.unparkAll()...)
	read := e.read
	e.mu.Unlock()
	e.stopped(why)
	for _, w := range waited {
		w.shed()
	}
	e.sink.add(waited...)
	e.sink.close(read)
}

// readAll reads the records and gives them to the workers.
func (e *Engine) readAll() {
	for n := 1; ; n++ {
		if n%unhurried == 0 {
			e.throttleReadAhead()
		}
		en, err := e.readNext(e.stopping)
		if err != nil {
			e.ended(err)
			return
		}
		e.seen++
		if e.elsewhere(en) || e.known(en) {
			continue
		}
		if e.enough(en) {
			e.ended(StopRequests)
			return
		}
		if !e.admit(en) {
			return
		}
	}
}

// readNext returns the next record. One that cannot be sent has failed.
func (e *Engine) readNext(ctx context.Context) (*entry, error) {
	en := &entry{}
	en.req.hold = &en.hold
	read := record.Record{Request: &en.req.Request, Lease: &en.hold}
	if err := e.reader.Next(ctx, &read); err != nil {
		return nil, err
	}
	en.input, en.raw, en.elsewhere = read.Input, read.Raw, read.OtherShard
	if read.Err != nil {
		e.reject(en, read.Err.Error())
	}
	return en, nil
}

// reject makes a failed record of one that cannot be sent. With several inputs the number of the line alone would not
// lead to it.
func (e *Engine) reject(en *entry, why string) {
	if len(e.cfg.Inputs) > 1 {
		why = fmt.Sprintf("%s:%d: %s", en.req.Input, en.req.Line, why)
	}
	en.done.Outcome = Failed
	en.done.Err = &Error{Kind: KindInput, Message: why}
}

// How far ahead is read while all goes well.
const (
	unhurried = 256                   // records at a time
	plenty    = 4 * unhurried         // that wait: nobody is short of work
	glance    = 10 * time.Millisecond // between two looks at how fast they become fewer
	soon      = 50                    // glances within which they all will have been answered
	stalled   = 100                   // glances, in a row, at which they will not: something holds them up
)

// throttleReadAhead waits while enough records have been read that will all be answered soon. To look further
// ahead, as far as Config.LookAhead, is for apis that are held up; for others it only costs memory, and
// the collector's time. A server or a machine that hesitates for a moment holds nothing up.
func (e *Engine) throttleReadAhead() {
	before, ahead := e.tally.progress()
	for slow := 0; ahead >= plenty && e.stopping.Err() == nil; {
		time.Sleep(glance)
		var after int64
		after, ahead = e.tally.progress()
		if (after-before)*soon >= ahead {
			slow, e.heldUp = 0, false
		} else if slow++; e.heldUp || slow == stalled {
			e.heldUp = true
			return
		}
		before = after
	}
	e.heldUp = false
}

// elsewhere takes out a record of another shard.
func (e *Engine) elsewhere(en *entry) bool {
	if en.elsewhere {
		e.tally.elsewhere()
		e.budget.Leave(&en.hold)
	}
	return en.elsewhere
}

// known takes out a record that an earlier run has answered, and rejects one whose id that run has
// used for another request.
func (e *Engine) known(en *entry) bool {
	if e.cfg.Known == nil || en.done.Err != nil {
		return false
	}
	switch v := en.req.MeetIn(e.cfg.Known); v {
	case resume.Before, resume.BeforeUnknown:
		e.tally.before(v == resume.BeforeUnknown)
		e.budget.Leave(&en.hold)
		return true
	case resume.Changed:
		e.reject(en, "the output holds the result of another request under this id")
	}
	return false
}

// enough reports whether as many records have been read as may be sent.
func (e *Engine) enough(en *entry) bool {
	if e.cfg.MaxRequests == 0 || en.done.Err != nil {
		return false
	}
	e.fresh++
	return e.fresh > e.cfg.MaxRequests
}

// ended notes that there is no more input.
func (e *Engine) ended(err error) {
	e.mu.Lock()
	if !e.halted {
		if errors.Is(err, io.EOF) {
			e.tally.end(e.seen)
		} else {
			e.failed = err
		}
	}
	read := e.read
	e.mu.Unlock()
	e.sink.close(read)
}

// admit lets a record in, unless the run is to end. From then on it is accounted for.
func (e *Engine) admit(en *entry) bool {
	key := ""
	if e.cfg.Lane != nil && en.done.Err == nil {
		key = e.cfg.Lane(&en.req)
	}
	e.mu.Lock()
	if e.halted {
		e.mu.Unlock()
		return false
	}
	en.hold.Seq = uint64(e.read)
	e.read++
	e.tally.read()
	if en.done.Err != nil {
		e.mu.Unlock()
		e.finish(en, &Answer{At: time.Now()})
		return true
	}
	en.req.stopping = e.stopping.Done()
	l, more := e.lanes.push(en, key)
	e.mu.Unlock()
	if more {
		go e.work(l)
	}
	return true
}
