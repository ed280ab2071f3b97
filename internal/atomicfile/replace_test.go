package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// replaced replaces a file.
func replaced(t *testing.T, name, text string, perm fs.FileMode) {
	t.Helper()
	r, err := Replace(name, perm)
	must(t, err)
	_, err = io.WriteString(r, text)
	must(t, errors.Join(err, r.Commit()))
}

// holds expects what a file holds, and what is in its directory.
func holds(t *testing.T, name, want string, names ...string) {
	t.Helper()
	if text, err := os.ReadFile(name); err != nil || string(text) != want {
		t.Errorf("%s holds %q, %v, want %q", name, text, err, want)
	}
	entries, err := os.ReadDir(filepath.Dir(name))
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if want := fmt.Sprint(names); err != nil || fmt.Sprint(got) != want {
		t.Errorf("the directory holds %q, %v, want %q", got, err, names)
	}
}

// Named makes the names of replacements seen, as on systems where all have one.
func createdWithName(t *testing.T, name, text string) *Replacement {
	t.Helper()
	r := &Replacement{path: name}
	must(t, r.createNamed(name, 0o600))
	_, err := io.WriteString(r, text)
	must(t, err)
	return r
}

func TestReplace(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "f")
	replaced(t, name, "new", 0o666)
	holds(t, name, "new", "f")
	replaced(t, name, "newer", 0o666)
	holds(t, name, "newer", "f")

	r, err := Replace(name, 0o666)
	must(t, err)
	_, err = io.WriteString(r, "half")
	must(t, errors.Join(err, r.Discard()))
	holds(t, name, "newer", "f")

	createdWithName(t, name, "newest").Discard() //nolint:errcheck // what is left of it counts
	holds(t, name, "newer", "f")
	must(t, createdWithName(t, name, "newest").publish())
	holds(t, name, "newest", "f")
}

// A file that appears meanwhile is replaced as well.
func TestReplaceMeanwhile(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "f")
	r, err := Replace(name, 0o666)
	must(t, err)
	_, err = io.WriteString(r, "mine")
	must(t, errors.Join(err, os.WriteFile(name, []byte("another's"), 0o600), r.Commit()))
	holds(t, name, "mine", "f")
}

func TestLongestName(t *testing.T) {
	t.Parallel()
	for _, base := range []string{strings.Repeat("n", 255), strings.Repeat("\u00e9", 127)} {
		name := filepath.Join(t.TempDir(), base)
		replaced(t, name, "new", 0o666)
		replaced(t, name, "newer", 0o666)
		must(t, createdWithName(t, name, "newest").publish())
		holds(t, name, "newest", base)
	}
}

// What a dead process has left of a file goes when the same file is written again; what a live one writes stays.
func TestAbandoned(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "f")
	must(t, createdWithName(t, name, "half").Close()) // which unlocks it, as death does
	live := createdWithName(t, name, "live")
	holds(t, live.temp, "live", ".f.1.arl-part")
	second := createdWithName(t, name, "second")
	holds(t, live.temp, "live", ".f.1.arl-part", ".f.2.arl-part")
	must(t, errors.Join(live.publish(), second.publish()))
	holds(t, name, "second", "f")
}

func TestReplaceRejects(t *testing.T) {
	tree(t)
	for name, want := range map[string]error{
		"dir": nil, "dir/": nil, "in/x": nil, "nowhere/f": fs.ErrNotExist, "new/": nil, os.DevNull: ErrNotRegular,
	} {
		r, err := Replace(name, 0o666)
		if err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %v, %v, want %v", name, r, err, want)
		}
		if at, ok := errors.AsType[*fs.PathError](err); !ok || at.Path != name {
			t.Errorf("%s: %v, want it named", name, err)
		}
	}
}

func TestReplaceIsSeenByNobodyElse(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere files have names from the beginning")
	}
	t.Parallel()
	name := filepath.Join(t.TempDir(), "f")
	must(t, os.WriteFile(name, []byte("old"), 0o600))
	r, err := Replace(name, 0o666)
	must(t, err)
	defer r.Discard() //nolint:errcheck // only to end the test
	_, err = io.WriteString(r, "half")
	must(t, err)
	holds(t, name, "old", "f") // and that is all that is left if the process dies now
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tree makes a directory with files of all sorts, and works in it.
func tree(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	must(t, errors.Join(os.WriteFile("in", []byte("x"), 0o600), os.Mkdir("dir", 0o700)))
	if runtime.GOOS != "windows" {
		must(t, errors.Join(os.Symlink("in", "link"), os.Link("in", "second"), os.Symlink("new", "dangling"), os.Symlink("dangling", "far"),
			os.Symlink("circle", "circle")))
	}
}
