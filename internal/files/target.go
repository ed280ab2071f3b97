package files

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// mostLinks is how many links may lead to a file, as in Linux.
const mostLinks = 40

// Target follows symbolic links to the file that a name means, also if that is not there yet: to create it is to
// create what the link points to.
func Target(name string) (string, error) {
	for range mostLinks {
		path, err := filepath.EvalSymlinks(name)
		if !errors.Is(err, fs.ErrNotExist) {
			return path, err
		}
		dir, err := filepath.EvalSymlinks(filepath.Dir(name))
		if err != nil {
			return "", err
		}
		name = filepath.Join(dir, filepath.Base(name))
		to, err := os.Readlink(name)
		if err != nil {
			return name, nil // not a link: it is not there
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(dir, to)
		}
		name = to
	}
	return "", &fs.PathError{Op: "open", Path: name, Err: syscall.ELOOP}
}

// IsStream reports whether a name means standard output or standard error. Where they are redirected to a file, that
// file must not be replaced: others write to it too.
func IsStream(name string) bool { return Streams{io.Discard, io.Discard}.Of(name) != nil }

// Of returns the stream that a name means; nil if it is that of a file.
func (s Streams) Of(name string) io.Writer {
	switch name {
	case "-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1":
		return s.Out
	case "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2":
		return s.Err
	}
	return nil
}
