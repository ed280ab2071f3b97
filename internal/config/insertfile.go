package config

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/arl-cli/arl/internal/private"
)

// Insert adds entries to a configuration: all of them or none, as one piece of text; every other byte
// stays. A file that is not there is made. Its permissions stay, and a link goes on pointing to it.
// It fails with a [*Error] that names what is wrong with the file or the entries, names that are there
// already among them, or with an [*InsertError].
func Insert(path string, entries ...Entry) error {
	if err := checkEntries("", entries); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the folder of the configuration: %w", err)
	}
	lock, err := lockConfig(path + ".lock")
	if err != nil {
		return fmt.Errorf("lock the configuration: %w", err)
	}
	defer func() {
		_ = os.Remove(lock.Path()) // nothing is left behind; who waits for it sees that, and locks again
		_ = lock.Unlock()
	}()
	return insertInto(path, entries)
}

// lockConfig locks a file that its holder removes.
func lockConfig(path string) (*flock.Flock, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|private.Carefully), flock.SetPermissions(0o600))
	for {
		if _, err := lock.TryLockContext(ctx, 5*time.Millisecond); err != nil {
			return nil, err
		}
		held, err := lock.Stat()
		there, e := os.Stat(path)
		if err == nil && e == nil && os.SameFile(held, there) {
			return lock, nil
		}
		if err := lock.Unlock(); err != nil {
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

// linked is where a file would be made that is not there: what a link points to, if it is one.
func linked(path string) (string, error) {
	to, err := os.Readlink(path)
	if err != nil {
		return path, nil
	}
	if !filepath.IsAbs(to) {
		to = filepath.Join(filepath.Dir(path), to)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return "", fmt.Errorf("make the folder of the configuration: %w", err)
	}
	return to, nil
}

// replaceConfig puts a file in the place of another as a whole, unless an editor has changed that
// meanwhile.
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
			err = errors.New("somebody changed it at the same time; try again")
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
