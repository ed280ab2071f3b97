//go:build linux

package crash_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestFullDisk runs a batch onto a disk that is too small, then onto the same disk made larger: what
// was answered is kept, nothing is sent that cannot be noted, and nothing is lost or done twice.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"the results": `{"id":%d,"path":"/page/%[1]d"}`,
		"the journal": `{"id":%d,"path":"/ticket/%[1]d","body":"x"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, resize := victimOnDisk(t, line)
			out := filepath.Join(v.dir, "disk", "out.ndjson")
			if code := v.run("-o", out); code != 3 || !strings.Contains(v.said.String(), "no space left") || !strings.Contains(v.said.String(), "hint: ") {
				t.Errorf("exit code %d, want 3\n%s", code, v.said.String())
			}
			kept := wholeLines(t, out)
			if kept < 50 || v.server.total.Load() > int64(kept)+400 {
				t.Errorf("%d results kept, %d sent", kept, v.server.total.Load())
			}
			resize("16m")
			code := v.run("-o", out, "--resume")
			s := v.summary()
			if code != min(s.Unknown, 1) || s.Failed+s.NotSent != 0 || s.Before+s.OK+s.Unknown != 1000 || s.Before > kept {
				t.Errorf("exit code %d, %+v, %d kept\n%s", code, s, kept, v.said.String())
			}
			if n := wholeLines(t, out); n != 1000 {
				t.Errorf("%d results, want 1000", n)
			}
			for i := range 1000 {
				if n := v.server.count(fmt.Sprintf("POST /ticket/%d", i)); n > 1 {
					t.Errorf("ticket %d was sent %d times", i, n)
				}
			}
		})
	}
}

// victimOnDisk is a batch of 1000 records, in a directory with a disk of 64 KiB.
func victimOnDisk(t *testing.T, line string) (v *victim, resize func(string)) {
	t.Helper()
	v = &victim{t: t, server: &counting{seen: map[string]int{}, keys: map[string]string{}}, dir: t.TempDir()}
	server := httptest.NewServer(v.server)
	t.Cleanup(server.Close)
	resize = smallDisk(t, filepath.Join(v.dir, "disk"), "64k")
	if err := os.MkdirAll(filepath.Join(v.dir, ".config", "arl"), 0o700); err != nil {
		t.Fatal(err)
	}
	v.write(filepath.Join(".config", "arl", "config.yaml"), "apis:\n  s:\n    base_url: "+server.URL+"\n    initial_rate: 3000\n    burst: 50\n")
	var in strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&in, line+"\n", i)
	}
	v.write("in.ndjson", in.String())
	v.records = make([]string, 1000)
	return v, resize
}

// TestFullDiskOfAnswers fills the disk of --output-dir only: the run stops, no file is cut short, and
// every record is answered once the disk has room.
func TestFullDiskOfAnswers(t *testing.T) {
	t.Parallel()
	v, resize := victimOnDisk(t, `{"id":%d,"path":"/page/%[1]d"}`)
	out, answers := filepath.Join(v.dir, "out.ndjson"), filepath.Join(v.dir, "disk", "answers")
	args := []string{"-o", out, "--output-dir", answers, "--max-inline", "0", "--output-name", "{id}.json"}
	if code := v.run(args...); code != 3 || !strings.Contains(v.said.String(), "write a response to its file: ") || !strings.Contains(v.said.String(), "hint: ") {
		t.Errorf("exit code %d, want 3\n%s", code, v.said.String())
	}
	if n := wholeFiles(t, answers); n == 0 || n > 16 {
		t.Errorf("%d files on a disk of 16 pages", n)
	}
	resize("16m")
	code := v.run(append(args, "--resume")...)
	if s := v.summary(); code != 0 || s.Before == 0 || s.Before+s.OK != 1000 {
		t.Errorf("exit code %d, %+v\n%s", code, s, v.said.String())
	}
	if n := wholeFiles(t, answers); n != 1000 {
		t.Errorf("%d files, want 1000", n)
	}
}

// The doctor sees that a disk is full, although an empty file still has room there.
func TestDoctorOfAFullDisk(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	disk := filepath.Join(home, "disk")
	smallDisk(t, disk, "64k")
	fill, err := os.Create(filepath.Join(disk, "fill"))
	if err != nil {
		t.Fatal(err)
	}
	defer fill.Close()
	if _, err := fill.Write(make([]byte, 128<<10)); err == nil {
		t.Fatal("the disk is not full")
	}
	c := exec.CommandContext(t.Context(), "arl", "doctor")
	c.Env = append(os.Environ(), "HOME="+home, "ARL_CONFIG_DIR="+disk, "ARL_RUNTIME_DIR="+filepath.Join(disk, "live"))
	said, err := c.CombinedOutput()
	for _, check := range []string{"permissions", "store"} {
		if err == nil || !regexp.MustCompile(`(?m)^fail +`+check+` .*no space left`).Match(said) {
			t.Errorf("%v, and nothing of the full disk under %s:\n%s", err, check, said)
		}
	}
}

// wholeFiles counts the files of a directory, which must all be whole JSON.
func wholeFiles(t *testing.T, dir string) int {
	t.Helper()
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range found {
		text, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil || !json.Valid(text) {
			t.Errorf("%s holds %q, %v", file.Name(), text, err)
		}
	}
	return len(found)
}

// smallDisk mounts a disk of a size, in memory, and returns what changes the size.
func smallDisk(t *testing.T, path, size string) (resize func(string)) {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", path, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("no disk can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(path, unix.MNT_DETACH); err != nil {
			t.Errorf("unmount %s: %v", path, err)
		}
	})
	return func(size string) {
		if err := unix.Mount("tmpfs", path, "tmpfs", unix.MS_REMOUNT, "size="+size); err != nil {
			t.Fatal(err)
		}
	}
}

// wholeLines counts the lines of a file, which must all be whole and JSON.
func wholeLines(t *testing.T, path string) (n int) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		if !bytes.HasSuffix(line, []byte("}\n")) || !json.Valid(line) {
			t.Errorf("line %d is torn: %.100q", n+1, line)
		}
		n++
	}
	return n
}
