package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/arl-cli/arl/internal/private"
)

// store keeps the state, for one user at a time.
type store interface {
	// open locks the state. It must be given back with save, also unchanged.
	open() (*state, error)
	save() error
}

func newStore(path string) (store, error) {
	if path == "" {
		return &memory{state: state{Version: stateVersion}}, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("sandbox state: %w", err)
	}
	return &file{path: path, lock: private.NewLockFile(path + ".lock")}, nil
}

// CheckState rejects a file that no sandbox has begun: it would be overwritten.
func CheckState(path string) error {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil // what cannot be opened is found out later
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	const begins = `{"version":`
	begin, err := io.ReadAll(io.LimitReader(f, int64(len(begins))))
	if err != nil {
		return err
	}
	if !strings.HasPrefix(begins, string(begin)) {
		return fmt.Errorf("%s is not the state of a sandbox, and is not overwritten", path)
	}
	return nil
}

// memory is the store of one process.
type memory struct {
	mu    sync.Mutex
	state state
}

func (m *memory) open() (*state, error) {
	m.mu.Lock()
	return &m.state, nil
}

func (m *memory) save() error {
	m.mu.Unlock()
	return nil
}

// maxStateSize bounds what is read of a state file, in bytes.
const maxStateSize = 64 << 20

// file is a store shared by processes: a JSON file, written in place, under a
// lock beside it. A lock on a file excludes processes but not goroutines, so
// there is a mutex too. The file may be damaged or vanish at any time: then
// the state starts afresh.
type file struct {
	path string
	lock *private.LockFile

	mu    sync.Mutex
	data  *os.File
	state *state
}

func (f *file) open() (*state, error) {
	f.mu.Lock()
	if err := f.acquire(); err != nil {
		f.mu.Unlock()
		return nil, fmt.Errorf("sandbox state: %w", err)
	}
	if err := f.read(); err != nil {
		f.release()
		return nil, fmt.Errorf("sandbox state: %w", err)
	}
	return f.state, nil
}

// acquire locks, if need be in a directory created again.
func (f *file) acquire() error {
	err := f.lock.Lock()
	if err == nil || !os.IsNotExist(err) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return err
	}
	return f.lock.Lock()
}

func (f *file) read() error {
	data, err := os.OpenFile(f.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(data, maxStateSize))
	if err != nil {
		_ = data.Close()
		return err
	}
	if f.state, err = decodeState(text); err != nil {
		f.state = &state{Version: stateVersion}
	}
	f.data = data
	return nil
}

func (f *file) save() error {
	defer f.release()
	if err := f.write(); err != nil {
		return fmt.Errorf("sandbox state: %w", err)
	}
	return nil
}

// write replaces the content. A crash in between leaves what decodeState
// rejects: a longer old text has something behind its new beginning.
func (f *file) write() error {
	text, err := json.Marshal(f.state)
	if err != nil {
		return err
	}
	if _, err := f.data.WriteAt(text, 0); err != nil {
		return err
	}
	return f.data.Truncate(int64(len(text)))
}

func (f *file) release() {
	if f.data != nil {
		_ = f.data.Close()
	}
	f.data, f.state = nil, nil
	_ = f.lock.Unlock()
	f.mu.Unlock()
}
