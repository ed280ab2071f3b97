package bodyfiles

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func open(t *testing.T, dir, template, run string) *Dir {
	t.Helper()
	parsed, err := ParseTemplate(template)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(dir, parsed, run)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// keep keeps text as the answer of a record with this id.
func keep(t *testing.T, f *Dir, id, text string) *File {
	t.Helper()
	p, err := f.Create()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	file, err := p.Keep(Answer{ID: []byte(id)})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// files returns what is in a directory.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		found[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestKeep(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deep", "er")
	f := open(t, dir, "{id}.json", "run")
	got := keep(t, f, `"a/b"`, "hello")
	want := &File{Name: "a_b.json", Size: 5, SHA256: sha256.Sum256([]byte("hello"))}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Keep (-want +got):\n%s", diff)
	}
	p, err := f.Create()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Discard(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(map[string]string{"a_b.json": "hello"}, files(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// Whatever is in the way stays, and leads nowhere.
func TestNothingIsReplaced(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "answers")
	f := open(t, dir, "{id}{ext}", "run")
	if err := os.Mkdir(filepath.Join(dir, "1.bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "2.bin"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(top, "outside"), filepath.Join(dir, "3.bin")); err != nil {
		t.Skip(err)
	}
	for id := range 4 {
		keep(t, f, fmt.Sprint(id), "new")
	}
	want := map[string]string{"0.bin": "new", "1~2.bin": "new", "2.bin": "old", "2~2.bin": "new", "3~2.bin": "new"}
	if diff := cmp.Diff(want, files(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if _, err := os.Lstat(filepath.Join(top, "outside")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a link was followed: %v", err)
	}
}

// Records of one name have files of their own, whoever writes them.
func TestNamesAreClaimedOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	directories := []*Dir{open(t, dir, "{id}.json.gz", "one"), open(t, dir, "{id}.json.gz", ""), open(t, dir, "{id}.json.gz", "")}
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() { keep(t, directories[i%3], `"same"`, fmt.Sprint(i)) })
	}
	wg.Wait()
	found := files(t, dir)
	texts := map[string]bool{}
	for name, text := range found {
		texts[text] = true
		if !strings.HasPrefix(name, "same") || !strings.HasSuffix(name, ".json.gz") {
			t.Errorf("name %q", name)
		}
	}
	if len(found) != 60 || len(texts) != 60 {
		t.Errorf("%d files with %d texts, want 60", len(found), len(texts))
	}
}

// A run sweeps away what it has left behind when it was killed, and nothing of others.
func TestSweep(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, run := range []string{"one", "two", ""} {
		p, err := open(t, dir, DefaultTemplate, run).Create()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = p.file.Close() })
		if err := p.file.Close(); err != nil { // Windows removes no open file
			t.Fatal(err)
		}
	}
	for _, again := range []struct {
		run  string
		left int
	}{{"", 3}, {"three", 3}, {"one", 2}} {
		open(t, dir, DefaultTemplate, again.run)
		if got := len(files(t, dir)); got != again.left {
			t.Errorf("after %q %d parts are left, want %d", again.run, got, again.left)
		}
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	answer := Answer{
		ID: []byte(`"x"`), Line: 17, Occurrence: 2, Request: [32]byte{0xab},
		Header: http.Header{"Content-Type": {"text/csv; charset=utf-8"}, "Content-Encoding": {"gzip"}},
	}
	sha := "ab" + strings.Repeat("0", 62)
	for text, want := range map[string]string{
		DefaultTemplate:          "17-x.csv.gz",
		"{id}.json":              "x.json",
		"page_{occurrence}-{id}": "page_2-x",
		"{sha}{ext}":             sha + ".csv.gz",
	} {
		parsed, err := ParseTemplate(text)
		if err != nil || parsed.name(&answer) != want {
			t.Errorf("ParseTemplate(%q) = %q, %v, want %q", text, parsed.name(&answer), err, want)
		}
	}
	for text, want := range map[string]string{
		"":            "gives all files the same name",
		"all.json":    "gives all files the same name",
		"x{ext}":      "gives all files the same name",
		"{name}":      "unknown {name}",
		"{id":         "", // its end may be missing
		"../{id}":     "is not allowed in file names",
		`..\{id}`:     "is not allowed in file names",
		"/etc/{id}":   "is not allowed in file names",
		"c:{id}":      "is not allowed in file names",
		"{id}\x00":    "is not allowed in file names",
		"a b {id}":    "is not allowed in file names",
		"{id}}":       "is not allowed in file names",
		"{line}*":     "is not allowed in file names",
		"{{id}}.json": "unknown {{id}",
	} {
		_, err := ParseTemplate(text)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("ParseTemplate(%q): %v, want %q", text, err, want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	template, err := ParseTemplate("{id}")
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		``:                            "0000000000000000",
		`""`:                          "0000000000000000",
		`"."`:                         "_",
		`".."`:                        "_",
		`"../../etc/passwd"`:          "_.._.._etc_passwd",
		`"/etc/passwd"`:               "_etc_passwd",
		`"C:\\x"`:                     "C__x",
		`"a\u0000b\nc\u001b[2J"`:      "a_b_c__2J",
		`"a.b. "`:                     "a.b._",
		`"trailing..."`:               "trailing",
		`"con"`:                       "_con",
		`"NUL.txt"`:                   "_NUL.txt",
		`"com1"`:                      "_com1",
		`"LPT\u00b2.x.y"`:             "LPT_.x.y",
		`"com10"`:                     "com10",
		`"-rf"`:                       "_-rf",
		`"~root"`:                     "_~root",
		`".hidden"`:                   "_.hidden",
		`"Grün 雪"`:                    "Grün_雪",
		`"\u202egnp.exe"`:             "_gnp.exe",
		`1e400`:                       "1e400",
		`{"a":[1]}`:                   "__a___1__",
		`null`:                        "0000000000000000",
		`"\ud800"`:                    "_",
		`"a*?<>|\"b"`:                 "a______b",
		`"$(rm -rf)` + "`x`" + `;&!"`: "__rm_-rf__x____",
	} {
		a := Answer{ID: []byte(id)}
		if id == "" {
			a.ID = nil
		}
		if got := template.name(&a); got != want {
			t.Errorf("name of %s = %q, want %q", id, got, want)
		}
	}
	long := strings.Repeat("雪", 500)
	one, other := template.name(&Answer{ID: []byte(`"` + long + `a.json"`)}), template.name(&Answer{ID: []byte(`"` + long + `b.json"`)})
	if len(one) > longest || one == other || !strings.HasSuffix(one, ".json") || !strings.HasPrefix(one, "雪雪") {
		t.Errorf("long ids have the names %q and %q", one, other)
	}
}

// Whatever an id is, its name is that of a plain file of the directory, and short enough.
func FuzzNames(f *testing.F) {
	for _, id := range []string{`"a"`, `".."`, `"nul.x"`, `17`, `"` + strings.Repeat("x", 300) + `.gz"`, "\xff", `"😀/"`} {
		f.Add([]byte(id), "text/html", DefaultTemplate)
	}
	f.Fuzz(func(t *testing.T, id []byte, kind, text string) {
		template, err := ParseTemplate(text)
		if err != nil {
			return
		}
		name := template.name(&Answer{ID: id, Header: http.Header{"Content-Type": {kind}, "Content-Encoding": {kind}}})
		if !filepath.IsLocal(name) || name == "." || len(name) > longest+1 || strings.ContainsAny(name, "/\\:*?\"<>| \x00") ||
			strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || device(name) {
			t.Errorf("id %q, %q: name %q", id, text, name)
		}
	})
}
