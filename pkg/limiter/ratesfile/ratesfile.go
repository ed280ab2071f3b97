// Package ratesfile keeps what was learned in rates.yaml, for the next run and for people to read.
//
// Many processes may write it: each merges its own keys under a lock beside the file, the newer
// knowledge of a key wins, and the file is replaced as a whole. A damaged file is set aside, never
// overwritten. Fields that a newer version wrote are kept. A link in its place is not followed.
//
// Keys may come from outside, as those of buckets with placeholders do, so their number is bounded: of one
// api the 300 that were used last are remembered.
package ratesfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/private"
)

const (
	// lockWait is how long a process waits for the others' writes, each of which takes about a millisecond.
	lockWait = 5 * time.Second
	// mostSwaps is how often in a row the lock may be found replaced before that is an error.
	mostSwaps = 100
	// largest is the size up to which a file can be ours: the keys of each api are bounded.
	largest = 16 << 20
)

// File is a rates.yaml. It is safe for use by many goroutines and processes.
type File struct {
	Path string
	// Warn is told of a damaged file that was set aside; nil means nobody.
	Warn func(message string)
	// Failed is told that Recall cannot read the file; nil means nobody.
	Failed func(error)
	// ReadOnly leaves a damaged file where it is, and uses nothing of it.
	ReadOnly bool

	last atomic.Pointer[reading] // for Recall: the file is not read again for every key

	mu   sync.Mutex // the processes queue at lock, the goroutines of one process here
	lock private.Lock
}

// A reading is what a file held.
type reading struct {
	info os.FileInfo
	all  map[string]pacing.Learned
	caps pacing.Caps
}

// of reports whether it is that of the file that is there.
func (r *reading) of(there os.FileInfo) bool {
	return r != nil && os.SameFile(there, r.info) && there.ModTime().Equal(r.info.ModTime()) && there.Size() == r.info.Size()
}

// Load returns everything that is known. A file that is not there holds nothing.
func (f *File) Load() (map[string]pacing.Learned, error) {
	d, err := f.load()
	if d == nil || err != nil {
		return nil, err
	}
	return d.all(time.Now()), nil
}

// load reads the file. One that is damaged is set aside, or nil if it is only read.
func (f *File) load() (*document, error) {
	d, err := f.parsed()
	if errors.Is(err, errDamaged) && f.ReadOnly {
		if f.Warn != nil {
			f.Warn(fmt.Sprintf("%s is %v and is ignored", f.Path, err))
		}
		return nil, nil
	}
	if errors.Is(err, errDamaged) { // or was: somebody may have seen it before
		err = f.locked(func(func() bool) (err error) {
			d, err = f.read()
			return err
		})
	}
	return d, err
}

// Recall returns what is known of one key, nil if nothing is or if the file cannot be read. Of a key that nothing was
// learned of there may be a cap alone: then its rate is 0.
func (f *File) Recall(key string) *pacing.Learned {
	there, err := os.Lstat(f.Path)
	if err != nil {
		return nil
	}
	r := f.reading(there)
	if r == nil {
		return nil
	}
	if l, ok := r.all[key]; ok {
		return &l
	}
	if c := r.caps.Of(key); !c.Set.IsZero() {
		return &pacing.Learned{Cap: c}
	}
	return nil
}

// reading returns what the file that is there holds, read again if it has changed; nil if it cannot be read.
func (f *File) reading(there os.FileInfo) *reading {
	r := f.last.Load()
	if r.of(there) {
		return r
	}
	r = &reading{info: there}
	d, err := f.load()
	if err != nil {
		if f.Failed != nil {
			f.Failed(err)
		}
		return nil
	}
	if d != nil {
		r.all, r.caps = d.all(time.Now()), d.caps()
	}
	f.last.Store(r)
	return r
}

// Merge writes what is known of some keys. Of a key that was written meanwhile the newer stays.
// durable says whether to wait until it is on the disk.
func (f *File) Merge(known map[string]pacing.Learned, durable bool) error {
	return f.edit(durable, func(d *document) {
		for key, l := range known {
			old, ok := d.of(key, time.Now())
			if ok && old.Updated.After(l.Updated) {
				continue
			}
			if old.UsedUntil.After(l.UsedUntil) {
				l.UsedUntil = old.UsedUntil
			}
			d.put(key, &l)
		}
	})
}

