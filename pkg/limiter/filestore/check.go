package filestore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/arl-cli/arl/internal/private"
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
		return fmt.Errorf("write to the directory for live state: %w", err)
	}
	defer os.Remove(f.Name())            //nolint:errcheck // it was just made
	_, err = f.Write(make([]byte, 4096)) // an empty file has room on a full disk
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return checkLock(f.Name())
}

// checkLock says why a lock that one process has would not keep another one out.
func checkLock(path string) error {
	ours, _, err := private.OpenThere(path)
	if err != nil {
		return err
	}
	defer ours.Close() //nolint:errcheck // nothing was written
	theirs, _, err := private.OpenThere(path)
	if err != nil {
		return err
	}
	defer theirs.Close() //nolint:errcheck // nothing was written
	switch {
	case !private.TryLock(ours):
		return errors.New("files in it cannot be locked")
	case private.TryLock(theirs):
		return errors.New("file locks in it have no effect")
	}
	return nil
}

// Clock is what the live state reckons with: the name of this boot of the machine, empty where the
// system does not tell, and how long ago that was.
func Clock() (boot string, since time.Duration) { return bootID(), time.Duration(sinceBoot()) }
