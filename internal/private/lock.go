package private

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

// ErrHeld is the cause of a Problem with a file whose lock somebody does not give back.
var ErrHeld = errors.New("locked by a process that makes no progress")

// A Lock is a lock on a file that is waited for with patience. The system drops it when its holder ends, but
// a holder may be stopped in the middle. The zero value is ready; it is not safe for concurrent use.
type Lock struct {
	// Patience is for how long it is waited for; 0 means two seconds. A holder needs microseconds.
	Patience time.Duration

	given   chan struct{} // closed when the wait that was given up last is over
	waiting fs.FileInfo   // the file that it is for
}

// Take locks a file. If it fails with ErrHeld, the file is not the caller's any more: it is closed when the
// system has done with it, which is at most once for a file that is held for long.
func (l *Lock) Take(file *os.File, info fs.FileInfo) error {
	ok, err := tryLock(file)
	if ok || err != nil {
		return err
	}
	if l.gaveUp(info) {
		_ = file.Close()
		return ErrHeld
	}
	return l.wait(file, info)
}

// Stuck reports whether somebody was found not to give a lock back.
func (l *Lock) Stuck() bool { return l.given != nil }

// gaveUp reports whether a wait for the same file was given up and is not over.
func (l *Lock) gaveUp(info fs.FileInfo) bool {
	if l.given == nil || !os.SameFile(l.waiting, info) {
		return false
	}
	select {
	case <-l.given:
		l.given = nil
		return false
	default:
		return true
	}
}

// wait waits in the system's queue, so that those who wait are served in turn. A wait there cannot be ended
// from outside: one that takes too long is left to itself.
func (l *Lock) wait(file *os.File, info fs.FileInfo) error {
	locked, leave, given := make(chan error), make(chan struct{}), make(chan struct{})
	go func() {
		err := waitLock(file)
		select {
		case locked <- err:
		case <-leave:
			_ = file.Close() // which unlocks it
			close(given)
		}
	}()
	patience := l.Patience
	if patience == 0 {
		patience = 2 * time.Second
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-locked:
		return err
	case <-timer.C:
		close(leave)
		l.given, l.waiting = given, info
		return ErrHeld
	}
}

// Release unlocks a file.
func (l *Lock) Release(file *os.File) error { return unlock(file) }

// Held is the problem of a file that Take failed for with ErrHeld.
func (l *Lock) Held(path string) error {
	return &Problem{
		text: path + ": " + ErrHeld.Error(), err: ErrHeld, freed: l.given,
		hint: "one that was stopped, by Ctrl-Z perhaps: continue or end it; `fuser " + path + "` names who has the file open",
	}
}

// LockNow locks a file for as long as it is open, and reports false if somebody else has locked it. The error is
// [NoLocks] where files cannot be locked.
func LockNow(file *os.File) (bool, error) { return tryLock(file) }

// TryLock is LockNow where it does not matter why.
func TryLock(file *os.File) bool {
	ok, err := tryLock(file)
	return ok && err == nil
}
