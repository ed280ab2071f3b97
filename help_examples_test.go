package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// What the examples name, and what replaces it.
var exampleFiles = map[string]string{ //nolint:gochecknoglobals // a table
	"item.json": `{"name": "x"}`, "page.json": `{"name": "x"}`, "pages.json": `{"id": 1}`, "records.ndjson": "/items/1\n",
	"tickets.ndjson": "/items/1\n", "databases.ndjson": "/databases/1/query\n", "reports.txt": "/items/1\n", "urls.txt": "http://sandbox.arl/items/1\n", "first.ndjson": `{"api":"sandbox","path":"/items/1"}`,
	"in.ndjson": "/items/1\n", "second.ndjson": `{"api":"sandbox","path":"/items/2"}`, "overrides.json": `{"new": {"base_url": "https://a.example"}}`,
	"users.csv": "id,plan\n1,pro\n", "openapi.yaml": "{openapi: 3.0.3, info: {title: crm-a}, servers: [{url: https://a.example}]}", "openapi.json": `{"openapi": "3.0.3"}`, "photo.jpg": "x", "report.pdf": "x", "config.yaml": "apis:\n  sandbox: {initial_rate: 50}\n",
}

// TestHelpExamples runs the examples of every command, as they are pasted, where they end well. Those for
// an API out there are only checked (--dry-run, --plan), a server is asked to end once it serves.
func TestHelpExamples(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "seq", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	examples := examplesOf(t, "arl")
	if len(examples) < 75 {
		t.Errorf("only %d examples", len(examples))
	}
	mine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "{}") }))
	t.Cleanup(mine.Close)
	sandboxed := 0
	for _, example := range examples {
		if strings.Contains(example, " sandbox ") {
			sandboxed++
		}
		t.Run(example, func(t *testing.T) {
			t.Parallel()
			runExample(t, example, mine.URL)
		})
	}
	if sandboxed < 20 {
		t.Errorf("only %d examples for the sandbox", sandboxed)
	}
}

// examplesOf are the examples of a command and of all below it.
func examplesOf(t *testing.T, path string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "bash", "-c", path+" --help").Output()
	if err != nil {
		t.Fatal(path, err)
	}
	_, shown, _ := strings.Cut(string(out), "Examples:\n")
	shown, rest, _ := strings.Cut(shown, "\n\n")
	var examples []string
	for line := range strings.SplitSeq(shown, "\n") {
		examples = append(examples, strings.TrimSpace(line))
	}
	if path != "arl" && !strings.Contains(rest, "Available Commands:") {
		return examples
	}
	for _, found := range regexp.MustCompile(`(?m)^  ([a-z][a-z-]*)  `).FindAllStringSubmatch(rest, -1) {
		if sub := path + " " + found[1]; !isTopicOf(rest, found[0]) {
			examples = append(examples, examplesOf(t, sub)...)
		}
	}
	return examples
}

// isTopicOf reports whether a line of a help text stands among the topics.
func isTopicOf(help, line string) bool {
	_, topics, _ := strings.Cut(help, "Additional help topics:")
	return strings.Contains(topics, strings.TrimSpace(line))
}

var elsewhere = regexp.MustCompile(`^arl (get|post|put|patch|delete|head|request) (notion |github |my-api |https://)`)

func runExample(t *testing.T, example, mine string) {
	t.Helper()
	home := t.TempDir()
	for name, text := range exampleFiles {
		if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if conf := filepath.Join(home, "conf"); !strings.Contains(example, "apis add") {
		if err := os.Mkdir(conf, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(conf, "config.yaml"), []byte("apis:\n  my-api: {base_url: '"+mine+"'}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := append(os.Environ(), "HOME="+home, "ARL_CONFIG_DIR="+filepath.Join(home, "conf"), "XDG_STATE_HOME=", "MY_TOKEN=x",
		"NOTION_TOKEN=x", "GITHUB_TOKEN=x")
	// What the examples for learned rates name is learned first.
	script := "arl get sandbox /items/1 >/dev/null && "
	switch {
	case strings.Contains(example, "/etc/") || strings.Contains(example, "~/") || strings.Contains(example, "${fpath") ||
		strings.HasSuffix(example, "| source") || strings.Contains(example, "man -l") || strings.Contains(example, "$PROFILE") ||
		strings.Contains(example, "Invoke-Expression"):
		t.Skip("for another shell or another directory")
	case strings.Contains(example, "arl auth login"), strings.Contains(example, "arl auth logout"):
		t.Skip("for an authorization server")
	case strings.Contains(example, "arl auth set"), strings.Contains(example, "arl auth remove"):
		t.Skip("for a system keyring")
	case strings.HasPrefix(example, "arl sandbox"), strings.HasPrefix(example, "arl proxy"):
		serveExample(t, example, env, home)
		return
	case strings.Contains(example, "-- gh "):
		script += strings.Replace(example, "-- gh ", "-- echo ", 1)
	case elsewhere.MatchString(example):
		script += example + " --dry-run"
	case strings.Contains(example, "arl batch notion"), strings.Contains(example, "arl batch github"):
		script += strings.Replace(strings.Replace(example, "arl batch notion", "arl batch notion --plan", 1), "arl batch github", "arl batch github --plan", 1)
	case strings.HasPrefix(example, "arl rates") && strings.Contains(example, " notion"), strings.Contains(example, "0a1b2c3d"):
		script += strings.NewReplacer("notion", "sandbox", "github/search@0a1b2c3d", "sandbox").Replace(example)
	case strings.Contains(example, "--watch"): // it ends when it is told to
		script += "timeout --signal=INT 1 " + example + "; [ $? -eq 124 ]"
	default:
		script += example
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "bash", "-o", "pipefail", "-c", script)
	c.Dir, c.Env, c.Stdin = home, env, strings.NewReader("/items/1\n")
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", script, err, out)
	}
}

// serveExample runs a server until it serves.
func serveExample(t *testing.T, example string, env []string, dir string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "bash", "-c", "exec "+example+" --listen 127.0.0.1:0")
	c.Dir, c.Env = dir, env
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 100)
	n, err := out.Read(line)
	if err != nil || !strings.HasPrefix(string(line[:n]), "http://127.0.0.1:") {
		t.Errorf("%s: %q, %v", example, line[:n], err)
	}
	_ = c.Process.Signal(os.Interrupt)
	if err := c.Wait(); err != nil {
		t.Errorf("%s: %v", example, err)
	}
}
