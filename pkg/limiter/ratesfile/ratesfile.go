// Package ratesfile keeps what was learned in rates.yaml, for the next run and for people to read.
//
// Many processes may write it: each merges its own keys under a lock beside the file, the newer
// knowledge of a key wins, and the file is replaced as a whole. A damaged file is set aside, never
// overwritten. Fields that a newer version wrote are kept.
//
// Keys may come from outside, as those of buckets with placeholders do, so their number is bounded: of one
// api the 300 that were used last are remembered.
package ratesfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"gopkg.in/yaml.v3"

	"github.com/arl-cli/arl/pkg/limiter"
)

// lockWait is how long a process waits for the others' writes, each of which takes about a millisecond.
const lockWait = 5 * time.Second

// File is a rates.yaml. It is safe for use by many goroutines and processes.
type File struct {
	Path string
	// Warn is told of a damaged file that was set aside; nil means nobody.
	Warn func(message string)

	last atomic.Pointer[reading] // for Recall: the file is not read again for every key
}

// A reading is what a file held.
type reading struct {
	info os.FileInfo
	all  map[string]limiter.Learned
}

// of reports whether it is that of the file that is there.
func (r *reading) of(there os.FileInfo) bool {
	return r != nil && os.SameFile(there, r.info) && there.ModTime().Equal(r.info.ModTime()) && there.Size() == r.info.Size()
}

// Load returns everything that is known. A file that is not there holds nothing.
func (f *File) Load() (map[string]limiter.Learned, error) {
	b, err := os.ReadFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]limiter.Learned{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the learned rates: %w", err)
	}
	d, err := parse(b)
	if err != nil {
		return f.setAside(err)
	}
	return d.all(time.Now()), nil
}

// Recall returns what is known of one key, nil if nothing is or if the file cannot be read.
func (f *File) Recall(key string) *limiter.Learned {
	there, err := os.Stat(f.Path)
	if err != nil {
		return nil
	}
	r := f.last.Load()
	if !r.of(there) {
		r = &reading{info: there}
		if r.all, err = f.Load(); err != nil {
			return nil
		}
		f.last.Store(r)
	}
	if l, ok := r.all[key]; ok {
		return &l
	}
	return nil
}

// Merge writes what is known of some keys. Of a key that was written meanwhile the newer stays.
// durable says whether to wait until it is on the disk.
func (f *File) Merge(known map[string]limiter.Learned, durable bool) error {
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
			l = limiter.Learned{Rate: rate, Burst: 1, Updated: time.Now()}
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
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o700); err != nil {
		return fmt.Errorf("make the folder for the learned rates: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), lockWait)
	defer cancel()
	lock := flock.New(f.Path+".lock", flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, 5*time.Millisecond); err != nil {
		return fmt.Errorf("lock the learned rates: %w", err)
	}
	defer lock.Unlock() //nolint:errcheck // the lock ends with the file
	d, err := f.read()
	if err != nil {
		return err
	}
	change(d)
	d.prune()
	return f.replace(d, durable)
}

func (f *File) read() (*document, error) {
	b, err := os.ReadFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return newDocument(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the learned rates: %w", err)
	}
	d, err := parse(b)
	if err == nil {
		return d, nil
	}
	if _, err := f.setAside(err); err != nil {
		return nil, err
	}
	return newDocument(), nil
}

func (f *File) replace(d *document, durable bool) error {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(d.root); err != nil {
		return fmt.Errorf("encode the learned rates: %w", err)
	}
	if err := replaceFile(f.Path, b.Bytes(), durable); err != nil {
		return fmt.Errorf("write the learned rates: %w", err)
	}
	return nil
}

// replaceFile replaces a file as a whole. Unless durable, it does not wait for the disk: after a
// power cut the old one may be back, never half of one.
func replaceFile(path string, b []byte, durable bool) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".rates-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(b)
	if err == nil && durable {
		err = tmp.Sync()
	}
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}

// setAside moves a damaged file out of the way, where a person can look at it.
func (f *File) setAside(cause error) (map[string]limiter.Learned, error) {
	bad := f.Path + ".bad-" + time.Now().UTC().Format("20060102T150405Z")
	if err := os.Rename(f.Path, bad); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("set the damaged %s aside: %w", f.Path, err)
	}
	if f.Warn != nil {
		f.Warn(fmt.Sprintf("%s is damaged (%v); it is kept as %s", f.Path, cause, bad))
	}
	return map[string]limiter.Learned{}, nil
}

// Parse reads what a rates.yaml holds. It is for looking: [File.Load] sets a damaged file aside.
func Parse(text []byte) (map[string]limiter.Learned, error) {
	d, err := parse(text)
	if err != nil {
		return nil, err
	}
	return d.all(time.Now()), nil
}
