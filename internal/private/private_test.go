//go:build unix

package private

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantRejected expects an error that says why, with a hint.
func wantRejected(t *testing.T, err error, why string) {
	t.Helper()
	p, ok := errors.AsType[*Problem](err)
	if !ok || !strings.Contains(p.Error(), why) || p.Hint() == "" {
		t.Errorf("got %v, want %q and a hint", err, why)
	}
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can make files that belong to others")
	}
}

// What is not a plain file of one name is neither followed nor waited for, and what a link points to stays
// as it was.
func TestOpenRejects(t *testing.T) {
	t.Parallel()
	for why, make := range map[string]func(path, outside string) error{
		"is a link":               func(path, outside string) error { return os.Symlink(outside, path) },
		"has a second name":       func(path, outside string) error { return os.Link(outside, path) },
		"is not a regular file":   func(path, _ string) error { return syscall.Mkfifo(path, 0o600) },
		"f is not a regular file": func(path, _ string) error { return os.Mkdir(path, 0o700) },
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path, outside := filepath.Join(dir, "f"), filepath.Join(dir, "outside")
			must(t, os.WriteFile(outside, []byte("as it was"), 0o640)) //nolint:gosec // to see whether it changes
			must(t, os.Chmod(outside, 0o640))                          //nolint:gosec // whatever the umask
			must(t, make(path, outside))
			_, _, err := Open(path)
			wantRejected(t, err, why)
			info, err := os.Stat(outside)
			must(t, err)
			if b, _ := os.ReadFile(outside); string(b) != "as it was" || info.Mode().Perm() != 0o640 {
				t.Errorf("the file outside is %q, %v", b, info.Mode())
			}
		})
	}
}

// A link to nothing makes no file where it points to.
func TestDanglingLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, outside := filepath.Join(dir, "f"), filepath.Join(dir, "outside")
	must(t, os.Symlink(outside, path))
	_, _, err := Open(path)
	wantRejected(t, err, "is a link")
	if _, err := Read(path, 10); err == nil {
		t.Error("a link was read")
	}
	wantRejected(t, Dir(path), "is a link")
	if _, err := os.Lstat(outside); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file outside is there: %v", err)
	}
}

// A file is made 0600 and is put right where it is not; only what others could change is put right of a
// directory.
func TestModes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "b")
	must(t, Dir(dir))
	path := filepath.Join(dir, "f")
	for _, mode := range []fs.FileMode{0o600, 0o644, 0o666, 0o777} {
		file, _, err := Open(path)
		must(t, err)
		_ = file.Close()
		if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
			t.Errorf("the file is %v", info.Mode())
		}
		must(t, os.Chmod(path, mode))
	}
	for mode, want := range map[fs.FileMode]fs.FileMode{0o700: 0o700, 0o755: 0o755, 0o777: 0o755, 0o770: 0o750} {
		must(t, os.Chmod(dir, mode))
		must(t, Dir(dir))
		if info, _ := os.Stat(dir); info.Mode().Perm() != want {
			t.Errorf("a directory of %v is %v now, want %v", mode, info.Mode(), want)
		}
	}
	for _, mode := range []fs.FileMode{0o777 | fs.ModeSticky, 0o775 | fs.ModeSetgid} {
		must(t, os.Chmod(dir, mode))
		if err := Dir(dir); mode&fs.ModeSetgid == 0 {
			must(t, err)
		} else {
			wantRejected(t, err, "others change")
		}
		if info, _ := os.Stat(dir); info.Mode() != mode|fs.ModeDir {
			t.Errorf("a directory for many is %v now, was %v", info.Mode(), mode)
		}
	}
	must(t, os.WriteFile(dir+"2", nil, 0o600))
	wantRejected(t, Dir(dir+"2"), "is not a directory")
}

const somebody, nobody = 12345, 54321

