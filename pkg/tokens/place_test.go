package tokens_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/arl-cli/arl/pkg/tokens"
	"github.com/arl-cli/arl/test/redistest"
)

// What every place must do. Two values of one place stand for two processes.
func TestPlace(t *testing.T) {
	t.Parallel()
	t.Run("files", func(t *testing.T) {
		t.Parallel()
		testPlace(t, filepath.Join(t.TempDir(), "live"), false)
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		testPlace(t, "redis://"+redistest.Start(t).Addr, true)
	})
	t.Run("without redis", func(t *testing.T) {
		t.Parallel()
		testPlace(t, "redis://"+miniredis.RunT(t).Addr(), true)
	})
}

func testPlace(t *testing.T, where string, expires bool) {
	a, b := holder{t, placeOf(where), "a"}, holder{t, placeOf(where), "b"}
	a.reads("")
	a.claims(time.Minute, true)
	a.claims(time.Minute, true) // for longer
	b.claims(time.Minute, false)
	b.writes("b's", time.Hour, false)
	b.release() // of nothing
	a.writes("a's", time.Hour, true)
	b.reads("a's")
	a.writes("again", time.Hour, false) // the claim ended with the first
	b.claims(time.Minute, true)
	b.reads("a's")
	b.release()
	a.claims(time.Minute, true)
	a.writes("short", 20*time.Millisecond, true)
	time.Sleep(30 * time.Millisecond)
	a.reads("")
	if !expires {
		return
	}
	a.claims(20*time.Millisecond, true) // and dies
	time.Sleep(30 * time.Millisecond)
	b.claims(time.Minute, true)
	a.writes("late", time.Hour, false)
	b.writes("b's\n\x00\xff", time.Hour, true)
	a.reads("b's\n\x00\xff")
}

type holder struct {
	t     *testing.T
	place tokens.Place
	name  string
}

func (h holder) reads(want string) {
	h.t.Helper()
	value, left, err := h.place.Read(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	if left <= 0 {
		value = nil
	}
	if string(value) != want || want != "" && (left > time.Hour || left < time.Hour-time.Minute) {
		h.t.Errorf("%s reads %q for %v, want %q for an hour", h.name, value, left, want)
	}
}

func (h holder) claims(life time.Duration, want bool) {
	h.t.Helper()
	if got, err := h.place.Claim(h.t.Context(), h.name, life); err != nil || got != want {
		h.t.Errorf("%s claims: %v, %v, want %v", h.name, got, err, want)
	}
}

func (h holder) writes(value string, life time.Duration, want bool) {
	h.t.Helper()
	if got, err := h.place.Write(h.t.Context(), h.name, []byte(value), life); err != nil || got != want {
		h.t.Errorf("%s writes %q: %v, %v, want %v", h.name, value, got, err, want)
	}
}

func (h holder) release() {
	h.t.Helper()
	if err := h.place.Release(h.t.Context(), h.name); err != nil {
		h.t.Error(err)
	}
}

// in is a directory with a place in it, and the path of its file.
func in(t *testing.T) (dir, file string, h holder) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "live")
	h = holder{t, tokens.InDir(dir, "n"), "a"}
	h.claims(0, true)
	h.writes("first", time.Hour, true)
	files, _ := filepath.Glob(filepath.Join(dir, "token-????????????????"))
	if len(files) != 1 {
		t.Fatalf("%d files, want one", len(files))
	}
	return dir, files[0], h
}

func TestFileIsPrivate(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("other permissions")
	}
	dir, file, _ := in(t)
	for path, want := range map[string]os.FileMode{dir: 0o700, file: 0o600, file + ".lock": 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", path, info.Mode(), err, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".token-*")); len(left) > 0 {
		t.Errorf("%q is left", left)
	}
}

// A link in the place of the file is neither read nor written through, one in the place of the lock is rejected.
func TestFileFollowsNoLinks(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("links are not for ordinary users there")
	}
	_, file, h := in(t)
	other := filepath.Join(t.TempDir(), "other")
	text := fmt.Appendf(nil, "%d 3600000\nother's", time.Now().UnixMilli())
	if err := os.WriteFile(other, text, 0o600); err != nil {
		t.Fatal(err)
	}
	link(t, other, file)
	h.reads("")
	h.claims(0, true)
	h.writes("ours", time.Hour, true)
	h.reads("ours")
	if got, _ := os.ReadFile(other); !bytes.Equal(got, text) {
		t.Errorf("the other file is %q", got)
	}
	link(t, filepath.Join(t.TempDir(), "new"), file+".lock")
	if ok, err := tokens.InDir(filepath.Dir(file), "n").Claim(t.Context(), "b", 0); ok || err == nil {
		t.Errorf("a lock through a link: %v, %v, want an error", ok, err)
	}
}

func link(t *testing.T, to, at string) {
	t.Helper()
	if err := os.Remove(at); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(to, at); err != nil {
		t.Fatal(err)
	}
}

// What is no file, or damaged, counts as nothing.
func TestFileDamaged(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"empty": "", "words": "a b\nc", "one line": "12", "numbers": "1 2 3"} {
		_, file, h := in(t)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if value, left, err := h.place.Read(t.Context()); err != nil || left > 0 && len(value) > 0 {
			t.Errorf("%s: %q for %v, %v, want nothing", name, value, left, err)
		}
	}
	_, file, h := in(t)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(file, 0o700); err != nil {
		t.Fatal(err)
	}
	h.reads("")
}

// A directory that vanishes takes the token along, and a claim, and nothing else.
func TestDirVanishes(t *testing.T) {
	t.Parallel()
	dir, _, a := in(t)
	a.claims(0, true)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	b := holder{t, tokens.InDir(dir, "n"), "b"}
	b.reads("")
	b.claims(0, true)
	a.writes("a's", time.Hour, false)
	b.writes("b's", time.Hour, true)
	a.reads("b's")
	a.claims(0, true)
	a.writes("a's", time.Hour, true)
	b.reads("a's")
}

// A clock that was set back makes nothing last longer than it did.
func TestFileOfTheFuture(t *testing.T) {
	t.Parallel()
	_, file, h := in(t)
	text := fmt.Sprintf("%d 3600000\nfuture", time.Now().Add(24*time.Hour).UnixMilli())
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h.reads("future")
}
