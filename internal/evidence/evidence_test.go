package evidence_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/arl-cli/arl/internal/evidence"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(text), 0o600))
}

func result(n int) string {
	return fmt.Sprintf(`{"id":%d,"line":%d,"request_sha256":"%064d","status":200,"ok":true,"json":{"a":[%d,"}"]},"at":"2026-11-30T12:00:00.000Z"}`+"\n", n, n, n, n)
}

// run writes results from one number to another, below a manifest.
func run(t *testing.T, dir string, from, to int, resume bool) {
	t.Helper()
	w, err := evidence.Create(filepath.Join(dir, "m.ndjson"), resume)
	must(t, err)
	out, err := os.OpenFile(filepath.Join(dir, "out.ndjson"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	must(t, err)
	w.Start(evidence.Start{ARL: "1.2.3", Host: "here", Output: out.Name()})
	if resume {
		must(t, w.Reconcile(out.Name()))
	}
	w.Output(out.Name())
	in := w.Input(filepath.Join(dir, "in.txt"), strings.NewReader("input\n"))
	_, err = new(bytes.Buffer).ReadFrom(in)
	must(t, err)
	to0 := w.Results(out)
	for n := from; n <= to; n++ {
		_, err := to0.Write([]byte(result(n)))
		must(t, err)
	}
	must(t, out.Close())
	must(t, w.Close(evidence.End{}))
}

// whole is a directory with a manifest of five results.
func whole(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "in.txt"), "input\n")
	run(t, dir, 1, 5, false)
	return dir
}

func verify(dir string) (*evidence.Report, error) {
	return evidence.Verify(filepath.Join(dir, "m.ndjson"))
}

func TestWhole(t *testing.T) {
	t.Parallel()
	r, err := verify(whole(t))
	if err != nil || r.Records != 5 || r.Outputs != 1 || r.Inputs != 1 || r.Start.Host != "here" {
		t.Errorf("%+v, %v", r, err)
	}
}

// Every byte of every file counts (one of five is tried): whichever is changed, that is found, and in the manifest the line is named.
func TestEveryByteCounts(t *testing.T) {
	t.Parallel()
	dir := whole(t)
	for _, name := range []string{"m.ndjson", "out.ndjson", "in.txt"} {
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		must(t, err)
		line := int64(1)
		for i := range text {
			if text[i] == '\n' {
				line++
				continue
			}
			if i%5 > 0 {
				continue
			}
			changed := slices.Clone(text)
			changed[i] ^= 1
			put(t, path, string(changed))
			_, err := verify(dir)
			at, named := errors.AsType[*evidence.LineError](err)
			switch {
			case err == nil:
				t.Fatalf("%s: byte %d (%q) was changed, and nobody knows", name, i, text[i])
			case name == "m.ndjson" && (!named || at.Line != line):
				t.Fatalf("%s: byte %d of line %d: %v", name, i, line, err)
			case name == "out.ndjson" && (!named || at.Line != line || at.File != name):
				t.Fatalf("%s: byte %d of line %d: %v", name, i, line, err)
			}
		}
		put(t, path, string(text))
	}
	if _, err := verify(dir); err != nil {
		t.Fatal(err)
	}
}

// A line that is removed, added or moved is found where it is, in the manifest and in the results.
func TestEveryLineCounts(t *testing.T) {
	t.Parallel()
	dir := whole(t)
	for _, name := range []string{"m.ndjson", "out.ndjson"} {
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		must(t, err)
		lines := strings.SplitAfter(strings.TrimSuffix(string(text), "\n"), "\n")
		lines[len(lines)-1] += "\n"
		for i := range lines {
			for what, changed := range map[string][]string{
				"removed": slices.Delete(slices.Clone(lines), i, i+1),
				"doubled": slices.Insert(slices.Clone(lines), i, lines[i]),
				"moved":   append(slices.Delete(slices.Clone(lines), i, i+1), lines[i]),
				"cut off": lines[:i],
			} {
				if slices.Equal(changed, lines) {
					continue
				}
				put(t, path, strings.Join(changed, ""))
				if _, err := verify(dir); err == nil {
					t.Errorf("%s: line %d was %s, and nobody knows", name, i+1, what)
				}
			}
		}
		put(t, path, string(text))
	}
}

// A run that is resumed goes on with the chain; what a crash has cut off on either side is brought into line.
func TestResumed(t *testing.T) {
	t.Parallel()
	whole := whole(t)
	manifest, err := os.ReadFile(filepath.Join(whole, "m.ndjson"))
	must(t, err)
	out, err := os.ReadFile(filepath.Join(whole, "out.ndjson"))
	must(t, err)
	ends := []int{0}
	for i, c := range out {
		if c == '\n' {
			ends = append(ends, i+1)
		}
	}
	for cut := 0; cut <= len(manifest); cut += 13 {
		kept := ends[cut%len(ends)]
		dir := t.TempDir()
		put(t, filepath.Join(dir, "in.txt"), "input\n")
		put(t, filepath.Join(dir, "m.ndjson"), string(manifest[:cut]))
		put(t, filepath.Join(dir, "out.ndjson"), string(out[:kept]))
		run(t, dir, 6, 8, true)
		r, err := verify(dir)
		if want := int64(bytes.Count(out[:kept], []byte("\n")) + 3); err != nil || r.Records != want {
			t.Fatalf("%d bytes of the manifest, %d of the results: %+v, %v, want %d records", cut, kept, r, err, want)
		}
	}
}

// A manifest that does not fit is not resumed, and one that is there not begun again.
func TestNotTakenUp(t *testing.T) {
	t.Parallel()
	dir := whole(t)
	path := filepath.Join(dir, "m.ndjson")
	if _, err := evidence.Create(path, false); !errors.Is(err, os.ErrExist) {
		t.Errorf("there is one: %v", err)
	}
	text, err := os.ReadFile(path)
	must(t, err)
	put(t, path, strings.Replace(string(text), `"id":3`, `"id":4`, 1))
	at, ok := errors.AsType[*evidence.LineError](func() error { _, err := evidence.Create(path, true); return err }())
	if !ok || at.Line != 4 {
		t.Errorf("a changed one: %v", at)
	}
}
