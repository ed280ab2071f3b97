//go:build unix

package private

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// carefully opens no link, and does not wait for whoever writes into a pipe.
const carefully = unix.O_NOFOLLOW | unix.O_NONBLOCK

func owner(info fs.FileInfo) (uid, gid, links int) {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid), int(s.Gid), int(s.Nlink)
	}
	return os.Geteuid(), os.Getegid(), 1
}

// inherit gives what root has made to whom the directory belongs to.
func inherit(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	above, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	uid, gid, _ := owner(above)
	if uid == 0 {
		return nil
	}
	return os.Lchown(path, uid, gid)
}

// keepOut rejects a directory that others own, and takes away the right to change it from all but its owner.
// One that is for all, as /tmp is, does: there nobody can take a file away that is not his.
func keepOut(path string, info fs.FileInfo) error {
	uid, _, _ := owner(info)
	me, mode := os.Geteuid(), info.Mode()
	forAll := mode&fs.ModeSticky != 0 && (uid == 0 || uid == me)
	switch {
	case !forAll && me != 0 && me != uid && !asMe(path, uid):
		return reject(path, "belongs to another user", "name a directory of your own")
	case forAll || mode.Perm()&0o022 == 0:
	case mode&fs.ModeSetgid != 0:
		return reject(path, "is a directory that others change", "name a directory of your own: `mkdir -m 700 DIR`")
	default:
		if err := os.Chmod(path, mode.Perm()&^0o022); err != nil {
			return err
		}
	}
	if err := unix.Access(path, unix.W_OK|unix.X_OK); err != nil {
		return Explain(path, &fs.PathError{Op: "write", Path: path, Err: err})
	}
	return nil
}

// own makes a file private, or rejects it as mine does.
func own(path string, file *os.File, info fs.FileInfo, written bool) error {
	if err := mine(path, file, info, written); err != nil {
		return err
	}
	if err := tighten(file, info); err != nil && written {
		return err
	}
	return nil
}

func tighten(file *os.File, info fs.FileInfo) error {
	if info.Mode().Perm()&0o177 == 0 {
		return nil
	}
	err := file.Chmod(0o600)
	if uid, _, _ := owner(info); uid == os.Geteuid() && (errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.ENOTSUP)) {
		return nil // a file system without permissions, such as FAT
	}
	return err
}

// Files are replaced whoever has them open.

func inTheWay(error) bool { return false }

func replacing(error) bool { return false }

// asMe reports whether what this process makes beside path is shown as a user's who is not the process's: some network
// file systems name another.
func asMe(path string, uid int) bool {
	file, err := os.CreateTemp(filepath.Dir(path), ".arl-owner-*")
	if err != nil {
		return false
	}
	info, err := file.Stat()
	_ = file.Close()
	_ = os.Remove(file.Name())
	if err != nil {
		return false
	}
	shown, _, _ := owner(info)
	return shown == uid
}

// mine rejects a file that is somebody else's, or would be written under another name too.
func mine(path string, _ *os.File, info fs.FileInfo, written bool) error {
	uid, _, links := owner(info)
	if me := os.Geteuid(); me != uid {
		above, err := os.Stat(filepath.Dir(path))
		if err != nil {
			return err
		}
		theirs, _, _ := owner(above)
		if ours := me == 0 && uid == theirs; !ours && (written || uid != 0) && !asMe(path, uid) {
			return reject(path, "belongs to another user", "have it moved away by its owner, or by root")
		}
	}
	if written && links > 1 {
		return reject(path, "has a second name, which would be written to as well", "remove it: `rm "+path+"`")
	}
	if written && uid == 0 && info.Size() == 0 {
		return inherit(path) // made just now
	}
	return nil
}

// advice is what can be done about an error.
func advice(path string, err error) string {
	switch {
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		return "make room there: `df " + path + "`, and `df -i` for files"
	case NoLocks(err):
		return "set ARL_RUNTIME_DIR to a directory on a local disk"
	case errors.Is(err, unix.EROFS):
		return "set ARL_RUNTIME_DIR and ARL_CONFIG_DIR to directories that can be written to"
	case errors.Is(err, fs.ErrPermission):
		return "see who may write there: `ls -ld " + path + "`"
	case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
		return "raise the number of open files: `ulimit -n`"
	}
	return "set ARL_RUNTIME_DIR and ARL_CONFIG_DIR to directories on a local disk of your own"
}

// Gone reports whether an error says that a file or its directory is not there any more.
func Gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESTALE)
}

// Remove removes a file that is locked, and closes it: nobody can lock it in between.
func Remove(path string, file *os.File) {
	_ = os.Remove(path)
	_ = file.Close()
}
