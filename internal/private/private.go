// Package private handles arl's own files: readable by no other user, and never opened through a link, so that
// nothing outside of the user's directory is ever written.
//
// Root may work in the directory of another user, as with sudo -E: files that it creates there belong to the owner of
// the directory, who could not open them otherwise.
package private

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A Problem is a file or directory that cannot be used.
type Problem struct {
	text  string
	hint  string
	err   error
	freed <-chan struct{}
}

// Error implements error.
func (p *Problem) Error() string { return p.text }

// Hint is what can be done about it.
func (p *Problem) Hint() string { return p.hint }

// Freed is closed when it is worth trying again; nil if that is not known.
func (p *Problem) Freed() <-chan struct{} { return p.freed }

// Unwrap returns the cause, if the system named one.
func (p *Problem) Unwrap() error { return p.err }

// reject is a file that is not touched.
func reject(path, why, hint string) error { return &Problem{text: path + " " + why, hint: hint} }

// Explain adds to an error of the system what can be done about it.
func Explain(path string, err error) error {
	if _, ok := errors.AsType[*Problem](err); ok || err == nil {
		return err
	}
	text := err.Error()
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		text = cause.Op + ": " + cause.Err.Error()
	}
	return &Problem{text: path + ": " + text, hint: advice(path, err), err: err}
}

// Dir makes a directory that only its user can use, and rejects one that others can change.
func Dir(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := MakeDir(path); err != nil {
			return err
		}
		info, err = os.Lstat(path)
	}
	if err != nil {
		return Explain(path, err)
	}
	return checkDir(path, info)
}

// Dirs is Dir for several, such as one and another in it: below a link nothing is made.
func Dirs(paths ...string) error {
	for _, path := range paths {
		if err := Dir(path); err != nil {
			return err
		}
	}
	return nil
}

// MakeDir makes a directory, if it is not there, that only its user can use.
func MakeDir(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	return Explain(path, makeDir(path))
}

// makeDir makes a directory, and those above it that are not there.
func makeDir(path string) error {
	above := filepath.Dir(path)
	if _, err := os.Stat(above); errors.Is(err, fs.ErrNotExist) && above != path {
		if err := makeDir(above); err != nil {
			return err
		}
	}
	err := os.Mkdir(path, 0o700)
	if errors.Is(err, fs.ErrExist) {
		if info, e := os.Stat(path); e == nil && info.IsDir() {
			return nil // somebody was faster
		}
	}
	if err != nil {
		return err
	}
	return inherit(path)
}

func checkDir(path string, info fs.FileInfo) error {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return Linked(path)
	case !info.IsDir():
		return reject(path, "is not a directory", "remove it, or name another directory")
	}
	return keepOut(path, info)
}

// Carefully is what every opening of a file adds to its flags: no link is followed, and no writer into a pipe waited for.
const Carefully = carefully

// Open opens a file for reading and writing, and makes it if it is not there. It is private afterwards.
func Open(path string) (*os.File, fs.FileInfo, error) { return open(path, os.O_RDWR|os.O_CREATE) }

// OpenThere is Open for a file that must be there.
func OpenThere(path string) (*os.File, fs.FileInfo, error) { return open(path, os.O_RDWR) }

// Linked rejects a path that is a link.
func Linked(path string) error {
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return reject(path, "is a link, which is not followed", "name what is meant, or remove the link: `rm "+path+"`")
	}
	return nil
}

// odd rejects a path that is there and not that of a plain file.
func odd(path string) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return cmp.Or(Linked(path), reject(path, "is not a regular file", "move it away"))
	}
	return nil
}

// Read returns what is in a file, at most limit bytes of it.
func Read(path string, limit int64) ([]byte, error) {
	file, _, err := open(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was read
	b, err := io.ReadAll(io.LimitReader(file, limit))
	if err != nil {
		return nil, Explain(path, err)
	}
	return b, nil
}

// OpenAsIs is Open for a file that may turn out not to be arl's: its permissions stay as they are, until Tighten.
func OpenAsIs(path string) (*os.File, fs.FileInfo, error) {
	return openWith(path, os.O_RDWR|os.O_CREATE, mine)
}

// OpenToRead opens a file that must be there, and changes nothing of it.
func OpenToRead(path string) (*os.File, fs.FileInfo, error) { return openWith(path, os.O_RDONLY, mine) }

// Tighten makes an open file private.
func Tighten(file *os.File) error {
	info, err := file.Stat()
	if err == nil {
		err = tighten(file, info)
	}
	return Explain(file.Name(), err)
}

func open(path string, flags int) (*os.File, fs.FileInfo, error) { return openWith(path, flags, own) }

func openWith(path string, flags int, check func(string, *os.File, fs.FileInfo, bool) error) (*os.File, fs.FileInfo, error) {
	file, err := Opened(func() (*os.File, error) { return os.OpenFile(path, flags|carefully, 0o600) })
	if err != nil {
		return nil, nil, Explain(path, cmp.Or(odd(path), err))
	}
	info, err := file.Stat()
	if err == nil {
		err = regular(path, info)
	}
	if err == nil {
		err = check(path, file, info, flags != os.O_RDONLY)
	}
	if err != nil {
		_ = file.Close()
		return nil, nil, Explain(path, err)
	}
	return file, info, nil
}

func regular(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return reject(path, "is not a regular file", "move it away")
	}
	return nil
}

// InPlace reports whether a file that was opened is the one that others find at its path.
func InPlace(path string, info fs.FileInfo) bool {
	there, err := os.Lstat(path)
	return err == nil && os.SameFile(there, info)
}

// leftover is how old a new file is whose writer was killed.
const leftover = time.Minute

// ErrGone is what Replace returns where it was not to go on.
var ErrGone = errors.New("not to be replaced any more")

// Replace replaces a file as a whole, if still says so at the last moment. Unless durable, it does not wait
// for the disk: after a power cut the old one may be back, never half of one.
func Replace(path string, b []byte, durable bool, still func() bool) error {
	dir, name := filepath.Split(path)
	file, err := os.CreateTemp(dir, "."+name+"-*")
	if err != nil {
		return Explain(path, err)
	}
	_, err = file.Write(b)
	if err == nil && durable {
		err = file.Sync()
	}
	if e := file.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = inherit(file.Name())
	}
	if err == nil && !still() {
		err = ErrGone
	}
	if err == nil {
		err = Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return Explain(path, err)
}

// CleanUp removes what killed writers have left of new files for path.
func CleanUp(path string) {
	dir, name := filepath.Split(path)
	files, _ := os.ReadDir(filepath.Clean(dir))
	for _, file := range files {
		if !strings.HasPrefix(file.Name(), "."+name+"-") {
			continue
		}
		if info, err := file.Info(); err == nil && time.Since(info.ModTime()) > leftover {
			_ = os.Remove(filepath.Join(dir, file.Name()))
		}
	}
}
