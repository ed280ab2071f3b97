package tokens_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/arl-cli/arl/pkg/limiter/redisstore"
	"github.com/arl-cli/arl/pkg/tokens"
	"github.com/arl-cli/arl/test/redistest"
)

// TestMain is also what the tests' processes run: they use a token as often as a line comes in.
func TestMain(m *testing.M) {
	if os.Getenv("TOKENS_SERVER") == "" {
		os.Exit(m.Run())
	}
	redisstore.Quiet()
	s := &tokens.Source{Name: "n", Secret: "s3cret", Place: placeOf(os.Getenv("TOKENS_PLACE")), Lost: func(err error) { fmt.Println("lost", err) }}
	c := client{server: os.Getenv("TOKENS_SERVER"), source: s}
	s.Renew = c.renew
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println(c.use(context.Background()))
	}
}

// placeOf is a directory or the URL of a Redis.
func placeOf(where string) tokens.Place {
	if !strings.Contains(where, "://") {
		return tokens.InDir(where, "n")
	}
	a, err := redisstore.Parse(where)
	if err != nil {
		panic(err)
	}
	store, err := redisstore.Open(a)
	if err != nil {
		panic(err)
	}
	return store.Place("n")
}

// A client uses a token as an API's does.
type client struct {
	server string
	source *tokens.Source
}

func (c *client) renew(ctx context.Context) (string, time.Duration, error) {
	status, body, err := c.send(ctx, "/token", "")
	switch {
	case err != nil:
		return "", 0, err
	case status != http.StatusOK:
		return "", 0, &tokens.DeniedError{Reason: "denied: " + body}
	}
	var t struct {
		Token   string `json:"access_token"`
		Expires int    `json:"expires_in"`
	}
	err = json.Unmarshal([]byte(body), &t)
	return t.Token, time.Duration(t.Expires) * time.Second, err
}

// use sends one request, a second time after a 401, and says what came of it.
func (c *client) use(ctx context.Context) string {
	token, err := c.source.Token(ctx)
	if err != nil {
		return "error " + err.Error()
	}
	status, _, err := c.send(ctx, "/api", token)
	if status == http.StatusUnauthorized {
		if token, err = c.source.Replace(ctx, token); err == nil {
			status, _, err = c.send(ctx, "/api", token)
		}
	}
	if err != nil {
		return "error " + err.Error()
	}
	return strconv.Itoa(status) + " " + token
}

func (c *client) send(ctx context.Context, path, token string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.server+path, nil)
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

// A vendor gives tokens, each of which revokes the one before.
type vendor struct {
	*httptest.Server
	life int           // seconds
	slow time.Duration // how long it takes to give a token
	hang chan struct{} // if not nil, the first who asks gets no answer until it is closed
	deny bool

	mu            sync.Mutex
	asked, denied int // for tokens; requests with a wrong one
}

func newVendor(t *testing.T, v *vendor) *vendor {
	t.Helper()
	v.Server = httptest.NewServer(v)
	t.Cleanup(func() {
		v.CloseClientConnections()
		v.Close()
	})
	return v
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/token" {
		if _, wrong := v.count(); r.Header.Get("Authorization") != "Bearer "+v.token() {
			*wrong++
			v.mu.Unlock()
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		v.mu.Unlock()
		return
	}
	asked, _ := v.count()
	*asked++
	first, token := *asked == 1, v.token()
	v.mu.Unlock()
	if v.hang != nil && first {
		select {
		case <-v.hang:
		case <-r.Context().Done():
		}
		return
	}
	time.Sleep(v.slow)
	if v.deny {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, "invalid_client")
		return
	}
	fmt.Fprintf(w, `{"access_token": %q, "expires_in": %d}`, token, v.life)
}

// count locks the counters.
func (v *vendor) count() (asked, denied *int) {
	v.mu.Lock()
	return &v.asked, &v.denied
}

// token is the one that is good now. The lock is held.
func (v *vendor) token() string { return fmt.Sprintf("token-%d", v.asked) }

func (v *vendor) awaitAsked(t *testing.T, want int) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		asked, _ := v.count()
		n := *asked
		v.mu.Unlock()
		if n == want {
			return
		}
		if time.Now().After(end) {
			t.Fatal("nobody asks")
		}
	}
}

func (v *vendor) wantAsked(t *testing.T, want int) {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.asked != want {
		t.Errorf("the vendor was asked for %d tokens, want %d", v.asked, want)
	}
}

// A process is one of several that share a place.
type process struct {
	cmd *exec.Cmd
	in  io.Writer
	out *bufio.Scanner
}

func start(t *testing.T, v *vendor, place string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), "TOKENS_SERVER="+v.URL, "TOKENS_PLACE="+place)
	p.cmd.Stderr = os.Stderr
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewScanner(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	})
	p.said(t) // ready
	return p
}

func startAll(t *testing.T, v *vendor, places []string) []*process {
	t.Helper()
	var all []*process
	for _, place := range places {
		all = append(all, start(t, v, place))
	}
	return all
}

func (p *process) ask(t *testing.T) {
	t.Helper()
	if _, err := fmt.Fprintln(p.in, "use"); err != nil {
		t.Fatal(err)
	}
}

func (p *process) said(t *testing.T) string {
	t.Helper()
	if !p.out.Scan() {
		t.Fatalf("a process ended: %v", p.out.Err())
	}
	return p.out.Text()
}

