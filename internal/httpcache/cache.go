package httpcache

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/private"
)

// DefaultMax is how many bytes a cache holds where nothing is said.
const DefaultMax = 1 << 30

// A Cache is a directory of stored responses. It is safe for use by many goroutines, and any number of processes may use
// one directory at once.
type Cache struct {
	dir  string
	warn func(error)
	quota
}

// touched is how old the time of a file's last use may be. It is kept as its modification time, for [Cache.trim].
const touched = time.Hour

// New returns the cache in a directory, which is made when something is stored. max is how many bytes it holds, 0 means
// [DefaultMax]; warn is told, once, why nothing can be stored.
func New(dir string, maxBytes int64, warn func(error)) *Cache {
	if maxBytes <= 0 {
		maxBytes = DefaultMax
	}
	c := &Cache{dir: dir, warn: warn}
	c.init(c, maxBytes)
	return c
}

// Exists reports whether anything was ever stored.
func (c *Cache) Exists() bool {
	_, err := os.Stat(c.dir)
	return err == nil
}

// Close gives back what was reserved of the cache's size and not used.
func (c *Cache) Close() { c.close() }

// open opens a file of the cache to read it: no link is followed.
func open(path string) (*os.File, error) {
	return private.Opened(func() (*os.File, error) { return os.OpenFile(path, os.O_RDONLY|private.Carefully, 0) })
}

// directory is where the entries of a URL are.
func (c *Cache) directory(n names) string { return filepath.Join(c.dir, n.origin, n.url[:3]) }

// varySuffix is that of a file which says by which fields the responses to a URL vary; each variant is an entry then.
const varySuffix = ".vary"

// find returns what is stored for a request, nil if nothing is, or nothing whole.
func (c *Cache) find(n names, request http.Header) *entry {
	path := filepath.Join(c.directory(n), n.entry)
	e, err := c.read(path)
	if errors.Is(err, fs.ErrNotExist) {
		if e, err = c.read(path + varySuffix); err == nil {
			e, err = c.read(path + "-" + variant(e.Vary, request))
		}
	}
	if err != nil {
		return nil
	}
	return e
}

// read reads an entry that is to be used. What is damaged goes.
func (c *Cache) read(path string) (*entry, error) {
	e, err := readEntry(path)
	switch {
	case err == nil:
		c.touch(e)
	case errors.Is(err, errDamaged):
		_ = os.Remove(path)
		err = fs.ErrNotExist
	}
	return e, err
}

// touch keeps the files of an entry that is used from being thought of as old.
func (c *Cache) touch(e *entry) {
	now := time.Now()
	if now.Sub(e.used) <= touched {
		return
	}
	_ = os.Chtimes(e.path, now, now)
	if e.BodyFile != "" {
		_ = os.Chtimes(e.bodyPath(), now, now)
	}
}

// keep stores an entry whose body, if large, is in its place already; old, if not nil, is what it replaces.
func (c *Cache) keep(n names, request http.Header, m *meta, inline []byte, old *entry) error {
	directory, name := c.directory(n), n.entry
	vary := fieldNames(m.Header["Vary"])
	if len(vary) > 0 {
		if err := c.keepVary(directory, name, vary); err != nil {
			return err
		}
		name += "-" + variant(vary, request)
	}
	b, err := m.encode(inline)
	if err != nil {
		return err
	}
	if err := c.write(directory, name, b); err != nil {
		return err
	}
	if old != nil && m.BodyFile != "" && m.BodyFile == old.BodyFile {
		now := time.Now()
		_ = os.Chtimes(old.bodyPath(), now, now) // its entry is as new as that, see touch
	}
	if old != nil {
		c.replaced(old, filepath.Join(directory, name), m.BodyFile)
	}
	return nil
}

// replaced removes what is left of an entry in the place of which another one is now.
func (c *Cache) replaced(old *entry, path, body string) {
	c.free(old.length)
	if old.path != path {
		_ = os.Remove(old.path)
	}
	if old.BodyFile != "" && old.BodyFile != body {
		_ = os.Remove(old.bodyPath())
		c.free(old.Size)
	}
}

// drop removes an entry.
func (c *Cache) drop(e *entry) {
	_ = os.Remove(e.path)
	c.replaced(e, e.path, "")
}

// keepVary notes by which fields the responses to a URL vary.
func (c *Cache) keepVary(directory, name string, vary []string) error {
	_ = os.Remove(filepath.Join(directory, name)) // one that did not vary
	name += varySuffix
	if e, err := readEntry(filepath.Join(directory, name)); err == nil && slices.Equal(e.Vary, vary) {
		return nil
	}
	m := meta{Vary: vary}
	b, err := m.encode(nil)
	if err != nil {
		return err
	}
	return c.write(directory, name, b)
}

// write puts a file in its place as a whole.
func (c *Cache) write(directory, name string, b []byte) error {
	if err := c.take(int64(len(b))); err != nil {
		return err
	}
	return c.place(directory, name, func(file *os.File) error {
		_, err := file.Write(b)
		return err
	})
}

// place makes a file and puts it where it belongs. The directory may be removed at any time, by `arl cache clear`.
func (c *Cache) place(directory, name string, fill func(*os.File) error) error {
	file, err := c.temporary()
	if err != nil {
		return err
	}
	err = fill(file)
	if e := file.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = c.rename(file.Name(), directory, name)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

func (c *Cache) rename(from, directory, name string) error {
	err := private.Rename(from, filepath.Join(directory, name))
	if errors.Is(err, fs.ErrNotExist) {
		if err = private.MakeDir(directory); err == nil {
			err = private.Rename(from, filepath.Join(directory, name))
		}
	}
	return err
}

// unfinished is the directory of files that are being written.
const unfinished = "unfinished"

// temporary makes a new file for what is being written. It is locked until it is closed: what is there and not locked
// was left by a process that has died.
func (c *Cache) temporary() (*os.File, error) {
	dir := filepath.Join(c.dir, unfinished)
	file, err := os.CreateTemp(dir, "*")
	if errors.Is(err, fs.ErrNotExist) {
		if err = c.make(); err == nil {
			file, err = os.CreateTemp(dir, "*")
		}
	}
	if err != nil {
		return nil, err
	}
	private.TryLock(file)
	return file, nil
}

// tag tells programs that make backups to leave the directory out (https://bford.info/cachedir/).
const tag = "Signature: 8a477f597d28d172789f06886806bc55\n# This directory holds responses that arl has stored. `arl cache clear` removes them.\n"

// make makes the cache's directory.
func (c *Cache) make() error {
	if err := private.Dir(c.dir); err != nil {
		return err
	}
	if err := private.MakeDir(filepath.Join(c.dir, unfinished)); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.dir, "CACHEDIR.TAG"), []byte(tag), 0o600)
}

// remove removes all that is stored for a URL, whoever asked for it (RFC 9111, section 4.4).
func (c *Cache) remove(n names) {
	directory := c.directory(n)
	files, err := os.ReadDir(directory)
	if err != nil {
		return
	}
	for _, file := range files {
		if strings.HasPrefix(file.Name(), n.url) {
			_ = os.Remove(filepath.Join(directory, file.Name()))
		}
	}
}
