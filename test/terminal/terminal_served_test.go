//go:build linux

package terminal_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// servedToSteer is a response in which all that a server can say steers a terminal: the reason phrase, headers, a
// cookie and strings of JSON, with OSC, CSI, C1 in both encodings and a right-to-left override. net/http takes no
// ASCII controls in headers.
const servedToSteer = "HTTP/1.1 200 \x1b]0;owned\a\r\nX-Csi: \u009b2J\r\nX-C1: \x9b2J\u009b2J\r\nX-Rtl: \u202egpj\r\n" +
	"Content-Type: text/plain; \u009b31mred\u202e\r\nSet-Cookie: a=b\u202ec\r\nConnection: close\r\n\r\n"

// What a server says cannot steer a terminal, whichever flag shows it; elsewhere it is passed on as it came.
func TestServedOnATerminal(t *testing.T) {
	t.Parallel()
	head := serveToSteer(t, servedToSteer)
	list := serveToSteer(t, servedToSteer+"[\"\u009b2J\u202e\x7f\"]")
	for _, test := range []struct {
		args []string
		want string // on the terminal
		raw  string // in a file
	}{
		{[]string{"get", "s", "/x", "-i"}, `X-Csi: \u009b2J`, "X-C1: \x9b2J\u009b2J\r\n"},
		{[]string{"get", "s", "/x", "-i"}, `200 \x1b]0;owned\x07`, "200 \x1b]0;owned\a\r\n"},
		{[]string{"get", "s", "/x", "-I"}, `X-Rtl: \u202egpj`, "X-Rtl: \u202egpj\r\n"},
		{[]string{"head", "s", "/x"}, `X-C1: \ufffd2J\u009b2J`, "X-C1: \x9b2J\u009b2J\r\n"},
		{[]string{"get", "s", "/x", "-D", "-", "-f", "-o", "/dev/null"}, `X-Csi: \u009b2J`, "X-Csi: \u009b2J\r\n"},
		{[]string{"get", "s", "/x", "-v", "-o", "/dev/null"}, `< X-Csi: \u009b2J`, ""},
		{[]string{"get", "s", "/x", "-v", "-o", "/dev/null"}, `200 \x1b]0;owned\x07`, ""},
		{[]string{"get", "s", "/x", "-o", "/dev/null", "-w", "%{content_type}"}, `\u009b31mred\u202e`, "\u009b31mred\u202e"},
		{[]string{"get", "s", "/x", "-o", "/dev/null", "-w", "%{stderr}%{content_type}"}, `\u009b31mred\u202e`, ""},
		{[]string{"get", "s", "/x", "-o", "/dev/null", "-w", "%header{x-csi}%{header_json}"}, `\u009b2J`, "\u009b2J"},
		{[]string{"get", "s", "/x", "-o", "/dev/null", "-w", "%{json}"}, `\u202e`, "\u202e"},
		{[]string{"get", "s", "/x", "--all"}, `"\u009b2J\u202e\u007f"`, "\"\u009b2J\u202e\x7f\""},
		{[]string{"get", "s", "/x", "--all", "--pages"}, `["\u009b2J\u202e\u007f"]`, "[\"\u009b2J\u202e\x7f\"]"},
		{[]string{"batch", "s", "in.ndjson", "-s"}, `\u009b2J\u202e\u007f`, "\u009b2J\u202e\x7f"},
		{[]string{"batch", "s", "in.ndjson", "-s", "-i"}, `\u202egpj`, "\u202egpj"},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			t.Parallel()
			config := head
			if strings.Contains(test.want, "u007f") {
				config = list
			}
			if got := onBothTerminals(t, config, test.args); !strings.Contains(got, test.want) || steers(got) {
				t.Errorf("the terminal got %q, want %q in it and nothing that steers it", got, test.want)
			}
			c := arlCommand(t, config, test.args)
			got, err := c.Output()
			if err != nil || !strings.Contains(string(got), test.raw) {
				t.Errorf("a pipe got %q (%v), want %q in it", got, err, test.raw)
			}
		})
	}
}

