//go:build unix

package files

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// mayWrite asks whether something may be written to that is not opened before there is something to write: a pipe whose
// reader is not there yet would be waited for.
func mayWrite(path string) error {
	if err := unix.Faccessat(unix.AT_FDCWD, path, unix.W_OK, unix.AT_EACCESS); err != nil {
		return &fs.PathError{Op: "write", Path: path, Err: err}
	}
	return nil
}
