package atomicfile

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ErrNotRegular is the cause of an error with a name that is there and not of a regular file.
var ErrNotRegular = errors.New("not a regular file")

// A Replacement is a file that takes the place of a name as a whole. Until then nobody sees it, and if the process dies
// the old file is as it was. Where it can, it has no name before that, so that nothing is left of it; elsewhere what a
// process has left is removed by the next one that replaces the same file.
type Replacement struct {
	*os.File

	path  string      // where it goes: no link
	there fs.FileInfo // what is there; nil if nothing
	temp  string      // its name meanwhile; empty if it has none
}

// Replace begins a file that is to take the place of a name, or of what a link points to. A new one has the permissions
// perm, less the umask; one that replaces another has those of the other, but for others only if perm is. It fails if the place could not be written,
// as a file that its owner has made read-only.
func Replace(name string, perm fs.FileMode) (*Replacement, error) {
	if os.IsPathSeparator(name[len(name)-1]) {
		return nil, &fs.PathError{Op: "write", Path: name, Err: syscall.EISDIR}
	}
	there, err := writable(name)
	if err != nil {
		return nil, Named(err, name)
	}
	path, err := Target(name)
	if err != nil {
		return nil, Named(err, name)
	}
	r := &Replacement{path: path, there: there}
	private := perm&0o077 == 0
	if r.there != nil {
		perm = 0o600
	}
	if err := r.create(filepath.Dir(path), perm); err != nil {
		if r.there == nil {
			return nil, Named(err, name)
		}
		if err := r.create(os.TempDir(), perm); err != nil { // a file that may be written in a directory that may not
			return nil, Named(err, name)
		}
	}
	if r.there != nil {
		mode := r.there.Mode().Perm()
		if private {
			mode &= 0o700
		}
		if err := r.Chmod(mode); err != nil && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, errors.ErrUnsupported) {
			return nil, errors.Join(Named(err, name), r.Discard())
		}
	}
	return r, nil
}

// writable returns what is at a path, nil if nothing, and fails if it could not be written.
func writable(path string) (fs.FileInfo, error) {
	there, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case there.IsDir():
		return nil, &fs.PathError{Op: "write", Path: path, Err: syscall.EISDIR}
	case !there.Mode().IsRegular():
		return nil, &fs.PathError{Op: "replace", Path: path, Err: ErrNotRegular}
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	return there, file.Close()
}

// Named makes an error be about the file that was asked for, not about one beside it.
func Named(err error, name string) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return &fs.PathError{Op: "write", Path: name, Err: e.Err}
	}
	return err
}

// Commit puts the file in its place, and closes it.
func (r *Replacement) Commit() error {
	if r.copies() {
		return errors.Join(r.copy(), r.Discard())
	}
	err := r.publish()
	if err != nil && r.there != nil { // a file that is mounted there, or in a directory that only adds files
		err = r.copy()
	}
	return errors.Join(err, r.Discard())
}

// CommitWhole is Commit for a file that must never be lost: whenever the process dies, the old one is there or the new
// one. So another name of the old one goes on meaning that, and the owner stays only if this process may give files away.
func (r *Replacement) CommitWhole() error {
	if r.there != nil {
		giveTo(r.File, r.there)
	}
	return errors.Join(r.publish(), r.Discard())
}

// copies reports whether what is there has to stay the file that it is: with its owner and its other names.
func (r *Replacement) copies() bool {
	if r.there == nil {
		return false
	}
	mine, err := r.Stat()
	return err != nil || !alike(mine, r.there)
}

// copy writes the content into what is there.
func (r *Replacement) copy() error {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return err
	}
	file, err := os.OpenFile(r.path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, r.File)
	return cmp.Or(err, file.Close())
}

// Discard takes the file away, unless it is in its place already.
func (r *Replacement) Discard() error {
	err := r.Close()
	if errors.Is(err, fs.ErrClosed) {
		err = nil
	}
	if r.temp == "" {
		return err
	}
	name := r.temp
	r.temp = ""
	if e := os.Remove(name); err == nil && !errors.Is(e, fs.ErrNotExist) {
		err = e
	}
	return err
}
