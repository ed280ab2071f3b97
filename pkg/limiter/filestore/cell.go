package filestore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/private"
)

const (
	// stale is how long a key may lie unused before what is known of it is taken with care, as after a
	// reboot.
	stale = time.Hour
	// stalled is how long a step may take before it does not count: the process was stopped, or the machine
	// slept, and what it has worked out is about the past.
	stalled = int64(100 * time.Millisecond)
	// mostStalls is how often in a row a step is done again. A machine may be that slow.
	mostStalls = 3
)

// errElsewhere is the cause of a state that another machine writes.
var errElsewhere = errors.New("another machine uses this directory too; set ARL_RUNTIME_DIR to a local directory, or share limits over Redis (store: redis://HOST)")

// cell is one key's file, and what it held when it was seen last.
type cell struct {
	store  *Store
	key    string
	params *pacing.Params
	recall func() *pacing.Learned

	mu     sync.Mutex // the processes queue at the file's lock, the goroutines of one process here
	live   liveFile
	frame  frame
	known  bool  // frame is what stood in a file of this key
	since  int64 // the clock of the newest frame of this boot that was read or written
	wrote  bool  // one was written
	moved  bool  // frame is the last one of a file that was removed or replaced meanwhile
	fresh  bool  // the state was made just now: nobody has written it
	buffer []byte
	size   int  // of the frame written last
	listed bool // among the store's open files
}

// Reserve implements limiter.Cell. A slot that the process has slept over is given back: its time has passed,
// and what was counted then would be sent now.
func (c *cell) Reserve(_ context.Context, ask pacing.ReserveRequest) (turn pacing.Reservation, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for range mostStalls {
		missed, at := turn, int64(0)
		err = c.step(func(now int64) bool {
			if missed.Granted {
				c.frame.state.Cancel(missed)
			}
			s := &c.frame.state
			before, kept := s.Priority, s.Hold
			at, turn = now, s.Reserve(now, ask)
			return turn.Granted || missed.Granted || s.Priority != before || s.Hold != kept // who waits is to be known
		})
		if err != nil || !turn.Granted || c.store.clock()-at < stalled {
			break
		}
	}
	return turn, err
}

// Cancel implements limiter.Cell.
func (c *cell) Cancel(_ context.Context, t pacing.Reservation) error {
	return c.locked(func(int64) { c.frame.state.Cancel(t) })
}

// Apply implements limiter.Cell.
func (c *cell) Apply(_ context.Context, p *pacing.Params, ev pacing.Event) (v pacing.Update, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err = c.step(func(now int64) bool {
		v = c.frame.state.Apply(now, p, ev)
		return true
	})
	return v, err
}

// Current implements limiter.Cell. It takes no lock: a torn read shows in the checksum.
func (c *cell) Current(_ context.Context, generation int64) (ok bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live.file != nil && c.read() == nil {
		return c.frame.state.Generation == generation, nil
	}
	err = c.step(func(int64) bool {
		ok = c.frame.state.Generation == generation
		return false
	})
	return ok, err
}

// Learned implements limiter.Cell.
func (c *cell) Learned(context.Context) (pacing.Learned, error) {
	var l pacing.Learned
	err := c.locked(func(now int64) { l = c.frame.state.Learned(now, time.Now()) })
	return l, err
}

// Distrust implements limiter.Cell.
func (c *cell) Distrust(context.Context) error {
	return c.locked(c.frame.state.Distrust)
}

// Follow implements limiter.Cell.
func (c *cell) Follow(_ context.Context, p *pacing.Params, to pacing.Cap) (holds pacing.Cap, err error) {
	err = c.locked(func(now int64) {
		c.params = p
		c.frame.state.Adopt(p)
		c.frame.state.SetCap(now, to)
		holds = c.frame.state.Cap()
	})
	return holds, err
}

// Peers implements limiter.Cell.
func (c *cell) Peers() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.live.lock.Stuck(): // by one more, at least
		return max(2, 1+c.frame.others(c.store.id))
	case c.known:
		return 1 + c.frame.others(c.store.id)
	}
	return 0
}

// locked runs change as a step. What it leaves as it was is not written.
func (c *cell) locked(change func(now int64)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.step(func(now int64) bool {
		before := c.frame.state
		change(now)
		return c.frame.state != before
	})
}

// step changes the state under the lock; change reports whether it did. It may be called again if the process
// was stopped meanwhile: then nothing was written. mu is held.
func (c *cell) step(change func(now int64) bool) error {
	err := errStalled
	for i := 0; errors.Is(err, errStalled); i++ {
		err = c.try(change, i < mostStalls)
	}
	if err != nil {
		return fmt.Errorf("the live state of %s: %w", c.key, err)
	}
	return nil
}

// errStalled is a step that did not count.
var errStalled = errors.New("stalled")

