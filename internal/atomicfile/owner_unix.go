//go:build unix

package atomicfile

import (
	"io/fs"
	"os"
	"syscall"
)

// alike reports whether a new file in the place of another looks like it to everybody else: it belongs to the same user
// and group, and the other has no second name that would go on meaning the old content.
func alike(mine, there fs.FileInfo) bool {
	m, ok := mine.Sys().(*syscall.Stat_t)
	t, is := there.Sys().(*syscall.Stat_t)
	return !ok || !is || m.Uid == t.Uid && m.Gid == t.Gid && t.Nlink == 1
}

// giveTo gives a file to the owner of another, if that is allowed.
func giveTo(file *os.File, there fs.FileInfo) {
	if s, ok := there.Sys().(*syscall.Stat_t); ok {
		_ = file.Chown(int(s.Uid), int(s.Gid))
	}
}
