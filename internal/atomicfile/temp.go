package atomicfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/arl-cli/arl/internal/private"
)

const (
	numbered    = 9   // files of one name that get numbers, before chance is quicker
	longestName = 200 // of a file, in bytes, of which as much is repeated in that of its new version
)

// claim makes a name beside path that nothing has, by create, which fails where there is something. What a dead process
// has left there goes.
func claim(path string, create func(name string) error) (string, error) {
	dir, base := filepath.Split(path)
	base = base[:min(len(base), longestName)]
	for !utf8.ValidString(base) && len(base) == longestName {
		base = base[:len(base)-1]
	}
	for n := 1; ; n++ {
		name := filepath.Join(dir, fmt.Sprintf(".%s.%d.arl-part", base, n))
		if n > numbered {
			name = filepath.Join(dir, fmt.Sprintf(".%s.%s.arl-part", base, rand.Text()))
		}
		err := create(name)
		if errors.Is(err, fs.ErrExist) && removeAbandoned(name) {
			err = create(name)
		}
		if !errors.Is(err, fs.ErrExist) {
			return name, err
		}
	}
}

// removeAbandoned removes a file whose writer, who would have locked it, is dead.
func removeAbandoned(name string) bool {
	file, info, err := private.OpenThere(name)
	if err != nil {
		return false
	}
	if !private.TryLock(file) || !private.InPlace(name, info) {
		_ = file.Close()
		return false
	}
	private.Remove(name, file)
	return true
}

// createNamed makes a new file with a name of its own beside path, and locks it.
func (r *Replacement) createNamed(path string, perm fs.FileMode) error {
	for {
		var err error
		r.temp, err = claim(path, func(name string) (err error) {
			r.File, err = os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
			return err
		})
		if err != nil {
			r.temp = ""
			return err
		}
		info, err := r.Stat()
		if err != nil {
			return errors.Join(err, r.Discard())
		}
		if private.TryLock(r.File) && private.InPlace(r.temp, info) {
			return nil
		}
		_ = r.Close() // taken for abandoned before it was locked
	}
}

// rename puts the file, which has a name, in its place.
func (r *Replacement) rename() error {
	if err := r.Close(); err != nil {
		return err
	}
	if err := private.Rename(r.temp, r.path); err != nil {
		return r.reopen(err)
	}
	r.temp = ""
	return nil
}

// reopen opens the file again after it could not be renamed.
func (r *Replacement) reopen(why error) (err error) {
	if r.File, err = os.Open(r.temp); err != nil {
		return errors.Join(why, err)
	}
	return why
}
