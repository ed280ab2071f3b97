//go:build unix

package crash_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/arl-cli/arl/test/arltest"
	"github.com/arl-cli/arl/test/redistest"
)

// twoCallers counts the requests of two processes, below /busy and /low.
type twoCallers struct{ busy, low atomic.Int64 }

// ServeHTTP implements http.Handler.
func (s *twoCallers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/busy") {
		s.busy.Add(1)
	} else {
		s.low.Add(1)
	}
	fmt.Fprintln(w, "{}")
}

// TestKilledPriority kills a batch with SIGKILL that has every slot but the floor: one of low priority, which had one in
// twenty, then has all of them. How long that takes is told by how many there are at 20 a second: what would take 40 s
// with the floor takes two.
func TestKilledPriority(t *testing.T) {
	t.Parallel()
	t.Run("files", func(t *testing.T) {
		t.Parallel()
		killedPriority(t)
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		killedPriority(t, "ARL_STORE=redis://"+redistest.Start(t).Addr)
	})
}

func killedPriority(t *testing.T, env ...string) {
	t.Helper()
	dir := t.TempDir()
	s := &twoCallers{}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	config := filepath.Join(dir, ".config", "arl")
	if err := os.MkdirAll(config, 0o700); err != nil {
		t.Fatal(err)
	}
	arltest.Write(t, filepath.Join(config, "config.yaml"), "apis:\n  s:\n    base_url: "+server.URL+"\n    initial_rate: 20\n    max_rate: 20\n")

	busy := priorityBatch(t, dir, "busy", env)
	passes(t, "the busy batch sends", func() bool { return s.busy.Load() >= 5 })
	priorityBatch(t, dir, "low", env, "--priority", "low")
	passes(t, "the batch of low priority has its floor", func() bool { return s.low.Load() >= 2 })
	if err := busy.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = busy.Wait()
	killed, before := time.Now(), s.low.Load()
	passes(t, "the batch of low priority goes on", func() bool { return s.low.Load() >= before+40 })
	if took := time.Since(killed); took > 20*time.Second {
		t.Errorf("when the busy batch was killed, 40 requests of low priority took %v", took)
	}
}

// priorityBatch starts a batch of more records than will be sent.
func priorityBatch(t *testing.T, dir, name string, env []string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("arl") // TestMain has put it into PATH
	if err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(dir, name+".ndjson")
	arltest.Write(t, in, strings.Repeat(`"/`+name+`"`+"\n", 5000))
	c := exec.Command(path, append([]string{"batch", "s", in}, args...)...)
	c.Dir = dir
	c.Env = append(append(os.Environ(), "HOME="+dir, "GORACE=atexit_sleep_ms=0"), env...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	return c
}

// patience is how long something is waited for.
const patience = 2 * time.Minute

// passes waits until something is so.
func passes(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}
