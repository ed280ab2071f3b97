//go:build unix

package ratesfile_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter/ratesfile"
)

// The test is also the processes that it starts: the variable names the file, the first argument who it is.
const childOf = "RATESFILE_TEST_CHILD"

func TestMain(m *testing.M) {
	path := os.Getenv(childOf)
	if path == "" {
		os.Exit(m.Run())
	}
	if err := write(path, os.Args[1]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

// writes is how often a process writes.
const writes = 10

// write writes a key of its own and one of all, ever newer, and says after each what is in the file for sure.
func write(path, who string) error {
	f := &ratesfile.File{Path: path}
	for i := range writes {
		now := learned(float64(i+1), time.Now())
		err := f.Merge(map[string]pacing.Learned{"own/" + who: now, "all": now}, false)
		if err != nil {
			return err
		}
		fmt.Println(i + 1)
	}
	return nil
}

// Of 32 processes that write keys of their own and one of all, a third is killed at any moment: what one of
// them has said to be written is there in the end.
func TestManyProcesses(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "arl", "rates.yaml")
	said := make([]int, 32)
	var wg sync.WaitGroup
	for i := range said {
		wg.Go(func() {
			c := exec.CommandContext(t.Context(), self, strconv.Itoa(i))
			c.Env = append(os.Environ(), childOf+"="+path)
			var out strings.Builder
			c.Stdout = &out
			if err := c.Start(); err != nil {
				t.Error(err)
				return
			}
			if i%3 == 0 {
				time.AfterFunc(time.Duration(rand.IntN(300))*time.Millisecond, func() { _ = c.Process.Kill() })
			}
			err := c.Wait()
			lines := strings.Fields(out.String())
			if err != nil && i%3 != 0 || err == nil && len(lines) != writes {
				t.Errorf("process %d: %v\n%s", i, err, out.String())
			}
			said[i] = len(lines)
		})
	}
	wg.Wait()
	var warned []string
	all, err := (&ratesfile.File{Path: path, Warn: func(m string) { warned = append(warned, m) }}).Load()
	if err != nil || len(warned) > 0 {
		t.Fatalf("Load = %v, warned of %q", err, warned)
	}
	for i, n := range said {
		if got := all[fmt.Sprint("own/", i)].Rate; got < float64(n) || got > writes {
			t.Errorf("process %d wrote %d times, %v are there", i, n, got)
		}
	}
	newest := slices.MaxFunc(slices.Collect(maps.Values(all)), func(a, b pacing.Learned) int { return a.Updated.Compare(b.Updated) })
	if got := all["all"]; !got.Updated.Equal(newest.Updated) {
		t.Errorf("the key of all is of %v, want the newest, %v", got.Updated, newest.Updated)
	}
	if set, err := filepath.Glob(path + ".bad-*"); err != nil || len(set) > 0 {
		t.Errorf("%q are set aside, %v", set, err)
	}
}

// A lock that is removed while it is in use excludes nobody any more, and no update is lost.
func TestLockIsRemoved(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rates.yaml")
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 300 {
			_ = os.Remove(path + ".lock")
			time.Sleep(100 * time.Microsecond)
		}
	}()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			f := &ratesfile.File{Path: path}
			for j := range 10 {
				if err := f.Merge(map[string]pacing.Learned{fmt.Sprint("k", i, "-", j): learned(1, time.Now())}, false); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	<-done
	if all, err := (&ratesfile.File{Path: path}).Load(); err != nil || len(all) != 80 {
		t.Errorf("Load = %d keys, %v, want 80", len(all), err)
	}
}

// What is not a plain file of the user's is neither followed nor replaced, also where a lock should be.
func TestNotOurFile(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]string{"the file": "rates.yaml", "its lock": "rates.yaml.lock"} {
		for kind, make := range map[string]func(path, outside string) error{
			"link":      func(path, outside string) error { return os.Symlink(outside, path) },
			"pipe":      func(path, _ string) error { return syscall.Mkfifo(path, 0o600) },
			"directory": func(path, _ string) error { return os.Mkdir(path, 0o700) },
		} {
			dir := t.TempDir()
			outside := filepath.Join(dir, "outside")
			if err := os.WriteFile(outside, []byte("rates: {k: {rate: 7}}"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := make(filepath.Join(dir, at), outside); err != nil {
				t.Fatal(err)
			}
			failed := 0
			f := &ratesfile.File{Path: filepath.Join(dir, "rates.yaml"), Failed: func(error) { failed++ }}
			if err := f.Merge(map[string]pacing.Learned{"k": learned(4, time.Now())}, true); err == nil {
				t.Errorf("%s is a %s: Merge wrote", name, kind)
			}
			if got := f.Recall("k"); got != nil || at == "rates.yaml" && failed == 0 {
				t.Errorf("%s is a %s: Recall = %+v, told %d times that it failed", name, kind, got, failed)
			}
			if b, _ := os.ReadFile(outside); string(b) != "rates: {k: {rate: 7}}" {
				t.Errorf("%s is a %s: outside stands %q", name, kind, b)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "*.bad-*")); len(left) > 0 {
				t.Errorf("%s is a %s: %q", name, kind, left)
			}
		}
	}
}

// A file that is far too large is not read into memory.
func TestFarTooLarge(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rates.yaml")
	if err := os.WriteFile(path, []byte("rates: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1<<40); err != nil {
		t.Skip(err)
	}
	var said string
	f := &ratesfile.File{Path: path, Warn: func(m string) { said = m }}
	if err := f.Merge(map[string]pacing.Learned{"k": learned(4, time.Now())}, false); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said, "is damaged (more than 16 MiB); it was moved to ") || f.Recall("k") == nil {
		t.Errorf("said %q, recalled %v", said, f.Recall("k"))
	}
}

// A process that looks at a damaged file does not set aside the whole one that another has put there since.
func TestSetAsideOnce(t *testing.T) {
	t.Parallel()
	for range 20 {
		path := filepath.Join(t.TempDir(), "rates.yaml")
		if err := os.WriteFile(path, []byte("- damaged"), 0o600); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				f := &ratesfile.File{Path: path}
				if _, err := f.Load(); err != nil {
					t.Error(err)
				}
				if err := f.Merge(map[string]pacing.Learned{fmt.Sprint("k", i): learned(4, time.Now())}, false); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		bad, _ := filepath.Glob(path + ".bad-*")
		if all, err := (&ratesfile.File{Path: path}).Load(); err != nil || len(all) != 4 || len(bad) != 1 {
			t.Fatalf("%d keys, %v, %d set aside, want 4 and 1", len(all), err, len(bad))
		}
	}
}

// What could not be written is written the next time.
func TestRecorderKeepsWhatFailed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rates.yaml")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	failed := 0
	f := &ratesfile.File{Path: path}
	r := &ratesfile.Recorder{
		File: f, Failed: func(error) { failed++ },
		Known: func(string) (pacing.Learned, bool) { return learned(5, time.Now()), true },
	}
	r.Changed("k")
	r.Flush(false)
	r.Flush(false)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	r.Close(false)
	if got := f.Recall("k"); got == nil || failed != 1 {
		t.Errorf("Recall = %+v, told %d times, want what failed at first, and once", got, failed)
	}
}
