package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The examples run, and end with what was learned. They use apis.ClientFor and the limiter as a
// stranger's program would, so each is a process of its own with an empty home.
func TestExamples(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"client": "\nexample: ", "library": "200 requests in "} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := exec.CommandContext(t.Context(), "go", "run", "./examples/"+name)
			home := t.TempDir()
			c.Env = append(os.Environ(), "ARL_CONFIG_DIR="+home, "ARL_RUNTIME_DIR="+home+"/live")
			out, err := c.CombinedOutput()
			if err != nil || !strings.Contains(string(out), want) {
				t.Errorf("go run ./examples/%s = %v, want %q in:\n%s", name, err, want, out)
			}
			if name != "client" {
				return
			}
			if _, err := os.Stat(home + "/rates.yaml"); err != nil {
				t.Errorf("what was learned was not remembered: %v", err)
			}
		})
	}
}
