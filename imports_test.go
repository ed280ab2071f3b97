package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A program that imports only pkg/limiter links the standard library, and nothing else.
func TestLimiterIsLight(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./pkg/limiter").Output()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"github.com/arl-cli/arl/internal/pacing", "github.com/arl-cli/arl/internal/structfield",
		"github.com/arl-cli/arl/internal/headers", "github.com/arl-cli/arl/internal/event",
		"github.com/arl-cli/arl/internal/httpcheck", "github.com/arl-cli/arl/internal/sendctx",
		"github.com/arl-cli/arl/pkg/limiter",
	}
	if got := strings.Fields(string(out)); !slices.Equal(got, want) {
		t.Errorf("pkg/limiter links %q, want %q", got, want)
	}
}
