package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

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
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		if target, err = linked(path); err != nil {
			return err
		}
	} else if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	before, err := os.ReadFile(target)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the configuration: %w", err)
	}
	after, err := inserted(path, before, entries)
	if err != nil {
		return err
	}
	if err := replaceConfig(target, before, after); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	return nil
}

// linked returns the path of a file to be created: the target of a dangling link, or path itself.
func linked(path string) (string, error) {
	to, err := os.Readlink(path)
	if err != nil {
		return path, nil
	}
	if !filepath.IsAbs(to) {
		to = filepath.Join(filepath.Dir(path), to)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return "", fmt.Errorf("create the directory of the configuration: %w", err)
	}
	return to, nil
}

// replaceConfig replaces a file atomically, unless another program has changed it since it was read.
func replaceConfig(path string, before, after []byte) error {
	there, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".config-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(after)
	if err == nil && there != nil {
		err = cmp.Or(tmp.Chmod(there.Mode().Perm()), keepOwner(tmp, there))
	}
	err = cmp.Or(err, tmp.Sync(), tmp.Close())
	if err == nil && there != nil {
		if now, e := os.ReadFile(path); e != nil || !bytes.Equal(now, before) {
			err = errors.New("another program changed it at the same time; run the command again")
		}
	}
	if err == nil {
		err = private.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}
