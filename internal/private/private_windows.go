package private

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// carefully is nothing: to make a link takes rights here that make worse possible.
const carefully = 0

// The directories that arl uses here are below the user's own, and get their rights from there.

func inherit(string) error { return nil }

func keepOut(string, fs.FileInfo) error { return nil }

func own(path string, _ *os.File, _ fs.FileInfo, _ bool) error { return Linked(path) }

func mine(path string, _ *os.File, _ fs.FileInfo, _ bool) error { return Linked(path) }

func tighten(*os.File, fs.FileInfo) error { return nil }

func advice(path string, err error) string {
	switch {
	case errors.Is(err, windows.ERROR_DISK_FULL), errors.Is(err, windows.ERROR_HANDLE_DISK_FULL):
		return "make room there"
	case NoLocks(err):
		return "set ARL_RUNTIME_DIR to a directory on a local disk"
	case errors.Is(err, fs.ErrPermission):
		return "see who may write to " + path
	}
	return "set ARL_RUNTIME_DIR and ARL_CONFIG_DIR to directories on a local disk of your own"
}

// Gone reports whether an error says that a file or its directory is not there any more.
func Gone(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// inTheWay reports whether a file was not replaced because somebody has it open.
func inTheWay(err error) bool { return errors.Is(err, windows.ERROR_ACCESS_DENIED) || replacing(err) }

// replacing reports whether a file could not be opened because somebody is replacing it.
func replacing(err error) bool {
	return errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_DELETE_PENDING)
}

// Remove closes a file and removes it, unless somebody else has it open.
func Remove(path string, file *os.File) {
	_ = file.Close()
	_ = os.Remove(path)
}
