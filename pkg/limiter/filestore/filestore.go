// Package filestore keeps the live state of every key in files that all processes of a user share.
//
// Each key has one small file, read and written in place under a lock on itself. The clock is the time since
// boot, so it goes on while the machine sleeps and cannot be set back; the boot's id is in the file. A
// file that is damaged, of another key or older than one that was there before is replaced; one of another
// boot is read for what it still tells. Versions whose files differ use different names.
//
// A process that dies leaves nothing behind that others wait for: the system drops its lock, and the state is
// written in one call. One that is stopped while it holds the lock is waited for, but not for long; when it
// wakes it writes nothing that it worked out before.
//
// A file may be removed or replaced at any time, and its directory too: who locks it looks whether it is still
// the one at its path, and takes what stood there along. Links, and what belongs to somebody else, are
// rejected.
//
// Keys may come from outside, as those of buckets with placeholders do, so their number is bounded: of one
// api's files the oldest go when a store is closed that made one, once there are more than 300.
package filestore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/private"
)

// Store is a limiter.Store in a directory. It is safe for use by many goroutines.
//
// An error of a Store or of its cells may have a method Hint() string: what the user can do about it.
type Store struct {
	dir   string
	boot  string
	id    uint64 // of this process, among those that use a key
	clock func() int64
	grew  atomic.Bool // a key got its file
	files openFiles

	mu    sync.Mutex
	cells map[string]*cell
	user  string // the name of the file that says what this process uses; see users.go
}

// Open returns the store in dir, which is made if it is not there yet.
func Open(dir string) (*Store, error) {
	if err := private.Dir(dir); err != nil {
		return nil, fmt.Errorf("the directory for live state: %w", err)
	}
	return &Store{dir: dir, boot: bootID(), id: rand.Uint64(), clock: sinceBoot, cells: make(map[string]*cell)}, nil
}

// Open implements limiter.Store. A cell is returned with an error, too: it knows how many use the key.
func (s *Store) Open(_ context.Context, key string, p *pacing.Params, recall func() *pacing.Learned) (pacing.Cell, error) {
	if len(key) > longestKey {
		return nil, fmt.Errorf("a key of %d bytes, at most %d are kept", len(key), longestKey)
	}
	c := s.cell(key, p, recall)
	err := c.locked(func(int64) { c.frame.state.Adopt(p) })
	if err != nil {
		c.glance()
	}
	return c, err
}

func (s *Store) cell(key string, p *pacing.Params, recall func() *pacing.Learned) *cell {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.cells[key]
	if c == nil {
		c = &cell{store: s, key: key, params: p, recall: recall, live: liveFile{path: filepath.Join(s.dir, fileName(key))}}
		s.cells[key] = c
	}
	return c
}

// Lease implements limiter.Store: a tenth of a second.
func (s *Store) Lease() time.Duration { return 100 * time.Millisecond }

// Close implements limiter.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.cells {
		c.close()
	}
	clear(s.cells)
	if s.grew.Swap(false) {
		s.prune()
	}
	return nil
}

const anySuffix = ".live"

// suffix is how the names of files of this version end.
func suffix() string { return "." + strconv.Itoa(schema) + anySuffix }

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
		return b.String() + suffix()
	}
	sum := sha256.Sum256([]byte(key))
	return b.String()[:longestFile-17] + "~" + hex.EncodeToString(sum[:8]) + suffix()
}
