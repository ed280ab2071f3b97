package fetch

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func opened(t *testing.T, path string) *output {
	t.Helper()
	o, err := openOutput("the response", path, 0o666, Streams{})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestOutputIsThereWhenItIsWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "answer")
	o := opened(t, path)
	if _, err := io.WriteString(o, "half"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file is there before the response is whole")
	}
	if err := o.finish(nil); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "half" {
		t.Errorf("the file holds %q, %v, want half", b, err)
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("the directory holds %q, want only the response", got)
	}
}

func TestFailedOutputLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := opened(t, filepath.Join(dir, "answer"))
	if _, err := io.WriteString(o, "half"); err != nil {
		t.Fatal(err)
	}
	if err := o.finish(errors.New("broken")); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("the directory holds %q, want nothing", got)
	}
}

func TestEmptyAnswerMakesAnEmptyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "answer")
	if err := opened(t, path).finish(nil); err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(path); err != nil || fi.Size() != 0 {
		t.Errorf("Stat = %v, %v, want an empty file", fi, err)
	}
}
