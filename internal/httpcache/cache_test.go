package httpcache

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// loopback answers by itself: what it sends is made of the request's path.
type loopback struct{}

func (loopback) RoundTrip(r *http.Request) (*http.Response, error) {
	body := bodyFor(r.URL.Path)
	return &http.Response{
		StatusCode: 200, Request: r, ContentLength: int64(len(body)), Header: header("Vary", "Accept"),
		Body: io.NopCloser(bytes.NewReader(body)),
	}, nil
}

// bodyFor is what a path is answered with: every third body is a file of its own.
func bodyFor(path string) []byte {
	sum := sha256.Sum256([]byte(path))
	return bytes.Repeat(sum[:], 1+int(sum[0])%3/2*3000)
}

// load stores and reads responses until it is stopped, and reports what is wrong with those that were stored.
func load(dir string, maxBytes int64, rounds int, seed uint64) error {
	c := New(dir, maxBytes, nil)
	defer c.Close()
	base := Wire(loopback{})
	tr := &Transport{
		Cache: c, Policy: Policy{On: true, For: time.Hour}, Send: base.RoundTrip,
	}
	random := rand.New(rand.NewPCG(seed, 0))
	for range rounds {
		u := &url.URL{Scheme: "http", Host: "h", Path: fmt.Sprintf("/%d", random.IntN(300))}
		resp, _, err := do(tr, &http.Request{Method: "GET", URL: u, Header: http.Header{}})
		if err != nil {
			return err
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || !bytes.Equal(b, bodyFor(u.Path)) {
			return fmt.Errorf("%s: %w, %d bytes", u.Path, err, len(b))
		}
	}
	return nil
}

const childDir = "HTTPCACHE_TEST_DIR"

// TestMain lets the test's program be another process that uses a cache.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		rounds, _ := strconv.Atoi(os.Getenv("HTTPCACHE_TEST_ROUNDS"))
		if err := load(dir, 4<<20, rounds, uint64(os.Getpid())); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(t *testing.T, dir string, rounds int) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), childDir+"="+dir, "HTTPCACHE_TEST_ROUNDS="+strconv.Itoa(rounds))
	var said bytes.Buffer
	c.Stderr = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c, &said
}

// TestProcesses lets processes store and read at once, in a cache that is too small for all of it.
func TestProcesses(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	var children []*exec.Cmd
	var said []*bytes.Buffer
	for range 3 {
		c, s := child(t, dir, 200)
		children, said = append(children, c), append(said, s)
	}
	for i, c := range children {
		if err := c.Wait(); err != nil {
			t.Errorf("%v: %s", err, said[i])
		}
	}
	checkBound(t, dir, 4<<20)
}

// TestKilled kills processes at any moment: what they leave is whole, and what is not goes.
func TestKilled(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	for range 10 {
		c, _ := child(t, dir, 1e9)
		time.Sleep(time.Duration(5+rand.IntN(60)) * time.Millisecond)
		_ = c.Process.Kill()
		_ = c.Wait()
		for path := range entries(t, dir) {
			if e, err := readEntry(path); err != nil {
				t.Errorf("%s: %v", path, err)
			} else {
				e.close()
			}
		}
	}
	if err := load(dir, 4<<20, 500, 1); err != nil {
		t.Error(err)
	}
	old := time.Now().Add(-time.Hour)
	unfinishedFiles, _ := os.ReadDir(filepath.Join(dir, unfinished))
	for _, f := range unfinishedFiles {
		_ = os.Chtimes(filepath.Join(dir, unfinished, f.Name()), old, old)
	}
	New(dir, 0, nil).removeUnfinished()
	if left, err := os.ReadDir(filepath.Join(dir, unfinished)); err != nil || len(left) > 0 {
		t.Errorf("%d of %d are left, %v", len(left), len(unfinishedFiles), err)
	}
}

