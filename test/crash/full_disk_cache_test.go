//go:build linux

package crash_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFullDiskOfCache fills the disk of the cache: every record is answered all the same, that is said once, and no entry
// that is there is half of one.
func TestFullDiskOfCache(t *testing.T) {
	t.Parallel()
	v, resize := victimOnDisk(t, `{"id":%d,"path":"/page/%[1]d"}`)
	if err := os.Symlink(filepath.Join(v.dir, "disk"), filepath.Join(v.dir, ".cache")); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(v.dir, "out.ndjson")
	cached := func(size string) (fresh int) {
		t.Helper()
		if code := v.run("-o", out, "--cache", "1h"); code != 0 {
			t.Fatalf("%s: exit code %d\n%s", size, code, v.said.String())
		}
		if n := wholeLines(t, out); n != 1000 {
			t.Errorf("%s: %d results, want 1000", size, n)
		}
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(out); err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(text), `"cache":"fresh"`)
	}
	if fresh := cached("64k"); fresh != 0 {
		t.Errorf("%d responses are from an empty cache", fresh)
	}
	if n := strings.Count(v.said.String(), "cannot store responses, going on without"); n != 1 {
		t.Errorf("that the disk is full is said %d times, want once:\n%s", n, v.said.String())
	}
	if kept := cached("64k again"); kept > 200 {
		t.Errorf("%d responses are from a cache of 64 KiB", kept)
	}
	resize("64m")
	cached("64m")
	sent := v.server.total.Load()
	if fresh := cached("64m again"); fresh != 1000 || v.server.total.Load() != sent {
		t.Errorf("%d of 1000 are from the cache, %d were sent", fresh, v.server.total.Load()-sent)
	}
}
