package httpcache

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/arl-cli/arl/internal/private"
)

// A quota bounds the directory for all processes together. Each reserves some bytes ahead in a file that all share, and
// writes only within that; what it does not need it gives back when it ends. A process that is killed has reserved too
// much, never too little; to trim the cache counts again.
type quota struct {
	cache *Cache
	max   int64

	mu     sync.Mutex
	left   int64 // reserved and not used
	failed error
}

const (
	usageFile = "usage"
	// reserved is how much is reserved at once: small beside the bound, large beside a response.
	reservedShare, mostReserved = 64, 16 << 20
	// largestShare bounds one response: it must not push everything else out.
	largestShare = 2
)

func (q *quota) init(c *Cache, maxBytes int64) { q.cache, q.max = c, maxBytes }

func (q *quota) largest() int64 { return q.max / largestShare }

// take reserves n bytes, and makes room for them where there is none.
func (q *quota) take(n int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.failed != nil {
		return q.failed
	}
	if q.left < n {
		ahead := n + min(q.max/reservedShare, mostReserved)
		if err := q.cache.reserve(ahead, q.left); err != nil {
			return err
		}
		q.left += ahead
	}
	q.left -= n
	return nil
}

// free gives back n bytes of what is no longer there.
func (q *quota) free(n int64) {
	q.mu.Lock()
	q.left += n
	q.mu.Unlock()
}

func (q *quota) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.left != 0 {
		_, _ = q.cache.addUsage(-q.left)
		q.left = 0
	}
}

// failing stops storing for this process where the disk says so, and says why, once.
func (q *quota) failing(err error) {
	if errors.Is(err, errTooLarge) || errors.Is(err, fs.ErrNotExist) {
		return // one response, or `arl cache clear`
	}
	q.mu.Lock()
	first := q.failed == nil
	if first {
		q.failed = err
	}
	q.mu.Unlock()
	if first && q.cache.warn != nil {
		q.cache.warn(&storeError{err})
	}
}

// A storeError says why nothing more is stored.
type storeError struct{ err error }

// Error implements error.
func (e *storeError) Error() string {
	return fmt.Sprintf("cannot store responses, going on without (%v)", e.err)
}

// Unwrap returns the cause.
func (e *storeError) Unwrap() error { return e.err }

// Hint is what can be done about it.
func (e *storeError) Hint() string {
	return "`arl cache info` says where the cache is; --cache off leaves it alone"
}

// reserve adds n bytes to what is in use by all processes, and trims the cache if that is too much. left is what this
// process has reserved before and not used.
func (c *Cache) reserve(n, left int64) error {
	used, err := c.addUsage(n)
	if err != nil || used <= int64(trimmedAbove*float64(c.max)) {
		return err
	}
	return c.trim(n + left)
}

// addUsage changes how much is in use, and returns how much that is then.
func (c *Cache) addUsage(n int64) (used int64, err error) {
	err = c.withUsage(func(before int64) int64 {
		used = max(before+n, 0)
		return used
	})
	return used, err
}

// withUsage replaces the number in the shared file, under its lock.
func (c *Cache) withUsage(change func(int64) int64) error {
	file, info, err := c.openUsage()
	if err != nil {
		return err
	}
	var lock private.Lock
	if err := lock.Take(file, info); err != nil {
		if errors.Is(err, private.ErrHeld) {
			return lock.Held(file.Name())
		}
		_ = file.Close()
		return err
	}
	defer file.Close() //nolint:errcheck // which unlocks it; what was written is an estimate
	b, err := io.ReadAll(io.LimitReader(file, 64))
	if err != nil {
		return err
	}
	var used int64
	_, _ = fmt.Sscanf(string(b), "%d", &used) // what is damaged counts as nothing until the cache is trimmed
	_, err = file.WriteAt(fmt.Appendf(nil, "%-20d\n", change(used)), 0)
	return err
}

func (c *Cache) openUsage() (*os.File, fs.FileInfo, error) {
	path := filepath.Join(c.dir, usageFile)
	file, info, err := private.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = c.make(); err == nil {
			file, info, err = private.Open(path)
		}
	}
	return file, info, err
}

// isEntry reports whether a file is that of a response.
func isEntry(name string) bool {
	return !strings.HasSuffix(name, bodySuffix) && !strings.HasSuffix(name, varySuffix)
}