// entries are the files of responses and their sizes.
func entries(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	found := make(map[string]int64)
	err := New(dir, 0, nil).walk(func(path string, info fs.FileInfo) {
		if isEntry(path) {
			found[path] = info.Size()
		}
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return found
}

func checkBound(t *testing.T, dir string, most int64) {
	t.Helper()
	i, err := New(dir, 0, nil).Info()
	if err != nil || i.Bytes > most || i.Responses == 0 {
		t.Errorf("%+v, %v", i, err)
	}
}

// TestTrim fills a small cache: it stays within its bound, and what is used stays in it.
func TestTrim(t *testing.T) {
	t.Parallel()
	const most = 1 << 20
	dir := filepath.Join(t.TempDir(), "cache")
	c := New(dir, most, func(err error) { t.Error(err) })
	get := transportOf(c)
	get("/used")
	old := time.Now().Add(-2 * touched)
	for i := range 150 {
		for path := range entries(t, dir) {
			_ = os.Chtimes(path, old, old)
		}
		if got := get("/used"); got != Fresh {
			t.Fatalf("/used: %s after %d", got, i)
		}
		get(fmt.Sprintf("/%d", i))
		checkBound(t, dir, most)
	}
	if got := get("/0"); got != Miss {
		t.Errorf("/0: %s", got)
	}
	c.Close()
	reserved, err := New(dir, most, nil).addUsage(0)
	if info, e := c.Info(); err != nil || e != nil || reserved < info.Bytes-4096 || reserved > info.Bytes+64<<10 {
		t.Errorf("%d bytes are accounted for, of %+v; %v, %v", reserved, info, err, e)
	}
}

// transportOf gets paths with bodies of 20,000 bytes.
func transportOf(c *Cache) func(path string) Outcome {
	base := Wire(loopbackOf(bytes.Repeat([]byte("x"), 20000)))
	tr := &Transport{
		Cache: c, Policy: Policy{On: true, For: 24 * time.Hour}, Send: base.RoundTrip,
	}
	return func(path string) Outcome {
		u := &url.URL{Scheme: "https", Host: "h.example", Path: path}
		var r Report
		req := (&http.Request{Method: "GET", URL: u, Header: http.Header{}}).WithContext(WithReport(context.Background(), &r))
		resp, _, err := do(tr, req)
		if err != nil {
			return Outcome(err.Error())
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		return r.Outcome
	}
}

type loopbackOf []byte

func (b loopbackOf) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: 200, Request: r, ContentLength: int64(len(b)), Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(b)),
	}, nil
}

// A response that would push out too much of everything else is not stored, and says nothing.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	c := New(filepath.Join(t.TempDir(), "cache"), 30_000, func(err error) { t.Error(err) })
	get := transportOf(c)
	for range 2 {
		if got := get("/"); got != Miss {
			t.Errorf("%s", got)
		}
	}
}

// Where nothing can be stored, responses come all the same, and that is said once.
func TestNoPlace(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	said := 0
	get := transportOf(New(filepath.Join(file, "cache"), 0, func(error) { said++ }))
	for range 3 {
		if got := get("/"); got != Miss {
			t.Errorf("%s", got)
		}
	}
	if said != 1 {
		t.Errorf("said %d times", said)
	}
}

func TestInfoAndClear(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	c := New(dir, 0, nil)
	if i, err := c.Info(); err != nil || i.Responses != 0 {
		t.Errorf("%+v, %v", i, err)
	}
	if n, err := c.Clear(); err != nil || n != 0 {
		t.Errorf("%d, %v", n, err)
	}
	get := transportOf(c)
	get("/a")
	get("/b")
	i, err := c.Info()
	if err != nil || i.Responses != 2 || i.Bytes < 40000 || len(i.Origins) != 1 {
		t.Errorf("%+v, %v", i, err)
	}
	if n, err := c.Clear(); err != nil || n != i.Bytes {
		t.Errorf("%d, %v", n, err)
	}
	if got := get("/a"); got != Miss {
		t.Errorf("%s", got)
	}
}

// FuzzDecode reads what may be in a file: nothing makes it fall over, and what it reads is what was written.
func FuzzDecode(f *testing.F) {
	m := meta{Stored: Stored{Status: 200, Header: header("A", "b")}, Size: 4}
	b, err := m.encode([]byte("body"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("arl cache 1 00000000 ffffffff\n{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := decode(b)
		if err == nil && e.BodyFile == "" && int64(len(e.inline)) != e.Size {
			t.Errorf("%d bytes, not %d", len(e.inline), e.Size)
		}
	})
}
