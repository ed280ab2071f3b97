package pages

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/arl-cli/arl/internal/private"
)

// A Dir is where the lists of a run are. It is made with the first of them.
type Dir struct {
	path string
	temp bool

	once sync.Once // makes it
	err  error
}

// Beside returns the directory of an output, which a resumed run finds again.
func Beside(output string) *Dir { return &Dir{path: output + ".pages"} }

// Temporary returns a directory that nobody finds again.
func Temporary() *Dir { return &Dir{temp: true} }

// Path is where the directory is, or will be.
func (f *Dir) Path() string { return f.path }

// make makes the directory if it is not there.
func (f *Dir) make() error {
	f.once.Do(func() {
		if f.temp {
			f.path, f.err = os.MkdirTemp("", "arl-pages-")
			return
		}
		f.err = private.Dir(f.path)
	})
	return f.err
}

// Check rejects a place where something is that cannot be the directory of this user's lists.
func (f *Dir) Check() error {
	if info, err := os.Lstat(f.path); err == nil && !info.IsDir() {
		return fmt.Errorf("%s is not a directory; the pages of lists must be stored there", f.path)
	}
	return nil
}

// Kept reports whether a later run can take the lists up.
func (f *Dir) Kept() bool { return !f.temp }

// Close lets go of the directory, which goes too if nobody goes on with what is in it.
func (f *Dir) Close() error {
	if f.temp {
		return f.Sweep()
	}
	f.removeEmpty()
	return nil
}

// Sweep removes all lists, and the directory unless something else is in it.
func (f *Dir) Sweep() error {
	if f.path == "" {
		return nil
	}
	if err := f.Check(); err != nil {
		return err
	}
	names, err := os.ReadDir(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range names {
		if name := entry.Name(); entry.Type().IsRegular() && ours(name) {
			err = errors.Join(err, os.Remove(filepath.Join(f.path, name)))
		}
	}
	f.removeEmpty()
	return err
}

// removeEmpty removes the directory, unless something else is in it, or in its place.
func (f *Dir) removeEmpty() {
	if info, err := os.Lstat(f.path); err == nil && info.IsDir() {
		_ = os.Remove(f.path) // which fails if it is not empty
	}
}

// ours reports whether a file is one of a list, which are named by hashes: what else is in the directory stays.
func ours(name string) bool {
	stem, pages := strings.CutSuffix(name, pagesSuffix)
	stem, items := strings.CutSuffix(stem, itemsSuffix)
	return pages != items && len(stem) >= shortestName && strings.Trim(stem, "0123456789abcdef-") == ""
}
