package main

import (
	"os/exec"
	"strings"
	"testing"
)

// A program that imports only pkg/limiter links the standard library and nothing else.
func TestLimiterIsLight(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./pkg/limiter").Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Fields(string(out)); len(got) != 1 {
		t.Errorf("pkg/limiter imports %q, want only itself", got)
	}
}
