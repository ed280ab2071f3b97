package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/arl-cli/arl/internal/atomicfile"
	"github.com/arl-cli/arl/internal/private"
)

// Insert inserts entries into a configuration file, all or none, in one place; every other byte stays. It creates a
// missing file, keeps permissions, and follows a symbolic link. The error is an [*Error] if the file or the entries are
// invalid, or a name exists already, or an [*InsertError].
func Insert(path string, entries ...Entry) error {
	if err := checkEntries("", entries); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("create the directory of the configuration: %w", err)
	}
	lock, err := lockConfig(path + ".lock")
	if err != nil {
		return fmt.Errorf("lock the configuration: %w", err)
	}
	defer func() {
		_ = os.Remove(lock.Name()) // leave no file behind; a process that waits for it sees that and locks again
		_ = lock.Close()
	}()
	return insertInto(path, entries)
}

// lockConfig locks a lock file, which its holder removes.
func lockConfig(path string) (*os.File, error) {
	lock := private.Lock{Patience: 5 * time.Second}
	for {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|private.Carefully, 0o600)
		if err != nil {
			return nil, err
		}
		info, err := file.Stat()
		if err == nil {
			err = lock.Take(file, info)
		}
		switch {
		case errors.Is(err, private.ErrHeld): // the file is the lock's
			return nil, lock.Held(path)
		case err == nil && private.InPlace(path, info):
			return file, nil
		}
		_ = file.Close()
		if err != nil {
			return nil, err
		}
	}
}

func insertInto(path string, entries []Entry) error {
	target, err := atomicfile.Target(path)
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	before, err := os.ReadFile(target)
	perm := fs.FileMode(0o666) // what it has
	if errors.Is(err, fs.ErrNotExist) {
		perm, err = 0o600, nil
	}
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	after, err := inserted(path, before, entries)
	if err != nil {
		return err
	}
	if err := replaceConfig(target, perm, before, after); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	return nil
}

// replaceConfig replaces a file atomically, unless another program has changed it since it was read.
func replaceConfig(path string, perm fs.FileMode, before, after []byte) error {
	f, err := atomicfile.Replace(path, perm)
	if err != nil {
		return err
	}
	defer f.Discard() //nolint:errcheck // nothing is left of it after it was committed
	if _, err := f.Write(after); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	now, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if !bytes.Equal(now, before) {
		return errors.New("another program changed it at the same time; run the command again")
	}
	return f.CommitWhole()
}
