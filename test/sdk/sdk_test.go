package sdk_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/arl-cli/arl/test/arltest"
)

// An sdk is a client of other people's, which walks a list of 250 items through `arl proxy`.
type sdk struct {
	name  string
	like  string // the API that the sandbox plays
	base  string // the path of its base_url
	run   []string
	needs string // a module of the program that runs it: for Python its name, for node those of package.json
	want  string // what it prints
}

func sdks() []sdk {
	const npm = "package.json"
	return []sdk{
		{"notion", "notion", "/v1", []string{"node", "notion.mjs"}, npm, "250 250"},
		{"airtable", "airtable", "/v0", []string{"node", "airtable.mjs"}, npm, "250"},
		{"slack", "slack", "/api", []string{"node", "slack.mjs"}, npm, "250 C1"},
		{"openai", "openai", "/v1", []string{"node", "openai.mjs"}, npm, "250"},
		{"octokit", "github", "", []string{"node", "octokit.mjs"}, npm, "250"},
		{"axios", "notion", "/v1", []string{"node", "axios.mjs"}, npm, "250"},
		{"got", "github", "", []string{"node", "got.mjs"}, npm, "250"},
		{"requests", "github", "", []string{"python3", "with_requests.py"}, "requests", "250"},
		{"aiohttp", "github", "", []string{"python3", "with_aiohttp.py"}, "aiohttp", "250"},
		{"java", "notion", "/v1", []string{"java", "Java.java"}, "", "250"},
		{"curl", "notion", "/v1", []string{"sh", "curl.sh"}, "", "250"},
	}
}

// TestSDKs runs clients that people use, in the state in which they are installed, against `arl proxy`. Each is to get to
// the end of a list, with its own retries turned off, past a server that throttles it and of which it never hears.
// testdata has their programs, and the versions of what npm installs. Python's modules are Debian's.
func TestSDKs(t *testing.T) {
	t.Parallel()
	switch {
	case testing.Short():
		t.Skip("installs packages")
	case arltest.Raced:
		t.Skip("the clients are not watched for data races, and what they do is done without -race too")
	case runtime.GOOS != "linux":
		t.Skip("the clients are tested where CI installs them")
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata")); err != nil {
		t.Fatal(err)
	}
	modules := sync.OnceValue(func() error { return installModules(t.Context(), dir) })
	var all sync.WaitGroup
	for _, s := range sdks() {
		all.Go(func() { // not t.Parallel: they wait, mostly
			t.Run(s.name, func(t *testing.T) { s.walk(t, dir, modules) })
		})
	}
	all.Wait()
}

// What npm installs comes from where npm usually gets it, whatever stood in between when the lock file was written.
func TestSDKLock(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("testdata", "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "://") && !strings.Contains(line, "https://registry.npmjs.org/") && !strings.Contains(line, `"url":`) {
			t.Error(line)
		}
	}
}

// walk runs the client between a sandbox and a proxy of its own.
func (s *sdk) walk(t *testing.T, dir string, modules func() error) {
	s.find(t, modules)
	api := listening(t, nil, "sandbox", "--like", s.like, "--limit", "fixed:2/4s", "--lockout", "500ms", "--headers", "retry-after", "--throttle-status", "429")
	home := t.TempDir()
	arltest.Write(t, filepath.Join(home, "config.yaml"), fmt.Sprintf(
		"apis: {%s: {base_url: %s%s, initial_rate: 50, max_rate: null, limits: null, buckets: null, default_pause: 1s, auth: {type: bearer, env: [SDK_TOKEN]}}}\n",
		s.like, api, s.base))
	proxy := listening(t, []string{"ARL_CONFIG_DIR=" + home, "ARL_RUNTIME_DIR=" + filepath.Join(home, "live"), "ARL_STORE=file", "SDK_TOKEN=secret"}, "proxy", s.like)

	ctx, cancel := context.WithTimeout(t.Context(), arltest.Patience)
	defer cancel()
	c := exec.CommandContext(ctx, s.run[0], append(s.run[1:], proxy)...)
	c.Dir, c.Env = dir, append(os.Environ(), "NO_PROXY=*", "no_proxy=*")
	began := time.Now()
	out, err := c.CombinedOutput()
	took := time.Since(began)
	if got := strings.TrimSpace(string(out)); err != nil || got != s.want {
		t.Errorf("%v, %s\nwant %s", err, got, s.want)
	}
	var now struct {
		Throttled int64 `json:"refused"`
	}
	body, err := arltest.Fetch(api + "/stats")
	if err == nil {
		err = json.Unmarshal(body, &now)
	}
	// On a machine that is slow enough, the requests of a client are too far apart for the limit.
	if slow := took > 4*time.Second && now.Throttled == 0; err != nil || now.Throttled == 0 && !slow {
		t.Errorf("%v, %+v: the client has met no throttle in %v", err, now, took)
	}
}

// find skips the test where the client is not installed, and fails in CI.
func (s *sdk) find(t *testing.T, modules func() error) {
	t.Helper()
	switch program := s.run[0]; program {
	case "node":
		arltest.NeedTools(t, "node", "npm")
		needs(t, modules())
	case "python3":
		arltest.NeedTools(t, "python3")
		s.run[0] = pythonWith(t, s.needs)
	case "sh":
		arltest.NeedTools(t, "curl", "jq")
	case "java":
		arltest.NeedTools(t, program, "javac") // it compiles what it runs
	}
}

// needs skips a test if what it needs is not there; in CI it fails.
func needs(t *testing.T, err error) {
	t.Helper()
	switch {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
}

// pythonWith finds a Python that has a module: Debian's modules are only found by Debian's own.
func pythonWith(t *testing.T, module string) string {
	t.Helper()
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.CommandContext(t.Context(), python, "-c", "import "+module).Run() == nil {
			return python
		}
	}
	needs(t, fmt.Errorf("no python3 has the module %s (Debian: python3-%s)", module, module))
	return ""
}

// installModules puts node_modules, as package-lock.json has them, into dir. They are installed once, for all runs with
// the same lock file.
func installModules(ctx context.Context, dir string) error {
	lock, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	installed := filepath.Join(cache, "arl-test-sdks", fmt.Sprintf("%x", sha256.Sum256(lock))[:16])
	if _, err := os.Stat(installed); err != nil {
		if err := install(ctx, dir, installed); err != nil {
			return err
		}
	}
	return os.Symlink(filepath.Join(installed, "node_modules"), filepath.Join(dir, "node_modules"))
}

// install makes a directory with node_modules. It is whole or not there; another run may make the same one meanwhile.
func install(ctx context.Context, dir, installed string) error {
	if err := os.MkdirAll(filepath.Dir(installed), 0o700); err != nil {
		return err
	}
	made, err := os.MkdirTemp(filepath.Dir(installed), "new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(made)
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(made, name), text, 0o600); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	c.Dir = made
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	if err := os.Rename(made, installed); err != nil {
		if _, there := os.Stat(installed); there != nil {
			return err
		}
	}
	return nil
}

// listening starts a verb of arl that serves on a free port until the test ends, and returns its address.
func listening(t *testing.T, environment []string, args ...string) (url string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "arl", append(args, "--listen", "127.0.0.1:0")...)
	c.Env = append(os.Environ(), environment...)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Wait() }) // killed: the test's context is over
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("arl %v says no address: %v", args, err)
	}
	return strings.TrimSpace(line)
}
