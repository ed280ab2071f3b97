package httpcache

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/arl-cli/arl/internal/private"
)

// trimFile is locked by the process that trims the cache.
const trimFile = "trimming"

// A cache is trimmed before it holds as much as it may: what other processes have reserved and not written yet is not
// known. It is trimmed to less than that, so that not every response trims it again.
const (
	trimmedAbove = 0.875 // of what it may hold
	trimmedTo    = 0.75
)

// trim removes what was not used for longest, until there is room for n bytes and some more. One process does so at a
// time; the others go on meanwhile.
func (c *Cache) trim(n int64) error {
	file, _, err := private.Open(filepath.Join(c.dir, trimFile))
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // which unlocks it
	if !private.TryLock(file) {
		return nil
	}
	c.removeUnfinished()
	before, err := c.addUsage(0)
	if err != nil {
		return err
	}
	used, err := c.removeOldest(int64(trimmedTo*float64(c.max)) - n)
	if err != nil {
		return err
	}
	return c.withUsage(func(now int64) int64 { return used + n + max(now-before, 0) })
}

// removeOldest removes the files that were used longest ago, until all others take no more than most bytes, and returns
// how many those take. It counts by second first, so that it needs little memory whatever the number of files.
func (c *Cache) removeOldest(most int64) (used int64, err error) {
	bySecond := make(map[int64]int64)
	err = c.walk(func(_ string, info fs.FileInfo) {
		used += info.Size()
		bySecond[info.ModTime().Unix()] += info.Size()
	})
	excess := used - max(most, 0)
	if err != nil || excess <= 0 {
		return used, err
	}
	var last int64
	for _, last = range slices.Sorted(maps.Keys(bySecond)) {
		if excess -= bySecond[last]; excess <= 0 {
			break
		}
	}
	target := max(most, 0)
	err = c.walk(func(path string, info fs.FileInfo) {
		if at := info.ModTime().Unix(); at > last || used <= target || os.Remove(path) != nil {
			return
		}
		used -= info.Size()
	})
	return used, err
}

// walk tells of every file of responses. Others may remove them meanwhile.
func (c *Cache) walk(tell func(path string, info fs.FileInfo)) error {
	return filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case d.IsDir():
			if d.Name() == unfinished {
				return fs.SkipDir
			}
			return nil
		case filepath.Dir(path) == filepath.Clean(c.dir):
			return nil // the cache's own
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			tell(path, info)
		}
		return nil
	})
}

// removeUnfinished removes what processes have left that died while they wrote.
func (c *Cache) removeUnfinished() {
	dir := filepath.Join(c.dir, unfinished)
	files, _ := os.ReadDir(dir)
	for _, f := range files {
		path := filepath.Join(dir, f.Name())
		if f.IsDir() {
			_ = os.RemoveAll(path) // put aside by Clear
			continue
		}
		file, err := open(path)
		if err != nil {
			continue
		}
		info, err := file.Stat()
		if err == nil && time.Since(info.ModTime()) > settling && private.TryLock(file) {
			private.Remove(path, file)
			continue
		}
		_ = file.Close()
	}
}

// settling is how long a new file may be without its lock.
const settling = time.Second

// Info is what is in a cache.
type Info struct {
	Dir       string
	Max       int64
	Responses int
	Bytes     int64
	Origins   map[string]int // responses by what their directory is called
	LastUse   time.Time      // of the response that was not used for longest; zero if there is none
}

// Info counts what is in the cache.
func (c *Cache) Info() (Info, error) {
	i := Info{Dir: c.dir, Max: c.max, Origins: make(map[string]int)}
	err := c.walk(func(path string, info fs.FileInfo) {
		i.Bytes += info.Size()
		if i.LastUse.IsZero() || info.ModTime().Before(i.LastUse) {
			i.LastUse = info.ModTime()
		}
		if !isEntry(path) {
			return
		}
		i.Responses++
		i.Origins[filepath.Base(filepath.Dir(filepath.Dir(path)))]++
	})
	return i, err
}

// removeAside removes a directory that others may write to meanwhile: they then make a new one.
func (c *Cache) removeAside(name string) error {
	path := filepath.Join(c.dir, name)
	if aside := filepath.Join(c.dir, unfinished, name+"-"+rand.Text()); os.Rename(path, aside) == nil {
		path = aside
	}
	if os.RemoveAll(path) == nil {
		return nil
	}
	return os.RemoveAll(path) // whoever was about to put a file there has done so
}

// Clear removes all that is stored, also while other processes use it, and returns how many bytes that was.
func (c *Cache) Clear() (int64, error) {
	var bytes int64
	if err := c.walk(func(_ string, info fs.FileInfo) { bytes += info.Size() }); err != nil {
		return 0, err
	}
	entries, err := os.ReadDir(c.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	for _, e := range entries {
		if e.IsDir() && e.Name() != unfinished {
			err = errors.Join(err, c.removeAside(e.Name()))
		}
	}
	c.removeUnfinished()
	return bytes, errors.Join(err, c.withUsage(func(int64) int64 { return 0 }))
}