// wantAll has all processes use their token at once.
func wantAll(t *testing.T, all []*process, want string) {
	t.Helper()
	for _, p := range all {
		p.ask(t)
	}
	for i, p := range all {
		if got := p.said(t); got != want {
			t.Errorf("process %d: %q, want %q", i, got, want)
		}
	}
}

// each runs a test on files of one directory, and on a Redis that is the same for four homes.
func each(t *testing.T, test func(t *testing.T, places []string)) {
	t.Run("files", func(t *testing.T) {
		t.Parallel()
		test(t, same(filepath.Join(t.TempDir(), "live")))
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		test(t, same("redis://"+redistest.Start(t).Addr))
	})
}

// same is a place for 16 processes.
func same(place string) []string {
	places := make([]string, 16)
	for i := range places {
		places[i] = place
	}
	return places
}

// However many need a token at once, one asks for it: at first, and when it was revoked.
func TestOneAsks(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, places []string) {
		v := newVendor(t, &vendor{life: 3600, slow: 200 * time.Millisecond})
		all := startAll(t, v, places)
		wantAll(t, all, "200 token-1")
		wantAll(t, all, "200 token-1")
		v.wantAsked(t, 1)
	})
}

// What expires is renewed before its end, by one.
func TestOneRenews(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, places []string) {
		v := newVendor(t, &vendor{life: 30})
		all := startAll(t, v, places)
		wantAll(t, all, "200 token-1")
		v.life = 3600
		expire(t, places[0], v)
		wantAll(t, startAll(t, v, places), "200 token-2")
		v.wantAsked(t, 2)
	})
}

// expire makes what lies in a place end within its margin.
func expire(t *testing.T, place string, v *vendor) {
	t.Helper()
	p := placeOf(place)
	b, left, err := p.Read(t.Context())
	if err != nil || len(b) == 0 || left > time.Duration(v.life)*time.Second {
		t.Fatalf("%d bytes for %v, %v", len(b), left, err)
	}
	if ok, err := p.Claim(t.Context(), "test", time.Minute); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if ok, err := p.Write(t.Context(), "test", b, time.Second); !ok || err != nil {
		t.Fatal(ok, err)
	}
}

// A token that the server rejects is looked up: who finds another one uses that, and asks for none.
func TestRejectedIsLookedUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, places []string) {
		v := newVendor(t, &vendor{life: 3600})
		all := startAll(t, v, places)
		wantAll(t, all, "200 token-1")
		put(t, placeOf(places[0]), v)
		wantAll(t, all, "200 token-2")
		v.wantAsked(t, 2)
		if v.denied != len(all) {
			t.Errorf("%d requests were rejected, want one of each process", v.denied)
		}
	})
}

// While another process asks, which revokes what all have, they wait for what it gets.
func TestRejectedWhileAnotherAsks(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, places []string) {
		v := newVendor(t, &vendor{life: 3600, slow: 300 * time.Millisecond})
		all := startAll(t, v, places)
		wantAll(t, all, "200 token-1")
		place := placeOf(places[0])
		var done sync.WaitGroup
		done.Go(func() { put(t, place, v) })
		v.awaitAsked(t, 2)
		wantAll(t, all, "200 token-2")
		done.Wait()
		v.wantAsked(t, 2)
	})
}

// put has another program ask, which revokes what all the others have, and shares what it got.
func put(t *testing.T, p tokens.Place, v *vendor) {
	t.Helper()
	if ok, err := p.Claim(t.Context(), "test", time.Minute); !ok || err != nil {
		t.Error(ok, err)
	}
	c := client{server: v.URL}
	token, life, err := c.renew(t.Context())
	if err != nil {
		t.Error(err)
	}
	b, err := tokens.Seal(token, life, "s3cret", "n")
	if err != nil {
		t.Error(err)
	}
	if ok, err := p.Write(t.Context(), "test", b, life); !ok || err != nil {
		t.Error(ok, err)
	}
}

// Whoever asks may be killed: another one asks, soon.
func TestKilledWhileAsking(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, places []string) {
		v := newVendor(t, &vendor{life: 3600, hang: make(chan struct{})})
		all := startAll(t, v, places)
		all[0].ask(t)
		v.awaitAsked(t, 1)
		if err := all[0].cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		wantAll(t, all[1:], "200 token-2")
		v.wantAsked(t, 2)
	})
}

// That no token is given is told to all, who do not ask again.
func TestDeniedIsShared(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, places []string) {
		v := newVendor(t, &vendor{deny: true, slow: 100 * time.Millisecond})
		wantAll(t, startAll(t, v, places), "error denied: invalid_client")
		v.wantAsked(t, 1)
	})
}

// Where there is no place to share, each process asks for itself, and says so once.
func TestPlaceAway(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, place := range map[string]string{"files": filepath.Join(file, "live"), "redis": "redis://127.0.0.1:1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t, &vendor{life: 3600})
			p := start(t, v, place)
			p.ask(t)
			if got := p.said(t); !strings.HasPrefix(got, "lost ") {
				t.Errorf("it says %q, want that it is on its own", got)
			}
			if got := p.said(t); got != "200 token-1" {
				t.Errorf("it says %q, want 200", got)
			}
			wantAll(t, []*process{p}, "200 token-1")
			v.wantAsked(t, 1)
		})
	}
}
