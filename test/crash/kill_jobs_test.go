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
	"sync"
	"testing"

	"github.com/arl-cli/arl/test/arltest"
)

// jobServer has one job at /job/1, which is done at the second poll, and can stop who asks in the middle of any request.
type jobServer struct {
	mu    sync.Mutex
	asked map[string]int
	at    string // the request, such as "POST /job 1", at which stop is called; empty: none
	stop  func()
}

// ServeHTTP implements http.Handler.
func (s *jobServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.Method + " " + r.URL.Path
	s.mu.Lock()
	s.asked[name]++
	n := s.asked[name]
	now := s.at == fmt.Sprint(name, " ", n)
	s.mu.Unlock()
	if now {
		s.stop()
		return
	}
	switch name {
	case "POST /job":
		w.Header().Set("Location", "/job/1")
		w.WriteHeader(http.StatusAccepted)
	case "GET /job/1":
		if n < 2 {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		fmt.Fprintln(w, `{"result":"/result"}`)
	default:
		fmt.Fprintln(w, `{"made":true}`)
	}
}

func (s *jobServer) count(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[name]
}

// TestJobsKilled kills a batch with SIGKILL in the middle of every request that a job takes, and resumes it: what was
// accepted is asked for, and never sent again.
func TestJobsKilled(t *testing.T) {
	t.Parallel()
	for at, accepted := range map[string]bool{
		"POST /job 1":  false, // its response never came: nobody knows
		"GET /job/1 1": true, "GET /job/1 2": true, "GET /result 1": true,
	} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := &jobServer{asked: map[string]int{}, at: at}
			server := httptest.NewServer(s)
			t.Cleanup(server.Close)
			config := filepath.Join(dir, ".config", "arl")
			if err := os.MkdirAll(config, 0o700); err != nil {
				t.Fatal(err)
			}
			arltest.Write(t, filepath.Join(config, "config.yaml"), "apis:\n  s:\n    base_url: "+server.URL+
				"\n    initial_rate: 500\n    poll: {url: {header: Location}, result: .result, interval: 20ms}\n")
			arltest.Write(t, filepath.Join(dir, "in.ndjson"), `{"id":1,"method":"POST","path":"/job","json":{}}`+"\n")

			run := jobsBatch(t, dir)
			started := make(chan struct{})
			s.mu.Lock()
			s.stop = func() {
				<-started
				_ = run.Process.Kill()
			}
			s.mu.Unlock()
			err := run.Start()
			close(started)
			if err != nil {
				t.Fatal(err)
			}
			if err := run.Wait(); err == nil || run.ProcessState.ExitCode() != -1 {
				t.Fatalf("the run was not killed: %v", err)
			}
			s.mu.Lock()
			s.at = ""
			s.mu.Unlock()
			again := jobsBatch(t, dir, "--resume")
			said, err := again.CombinedOutput()
			text, _ := os.ReadFile(filepath.Join(dir, "out.ndjson"))
			if posts := s.count("POST /job"); posts != 1 {
				t.Errorf("the record was sent %d times\n%s%s", posts, said, text)
			}
			if done := strings.Contains(string(text), `"ok":true,"json":{"made":true}`); done != accepted || (err == nil) != accepted {
				t.Errorf("done: %v, want %v; %v\n%s%s", done, accepted, err, said, text)
			}
			if unknown := strings.Contains(string(text), `"kind":"unknown"`); unknown == accepted {
				t.Errorf("unknown: %v, want %v\n%s%s", unknown, !accepted, said, text)
			}
			if _, err := os.Stat(filepath.Join(dir, "out.ndjson.journal")); (err == nil) == accepted {
				t.Errorf("the journal: %v", err)
			}
		})
	}
}

func jobsBatch(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("arl") // TestMain has put it into PATH
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, append([]string{"batch", "s", "in.ndjson", "-o", "out.ndjson"}, args...)...)
	c.Dir = dir
	c.Env = append(os.Environ(), "HOME="+dir, "GORACE=atexit_sleep_ms=0")
	return c
}
