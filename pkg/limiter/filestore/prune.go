package filestore

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// mostFiles is how many keys of one api keep their files.
const mostFiles = 300

// prune removes what is too much, if it has not been used for so long that it is taken with care anyway.
// Nothing depends on it: live state may vanish at any time.
func (s *Store) prune() {
	files, err := os.ReadDir(s.dir)
	if err != nil || len(files) <= mostFiles {
		return
	}
	byAPI := make(map[string][]fs.FileInfo)
	for _, file := range files {
		name, ok := strings.CutSuffix(file.Name(), suffix)
		if info, err := file.Info(); ok && err == nil {
			if end := strings.IndexAny(name, "+@"); end >= 0 {
				name = name[:end]
			}
			byAPI[name] = append(byAPI[name], info)
		}
	}
	for _, infos := range byAPI {
		slices.SortFunc(infos, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
		for _, info := range infos[:max(0, len(infos)-mostFiles)] {
			removeUnused(filepath.Join(s.dir, info.Name()), stale)
		}
	}
}

// removeUnused removes a key's file and its lock, unless somebody has used it lately or does so now.
func removeUnused(path string, unused time.Duration) {
	lock := newLock(path)
	if ok, err := lock.TryLock(); err != nil || !ok {
		return
	}
	defer lock.Unlock() //nolint:errcheck // the lock ends with the file
	if info, err := os.Stat(path); err != nil || time.Since(info.ModTime()) < unused || !inPlace(lock) {
		return
	}
	_ = os.Remove(path)
	_ = os.Remove(lock.Path()) // who waits for it finds out, see cell.open
}
