package filestore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/arl-cli/arl/pkg/limiter"
)

// stale is how long a key may lie unused before what is known of it is taken with care, as after a
// reboot.
const stale = time.Hour

// cell is one key's file.
type cell struct {
	store  *Store
	key    string
	path   string
	params *limiter.Params
	recall func() *limiter.Learned

	mu     sync.Mutex // the processes queue at lock, the goroutines of one process here
	lock   *flock.Flock
	file   *os.File
	info   os.FileInfo // of file, to notice that it was replaced
	frame  frame
	buffer []byte
	size   int  // of the frame written last
	fresh  bool // the state was made just now: nobody has written it
}

// Reserve implements limiter.Cell.
func (c *cell) Reserve(_ context.Context, ask limiter.Ask) (limiter.Turn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, err := c.begin()
	if err != nil {
		return limiter.Turn{}, err
	}
	t := c.frame.state.Reserve(now, ask)
	return t, c.end(now, t.Granted)
}

// Cancel implements limiter.Cell.
func (c *cell) Cancel(_ context.Context, t limiter.Turn) error {
	return c.locked(func(int64) { c.frame.state.Cancel(t) })
}

// Apply implements limiter.Cell.
func (c *cell) Apply(_ context.Context, p *limiter.Params, ev limiter.Event) (limiter.Verdict, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, err := c.begin()
	if err != nil {
		return limiter.Verdict{}, err
	}
	v := c.frame.state.Apply(now, p, ev)
	return v, c.end(now, true)
}

// Current implements limiter.Cell. It takes no lock: a torn read shows in the checksum.
func (c *cell) Current(_ context.Context, generation int64) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file != nil && c.read() == nil {
		return c.frame.state.Generation == generation, nil
	}
	now, err := c.begin()
	if err != nil {
		return false, err
	}
	ok := c.frame.state.Generation == generation
	return ok, c.end(now, false)
}

// Learned implements limiter.Cell.
func (c *cell) Learned(context.Context) (limiter.Learned, error) {
	var l limiter.Learned
	err := c.locked(func(now int64) { l = c.frame.state.Learned(now, time.Now()) })
	return l, err
}

// Distrust implements limiter.Cell.
func (c *cell) Distrust(context.Context) error {
	return c.locked(c.frame.state.Distrust)
}

// Peers implements limiter.Cell: who else has the file open is not known.
func (c *cell) Peers() int { return 0 }

// locked runs step between begin and end. What step leaves as it was is not written.
func (c *cell) locked(step func(now int64)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, err := c.begin()
	if err != nil {
		return err
	}
	before := c.frame.state
	step(now)
	return c.end(now, c.frame.state != before)
}

// begin locks the key and reads its state. On success end must follow.
func (c *cell) begin() (now int64, err error) {
	for held := false; !held; {
		if err := c.acquire(); err != nil {
			return 0, fmt.Errorf("lock the live state of %s: %w", c.key, err)
		}
		if held, err = c.open(); err != nil {
			_ = c.lock.Unlock()
			return 0, fmt.Errorf("open the live state of %s: %w", c.key, err)
		}
	}
	c.fresh = false
	err = c.read()
	now = c.store.clock() // after the lock was won: a wait for it must not date the step back
	switch {
	case errors.Is(err, io.EOF):
		c.start(now)
	case errors.Is(err, errDamaged), err == nil && c.frame.key != c.key:
		c.start(now)
		c.frame.state.Distrust(now)
	case err != nil:
		_ = c.lock.Unlock()
		return 0, fmt.Errorf("read the live state of %s: %w", c.key, err)
	default:
		c.comeBack(now)
	}
	return now, nil
}

// acquire takes the lock, making the folder again if it has vanished.
func (c *cell) acquire() error {
	err := c.lock.Lock()
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(c.store.dir, 0o700); err != nil {
		return err
	}
	return c.lock.Lock()
}

// open opens the file, again if another one stands in its place by now. held is false, and the lock given
// up, if it turns out to be on a file that was removed while it was waited for.
func (c *cell) open() (held bool, err error) {
	if c.file != nil {
		if there, err := os.Stat(c.path); err == nil && os.SameFile(there, c.info) {
			return true, nil
		}
		_ = c.file.Close()
		c.file = nil
	}
	if !inPlace(c.lock) {
		return false, c.lock.Unlock()
	}
	file, err := os.OpenFile(c.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return true, err
	}
	if c.info, err = file.Stat(); err != nil {
		_ = file.Close()
		return true, err
	}
	c.file = file
	return true, nil
}

// inPlace reports whether a lock that is held is on the file that others would lock.
func inPlace(lock *flock.Flock) bool {
	held, err := lock.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(lock.Path())
	return err == nil && os.SameFile(held, there)
}

// start makes the state of a key that has none.
func (c *cell) start(now int64) {
	c.fresh = true
	c.store.grew.Store(true)
	var known *limiter.Learned
	if c.recall != nil {
		known = c.recall()
	}
	c.frame.state.Open(now, time.Now(), c.params, known)
}

// comeBack deals with a state of another boot, of a clock that was set back, or of long ago.
func (c *cell) comeBack(now int64) {
	f := &c.frame
	if f.boot == c.store.boot && f.then <= now && now-f.then < int64(stale) {
		return
	}
	c.fresh = true
	wall := time.Now()
	f.state.Revive(now, wall, c.params, f.then, time.Unix(0, min(f.wall, wall.UnixNano())))
}

// end writes the state if it changed or was made just now, and unlocks the key.
func (c *cell) end(now int64, changed bool) error {
	var err error
	if changed || c.fresh {
		err = c.write(now)
	}
	if e := c.lock.Unlock(); err == nil && e != nil {
		err = fmt.Errorf("unlock the live state of %s: %w", c.key, e)
	}
	return err
}

// read reads the file; io.EOF means that it is empty. It asks for as much as stood there the last
// time: to find the end of a file takes another call.
func (c *cell) read() error {
	if c.size > 0 {
		if err := c.readSome(c.size); err == nil {
			return nil
		}
	}
	return c.readSome(maxFrame)
}

func (c *cell) readSome(size int) error {
	if cap(c.buffer) < maxFrame {
		c.buffer = make([]byte, maxFrame)
	}
	n, err := c.file.ReadAt(c.buffer[:size], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if n == 0 {
		return io.EOF
	}
	return c.frame.parse(c.buffer[:n])
}

// write writes the state in one call. The file never shrinks: the length stands in its header.
func (c *cell) write(now int64) error {
	c.frame.boot, c.frame.key = c.store.boot, c.key
	c.frame.then, c.frame.wall = now, time.Now().UnixNano()
	c.buffer = c.frame.append(c.buffer[:0])
	c.size = len(c.buffer)
	if _, err := c.file.WriteAt(c.buffer, 0); err != nil {
		return fmt.Errorf("write the live state of %s: %w", c.key, err)
	}
	return nil
}

func (c *cell) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file == nil {
		return nil
	}
	err := c.file.Close()
	c.file = nil
	return err
}
