//go:build unix

package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func mode(t *testing.T, name string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(name)
	must(t, err)
	return info.Mode().Perm()
}

func TestModes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ there, perm, want fs.FileMode }{
		{0, 0o600, 0o600},
		{0o640, 0o666, 0o640},
		{0o755, 0o666, 0o755},
		{0o644, 0o600, 0o600}, // cookies are for their owner
		{0o700, 0o600, 0o700},
	} {
		name := filepath.Join(t.TempDir(), "f")
		if tt.there != 0 {
			must(t, errors.Join(os.WriteFile(name, nil, 0o600), os.Chmod(name, tt.there)))
		}
		replaced(t, name, "new", tt.perm)
		if got := mode(t, name); got != tt.want {
			t.Errorf("%o in the place of %o is %o, want %o", tt.perm, tt.there, got, tt.want)
		}
	}
}

// A link leads to the file that is written, whether that is there or not; a second name goes on meaning the same file.
func TestLinks(t *testing.T) {
	tree(t)
	replaced(t, "link", "a", 0o666)
	replaced(t, "far", "b", 0o666)
	for name, want := range map[string]string{"in": "a", "second": "a", "new": "b"} {
		if text, err := os.ReadFile(name); err != nil || string(text) != want {
			t.Errorf("%s holds %q, %v, want %q", name, text, err, want)
		}
	}
	for name, want := range map[string]string{"link": "in", "dangling": "new", "far": "dangling"} {
		if to, err := os.Readlink(name); err != nil || to != want {
			t.Errorf("%s leads to %q, %v, want %q", name, to, err, want)
		}
	}
	if _, err := Replace("circle", 0o666); !errors.Is(err, syscall.ELOOP) {
		t.Errorf("a circle of links: %v", err)
	}
}

// What is planted at the names that files have before they are whole is not followed, and stays.
func TestPlanted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name, other := filepath.Join(dir, "f"), filepath.Join(dir, "other")
	must(t, errors.Join(os.WriteFile(other, []byte("precious"), 0o600), os.Symlink(other, filepath.Join(dir, ".f.1.arl-part")),
		syscall.Mkfifo(filepath.Join(dir, ".f.2.arl-part"), 0o600), os.Mkdir(filepath.Join(dir, ".f.3.arl-part"), 0o700)))
	must(t, createdWithName(t, name, "new").publish())
	replaced(t, name, "newer", 0o666)
	holds(t, name, "newer", ".f.1.arl-part", ".f.2.arl-part", ".f.3.arl-part", "f", "other")
	holds(t, other, "precious", ".f.1.arl-part", ".f.2.arl-part", ".f.3.arl-part", "f", "other")
}

// A file that belongs to others or may be written in a directory that may not is written as it is.
func TestOwnerStays(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	name := filepath.Join(t.TempDir(), "f")
	must(t, errors.Join(os.WriteFile(name, []byte("a longer old text"), 0o600), os.Chown(name, 12345, 54321)))
	replaced(t, name, "new", 0o666)
	info, err := os.Stat(name)
	must(t, err)
	if s := info.Sys().(*syscall.Stat_t); s.Uid != 12345 || s.Gid != 54321 {
		t.Errorf("it belongs to %d:%d now", s.Uid, s.Gid)
	}
	holds(t, name, "new", "f")
}

// What must never be lost is never written over, whoever it belongs to and however many names it has.
func TestCommitWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name, second := filepath.Join(dir, "f"), filepath.Join(dir, "second")
	must(t, errors.Join(os.WriteFile(name, []byte("old"), 0o640), os.Link(name, second)))
	uid, gid := os.Geteuid(), os.Getegid()
	if uid == 0 {
		uid, gid = 12345, 54321
		must(t, os.Chown(name, uid, gid))
	}
	before, err := os.Open(name)
	must(t, err)
	defer before.Close()
	r, err := Replace(name, 0o666)
	must(t, err)
	_, err = io.WriteString(r, "new")
	must(t, errors.Join(err, r.CommitWhole()))
	holds(t, name, "new", "f", "second")
	holds(t, second, "old", "f", "second")
	if text, err := io.ReadAll(before); string(text) != "old" {
		t.Errorf("the old file holds %q, %v", text, err)
	}
	info, err := os.Stat(name)
	must(t, err)
	if s := info.Sys().(*syscall.Stat_t); int(s.Uid) != uid || int(s.Gid) != gid || info.Mode().Perm() != 0o640 {
		t.Errorf("it belongs to %d:%d, mode %v", s.Uid, s.Gid, info.Mode())
	}
}
