package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/private"
)

// An Entry is the live state of one key, as of now.
type Entry struct {
	Key     string
	Learned pacing.Learned
}

// List returns the keys whose live state is in dir. What cannot be read is left out: live state
// may vanish at any time. A directory that is not there holds none.
func List(dir string) ([]Entry, error) {
	if err := private.Linked(dir); err != nil {
		return nil, fmt.Errorf("the directory for live state: %w", err)
	}
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the directory for live state: %w", err)
	}
	var out []Entry
	boot, now, end := bootID(), sinceBoot(), suffix()
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), end) {
			continue
		}
		b, err := private.Read(filepath.Join(dir, file.Name()), maxFrame)
		var f frame
		if err != nil || f.parse(b, 0) != nil {
			continue
		}
		out = append(out, Entry{Key: f.key, Learned: f.learned(boot, now)})
	}
	return out, nil
}

// learned is what a frame tells now, on the calendar.
func (f *frame) learned(boot string, now int64) pacing.Learned {
	wall := time.Unix(0, f.wall)
	l := f.state.Learned(f.then, wall)
	if f.boot == boot && now >= f.then {
		l.PausedUntil = f.state.Learned(now, wall.Add(time.Duration(now-f.then))).PausedUntil
	}
	return l
}

// Reset forgets the live state of key, also in processes that are using it: they start again from
// what they recall.
func Reset(dir, key string) error {
	f := liveFile{path: filepath.Join(dir, fileName(key))}
	if _, err := os.Lstat(f.path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := f.hold(dir, func() {}); err != nil {
		return fmt.Errorf("forget the live state of %s: %w", key, err)
	}
	err := f.file.Truncate(0)
	f.release()
	f.close()
	if err != nil {
		return fmt.Errorf("forget the live state of %s: %w", key, err)
	}
	return nil
}
