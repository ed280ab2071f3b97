//go:build linux

package terminal_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// onControllingTerminal starts arl exec with a terminal as its streams that is its own, and returns what comes from it, by
// lines, and our end.
func onControllingTerminal(t *testing.T, script string) (ours *os.File, lines *bufio.Scanner, c *exec.Cmd) {
	t.Helper()
	path, err := exec.LookPath("arl")
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := openTerminal(t, 80)
	c = exec.CommandContext(t.Context(), path, "exec", "sandbox", "--", "sh", "-c", script)
	c.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_CONFIG_HOME=", "XDG_STATE_HOME=", "TERM=xterm")
	c.Dir = t.TempDir()
	c.Stdin, c.Stdout, c.Stderr = theirs, theirs, theirs
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if err := theirs.Close(); err != nil {
		t.Fatal(err)
	}
	return ours, bufio.NewScanner(ours), c
}

// A terminal stays one for the command, and can be read from.
func TestExecKeepsTheTerminal(t *testing.T) {
	t.Parallel()
	ours, lines, c := onControllingTerminal(t, `test -t 0 && test -t 1 && test -t 2 && echo all three; read word; echo "read $word"; exit 3`)
	var got []string
	for lines.Scan() {
		got = append(got, strings.TrimSpace(lines.Text()))
		if got[len(got)-1] == "all three" {
			if _, err := ours.WriteString("hello\n"); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = c.Wait()
	if text := strings.Join(got, "\n"); !strings.Contains(text, "all three") || !strings.HasSuffix(text, "read hello") || c.ProcessState.ExitCode() != 3 {
		t.Errorf("%q, exit code %d", text, c.ProcessState.ExitCode())
	}
}

// Ctrl-C reaches the command once, and it is the command that decides how to end.
func TestExecCtrlC(t *testing.T) {
	t.Parallel()
	// A second one would end it with 9.
	ours, lines, c := onControllingTerminal(t, `trap 'trap "exit 9" INT; echo interrupted' INT; echo ready
while [ ! -f go ]; do sleep 0.02; done; exit 6`)
	for lines.Scan() {
		switch line := lines.Text(); {
		case strings.Contains(line, "ready"):
			if _, err := ours.WriteString("\x03"); err != nil {
				t.Fatal(err)
			}
		case strings.Contains(line, "interrupted"):
			end := filepath.Join(c.Dir, "go")
			if err := os.WriteFile(end, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = c.Wait()
	if code := c.ProcessState.ExitCode(); code != 6 {
		t.Errorf("exit code %d", code)
	}
}
