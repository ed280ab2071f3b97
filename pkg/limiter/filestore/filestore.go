// Package filestore keeps the live state of every key in files that all processes of a user share.
//
// Each key has one small file, read and written in place under a lock beside it. The clock is the
// time since boot, so it goes on while the machine sleeps and cannot be set back; the boot's id
// stands in the file. A file that is damaged, of another schema or of another key is replaced; one
// of another boot is read for what it still tells.
//
// A process that dies leaves nothing behind that others wait for: the system drops its lock, and the
// state is written in one call.
//
// Keys may come from outside, as those of buckets with placeholders do, so their number is bounded: of one
// api's files the oldest go when a store is closed that made one, once there are more than 300.
package filestore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"

	"github.com/arl-cli/arl/pkg/limiter"
)

// Store is a limiter.Store in a folder. It is safe for use by many goroutines.
type Store struct {
	dir   string
	boot  string
	clock func() int64
	grew  atomic.Bool // a key got its file

	mu    sync.Mutex
	cells map[string]*cell
	user  string // the name of the file that says what this process uses; see users.go
}

// Open returns the store in dir, which is made if it is not there yet.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for live state: %w", err)
	}
	return &Store{dir: dir, boot: bootID(), clock: sinceBoot, cells: make(map[string]*cell)}, nil
}

// Open implements limiter.Store.
func (s *Store) Open(_ context.Context, key string, p *limiter.Params, recall func() *limiter.Learned) (limiter.Cell, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.cells[key]
	if c == nil {
		path := filepath.Join(s.dir, fileName(key))
		c = &cell{
			store: s, key: key, path: path, params: p, recall: recall, lock: newLock(path),
		}
		s.cells[key] = c
	}
	err := c.locked(func(now int64) { c.frame.state.Adopt(p) })
	return c, err
}

// Lease implements limiter.Store: a tenth of a second.
func (s *Store) Lease() time.Duration { return 100 * time.Millisecond }

// Close implements limiter.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, c := range s.cells {
		errs = append(errs, c.close())
	}
	clear(s.cells)
	if s.grew.Swap(false) {
		s.prune()
	}
	return errors.Join(errs...)
}

const suffix = ".live"

// newLock is the lock of the file at path.
func newLock(path string) *flock.Flock {
	return flock.New(strings.TrimSuffix(path, suffix)+".lock", flock.SetPermissions(0o600))
}

// longestFile is the longest file name that a key is given; file systems take 255 bytes.
const longestFile = 200

// fileName is a key as a file's name: what is not plain becomes %XX, and the end of a long one a hash.
func fileName(key string) string {
	var b strings.Builder
	for _, c := range []byte(key) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_', c == '@', c == '.' && b.Len() > 0:
			b.WriteByte(c)
		case c == '/':
			b.WriteByte('+')
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	if b.Len() <= longestFile {
		return b.String() + suffix
	}
	sum := sha256.Sum256([]byte(key))
	return b.String()[:longestFile-17] + "~" + hex.EncodeToString(sum[:8]) + suffix
}

// An Entry is the live state of one key, as of now.
type Entry struct {
	Key     string
	Learned limiter.Learned
}

// List returns the keys whose live state stands in dir. What cannot be read is left out: live state
// may vanish at any time. A folder that is not there holds none.
func List(dir string) ([]Entry, error) {
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the folder for live state: %w", err)
	}
	var out []Entry
	boot, now := bootID(), sinceBoot()
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), suffix) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, file.Name()))
		var f frame
		if err != nil || f.parse(b) != nil {
			continue
		}
		out = append(out, Entry{Key: f.key, Learned: f.learned(boot, now)})
	}
	return out, nil
}

// learned is what a frame tells now, on the calendar.
func (f *frame) learned(boot string, now int64) limiter.Learned {
	wall := time.Unix(0, f.wall)
	l := f.state.Learned(f.then, wall)
	if f.boot == boot && now >= f.then {
		l.PausedUntil = f.state.Learned(now, wall.Add(time.Duration(now-f.then))).PausedUntil
	}
	return l
}

// Reset forgets the live state of key, also in processes that are using it: they start again from
// what they recall.
func Reset(dir, key string) error {
	path := filepath.Join(dir, fileName(key))
	lock := newLock(path)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("lock the live state of %s: %w", key, err)
	}
	defer lock.Unlock() //nolint:errcheck // the lock ends with the file
	if err := os.Truncate(path, 0); err != nil {
		return fmt.Errorf("forget the live state of %s: %w", key, err)
	}
	return nil
}
