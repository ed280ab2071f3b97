package filestore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/arl-cli/arl/internal/pacing"
)

// SetCap makes the live state of key keep to a cap, also in processes that are using it. A key without live state is left
// to whoever opens it. Nothing else of the state changes, nor the instant of which it tells: its parameters are not known here.
func SetCap(dir, key string, c pacing.Cap) error {
	f := liveFile{path: filepath.Join(dir, fileName(key))}
	if _, err := os.Lstat(f.path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := f.setCap(dir, key, c); err != nil {
		return fmt.Errorf("set the cap of %s: %w", key, err)
	}
	return nil
}

func (f *liveFile) setCap(dir, key string, c pacing.Cap) error {
	if err := f.hold(dir, func() {}); err != nil {
		return err
	}
	defer f.close()
	defer f.release()
	b := make([]byte, maxFrame)
	n, err := f.read(b)
	if errors.Is(err, io.EOF) {
		return nil // forgotten
	}
	if err != nil {
		return err
	}
	var there frame
	if err := there.parse(b[:n], 0); err != nil || there.key != key {
		return nil // whoever uses it starts it again
	}
	there.state.SetCap(there.then, c)
	return f.write(there.append(b[:0]))
}
