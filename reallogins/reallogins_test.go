package reallogins

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a run of arl may take.
const patience = 2 * time.Minute

var build = sync.OnceValues(func() (string, error) { //nolint:gochecknoglobals // built once for all tests
	dir, err := os.MkdirTemp("", "arl-*")
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "arl")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	c := exec.Command("go", "build", "-o", name, ".")
	c.Dir = ".."
	out, err := c.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return name, err
})

// A home is a directory of arl's, with a profile for the server.
type home struct{ dir, arl string }

func newHome(t *testing.T, s *server) home {
	t.Helper()
	arl, err := build()
	if err != nil {
		t.Fatal(err)
	}
	h := home{t.TempDir(), arl}
	profile := fmt.Sprintf("apis:\n  op:\n    base_url: %s\n    initial_rate: 100\n    auth: {type: oauth, issuer: %q, client_id: arl, scope: openid profile offline_access}\n", s.URL, s.URL)
	if err := os.WriteFile(filepath.Join(h.dir, "config.yaml"), []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	return h
}

// command is a run of arl. browser is who sits in front of $BROWSER; empty means that there is none.
func (h home) command(t *testing.T, browser string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, h.arl, args...)
	c.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + h.dir, "ARL_CONFIG_DIR=" + h.dir, "ARL_RUNTIME_DIR=" + filepath.Join(h.dir, "live"), "NO_PROXY=*",
	}
	if browser != "" {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		c.Env = append(c.Env, "BROWSER="+self, asBrowser+"="+browser)
	}
	return c
}

// run runs arl, which must end with that code, and returns what it says.
func (h home) run(t *testing.T, code int, browser string, args ...string) string {
	t.Helper()
	c := h.command(t, browser, args...)
	out, _ := c.CombinedOutput()
	if c.ProcessState == nil || c.ProcessState.ExitCode() != code {
		t.Fatalf("arl %q: %v, want exit code %d\n%s", args, c.ProcessState, code, out)
	}
	return string(out)
}

func wantText(t *testing.T, text, want string) {
	t.Helper()
	if !strings.Contains(text, want) {
		t.Errorf("%q is missing in\n%s", want, text)
	}
}

// Somebody logs in with a browser: discovery, PKCE, a token, one refresh however many need it, and the end of it all.
func TestBrowser(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	h := newHome(t, s)
	wantText(t, h.run(t, 0, "somebody", "auth", "login", "op", "--key-in-file"), "logged in to op")
	wantText(t, h.run(t, 0, "", "get", "op", "/userinfo"), `"sub":"`+userID+`"`)
	if n, _, rejected := s.counts(); n != 0 || rejected != 0 {
		t.Errorf("%d refreshes, %d rejected", n, rejected)
	}
	for round := 1; round <= 2; round++ {
		time.Sleep(tokenLife) // the server's clock is the real one
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { // no t.FailNow in here
				if out, err := h.command(t, "", "get", "op", "/userinfo").CombinedOutput(); err != nil || !bytes.Contains(out, []byte(userID)) {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
		all.Wait()
		if n, different, rejected := s.counts(); n < round || n != different || rejected != 0 {
			t.Errorf("round %d: %d refreshes with %d tokens, %d rejected", round, n, different, rejected)
		}
	}
	wantText(t, h.run(t, 0, "", "auth", "status", "op"), "by browser")
	wantText(t, h.run(t, 0, "", "auth", "logout", "op"), "logged out of op")
	if s.takes(t) {
		t.Error("the server still takes the refresh token")
	}
	wantText(t, h.run(t, 2, "", "get", "op", "/userinfo"), "nobody is logged in to op")
}

// The server itself rejects a code that belongs to another login than the one that asks.
func TestBrowserSwapped(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	h := newHome(t, s)
	out := h.run(t, 1, "swapped", "auth", "login", "op", "--key-in-file")
	wantText(t, out, "not logged in to op: ")
	if _, _, rejected := s.counts(); rejected != 1 {
		t.Errorf("%d rejected, want 1\n%s", rejected, out)
	}
	h.run(t, 2, "", "get", "op", "/userinfo")
}

// A login that was revoked elsewhere is an error with a next step, and the server is not asked again and again.
func TestRevokedElsewhere(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	h := newHome(t, s)
	h.run(t, 0, "somebody", "auth", "login", "op", "--key-in-file")
	if !s.takes(t) { // somebody else uses the refresh token up
		t.Fatal("the server does not take the refresh token")
	}
	time.Sleep(tokenLife)
	for range 2 {
		wantText(t, h.run(t, 2, "", "get", "op", "/userinfo"), "`arl auth login op` logs in again")
	}
	if n, _, _ := s.counts(); n != 2 { // that of somebody else, and one of arl's
		t.Errorf("%d refreshes, want 2", n)
	}
	wantText(t, h.run(t, 1, "", "auth", "status", "op"), "the login has expired or was revoked")
}

// Somebody logs in with a code on another device, or does not want to.
func TestDevice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		action string
		code   int
		says   string
	}{
		{"allowed", 0, "logged in to op"},
		{"denied", 1, "not logged in to op: access was denied"},
	} {
		t.Run(c.action, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			h := newHome(t, s)
			login := h.command(t, "", "auth", "login", "op", "--device", "--key-in-file")
			var said transcript
			login.Stderr = &said
			if err := login.Start(); err != nil {
				t.Fatal(err)
			}
			enter(t, s, said.await(t, regexp.MustCompile(`enter the code (\S+)`)), c.action)
			_ = login.Wait()
			if login.ProcessState.ExitCode() != c.code {
				t.Fatalf("%v\n%s", login.ProcessState, said.String())
			}
			wantText(t, said.String(), c.says)
			if c.code == 0 {
				wantText(t, h.run(t, 0, "", "get", "op", "/userinfo"), userID)
			}
		})
	}
}

// A transcript is what a program says while it runs.
type transcript struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

// String is all of it so far.
func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// await waits until it says something, and returns what the first group matches.
func (t *transcript) await(tt *testing.T, re *regexp.Regexp) string {
	tt.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if found := re.FindStringSubmatch(t.String()); found != nil {
			return found[1]
		}
	}
	tt.Fatalf("it says only:\n%s", t.String())
	return ""
}
