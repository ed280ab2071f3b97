//go:build unix

package config

import (
	"os"
	"syscall"
)

// keepOwner gives a file the owner of another: with sudo it must not become root's.
func keepOwner(f *os.File, there os.FileInfo) error {
	s, ok := there.Sys().(*syscall.Stat_t)
	if !ok || int(s.Uid) == os.Getuid() && int(s.Gid) == os.Getgid() {
		return nil
	}
	err := f.Chown(int(s.Uid), int(s.Gid))
	if int(s.Uid) == os.Getuid() {
		return nil // a group that one may not give away: that of other new files will do
	}
	return err
}
