package private

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// farOff is where the one byte lies that is locked, behind everything: what is locked cannot be read here.
const farOff = 1 << 30

func tryLock(file *os.File) (bool, error) {
	err := lock(file, windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return false, nil
	}
	return err == nil, err
}

func waitLock(file *os.File) error { return lock(file, windows.LOCKFILE_EXCLUSIVE_LOCK) }

func lock(file *os.File, how uint32) error {
	return windows.LockFileEx(windows.Handle(file.Fd()), how, 0, 1, 0, &windows.Overlapped{OffsetHigh: farOff})
}

func unlock(file *os.File) error {
	return windows.UnlockFileEx(windows.Handle(file.Fd()), 0, 1, 0, &windows.Overlapped{OffsetHigh: farOff})
}

// NoLocks reports whether an error says that files cannot be locked there, as in some network directories.
func NoLocks(err error) bool {
	return errors.Is(err, windows.ERROR_NOT_SUPPORTED) || errors.Is(err, windows.ERROR_INVALID_FUNCTION)
}
