package atomicfile

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/arl-cli/arl/internal/private"
)

// create makes the file in a directory, without a name where the file system can: then nothing is left of it if the
// process dies.
func (r *Replacement) create(dir string, perm fs.FileMode) error {
	path := filepath.Join(dir, filepath.Base(r.path))
	file, err := os.OpenFile(dir, os.O_RDWR|unix.O_TMPFILE, perm)
	if err != nil {
		return r.createNamed(path, perm)
	}
	if _, err := os.Stat(handle(file)); err != nil { // no /proc to give it a name by
		_ = file.Close()
		return r.createNamed(path, perm)
	}
	r.File = file
	return nil
}

// handle is a name of an open file.
func handle(file *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", file.Fd()) }

// publish puts the file in its place.
func (r *Replacement) publish() error {
	if r.temp != "" {
		return r.rename()
	}
	if r.there == nil {
		if err := r.link(r.path); err == nil {
			return r.Close()
		}
	}
	private.TryLock(r.File) // its name is not an abandoned one
	name, err := claim(r.path, r.link)
	if err != nil {
		return err
	}
	r.temp = name
	return r.rename()
}

// link gives the file a name that nothing has.
func (r *Replacement) link(name string) error {
	err := unix.Linkat(unix.AT_FDCWD, handle(r.File), unix.AT_FDCWD, name, unix.AT_SYMLINK_FOLLOW)
	if err != nil {
		return &fs.PathError{Op: "link", Path: name, Err: err}
	}
	return nil
}
