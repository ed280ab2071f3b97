package filestore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Check says why the live state cannot be kept in dir: nothing can be written there, or locks do not
// hold, as on some network file systems. It leaves nothing behind, and does not make dir.
func Check(dir string) error {
	for {
		if _, err := os.Stat(dir); err == nil || filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	f, err := os.CreateTemp(dir, ".check-*")
	if err != nil {
		return fmt.Errorf("write to the folder for live state: %w", err)
	}
	defer os.Remove(f.Name()) //nolint:errcheck // it was just made
	if err := f.Close(); err != nil {
		return err
	}
	return checkLock(f.Name())
}

func checkLock(path string) error {
	ours, theirs := flock.New(path), flock.New(path)
	if ok, err := ours.TryLock(); err != nil || !ok {
		return errors.Join(errors.New("a file there cannot be locked"), err)
	}
	defer ours.Unlock() //nolint:errcheck // the file is removed
	ok, err := theirs.TryLock()
	if ok {
		_ = theirs.Unlock()
		return errors.New("a lock there keeps nobody out")
	}
	return err
}

// Clock is what the live state reckons with: the name of this boot of the machine, empty where the
// system does not tell, and how long ago that was.
func Clock() (boot string, since time.Duration) { return bootID(), time.Duration(sinceBoot()) }
