package lists

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// A Folder is where the lists of a run are. It is made with the first of them.
type Folder struct {
	path string
	temp bool

	once sync.Once // makes it
	err  error
}

// Beside returns the folder of an output, which a run that is taken up finds again.
func Beside(output string) *Folder { return &Folder{path: output + ".pages"} }

// Temporary returns a folder that nobody finds again.
func Temporary() *Folder { return &Folder{temp: true} }

// make makes the folder if it is not there.
func (f *Folder) make() error {
	f.once.Do(func() {
		if f.temp {
			f.path, f.err = os.MkdirTemp("", "arl-pages-")
			return
		}
		f.err = os.MkdirAll(f.path, 0o700)
	})
	return f.err
}

// Kept reports whether a later run can take the lists up.
func (f *Folder) Kept() bool { return !f.temp }

// Close lets go of the folder, which goes too if nobody goes on with what is in it.
func (f *Folder) Close() error {
	if f.temp {
		return f.Sweep()
	}
	_ = os.Remove(f.path) // which fails if it is not empty
	return nil
}

// Sweep removes all lists, and the folder unless something else is in it.
func (f *Folder) Sweep() error {
	if f.path == "" {
		return nil
	}
	names, err := os.ReadDir(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range names {
		if name := entry.Name(); strings.HasSuffix(name, itemsSuffix) || strings.HasSuffix(name, pagesSuffix) {
			err = errors.Join(err, os.Remove(filepath.Join(f.path, name)))
		}
	}
	_ = os.Remove(f.path) // which fails if it is not empty
	return err
}
