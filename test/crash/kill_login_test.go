//go:build unix

package crash_test

import (
	"bytes"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/arl-cli/arl/test/arltest"
	"github.com/arl-cli/arl/test/redistest"
)

// shortLogin is how long the access tokens of these tests live.
const shortLogin = time.Second

// A loginHome is a directory of arl's with a login whose access token has expired.
type loginHome struct {
	dir    string
	env    []string
	server *arltest.Logins

	mu        sync.Mutex
	refreshed []string // refresh tokens that have arrived
}

// newLoginHome logs in, and waits until the token has expired. store is a Redis, or empty.
func newLoginHome(t *testing.T, store string) *loginHome {
	t.Helper()
	server, err := arltest.NewLogins(shortLogin, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	h := &loginHome{dir: t.TempDir(), server: server}
	h.env = append(os.Environ(), "HOME="+h.dir, "ARL_CONFIG_DIR="+h.dir, "ARL_RUNTIME_DIR="+filepath.Join(h.dir, "live"),
		"GORACE=atexit_sleep_ms=0", "ARL_LOGIN_KEY=0123456789abcdef0123456789abcdef")
	if store != "" {
		h.env = append(h.env, "ARL_STORE="+store)
	}
	arltest.Write(t, filepath.Join(h.dir, "config.yaml"), "apis:\n  s:\n    base_url: "+server.URL+
		"\n    initial_rate: 500\n    auth: {type: oauth, issuer: '"+server.URL+"', client_id: p}\n")
	h.login(t)
	server.Break(h.note)
	time.Sleep(shortLogin) // the token's life is the server's time
	return h
}

func (h *loginHome) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("arl")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, args...)
	c.Dir, c.Env = h.dir, h.env
	return c
}

func (h *loginHome) login(t *testing.T) {
	t.Helper()
	c := h.command(t, "auth", "login", "s")
	c.Env = append(c.Env, "BROWSER=browse page allow -")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// note keeps in mind which refresh tokens have arrived.
func (h *loginHome) note(_ *http.Request, form url.Values) (before, after func()) {
	if refresh := form.Get("refresh_token"); refresh != "" {
		h.mu.Lock()
		h.refreshed = append(h.refreshed, refresh)
		h.mu.Unlock()
	}
	return nil, nil
}

// usedTwice returns the refresh tokens that have arrived more than once, and how many have arrived.
func (h *loginHome) usedTwice() (twice []string, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	sorted := slices.Sorted(slices.Values(h.refreshed))
	for i := 1; i < len(sorted); i++ {
		if sorted[i] == sorted[i-1] {
			twice = append(twice, sorted[i])
		}
	}
	return twice, len(sorted)
}

// next is what the process after one that was killed sees: it has a token, or says to log in. Then somebody does, and all
// is well.
func (h *loginHome) next(t *testing.T, wantToken bool) {
	t.Helper()
	out, err := h.command(t, "get", "s", "/items/1").CombinedOutput()
	switch {
	case (err == nil) != wantToken:
		t.Errorf("a token: %v, want %v\n%s", err == nil, wantToken, out)
	case err == nil && !bytes.Contains(out, []byte(`"id":"1"`)):
		t.Errorf("it ends well with %s", out)
	case err != nil && !bytes.Contains(out, []byte("`arl auth login s` logs in again")):
		t.Errorf("no next step: %v\n%s", err, out)
	}
	h.login(t)
	if out, err := h.command(t, "get", "s", "/items/2").CombinedOutput(); err != nil {
		t.Errorf("after a new login: %v\n%s", err, out)
	}
	if twice, n := h.usedTwice(); len(twice) > 0 {
		t.Errorf("of %d refresh tokens these came twice: %v", n, twice)
	}
}

// loginStores runs a test over files and over a Redis.
func loginStores(t *testing.T, run func(t *testing.T, store string)) {
	t.Run("files", func(t *testing.T) { t.Parallel(); run(t, "") })
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		if _, err := exec.LookPath("redis-server"); err != nil && os.Getenv("CI") == "" {
			t.Skip("no redis-server")
		}
		s, err := redistest.New(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Kill)
		run(t, "redis://"+s.Addr)
	})
}

