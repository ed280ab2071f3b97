//go:build unix

package crash_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKilledWithFiles kills a batch whose answers go to files. Whatever the moments, every result that
// names a file has it, whole and for itself, and nothing half done is left in the end.
func TestKilledWithFiles(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	v := newVictim(t, rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0)))
	args := []string{"--resume", "--output-dir", "answers", "--max-inline", "0"}
	for range 10 {
		c := v.command(args...)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(20+v.rand.IntN(150)) * time.Millisecond)
		_ = c.Process.Kill()
		if c.Wait() == nil {
			break // it was faster
		}
		v.checkFiles()
	}
	for range 3 { // what fails once is sent again
		if code := v.run(args...); code > 1 {
			t.Fatalf("exit code %d\n%s", code, v.said.String())
		}
	}
	if s := v.summary(); s.Failed+s.NotSent != 0 {
		t.Errorf("%+v", s)
	}
	if n := v.checkFiles(); n < len(v.records)/2 {
		t.Errorf("%d answers are in files", n)
	}
	if left, err := filepath.Glob(filepath.Join(v.dir, "answers", ".*")); err != nil || len(left) > 0 {
		t.Errorf("%q are left, %v", left, err)
	}
}

// checkFiles checks the files that whole results name, and returns how many there are.
func (v *victim) checkFiles() int {
	v.t.Helper()
	out, err := os.ReadFile(filepath.Join(v.dir, "out.ndjson"))
	if err != nil && !os.IsNotExist(err) {
		v.t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range bytes.Lines(out) {
		var r struct {
			File   string
			Bytes  int
			SHA256 string
		}
		if json.Unmarshal(line, &r) != nil || r.File == "" {
			continue // torn, or not in a file
		}
		text, err := os.ReadFile(filepath.Join(v.dir, "answers", r.File))
		sum := sha256.Sum256(text)
		if err != nil || len(text) != r.Bytes || hex.EncodeToString(sum[:]) != r.SHA256 || seen[r.File] || strings.HasPrefix(r.File, ".") {
			v.t.Errorf("%s: %v, %d bytes, named before: %v", line, err, len(text), seen[r.File])
		}
		seen[r.File] = true
	}
	return len(seen)
}