// What root makes in somebody's directory is somebody's; what is a third one's is left alone.
func TestRootInAnothersDir(t *testing.T) {
	t.Parallel()
	needRoot(t)
	home := t.TempDir()
	must(t, os.Chown(home, somebody, somebody))
	dir := filepath.Join(home, "state", "live")
	must(t, Dir(dir))
	path := filepath.Join(dir, "f")
	file, _, err := Open(path)
	must(t, err)
	_ = file.Close()
	must(t, Replace(filepath.Join(dir, "g"), []byte("x"), true, func() bool { return true }))
	for _, made := range []string{filepath.Dir(dir), dir, path, filepath.Join(dir, "g")} {
		info, err := os.Stat(made)
		must(t, err)
		if uid, gid, _ := owner(info); uid != somebody || gid != somebody {
			t.Errorf("%s belongs to %d:%d, want %d", made, uid, gid, somebody)
		}
	}
	file, _, err = Open(path)
	must(t, err)
	_ = file.Close()
	must(t, os.Chown(path, nobody, nobody))
	_, _, err = Open(path)
	wantRejected(t, err, "belongs to another user")
	if _, err = Read(path, 10); err == nil {
		t.Error("another user's file was read")
	}
}

// Replace leaves a whole file or none, through no link, and nothing of its own.
func TestReplace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, outside := filepath.Join(dir, "f"), filepath.Join(dir, "outside")
	must(t, os.WriteFile(outside, []byte("as it was"), 0o600))
	must(t, os.Symlink(outside, path))
	must(t, Replace(path, []byte("new"), false, func() bool { return true }))
	if err := Replace(path, []byte("newer"), false, func() bool { return false }); !errors.Is(err, ErrGone) {
		t.Errorf("Replace = %v, want that it was not to go on", err)
	}
	for name, age := range map[string]time.Duration{".f-1": time.Hour, ".f-2": 0, ".g-1": time.Hour} {
		must(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
		must(t, os.Chtimes(filepath.Join(dir, name), time.Time{}, time.Now().Add(-age)))
	}
	CleanUp(path)
	if b, err := Read(path, 10); string(b) != "new" || err != nil {
		t.Errorf("Read = %q, %v", b, err)
	}
	if b, _ := os.ReadFile(outside); string(b) != "as it was" {
		t.Errorf("the file outside holds %q", b)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) != 2 {
		t.Errorf("%q are left, want what is new or not of this file", left)
	}
	if b, err := Read(path, 2); string(b) != "ne" || err != nil {
		t.Errorf("Read of 2 bytes = %q, %v", b, err)
	}
}

// Every error of the system has a hint that leads somewhere.
func TestHints(t *testing.T) {
	t.Parallel()
	for cause, want := range map[error]string{
		unix.ENOSPC: "df -i", unix.EDQUOT: "df ", unix.ENOLCK: "local disk", unix.EOPNOTSUPP: "local disk", unix.ENOSYS: "local disk",
		unix.EROFS: "ARL_RUNTIME_DIR", unix.EACCES: "ls -ld", unix.EMFILE: "ulimit", unix.EIO: "ARL_RUNTIME_DIR",
	} {
		err := Explain("/a/b", &fs.PathError{Op: "lock", Path: "/a/b", Err: cause})
		p, ok := errors.AsType[*Problem](err)
		if !ok || !strings.Contains(p.Hint(), want) || !errors.Is(err, cause) || !strings.HasPrefix(p.Error(), "/a/b: lock: ") {
			t.Errorf("%v: %v, hint %q, want %q", cause, err, p.Hint(), want)
		}
	}
	if Explain("/a/b", nil) != nil {
		t.Error("no error was explained")
	}
}

// A lock is waited for in turn, given up in time, and found free again.
func TestLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f")
	open := func() (*os.File, fs.FileInfo) {
		file, info, err := Open(path)
		must(t, err)
		return file, info
	}
	first, info := open()
	var mine, theirs Lock
	must(t, mine.Take(first, info))
	second, info := open()
	if TryLock(second) {
		t.Error("two have the lock")
	}
	released := make(chan error)
	go func() {
		time.Sleep(20 * time.Millisecond)
		released <- mine.Release(first)
	}()
	must(t, theirs.Take(second, info))
	must(t, <-released)
	must(t, theirs.Release(second))
	must(t, mine.Take(first, info))
	theirs.Patience = 10 * time.Millisecond
	for range 50 {
		file, info := open()
		if err := theirs.Take(file, info); !errors.Is(err, ErrHeld) || !theirs.Stuck() {
			t.Fatalf("Take = %v, want that it is held", err)
		}
	}
	_ = first.Close()
	var err error
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		file, info := open()
		if err = theirs.Take(file, info); err == nil {
			return
		}
	}
	t.Errorf("Take = %v after the lock was given back", err)
}
