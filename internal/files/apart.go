package files

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/arl-cli/arl/internal/atomicfile"
)

// A Use is one file that a run reads or writes.
type Use struct {
	What   string // for messages: a flag, or "the input"
	Name   string // as it was given; empty for a standard stream
	Stream *os.File
	Writes bool
	Beside string // the What of another use that may be of the same file, such as -b of -c
}

// A ClashError says that a file would be written, by A, and used for something else at once.
type ClashError struct{ A, B Use }

// Error implements error.
func (e *ClashError) Error() string {
	return e.A.String() + " and " + e.B.String() + " are the same file"
}

// String is how messages name a use.
func (u Use) String() string { return strings.TrimSpace(u.What + " " + u.Name) }

// Apart makes sure that no file is written and at the same time read, or written by another. Devices and pipes may be.
// It fails with a [*ClashError].
func Apart(uses ...Use) error {
	known := make([]identity, len(uses))
	for i, u := range uses {
		known[i] = u.identity()
		for j, other := range uses[:i] {
			if !u.clashes(&other) || !known[i].same(known[j]) {
				continue
			}
			if !other.Writes {
				return &ClashError{u, other}
			}
			return &ClashError{other, u}
		}
	}
	return nil
}

func (u *Use) clashes(other *Use) bool {
	streams := u.Stream != nil && other.Stream != nil // the shell has seen to it
	beside := u.Beside == other.What && u.Beside != "" || other.Beside == u.What && other.Beside != ""
	return (u.Writes || other.Writes) && !streams && !beside
}

// An identity is that of a file which is there, or of the name of one that is not.
type identity struct {
	file fs.FileInfo
	dir  fs.FileInfo
	name string // in dir; if that is not there either, the whole path
}

// identity finds out which file is meant. What has none may be used by any number.
func (u *Use) identity() identity {
	info, err := u.stat()
	switch {
	case err == nil && (info.Mode().IsRegular() || info.IsDir()):
		return identity{file: info}
	case err == nil || u.Name == "" || u.Stream != nil:
		return identity{}
	}
	path, err := atomicfile.Target(u.Name)
	if err != nil {
		path, _ = filepath.Abs(u.Name)
		return identity{name: cmp.Or(path, u.Name)}
	}
	dir, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return identity{}
	}
	return identity{dir: dir, name: filepath.Base(path)}
}

func (u *Use) stat() (fs.FileInfo, error) {
	if u.Stream != nil {
		return u.Stream.Stat()
	}
	return os.Stat(u.Name)
}

func (i identity) same(other identity) bool {
	switch {
	case i.file != nil && other.file != nil:
		return os.SameFile(i.file, other.file)
	case i.file != nil || other.file != nil || i.name == "" || (i.dir == nil) != (other.dir == nil):
		return false
	}
	return (i.dir == nil || os.SameFile(i.dir, other.dir)) && sameName(i.name, other.name)
}

// sameName compares names of files that are not there yet. Where the system pays no attention to case, "Out" would be
// "out".
func sameName(a, b string) bool {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return strings.EqualFold(a, b)
	}
	return a == b
}