// TestLoginKilled kills a process with SIGKILL while the authorization server has its refresh token: before the server has
// looked at it, and before the response leaves. Nobody can tell the two apart: the token is not used again.
func TestLoginKilled(t *testing.T) {
	t.Parallel()
	loginStores(t, func(t *testing.T, store string) {
		for _, moment := range []string{"before", "after"} {
			t.Run(moment, func(t *testing.T) {
				t.Parallel()
				h := newLoginHome(t, store)
				run := h.command(t, "get", "s", "/items/1")
				started, dead := make(chan struct{}), make(chan struct{})
				kill := func() {
					<-started
					_ = run.Process.Kill()
					<-dead
				}
				var once sync.Once
				h.server.Break(func(r *http.Request, form url.Values) (before, after func()) {
					h.note(r, form)
					if moment == "before" {
						return func() { once.Do(kill) }, nil
					}
					return nil, func() { once.Do(kill) }
				})
				err := run.Start()
				close(started)
				if err != nil {
					t.Fatal(err)
				}
				_ = run.Wait()
				close(dead)
				if run.ProcessState.ExitCode() != -1 {
					t.Fatalf("it was not killed: %v", run.ProcessState)
				}
				h.next(t, false)
			})
		}
	})
}

// TestLoginKilledLate kills processes with SIGKILL a moment after the response with the next refresh token has left the
// server: while it is read, while it is put down, or behind that. The next process has the new token or says to log in.
func TestLoginKilledLate(t *testing.T) {
	t.Parallel()
	loginStores(t, func(t *testing.T, store string) {
		for _, late := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond, 20 * time.Millisecond} {
			t.Run(late.String(), func(t *testing.T) {
				t.Parallel()
				h := newLoginHome(t, store)
				run := h.command(t, "get", "s", "/items/1")
				started := make(chan struct{})
				var once sync.Once
				h.server.Break(func(r *http.Request, form url.Values) (before, after func()) {
					h.note(r, form)
					return nil, func() {
						once.Do(func() {
							<-started
							time.AfterFunc(late, func() { _ = run.Process.Kill() }) // the moment is what is tested
						})
					}
				})
				err := run.Start()
				close(started)
				if err != nil {
					t.Fatal(err)
				}
				_ = run.Wait()
				out, err := h.command(t, "get", "s", "/items/2").CombinedOutput()
				if err != nil && !bytes.Contains(out, []byte("`arl auth login s` logs in again")) {
					t.Errorf("%v\n%s", err, out)
				}
				t.Logf("killed: %v, the next one has a token: %v", run.ProcessState, err == nil)
				if twice, n := h.usedTwice(); len(twice) > 0 || n == 0 {
					t.Errorf("of %d refresh tokens these came twice: %v", n, twice)
				}
				if text, err := arltest.Fetch(h.server.URL + "/oauth/logins"); err != nil || !strings.Contains(string(text), `"reused":0`) {
					t.Errorf("%s, %v", text, err)
				}
			})
		}
	})
}

// TestLoginKilledConnecting kills a process with SIGKILL that is about to send its refresh token, and has no connection
// yet. The token has not left this machine, so the next process uses it.
func TestLoginKilledConnecting(t *testing.T) {
	t.Parallel()
	loginStores(t, func(t *testing.T, store string) {
		h := newLoginHome(t, store)
		proxy, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { proxy.Close() })
		run := h.command(t, "get", "s", "/items/1", "-x", "socks5://"+proxy.Addr().String())
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = run.Process.Kill() })
		conn, err := proxy.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Read(make([]byte, 1)); err != nil { // the greeting, which is never answered
			t.Fatal(err)
		}
		_ = run.Process.Kill()
		_ = run.Wait()
		h.next(t, true)
	})
}
