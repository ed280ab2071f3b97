//go:build unix

package config

import (
	"os"
	"syscall"
)

// keepOwner gives a file the owner of another, so that sudo does not leave it to root.
func keepOwner(f *os.File, there os.FileInfo) error {
	s, ok := there.Sys().(*syscall.Stat_t)
	if !ok || int(s.Uid) == os.Getuid() && int(s.Gid) == os.Getgid() {
		return nil
	}
	err := f.Chown(int(s.Uid), int(s.Gid))
	if int(s.Uid) == os.Getuid() {
		return nil // the group cannot be set without being a member; that of a new file will do
	}
	return err
}