// A file that is named may be the terminal, too.
func TestServedOnANamedTerminal(t *testing.T) {
	t.Parallel()
	config := serveToSteer(t, servedToSteer+"[\"\u009b2J\u202e\x7f\"]")
	for _, args := range [][]string{
		{"get", "s", "/x", "-I", "-o", "/dev/stderr"},
		{"get", "s", "/x", "-D", "/dev/stderr", "-o", "/dev/null"},
		{"get", "s", "/x", "-D", "TERMINAL", "-o", "/dev/null"},
		{"get", "s", "/x", "--all", "-s", "-o", "TERMINAL"},
		{"batch", "s", "in.ndjson", "-s", "-o", "TERMINAL"},
		{"get", "s", "/x\u202e", "-o", "/dev/null", "--log-json", "TERMINAL"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			if got := onBothTerminals(t, config, args); len(got) == 0 || steers(got) {
				t.Errorf("the terminal got %q, want something that does not steer it", got)
			}
		})
	}
}

// The format of -w is the user's own text, and so is what steers a terminal in it.
func TestWriteOutOnATerminal(t *testing.T) {
	t.Parallel()
	config := serveToSteer(t, servedToSteer)
	got := onBothTerminals(t, config, []string{"get", "s", "/x", "-o", "/dev/null", "-w", "\x1b[32m%{http_code}\x1b[m\\r\\t%header{x-csi}\\n"})
	if want := "\x1b[32m200\x1b[m\r\t\\u009b2J\r\n"; got != want {
		t.Errorf("the terminal got %q, want %q", got, want)
	}
}

// A body is passed on as it came behind a head that is not.
func TestBodyOnATerminal(t *testing.T) {
	t.Parallel()
	config := serveToSteer(t, servedToSteer+"\x1b[1mbold")
	if got := onBothTerminals(t, config, []string{"get", "s", "/x", "-i"}); !strings.HasSuffix(got, "\n\x1b[1mbold") || !strings.Contains(got, `X-Csi: \u009b2J`) {
		t.Errorf("the terminal got %q", got)
	}
}

// steers reports whether there is something in a text that a terminal obeys.
func steers(text string) bool {
	lineEnds := regexp.MustCompile("\r+\n") // the terminal adds a \r of its own
	return strings.ContainsAny(lineEnds.ReplaceAllString(text, ""), "\r\x1b\a\u009b\u202e\x7f") || !utf8.ValidString(text)
}

// serveToSteer serves one response to all requests until the test ends, and returns a directory with a configuration
// and records for it.
func serveToSteer(t *testing.T, response string) (dir string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = conn.Read(make([]byte, 64<<10))
				_, _ = io.WriteString(conn, response)
				_ = conn.Close()
			}()
		}
	}()
	dir = t.TempDir()
	for name, text := range map[string]string{
		"config.yaml": fmt.Sprintf("apis:\n  s: {base_url: 'http://%s', initial_rate: 1000, pagination: {style: link}}\n", ln.Addr()),
		"in.ndjson":   "/x\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func arlCommand(t *testing.T, dir string, args []string) *exec.Cmd {
	t.Helper()
	arl, err := exec.LookPath("arl")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), arl, args...)
	home := t.TempDir()
	c.Dir = dir
	c.Env = append(os.Environ(), "HOME="+home, "ARL_CONFIG_DIR="+dir, "XDG_STATE_HOME=", "NO_COLOR=1", "TERM=xterm")
	return c
}

// onBothTerminals runs arl with a terminal as standard output and standard error, and returns what that got.
func onBothTerminals(t *testing.T, dir string, args []string) string {
	t.Helper()
	ours, theirs := openTerminal(t, 200)
	args = slices.Clone(args)
	for i, arg := range args {
		if arg == "TERMINAL" {
			args[i] = theirs.Name()
		}
	}
	c := arlCommand(t, dir, args)
	c.Stdout, c.Stderr = theirs, theirs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if err := theirs.Close(); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	_, _ = io.Copy(&got, ours) // ends with EIO when the other end is closed
	if err := c.Wait(); err != nil {
		t.Fatalf("%v\n%q", err, got.String())
	}
	return got.String()
}
