package filestore

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/private"
)

// mostFiles is how many keys of one api keep their files.
const mostFiles = 300

// mostHosts is how many keys of hosts that no profile has keep theirs, all of them together.
const mostHosts = 2000

// longGone is how long the files of other versions lie unused before they go.
const longGone = 30 * 24 * time.Hour

// prune removes what is too much, if it has not been used for so long that it is taken with care anyway.
// Nothing depends on it: live state may vanish at any time.
func (s *Store) prune() {
	files, err := os.ReadDir(s.dir)
	if err != nil {
		return
	}
	s.pruneVersions(files)
	if len(files) <= mostFiles {
		return
	}
	byAPI, end := make(map[string][]fs.FileInfo), suffix()
	for _, file := range files {
		name, ok := strings.CutSuffix(file.Name(), end)
		if info, err := file.Info(); ok && err == nil {
			name = group(name)
			byAPI[name] = append(byAPI[name], info)
		}
	}
	for name, infos := range byAPI {
		most := mostFiles
		if name == hosts {
			most = mostHosts
		}
		slices.SortFunc(infos, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
		for _, info := range infos[:max(0, len(infos)-most)] {
			removeUnused(filepath.Join(s.dir, info.Name()), stale)
		}
	}
}

// hosts is the group of all hosts that no profile has.
const hosts = ""

// group is the api that a file's name begins with. What looks like a host is one that no profile has, most likely.
func group(name string) string {
	if end := strings.IndexAny(name, "+@"); end >= 0 {
		name = name[:end]
	}
	if strings.ContainsAny(name, ".%") {
		return hosts
	}
	return name
}

// pruneVersions removes what other versions left behind.
func (s *Store) pruneVersions(files []fs.DirEntry) {
	end := suffix()
	for _, file := range files {
		if strings.HasSuffix(file.Name(), anySuffix) && !strings.HasSuffix(file.Name(), end) {
			removeUnused(filepath.Join(s.dir, file.Name()), longGone)
		}
	}
}

// removeUnused removes a key's file, unless somebody has used it lately or does so now.
func removeUnused(path string, unused time.Duration) {
	if info, err := os.Lstat(path); err != nil || time.Since(info.ModTime()) < unused {
		return
	}
	file, info, err := private.OpenThere(path)
	if err != nil {
		return
	}
	if !private.TryLock(file) || !private.InPlace(path, info) {
		_ = file.Close()
		return
	}
	if now, err := file.Stat(); err != nil || time.Since(now.ModTime()) < unused {
		_ = file.Close()
		return
	}
	private.Remove(path, file) // who waits for it finds out, see liveFile.hold
}
