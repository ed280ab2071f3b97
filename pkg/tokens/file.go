package tokens

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/private"
)

// A File is a [Place] in a directory that processes of one user share. A claim is a lock, which the system drops
// when its holder dies. No link is followed, and nobody else can read the file.
type File struct {
	path    string
	lock    *private.LockFile
	durable bool

	mu     sync.Mutex
	holder string // who in this process has the lock
}

// InDir returns the place of a name in a directory, which is made when something is written.
func InDir(dir, name string) *File {
	sum := sha256.Sum256([]byte(name))
	path := filepath.Join(dir, "token-"+hex.EncodeToString(sum[:8]))
	return &File{path: path, lock: private.NewLockFile(path + ".lock")}
}

// DurableInDir is InDir for what must outlive a crash of the machine: what is written is on the disk when Write and
// Keep return.
func DurableInDir(dir, name string) *File {
	f := InDir(dir, name)
	f.durable = true
	return f
}

// Exists reports whether there is a value, good or not, and takes no lock.
func (f *File) Exists() bool {
	_, err := os.Lstat(f.path)
	return err == nil
}

// largest is more than any sealed token takes.
const largest = 64 << 10

// Read implements Place. It takes no lock: the file is replaced as a whole.
func (f *File) Read(context.Context) ([]byte, time.Duration, error) {
	file, err := private.Opened(func() (*os.File, error) { return os.OpenFile(f.path, os.O_RDONLY|noFollow|noWait, 0) })
	switch {
	case errors.Is(err, fs.ErrNotExist), isLink(err):
		return nil, 0, nil
	case err != nil:
		return nil, 0, fmt.Errorf("open the shared token: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, 0, nil // not ours: it is replaced
	}
	text, err := io.ReadAll(io.LimitReader(file, largest))
	if err != nil {
		return nil, 0, fmt.Errorf("read the shared token: %w", err)
	}
	head, value, _ := bytes.Cut(text, []byte("\n"))
	var at, life int64
	if n, _ := fmt.Sscanf(string(head), "%d %d", &at, &life); n != 2 {
		return nil, 0, nil
	}
	age := max(0, time.Since(time.UnixMilli(at))) // a clock that was set back makes nothing last longer than it did
	return value, time.Duration(life)*time.Millisecond - age, nil
}

// Claim implements Place. The time is of no account: the system knows who lives.
func (f *File) Claim(_ context.Context, holder string, _ time.Duration) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.holder != "" {
		return f.holder == holder, nil
	}
	for {
		ok, err := f.tryLock()
		switch {
		case err != nil:
			return false, fmt.Errorf("lock the shared token: %w", err)
		case !ok:
			return false, nil
		case f.lock.InPlace():
			f.holder = holder
			return true, nil
		}
		if err := f.lock.Unlock(); err != nil { // the lock of a file that was removed
			return false, fmt.Errorf("unlock the shared token: %w", err)
		}
	}
}

// tryLock makes the directory if it is not there.
func (f *File) tryLock() (bool, error) {
	ok, err := f.lock.TryLock()
	if !errors.Is(err, fs.ErrNotExist) {
		return ok, err
	}
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return false, err
	}
	return f.lock.TryLock()
}

// Write implements Place.
func (f *File) Write(_ context.Context, holder string, value []byte, life time.Duration) (bool, error) {
	return f.put(holder, value, life, false)
}

// Keep implements Place.
func (f *File) Keep(_ context.Context, holder string, value []byte, life time.Duration) (bool, error) {
	return f.put(holder, value, life, true)
}

func (f *File) put(holder string, value []byte, life time.Duration, keep bool) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.holder == "" || f.holder != holder {
		return false, nil
	}
	if !f.lock.InPlace() {
		return false, f.giveUp() // the directory vanished meanwhile, and with it the claim
	}
	if !keep {
		defer f.giveUp() //nolint:errcheck // what was written counts
	}
	if err := f.replace(value, life); err != nil {
		return false, fmt.Errorf("write the shared token: %w", err)
	}
	return true, nil
}

func (f *File) replace(value []byte, life time.Duration) error {
	if len(value) == 0 {
		if err := os.Remove(f.path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	head := fmt.Sprintf("%d %d\n", time.Now().UnixMilli(), life.Milliseconds())
	return private.Replace(f.path, append([]byte(head), value...), f.durable, func() bool { return true })
}

// Release implements Place.
func (f *File) Release(_ context.Context, holder string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.holder != holder {
		return nil
	}
	return f.giveUp()
}

func (f *File) giveUp() error {
	f.holder = ""
	return f.lock.Unlock()
}
