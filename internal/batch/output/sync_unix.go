//go:build unix && !solaris && !aix

package output

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncDir makes sure that a file which is new in a directory will be there after a crash.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	err = dir.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		err = nil // a file system that has no such thing
	}
	return errors.Join(err, dir.Close())
}
