package pages

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// page is a page of n items from a number on.
func page(from, n int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := range n {
			if !yield(fmt.Appendf(nil, "{\"n\":\n%d}", from+i)) {
				return
			}
		}
	}
}

func content(t *testing.T, open func() (io.Reader, error)) string {
	t.Helper()
	r, err := open()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func take(t *testing.T, f *Dir) *List {
	t.Helper()
	l, err := f.Take(strings.Repeat("a0", 16) + "-1")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func add(t *testing.T, l *List, from, n int, next string) {
	t.Helper()
	if err := l.Add(page(from, n), next, next == "", 200); err != nil {
		t.Fatal(err)
	}
}

func closed(t *testing.T, l *List) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]*Dir{"beside": Beside(filepath.Join(t.TempDir(), "out")), "temporary": Temporary()} {
		l := take(t, f)
		add(t, l, 0, 2, "b")
		add(t, l, 2, 0, "c")
		add(t, l, 2, 1, "")
		if got, want := content(t, l.Lines), "{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n"; got != want {
			t.Errorf("%s: %q", name, got)
		}
		array := content(t, l.Array)
		if array != `[{"n":0},{"n":1},{"n":2}]` || int64(len(array)) != l.ArraySize() {
			t.Errorf("%s: %q, size %d", name, array, l.ArraySize())
		}
		if l.Pages != 3 || l.Items != 3 || !l.Whole {
			t.Errorf("%s: %+v", name, l.State)
		}
		path := l.path(itemsSuffix)
		closed(t, l)
		if _, err := os.Stat(path); (err == nil) != f.Kept() {
			t.Errorf("%s: %v", name, err)
		}
		if err := f.Sweep(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Dir(path)); err == nil {
			t.Errorf("%s: it is still there", name)
		}
	}
}

func TestEmptyArray(t *testing.T) {
	t.Parallel()
	l := take(t, Beside(filepath.Join(t.TempDir(), "out")))
	add(t, l, 0, 0, "")
	if got := content(t, l.Array); got != "[]" || l.ArraySize() != 2 {
		t.Errorf("%q, size %d", got, l.ArraySize())
	}
	closed(t, l)
}

// Whatever a crash leaves of the two files, the list goes on behind a whole page, or starts over.
func TestTakeUp(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		spoil func(items, pages []byte) ([]byte, []byte)
		pages int
	}{
		{"as it is", func(i, p []byte) ([]byte, []byte) { return i, p }, 2},
		{"items of a page without a note", func(i, p []byte) ([]byte, []byte) { return append(i, "{\"n\":7}\n{\"n\""...), p }, 2},
		{"a torn note", func(i, p []byte) ([]byte, []byte) { return i, p[:len(p)-3] }, 1},
		{"a note without its end", func(i, p []byte) ([]byte, []byte) { return i, p[:len(p)-1] }, 1},
		{"zeros behind", func(i, p []byte) ([]byte, []byte) { return i, append(p, 0, 0, 0) }, 2},
		{"items missing", func(i, p []byte) ([]byte, []byte) { return i[:len(i)-1], p }, 0},
		{"items changed", func(i, p []byte) ([]byte, []byte) { i[5] = '9'; return i, p }, 0},
		{"no items", func(_, p []byte) ([]byte, []byte) { return nil, p }, 0},
		{"no notes", func(i, _ []byte) ([]byte, []byte) { return i, nil }, 0},
		{"nonsense", func(i, _ []byte) ([]byte, []byte) { return i, []byte("nonsense\n") }, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := Beside(filepath.Join(t.TempDir(), "out"))
			l := take(t, f)
			add(t, l, 0, 2, "b")
			add(t, l, 2, 3, "c")
			closed(t, l)
			items, pages := read(t, l.path(itemsSuffix)), read(t, l.path(pagesSuffix))
			items, pages = test.spoil(slices.Clone(items), slices.Clone(pages))
			write(t, l.path(itemsSuffix), items)
			write(t, l.path(pagesSuffix), pages)

			l = take(t, f)
			if l.Pages != test.pages || l.Next != []string{"", "b", "c"}[test.pages] {
				t.Fatalf("%+v", l.State)
			}
			from := int(l.Items)
			for n := 5 - from; n > 0; n-- {
				add(t, l, 5-n, 1, "x")
			}
			add(t, l, 5, 1, "")
			want := "[{\"n\":0},{\"n\":1},{\"n\":2},{\"n\":3},{\"n\":4},{\"n\":5}]"
			if got := content(t, l.Array); got != want {
				t.Errorf("%s", got)
			}
			closed(t, l)
			l = take(t, f)
			if !l.Whole || l.Items != 6 {
				t.Errorf("%+v", l.State)
			}
			closed(t, l)
		})
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// What is not a list stays.
func TestSweep(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out")
	f := Beside(out)
	l := take(t, f)
	add(t, l, 0, 1, "b")
	closed(t, l)
	var want []string
	for _, name := range []string{"contacts.items", "notes.pages", "notes.txt", strings.Repeat("0", 32) + ".txt"} {
		want = append(want, filepath.Join(out+".pages", name))
		write(t, want[len(want)-1], []byte("mine"))
	}
	if err := f.Sweep(); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(out + ".pages/*")
	if err != nil || len(names) != len(want) {
		t.Errorf("%q, %v, want %q", names, err, want)
	}
}

// Lists are not kept behind a link, whether the directory is one or a file in it.
func TestLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other, out := filepath.Join(dir, "other"), filepath.Join(dir, "out")
	precious := filepath.Join(other, strings.Repeat("a0", 16)+"-1"+pagesSuffix)
	if err := errors.Join(os.Mkdir(other, 0o700), os.Symlink(other, out+".pages")); err != nil {
		t.Fatal(err)
	}
	write(t, precious, []byte("precious"))
	f := Beside(out)
	if f.Check() == nil {
		t.Error("a link is taken for the directory")
	}
	if l, err := f.Take("b"); err != nil || l.Add(page(0, 1), "b", false, 200) == nil {
		t.Errorf("a list is kept behind a link, %v", err)
	}

	out = filepath.Join(dir, "second")
	if err := errors.Join(os.Mkdir(out+".pages", 0o700), os.Symlink(precious, filepath.Join(out+".pages", "b"+itemsSuffix))); err != nil {
		t.Fatal(err)
	}
	if l, err := Beside(out).Take("b"); err != nil || l.Add(page(0, 1), "b", false, 200) == nil {
		t.Errorf("items are kept behind a link, %v", err)
	}
	if text, _ := os.ReadFile(precious); string(text) != "precious" {
		t.Errorf("what the link points to is %q", text)
	}
}
