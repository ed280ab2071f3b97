//go:build linux

package terminal_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A dialogue is arl on a terminal, with a keyring of its own.
type dialogue struct {
	t       *testing.T
	cmd     *exec.Cmd
	ours    *os.File
	theirs  *os.File
	keyring string
	ended   chan struct{} // the terminal is read to its end

	mu   sync.Mutex
	said bytes.Buffer
}

func talk(t *testing.T, config string, args ...string) *dialogue {
	t.Helper()
	path, err := exec.LookPath("arl")
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	file := filepath.Join(home, "config.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	d := &dialogue{t: t, keyring: filepath.Join(home, "keyring"), ended: make(chan struct{})}
	d.ours, d.theirs = openTerminal(t, 100)
	t.Cleanup(func() { _ = d.theirs.Close() })
	d.cmd = exec.CommandContext(t.Context(), path, append(args, "--config", file)...)
	d.cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME=", "XDG_STATE_HOME=", "TERM=xterm", "TEST_KEYRING="+d.keyring)
	d.cmd.Stdin, d.cmd.Stderr = d.theirs, d.theirs
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go d.read()
	return d
}

func (d *dialogue) read() {
	defer close(d.ended)
	b := make([]byte, 1000)
	for {
		n, err := d.ours.Read(b)
		if err != nil {
			return
		}
		d.mu.Lock()
		d.said.Write(b[:n])
		d.mu.Unlock()
	}
}

func (d *dialogue) text() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.said.String()
}

// until waits for a question and until nothing is shown, then answers.
func (d *dialogue) until(question, answer string) {
	d.t.Helper()
	for end := time.Now().Add(20 * time.Second); !strings.HasSuffix(d.text(), question) || d.echoes(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			d.t.Fatalf("it says %q, want %q", d.text(), question)
		}
	}
	if _, err := io.WriteString(d.ours, answer); err != nil {
		d.t.Fatal(err)
	}
}

// echoes reports whether what is typed is shown.
func (d *dialogue) echoes() bool {
	d.t.Helper()
	state, err := unix.IoctlGetTermios(int(d.theirs.Fd()), unix.TCGETS)
	if err != nil {
		d.t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// end waits for arl's end, which leaves the terminal as it was.
func (d *dialogue) end(code int) {
	d.t.Helper()
	_ = d.cmd.Wait()
	if got := d.cmd.ProcessState.ExitCode(); got != code {
		d.t.Errorf("exit code %d, want %d: %s", got, code, d.text())
	}
	if !d.echoes() {
		d.t.Error("the terminal shows no more what is typed")
	}
}

const keyringConfig = `apis:
  s: {base_url: "http://127.0.0.1:1", auth: {type: bearer, keyring: true}}
  b: {base_url: "http://127.0.0.1:1", auth: {type: basic, keyring: true}}
`

func TestAuthSetOnTerminal(t *testing.T) {
	t.Parallel()
	for api, want := range map[string]string{"s": "s hunter2-token\n", "b": "b hunter2-user:hunter2-password\n"} {
		d := talk(t, keyringConfig, "auth", "set", api)
		if api == "s" {
			d.until("token for s (not shown): ", "hunter2-token\n")
		} else {
			d.until("user for b (not shown): ", "hunter2-user\n")
			d.until("password for b (not shown): ", "hunter2-password\n")
		}
		d.end(0)
		if got, _ := os.ReadFile(d.keyring); string(got) != want {
			t.Errorf("the keyring has %q, want %q", got, want)
		}
		if strings.Contains(d.text(), "hunter2") {
			t.Errorf("the terminal shows %q", d.text())
		}
	}
}

func TestAuthSetInterrupted(t *testing.T) {
	t.Parallel()
	d := talk(t, keyringConfig, "auth", "set", "s")
	d.until("token for s (not shown): ", "half")
	if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	d.end(130)
}

// -u without a password asks for it, as curl does.
func TestUserAsksForPassword(t *testing.T) {
	t.Parallel()
	sent := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sent <- r.Header.Get("Authorization") }))
	defer server.Close()
	d := talk(t, "apis: {s: {base_url: "+server.URL+"}}", "get", "s", "/x", "-u", "me")
	d.until("password for me (not shown): ", "hunter2\n")
	d.end(0)
	if got := <-sent; got != "Basic bWU6aHVudGVyMg==" || strings.Contains(d.text(), "hunter2") || strings.Contains(d.text(), "note:") {
		t.Errorf("sent %q, and the terminal shows %q", got, d.text())
	}
}