// Lease notes that requests for key may be sent until then: if the live state is lost meanwhile,
// documented windows count as used up. rate stands for a key that is not known yet.
func (f *File) Lease(key string, until time.Time, rate float64) error {
	return f.edit(true, func(d *document) {
		l, ok := d.of(key, time.Now())
		if !ok {
			l = pacing.Learned{Rate: rate, Burst: 1, Updated: time.Now()}
		}
		l.UsedUntil = until
		d.put(key, &l)
	})
}

// Forget removes keys.
func (f *File) Forget(keys ...string) error {
	return f.edit(true, func(d *document) {
		for _, key := range keys {
			d.remove(key)
		}
	})
}

// edit changes the file under its lock and replaces it as a whole.
func (f *File) edit(durable bool, change func(*document)) error {
	return f.locked(func(held func() bool) error {
		d, err := f.read()
		if err != nil {
			return err
		}
		change(d)
		d.prune()
		b, err := d.encode()
		if err != nil {
			return fmt.Errorf("encode the learned rates: %w", err)
		}
		err = private.Replace(f.Path, b, durable, held)
		if err == nil && !held() || errors.Is(err, private.ErrGone) {
			return errSwapped // who has the new lock may have written over this
		}
		if err != nil {
			return fmt.Errorf("write the learned rates: %w", err)
		}
		private.CleanUp(f.Path)
		return nil
	})
}

// errSwapped is an edit whose lock was taken away, to be done again.
var errSwapped = errors.New("the lock of the learned rates was replaced again and again")

// locked runs act under the lock, again if that is not the one that others find: it may have been removed.
func (f *File) locked(act func(held func() bool) error) error {
	if err := private.MakeDir(filepath.Dir(f.Path)); err != nil {
		return fmt.Errorf("the directory for the learned rates: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lock.Patience = lockWait
	err := errSwapped
	for i := 0; i < mostSwaps && errors.Is(err, errSwapped); i++ {
		err = f.once(act)
	}
	return err
}

func (f *File) once(act func(held func() bool) error) error {
	path := f.Path + ".lock"
	file, info, err := private.Open(path)
	if err != nil {
		return fmt.Errorf("the learned rates: %w", err)
	}
	switch err := f.lock.Take(file, info); {
	case errors.Is(err, private.ErrHeld):
		return fmt.Errorf("the learned rates: %w", f.lock.Held(path))
	case err != nil:
		_ = file.Close()
		return fmt.Errorf("lock the learned rates: %w", private.Explain(path, err))
	}
	defer file.Close() //nolint:errcheck // which unlocks it
	held := func() bool { return private.InPlace(path, info) }
	if !held() {
		return errSwapped
	}
	return act(held)
}

var errDamaged = errors.New("damaged")

// parsed reads the file; errDamaged means that it is not ours to understand.
func (f *File) parsed() (*document, error) {
	b, err := private.Read(f.Path, largest+1)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return newDocument(), nil
	case err != nil:
		return nil, fmt.Errorf("read the learned rates: %w", err)
	case len(b) > largest:
		return nil, fmt.Errorf("%w (more than %d MiB)", errDamaged, largest>>20)
	}
	d, err := parse(b)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", errDamaged, err)
	}
	return d, nil
}

// read reads the file under the lock. One that is damaged is set aside.
func (f *File) read() (*document, error) {
	d, err := f.parsed()
	if !errors.Is(err, errDamaged) {
		return d, err
	}
	if err := f.setAside(err); err != nil {
		return nil, err
	}
	return newDocument(), nil
}

func (d *document) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	err := enc.Encode(d.root)
	return b.Bytes(), err
}

// setAside moves a damaged file out of the way, where a person can look at it.
func (f *File) setAside(cause error) error {
	bad := f.Path + ".bad-" + time.Now().UTC().Format("20060102T150405Z")
	for i, name := 2, bad; exists(bad); i++ {
		bad = name + "-" + strconv.Itoa(i)
	}
	if err := private.Rename(f.Path, bad); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("set the damaged %s aside: %w", f.Path, err)
	}
	if f.Warn != nil {
		f.Warn(fmt.Sprintf("%s is %v; it was moved to %s", f.Path, cause, bad))
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// Parse reads what a rates.yaml holds. It is for looking: [File.Load] sets a damaged file aside.
func Parse(text []byte) (map[string]pacing.Learned, error) {
	d, err := parse(text)
	if err != nil {
		return nil, err
	}
	return d.all(time.Now()), nil
}
