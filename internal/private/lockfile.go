package private

import "os"

// A LockFile is a lock on a file of its own, beside what it protects. The file is made when the lock is taken, and
// nothing is written to it. The system drops the lock when its holder ends. It excludes processes and other LockFiles;
// it is not safe for concurrent use.
type LockFile struct {
	path string
	file *os.File // nil while the lock is not held
}

// NewLockFile returns the lock of a path, which is not held.
func NewLockFile(path string) *LockFile { return &LockFile{path: path} }

// TryLock takes the lock, and reports false if somebody else has it.
func (l *LockFile) TryLock() (bool, error) {
	return l.take(tryLock)
}

// Lock takes the lock, and waits for it as long as it takes.
func (l *LockFile) Lock() error {
	_, err := l.take(func(file *os.File) (bool, error) {
		err := waitLock(file)
		return err == nil, err
	})
	return err
}

func (l *LockFile) take(lock func(*os.File) (bool, error)) (bool, error) {
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_RDWR|Carefully, 0o600)
	if err != nil {
		return false, err
	}
	ok, err := lock(file)
	if !ok {
		_ = file.Close()
		return false, err
	}
	l.file = file
	return true, nil
}

// InPlace reports whether the lock that is held is on the file that others would lock.
func (l *LockFile) InPlace() bool {
	info, err := l.file.Stat()
	return err == nil && InPlace(l.path, info)
}

// Unlock gives the lock back, if it is held.
func (l *LockFile) Unlock() error {
	if l.file == nil {
		return nil
	}
	file := l.file
	l.file = nil
	return file.Close()
}
