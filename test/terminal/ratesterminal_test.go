//go:build linux

package terminal_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/arl-cli/arl/pkg/limiter/history"
)

// A ratesHome is a home in which two keys are known, one with a history.
func ratesHome(t *testing.T) (home string) {
	t.Helper()
	home = t.TempDir()
	now := time.Now()
	rates := fmt.Sprintf(`version: 1
rates:
  notion@0a1b2c3d: {rate: 2.9, ceiling: 3, source: learned, updated: %[1]s, requests: 1000, accepted: 990, refused: 10, congestion_events: 4}
  github/search-of-something@0a1b2c3d: {rate: 0.25, source: default, updated: %[1]s, paused_until: %[2]s}
`, now.UTC().Format(time.RFC3339), now.Add(time.Hour).UTC().Format(time.RFC3339))
	if err := os.WriteFile(filepath.Join(home, "rates.yaml"), []byte(rates), 0o600); err != nil {
		t.Fatal(err)
	}
	var points []history.Point
	for i := range 60 {
		p := history.Point{At: now.Add(time.Duration(i-60) * time.Minute), Rate: float64(min(i, 30)) / 10, Sent: int64(i), Throttled: int64(i / 30)}
		if i > 30 {
			p.Ceiling = 3
		}
		points = append(points, p)
	}
	if err := history.In(home).Add("notion@0a1b2c3d", points); err != nil {
		t.Fatal(err)
	}
	return home
}

// ratesOnTerminal runs arl rates on a terminal.
func ratesOnTerminal(t *testing.T, home string, columns int, environment string, interrupt bool, args ...string) string {
	t.Helper()
	return arlOnTerminal(t, home, columns, environment, interrupt, append([]string{"rates"}, args...)...)
}

// arlOnTerminal runs arl on a terminal until it ends, or until it has been interrupted after it wrote
// something.
func arlOnTerminal(t *testing.T, home string, columns int, environment string, interrupt bool, args ...string) string {
	t.Helper()
	path, err := exec.LookPath("arl")
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := openTerminal(t, columns)
	c := exec.CommandContext(t.Context(), path, args...)
	c.Env = append(os.Environ(), "HOME="+home, "ARL_CONFIG_DIR="+home, "ARL_RUNTIME_DIR="+home, "NO_COLOR=", "TERM=xterm", environment)
	c.Stdout, c.Stderr = theirs, theirs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if err := theirs.Close(); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if interrupt {
		first := make([]byte, 1<<10)
		n, err := ours.Read(first)
		if err != nil {
			t.Fatal(err)
		}
		got.Write(first[:n])
		if err := c.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	_, _ = io.Copy(&got, ours) // ends with EIO when the other end is closed
	if err := c.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, got.String())
	}
	return strings.ReplaceAll(got.String(), "\r\n", "\n")
}

// On a terminal the table has what has room for it, and bars and sparklines in the rest.
func TestRatesOnATerminal(t *testing.T) {
	t.Parallel()
	home := ratesHome(t)
	colours := regexp.MustCompile(`\x1b\[[0-9;]*m`)
	for _, tt := range []struct {
		columns int
		has     []string
		not     []string
	}{
		{30, []string{"KEY", "RATE/S", "PAUSED"}, []string{"HISTORY", "FROM"}},
		{60, []string{"KEY", "RATE/S", "LIMIT/S", "PAUSED", "2.90", "3.00", "…", "@0a1b2c3d"}, []string{"PER MIN", "FROM", "LAST THROTTLE"}},
		{100, []string{"OF LIMIT", "━━━━━━", "HISTORY", "▂", "█"}, []string{"PER MIN"}},
		{200, []string{"OF LIMIT", "HISTORY", "PER MIN", "FROM", "REQUESTS", "LAST THROTTLE", "AGE", "█"}, nil},
	} {
		text := colours.ReplaceAllString(ratesOnTerminal(t, home, tt.columns, "", false), "")
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > tt.columns {
				t.Errorf("%d columns: %d in %q", tt.columns, n, line)
			}
		}
		for _, want := range tt.has {
			if !strings.Contains(text, want) {
				t.Errorf("%d columns: no %q in\n%s", tt.columns, want, text)
			}
		}
		for _, want := range tt.not {
			if strings.Contains(text, want) {
				t.Errorf("%d columns: %q in\n%s", tt.columns, want, text)
			}
		}
	}
}

func TestRatesShowOnATerminal(t *testing.T) {
	t.Parallel()
	home := ratesHome(t)
	for _, columns := range []int{60, 200} {
		text := ratesOnTerminal(t, home, columns, "NO_COLOR=1", false, "show", "notion")
		for _, want := range []string{"3.00 ┤", "═", "throttled ", "─ rate/s   · limit/s"} {
			if !strings.Contains(text, want) {
				t.Errorf("%d columns: no %q in\n%s", columns, want, text)
			}
		}
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > columns && strings.ContainsAny(line, "┤│·") {
				t.Errorf("%d columns: %d in %q", columns, n, line)
			}
		}
		if strings.Contains(text, "\x1b") {
			t.Errorf("colours in spite of NO_COLOR: %q", text)
		}
	}
	text := ratesOnTerminal(t, home, 80, "NO_COLOR=1", false, "show", "notion", "--since", "1ms")
	if !strings.Contains(text, " points since") || !strings.Contains(text, "none of them since") {
		t.Errorf("of a millisecond:\n%s", text)
	}
	if text := ratesOnTerminal(t, home, 80, "TERM=dumb", false, "show", "notion"); strings.Contains(text, "┤") || !strings.Contains(text, "--json has them") {
		t.Errorf("on a dumb terminal:\n%s", text)
	}
}

// What --watch draws goes when it ends, and the last picture stays.
func TestRatesWatchOnATerminal(t *testing.T) {
	t.Parallel()
	home := ratesHome(t)
	text := ratesOnTerminal(t, home, 80, "NO_COLOR=1", true, "--watch")
	drawn, stays, ended := strings.Cut(text, "\x1b[?25h\x1b[?1049l")
	if !ended || !strings.HasPrefix(drawn, "\x1b[?1049h\x1b[?25l\x1b[H") || !strings.Contains(drawn, "Ctrl-C ends it") {
		t.Errorf("drawn: %q", drawn)
	}
	if strings.Contains(stays, "\x1b") || strings.Count(stays, "\n") != 3 || !strings.HasPrefix(stays, "KEY ") {
		t.Errorf("stays: %q", stays)
	}
	if text := ratesOnTerminal(t, home, 80, "TERM=dumb", true, "--watch"); strings.Contains(text, "\x1b") {
		t.Errorf("on a dumb terminal: %q", text)
	}
}

// How many pages there are so far is drawn where the list does not go to the terminal, and taken away.
func TestPagesOnATerminal(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	list := []string{"get", "sandbox", "/list", "--all"}
	stays, drawn := screen(t, arlOnTerminal(t, home, 80, "", false, append(list, "-o", filepath.Join(home, "list"))...))
	if len(drawn) == 0 || drawn[0] != "1 page, 100 items" || strings.TrimSpace(stays) != "" {
		t.Errorf("with -o: drawn %q, and %q stays", drawn, stays)
	}
	if _, drawn = screen(t, arlOnTerminal(t, home, 80, "", false, list...)); len(drawn) > 0 {
		t.Errorf("into the list on the terminal was drawn %q", drawn)
	}
}
