//go:build linux

package windows_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/arl-cli/arl/test/arltest"
)

// winePatience is how long all that TestWindows runs may take on a busy machine, and a program of it.
const winePatience, wineProgram = 8 * time.Minute, 2 * time.Minute

// A windowsLab runs the program that is built for Windows, in a Windows of its own, against a server that counts.
type windowsLab struct {
	ctx    context.Context
	dir    string // what the programs work in; Z: has all of it
	exe    string
	env    []string
	config string // %AppData%\arl
	server *wineServer
}

// newWindowsLab makes the Windows. All that runs in it is ended with the test.
func newWindowsLab(t *testing.T) *windowsLab {
	needWine(t)
	dir := t.TempDir()
	l := &windowsLab{ctx: t.Context(), dir: filepath.Join(dir, "a directory"), exe: filepath.Join(dir, "arl.exe"), server: &wineServer{}}
	prefix := filepath.Join(dir, "prefix")
	l.env = append(os.Environ(), "HOME="+dir, "WINEPREFIX="+prefix, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=", "DISPLAY=")
	if err := os.Mkdir(l.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l.must(t, append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0"), "go", "build", "-o", l.exe, "../..")
	// Only now: what was never built for Windows takes minutes.
	ctx, cancel := context.WithTimeout(t.Context(), winePatience)
	t.Cleanup(cancel)
	l.ctx = ctx
	t.Cleanup(func() { endWine(l.env) })
	l.must(t, l.env, "wine", "wineboot", "--init")
	windows := filepath.Join(prefix, "drive_c", "windows", "system32")
	l.must(t, os.Environ(), "x86_64-w64-mingw32-gcc", "-shared", "-o", filepath.Join(windows, "bcryptprimitives.dll"),
		filepath.Join("testdata", "bcryptprimitives.c"), "-ladvapi32")
	l.configure(t, prefix)
	return l
}

// needWine skips the test where there is no wine, but for CI, which installs it.
func needWine(t *testing.T) {
	for _, program := range []string{"wine", "wineserver", "x86_64-w64-mingw32-gcc"} {
		if _, err := exec.LookPath(program); err == nil {
			continue
		}
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not installed, and CI must have it", program)
		}
		t.Skipf("%s is not installed: the program for Windows is not run", program)
	}
}

// endWine ends every program of a Windows, and waits for its end.
func endWine(env []string) {
	for _, flag := range []string{"-k", "-w"} {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		c := exec.CommandContext(ctx, "wineserver", flag)
		c.Env = env
		_ = c.Run() // perhaps it has not begun
		cancel()
	}
}

// configure writes the configuration to where Windows has it, with the ends of lines that it has there.
func (l *windowsLab) configure(t *testing.T, prefix string) {
	server := httptest.NewServer(l.server)
	l.server.url = server.URL
	t.Cleanup(server.Close)
	homes, err := filepath.Glob(filepath.Join(prefix, "drive_c", "users", "*", "AppData", "Roaming"))
	if err != nil || len(homes) == 0 {
		t.Fatalf("no %%AppData%%: %q, %v", homes, err)
	}
	l.config = filepath.Join(homes[0], "arl")
	if err := os.Mkdir(l.config, 0o700); err != nil {
		t.Fatal(err)
	}
	config := "apis:\n"
	for name, rate := range map[string]string{"lab": "200", "paced": "15"} {
		config += fmt.Sprintf("  %s:\n    base_url: %s/%s\n    initial_rate: %s\n    max_rate: %s\n", name, server.URL, name, rate, rate)
	}
	arltest.Write(t, filepath.Join(l.config, "config.yaml"), strings.ReplaceAll(config, "\n", "\r\n"))
}

// must runs a program of this system.
func (l *windowsLab) must(t *testing.T, env []string, name string, args ...string) {
	ctx, cancel := context.WithTimeout(l.ctx, winePatience)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Env, c.WaitDelay = env, time.Second
	// What wine starts beside a program has its output as well, and goes on.
	if out, err := c.CombinedOutput(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}

// An exeRun is what became of a run of arl.exe.
type exeRun struct {
	out, err string
	code     int
}

// command prepares arl.exe. It is the program itself that becomes of it, so that to kill it kills that.
func (l *windowsLab) command(ctx context.Context, stdin string, args ...string) (c *exec.Cmd, out, said *bytes.Buffer) {
	c = exec.CommandContext(ctx, "wine", append([]string{l.exe}, args...)...)
	c.Dir, c.Env, c.WaitDelay = l.dir, l.env, time.Second
	out, said = &bytes.Buffer{}, &bytes.Buffer{}
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(stdin), out, said
	return c, out, said
}

// arl runs arl.exe to its end.
func (l *windowsLab) arl(t *testing.T, stdin string, args ...string) exeRun {
	t.Helper()
	ctx, cancel := context.WithTimeout(l.ctx, wineProgram)
	defer cancel()
	c, out, said := l.command(ctx, stdin, args...)
	if err := c.Run(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		if _, ended := errors.AsType[*exec.ExitError](err); !ended || ctx.Err() != nil {
			t.Errorf("arl %q: %v, %v\n%s", args, err, ctx.Err(), said)
		}
	}
	return exeRun{out.String(), said.String(), c.ProcessState.ExitCode()}
}

// good is arl for what has to succeed. It returns what was printed.
func (l *windowsLab) good(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	r := l.arl(t, stdin, args...)
	if r.code != 0 {
		t.Errorf("arl %q: exit code %d\n%s", args, r.code, r.err)
	}
	return r.out
}

func (l *windowsLab) file(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(l.dir, name))
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

// results are those in a file.
func (l *windowsLab) results(t *testing.T, name string) (all []result) {
	t.Helper()
	for line := range strings.Lines(l.file(t, name)) {
		var r result
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Errorf("%.200q: %v", line, err)
		}
		all = append(all, r)
	}
	return all
}

// A wineServer answers all, and knows what it was asked and when.
type wineServer struct {
	url string

	mu    sync.Mutex
	seen  map[string]int
	times map[string][]time.Time // by the first segment of the path
}

// ServeHTTP implements http.Handler. What is below /fails fails.
func (s *wineServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	api := strings.Split(r.URL.Path, "/")[1]
	var body bytes.Buffer
	_, _ = body.ReadFrom(r.Body)
	s.mu.Lock()
	if s.seen == nil {
		s.seen, s.times = map[string]int{}, map[string][]time.Time{}
	}
	s.seen[r.Method+" "+r.URL.RequestURI()]++
	s.times[api] = append(s.times[api], time.Now())
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if strings.Contains(r.URL.Path, "/fails") {
		w.WriteHeader(http.StatusNotFound)
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"path": r.URL.RequestURI(), "body": body.String()})
}

// count is how often something was asked for, such as "GET /lab/a".
func (s *wineServer) count(request string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[request]
}

// asked are the times of the requests of a profile.
func (s *wineServer) asked(api string) []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]time.Time(nil), s.times[api]...)
}

// A result is a line of a batch's output.
type result struct {
	Path  string
	OK    bool
	Error struct{ Kind string }
}
