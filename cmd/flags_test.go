package cmd

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/config"
)

// Every command says what it is for, starting with a verb, and gives at least three examples to paste.
func TestHelp(t *testing.T) {
	t.Parallel()
	e := &cli.Env{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Getenv: func(string) string { return "" }}
	var look func(c *cobra.Command)
	look = func(c *cobra.Command) {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: Short is %q, want a phrase without a full stop", c.CommandPath(), c.Short)
		}
		lines := strings.Split(c.Example, "\n")
		if !isTopic(c) && len(lines) < 3 {
			t.Errorf("%s: Example is %q, want three that can be pasted", c.CommandPath(), c.Example)
		}
		for _, line := range lines {
			if !isTopic(c) && !strings.HasPrefix(line, "  ") {
				t.Errorf("%s: example %q is not indented by two", c.CommandPath(), line)
			}
		}
		for _, sub := range c.Commands() {
			look(sub)
		}
	}
	look(newRoot(e))
	for _, code := range []string{"0 ", "1 ", "2 ", "3 ", "5 ", "6 ", "7 ", "22 ", "26 ", "28 ", "35 ", "47 ", "52 ", "55 ", "56 ", "60 ", "75 ", "97 ", "130 ", "141 "} {
		if !strings.Contains(helpExitCodes, "  "+code) {
			t.Errorf("arl help exit-codes lacks %s", code)
		}
	}
}

// What the topic shows is a configuration.
func TestHelpConfig(t *testing.T) {
	t.Parallel()
	_, shown, _ := strings.Cut(helpConfig, "\n\n")
	shown, _, _ = strings.Cut(shown, "\n\n")
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(shown), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Profile("my-api")
	if err != nil || r.Store() == "" || len(p.Buckets) != 2 || p.Pagination == nil || *p.InitialRate != 2 {
		t.Errorf("profile %+v, %v", p, err)
	}
}