func (c *cell) try(change func(now int64) bool, again bool) error {
	if err := c.live.hold(c.store.dir, c.leave); err != nil {
		return err
	}
	defer c.live.release()
	if !c.listed {
		c.store.files.opened(c)
	}
	now, err := c.begin()
	if err != nil {
		return err
	}
	changed := change(now)
	switch {
	case again && c.store.clock()-now > stalled:
		return errStalled
	case changed, c.fresh, c.frame.unseen(c.store.id, now):
		return c.write(now)
	}
	return nil
}

// leave takes along what is in a file that was removed or replaced: nobody else will look there again.
func (c *cell) leave() {
	if err := c.read(); err == nil && c.frame.key == c.key {
		c.moved = true
	}
	c.size = 0
}

// begin reads the state.
func (c *cell) begin() (now int64, err error) {
	c.fresh = false
	err = c.read()
	var recalled *pacing.Learned
	empty := errors.Is(err, io.EOF)
	if empty && !c.moved && c.recall != nil {
		recalled = c.recall()
	}
	now = c.store.clock() // after all that may take a while: a wait must not date the step back
	switch {
	case empty && c.moved:
		c.fresh = true
		return now, c.comeBack(now)
	case empty:
		c.start(now, recalled)
		return now, nil
	case errors.Is(err, errDamaged), errors.Is(err, errOlder), err == nil && c.frame.key != c.key:
		return now, c.mend(now)
	case err == nil:
		c.moved = false
		return now, c.comeBack(now)
	}
	return now, err
}

// start makes the state of a key that has none. Grants of a state that this process knew before are void.
func (c *cell) start(now int64, recalled *pacing.Learned) {
	before := c.frame.state.Generation
	c.fresh = true
	c.store.grew.Store(true)
	c.frame.sharers = c.frame.sharers[:0]
	c.frame.state.Open(now, time.Now(), c.params, recalled)
	if c.known {
		c.frame.state.Generation, c.frame.state.CutAt = before+1, before+1
	}
}

// mend goes on with what this process has seen last, if anything, in the place of what is damaged or older.
// What was sent since is not known.
func (c *cell) mend(now int64) (err error) {
	if c.known && c.frame.key == c.key {
		c.fresh = true
		err = c.comeBack(now)
	} else {
		var recalled *pacing.Learned
		if c.recall != nil {
			recalled = c.recall()
		}
		c.known = false
		c.start(now, recalled)
	}
	c.frame.state.Distrust(now)
	return err
}

// comeBack deals with a state of another boot, of a clock that was set back, or of long ago.
func (c *cell) comeBack(now int64) error {
	f, wall := &c.frame, time.Now()
	foreign := f.boot != c.store.boot
	written := time.Unix(0, min(f.wall, wall.UnixNano()))
	if !foreign && f.then <= now && !c.overslept(now, wall) {
		if now-f.then < int64(stale) {
			return nil
		}
		written = wall.Add(-time.Duration(now - f.then)) // whatever became of the calendar
	}
	if foreign && c.wrote && wall.UnixNano()-f.wall < int64(time.Minute) {
		return errElsewhere // a machine does not boot under a process
	}
	c.fresh = true
	f.state.Revive(now, wall, c.params, f.then, written)
	return nil
}

// overslept reports whether there was a boot in between that has no name, by the calendar.
func (c *cell) overslept(now int64, wall time.Time) bool {
	if c.store.boot != "" {
		return false
	}
	apart := wall.UnixNano() - c.frame.wall - (now - c.frame.then)
	return apart > int64(time.Minute)
}

// read reads the frame. It asks for as much as stood there the last time: to find the end of a file takes
// another call.
func (c *cell) read() error {
	if c.size > 0 {
		if err := c.readSome(c.size); err == nil || errors.Is(err, errOlder) {
			return err
		}
	}
	return c.readSome(maxFrame)
}

func (c *cell) readSome(size int) error {
	if cap(c.buffer) < maxFrame {
		c.buffer = make([]byte, maxFrame)
	}
	n, err := c.live.read(c.buffer[:size])
	if err != nil {
		return err
	}
	if err := c.frame.parse(c.buffer[:n], c.since); err != nil {
		return err
	}
	if c.frame.key == c.key {
		c.seen()
	}
	return nil
}

// seen notes that the frame is the newest one.
func (c *cell) seen() {
	c.known = true
	if c.frame.boot == c.store.boot {
		c.since = c.frame.then
	}
}

func (c *cell) write(now int64) error {
	c.frame.boot, c.frame.key = c.store.boot, c.key
	c.frame.then, c.frame.wall = now, time.Now().UnixNano()
	c.frame.meet(c.store.id, now)
	c.buffer = c.frame.append(c.buffer[:0])
	c.size = len(c.buffer)
	if err := c.live.write(c.buffer); err != nil {
		return err
	}
	c.wrote, c.moved = true, false
	c.seen()
	return nil
}

func (c *cell) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.live.close()
}

// glance looks at the file of a key that cannot be locked, for who else uses it.
func (c *cell) glance() {
	c.mu.Lock()
	defer c.mu.Unlock()
	b, err := private.Read(c.live.path, maxFrame)
	if err == nil && !c.known && c.frame.parse(b, 0) == nil && c.frame.key == c.key {
		c.known = true
	}
}
