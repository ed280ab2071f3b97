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
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// openTerminal opens a terminal of so many columns, and returns its two ends.
func openTerminal(t *testing.T, columns int) (ours, theirs *os.File) {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = ours.Close() })
	fd := int(ours.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: uint16(columns)})
	}
	if err == nil {
		theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Skip(err)
	}
	return ours, theirs
}

// onTerminal runs a batch of 40 records for the sandbox with a terminal as standard error, and as standard
// output if that is asked for, and returns what the terminal got.
func onTerminal(t *testing.T, columns int, both bool, environment string, args ...string) string {
	t.Helper()
	home := t.TempDir()
	in := filepath.Join(home, "in.txt")
	var lines strings.Builder
	for i := range 40 {
		fmt.Fprintf(&lines, "/items/%d\n", i)
	}
	config := filepath.Join(home, "config.yaml")
	for name, text := range map[string]string{in: lines.String(), config: "apis:\n  sandbox: {initial_rate: 60}\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path, err := exec.LookPath("arl")
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := openTerminal(t, columns)
	c := exec.CommandContext(t.Context(), path, append([]string{"batch", "sandbox", in, "--config", config}, args...)...)
	c.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME=", "XDG_STATE_HOME=", "NO_COLOR=", "TERM=xterm", environment)
	c.Stderr = theirs
	if both {
		c.Stdout = theirs
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if err := theirs.Close(); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	_, _ = io.Copy(&got, ours) // ends with EIO when the other end is closed
	if err := c.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, got.String())
	}
	return got.String()
}

// screen is what of a terminal's output stays on it, where lines are redrawn, and the lines that were.
func screen(t *testing.T, text string) (stays string, drawn []string) {
	t.Helper()
	colours := regexp.MustCompile(`\x1b\[[0-9;]*m`)
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		pieces := strings.Split(line, "\r")
		for _, piece := range pieces[:len(pieces)-1] {
			if shown, ok := strings.CutSuffix(piece, "\x1b[J"); ok && shown != "" {
				drawn = append(drawn, colours.ReplaceAllString(shown, ""))
			}
		}
		stays += colours.ReplaceAllString(strings.TrimPrefix(pieces[len(pieces)-1], "\x1b[J"), "") + "\n"
	}
	if strings.Contains(stays, "\x1b") {
		t.Errorf("escapes stay: %q", stays)
	}
	return stays, drawn
}

// The progress is drawn in one line that never fills the terminal, and taken away before anything else is
// written: notes, the story of --explain, results.
func TestProgressOnATerminal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		columns int
		both    bool
		args    []string
	}{
		{40, false, nil},
		{80, false, []string{"--explain"}},
		{120, false, []string{"--log-json", "-"}},
		{100, true, []string{"--explain"}},
	} {
		t.Run(fmt.Sprint(test.columns, test.args), func(t *testing.T) {
			t.Parallel()
			stays, drawn := screen(t, onTerminal(t, test.columns, test.both, "", test.args...))
			line := regexp.MustCompile(`^([━─]+ )?[0-9]+( of |/)(40|~[0-9]+) · `) // a guess until the input is at its end
			for _, text := range drawn {
				if !line.MatchString(text) || utf8.RuneCountInString(text) >= test.columns {
					t.Errorf("%d columns: drawn %q", test.columns, text)
				}
			}
			if len(drawn) < 5 {
				t.Errorf("drawn only %q", drawn)
			}
			results := 0
			for text := range strings.SplitSeq(strings.TrimSuffix(stays, "\n\n"), "\n") {
				if strings.HasPrefix(text, `{"line":`) {
					results++
				} else if !strings.HasPrefix(text, "arl: ") && !strings.HasPrefix(text, `{"time":`) {
					t.Errorf("%q stays", text)
				}
			}
			if want := map[bool]int{true: 40}[test.both]; results != want {
				t.Errorf("%d results on the terminal, want %d", results, want)
			}
		})
	}
}

// Where nothing can be redrawn, or nobody wants to see it, nothing is. Colours are for who wants them.
func TestNoProgressOnATerminal(t *testing.T) {
	t.Parallel()
	colour := regexp.MustCompile(`\x1b\[[0-9;]*m`)
	for _, test := range []struct {
		environment, flag      string
		drawn, coloured, books bool
	}{
		{"", "--color=auto", true, true, true},
		{"", "--color=never", true, false, true},
		{"NO_COLOR=1", "--color=auto", true, false, true},
		{"TERM=dumb", "--color=auto", false, false, true},
		{"", "--no-progress-meter", false, false, true},
		{"", "-s", false, false, false},
	} {
		t.Run(test.environment+test.flag, func(t *testing.T) {
			t.Parallel()
			text := onTerminal(t, 80, false, test.environment, test.flag)
			_, drawn := screen(t, text)
			escapes := strings.ContainsAny(strings.ReplaceAll(text, "\r\n", ""), "\x1b\r")
			if len(drawn) > 0 != test.drawn || escapes != test.drawn || colour.MatchString(text) != test.coloured ||
				strings.Contains(text, "read 40 = 40 ok") != test.books {
				t.Errorf("want %+v, got %q", test, text)
			}
		})
	}
}
