//go:build linux && !race

package scale_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/arl-cli/arl/test/arltest"
)

// TestMemory runs batches that would take far more than --max-memory, and looks at the most that the process had.
// One after the other: what the machine has is for one of them.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	server := httptest.NewServer(http.HandlerFunc(respondAtLength))
	t.Cleanup(server.Close)
	http2 := httptest.NewUnstartedServer(http.HandlerFunc(respondAtLength))
	http2.EnableHTTP2 = true
	http2.StartTLS()
	t.Cleanup(http2.Close)
	for _, test := range []struct {
		name    string
		api     string
		records string
		args    []string
		stalled bool // nobody reads the results for a while
		most    int  // MiB
		fails   bool
	}{
		{"ordered, stalled", "x", arltest.Records(1000, `{"path":"/%d/500000"}`), []string{"--ordered"}, true, 256, false},
		{"ordered, the first is slow", "x", `{"path":"/0/1?slow"}` + "\n" + arltest.Records(1000, `{"path":"/%d/500000"}`), []string{"--ordered"}, false, 256, false},
		{"ordered, in little", "x", arltest.Records(600, `{"path":"/%d/500000"}`), []string{"--ordered", "--max-memory", "64MiB"}, true, 64, false},
		{"long lines", "x", longLines(3, 60_000_000), []string{"--failed-out", "failed"}, false, 256, false},
		{"too long lines", "x", longLines(3, 100_000_000), nil, false, 256, true},
		{"many lines", "x", longLines(8000, 20_000), []string{"--failed-out", "failed"}, true, 256, false},
		{"HTTP/2", "s", arltest.Records(60, `{"path":"/%d/10000000"}`), []string{"-k", "--ordered", "--max-inline", "20MiB", "--concurrency", "200"}, true, 256, false},
		{"text inline", "x", arltest.Records(30, `{"path":"/%d/20000000?text"}`), []string{"--ordered", "--max-inline", "200MiB"}, true, 256, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := &arlUnderWatch{t: t, dir: t.TempDir()}
			arltest.Write(t, filepath.Join(a.dir, "config.yaml"), "apis:\n"+profileAt("x", server.URL)+profileAt("s", http2.URL))
			arltest.Write(t, filepath.Join(a.dir, "in"), test.records)
			code := a.run(test.stalled, append([]string{"batch", test.api, "in"}, test.args...)...)
			if (code != 0) != test.fails {
				t.Errorf("exit code %d\n%s", code, a.stderr.String())
			}
			if a.most>>10 > test.most {
				t.Errorf("took %d MiB, want at most %d", a.most>>10, test.most)
			}
			t.Logf("%d MiB", a.most>>10)
		})
	}
}

func profileAt(name, url string) string {
	return fmt.Sprintf("  %s:\n    base_url: %s\n    initial_rate: 100000\n    burst: 1000\n", name, url)
}

// respondAtLength answers /anything/N with a JSON string of N bytes, or a text of them, without saying how long it is.
func respondAtLength(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	if r.URL.RawQuery == "slow" {
		time.Sleep(2 * time.Second)
	}
	w.Header().Set("Content-Type", "application/json")
	if r.URL.RawQuery == "text" {
		w.Header().Set("Content-Type", "text/plain")
	}
	_, size, _ := strings.Cut(r.URL.Path[1:], "/")
	n, _ := strconv.Atoi(size)
	_, _ = io.WriteString(w, `"`)
	for block := strings.Repeat("x", 64<<10); n > 0; n -= len(block) {
		if _, err := io.WriteString(w, block[:min(n, len(block))]); err != nil {
			return
		}
	}
	_, _ = io.WriteString(w, `"`)
}

func longLines(n, size int) string {
	return arltest.Records(n, `{"id":%d,"method":"POST","path":"/x/1","body":"`+strings.Repeat("y", size)+`"}`)
}

// arlUnderWatch is the program, in a child process.
type arlUnderWatch struct {
	t      *testing.T
	dir    string
	stderr bytes.Buffer
	most   int // KiB
}

// run runs it to its end. If its output is stalled, that is read only after two seconds.
func (a *arlUnderWatch) run(stalled bool, args ...string) (code int) {
	a.t.Helper()
	path, err := exec.LookPath("arl")
	if err != nil {
		a.t.Fatal(err)
	}
	c := exec.CommandContext(a.t.Context(), path, args...)
	c.Dir, c.Stderr = a.dir, &a.stderr
	c.Env = append(os.Environ(), "HOME="+a.dir, "ARL_CONFIG_DIR="+a.dir)
	out, err := c.StdoutPipe()
	if err != nil {
		a.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		a.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if stalled {
			time.Sleep(2 * time.Second)
		}
		_, _ = io.Copy(io.Discard, out)
	}()
	for running := true; running; {
		select {
		case <-ended:
			running = false
		case <-time.After(5 * time.Millisecond):
			a.look(c.Process.Pid)
		}
	}
	_ = c.Wait()
	return c.ProcessState.ExitCode()
}

// look reads what the process has taken at most.
func (a *arlUnderWatch) look(pid int) { a.most = max(a.most, peakMemory(pid)) }
