package history

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/private"
)

const (
	suffix = ".history"
	// largest is more than a file has, in bytes.
	largest = 128 << 10
	// mostFiles is how many keys have a history: those used last.
	mostFiles = 300
)

// A Dir holds the histories of keys. Its zero value is none: what is added is lost.
//
// Processes that add to one key at once may lose the points of some seconds; each of them knew about the
// same.
type Dir string

// In returns the directory beside the live state.
func In(live string) Dir {
	if live == "" {
		return ""
	}
	return Dir(filepath.Join(live, "history"))
}

// Read returns the points of a key, in order; none if there is nothing to be read.
func (f Dir) Read(key string) []Point {
	if f == "" {
		return nil
	}
	info, err := os.Lstat(f.file(key))
	if err != nil || !info.Mode().IsRegular() || info.Size() > largest {
		return nil
	}
	text, err := os.ReadFile(f.file(key))
	if err != nil {
		return nil
	}
	return Merge(decode(key, text), nil, time.Now())
}

// Add adds points to those of a key.
func (f Dir) Add(key string, points []Point) error {
	if f == "" || len(points) == 0 {
		return nil
	}
	if err := private.Dirs(filepath.Dir(string(f)), string(f)); err != nil {
		return fmt.Errorf("make the directory of histories: %w", err)
	}
	if _, err := os.Lstat(f.file(key)); errors.Is(err, fs.ErrNotExist) {
		f.prune()
	}
	text := encode(key, Merge(f.Read(key), points, time.Now()))
	if err := private.Replace(f.file(key), text, false, func() bool { return true }); err != nil {
		return fmt.Errorf("write the history of %s: %w", key, err)
	}
	return nil
}

// Forget removes the history of a key.
func (f Dir) Forget(key string) error {
	err := os.Remove(f.file(key))
	if f == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// file is where the history of a key is.
func (f Dir) file(key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(string(f), hex.EncodeToString(sum[:12])+suffix)
}

// prune makes room for one more file.
func (f Dir) prune() {
	all, err := os.ReadDir(string(f))
	if err != nil || len(all) < mostFiles {
		return
	}
	var infos []fs.FileInfo
	for _, file := range all {
		if info, err := file.Info(); err == nil && (strings.HasSuffix(info.Name(), suffix) || strings.HasPrefix(info.Name(), ".")) {
			infos = append(infos, info)
		}
	}
	slices.SortFunc(infos, func(a, b fs.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	for _, info := range infos[:max(0, len(infos)-mostFiles+1)] {
		_ = os.Remove(filepath.Join(string(f), info.Name()))
	}
}
