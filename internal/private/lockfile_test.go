package private

import (
	"os"
	"path/filepath"
	"testing"
)

func TestLockFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	ours, theirs := NewLockFile(path), NewLockFile(path)
	if ok, err := ours.TryLock(); !ok || err != nil {
		t.Fatalf("the first lock: %v, %v", ok, err)
	}
	if ok, err := theirs.TryLock(); ok || err != nil {
		t.Errorf("a second lock beside it: %v, %v", ok, err)
	}
	if !ours.InPlace() {
		t.Error("the lock is not in its place")
	}
	locked := make(chan error)
	go func() { locked <- theirs.Lock() }()
	if err := ours.Unlock(); err != nil {
		t.Error(err)
	}
	if err := <-locked; err != nil {
		t.Error(err)
	}
	if err := os.Remove(path); err == nil && theirs.InPlace() { // Windows removes no open file
		t.Error("the lock of a removed file is in its place")
	}
	if err := theirs.Unlock(); err != nil {
		t.Error(err)
	}
	if err := theirs.Unlock(); err != nil {
		t.Errorf("unlock what is not held: %v", err)
	}
}
