package curl_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/arl-cli/arl/test/arltest"
)

// A fileServer serves one file as net/http does, ranges and If-Range included. Some of its responses break off.
type fileServer struct {
	*httptest.Server

	mu     sync.Mutex
	body   []byte
	etag   string
	cuts   []int // after how many bytes the next responses break off; 0: whole, -1: it waits for its client to go
	ranges bool
	pieces int      // bytes of a range that are sent at most; 0: all
	asked  []string // the Range of each request
}

func newFileServer(t *testing.T, body []byte, cuts ...int) *fileServer {
	s := &fileServer{body: body, etag: `"one"`, cuts: cuts, ranges: true}
	s.Server = httptest.NewServer(s)
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s
}

// ServeHTTP implements http.Handler.
func (s *fileServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	body, cut, etag := s.body, 0, s.etag
	s.asked = append(s.asked, strings.TrimSpace(r.Header.Get("Range")+" "+r.Header.Get("If-Range")))
	if len(s.cuts) > 0 {
		cut, s.cuts = s.cuts[0], s.cuts[1:]
	}
	if !s.ranges {
		r.Header.Del("Range")
	}
	if first, ok := strings.CutSuffix(r.Header.Get("Range"), "-"); ok && s.pieces > 0 {
		n, _ := strconv.Atoi(strings.TrimPrefix(first, "bytes="))
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", n, n+s.pieces-1))
	}
	s.mu.Unlock()
	if etag != "" {
		w.Header().Set("ETag", etag)
	}
	if cut != 0 {
		w = &cutting{w, r, cut}
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// cutting breaks a response off.
type cutting struct {
	http.ResponseWriter
	r    *http.Request
	left int
}

// Write implements io.Writer.
func (c *cutting) Write(p []byte) (int, error) {
	hold := c.left < 0
	n := min(len(p), max(c.left, 0))
	if hold {
		n = len(p) / 2
	}
	_, _ = c.ResponseWriter.Write(p[:n])
	if c.left -= n; c.left <= 0 {
		_ = http.NewResponseController(c.ResponseWriter).Flush()
		if hold {
			<-c.r.Context().Done()
		}
		panic(http.ErrAbortHandler)
	}
	return n, nil
}

// change changes what is served.
func (s *fileServer) change(do func(*fileServer)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do(s)
}

func (s *fileServer) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// A downloader runs arl get in a directory of its own.
type downloader struct {
	t    *testing.T
	dir  string
	said bytes.Buffer
}

func (d *downloader) command(args ...string) *exec.Cmd {
	c := exec.Command("arl", append([]string{"get"}, args...)...) //nolint:gosec // of the test
	c.Dir, c.Env = d.dir, append(os.Environ(), "HOME="+d.dir, "XDG_CONFIG_HOME="+d.dir, "XDG_RUNTIME_DIR="+d.dir)
	c.Stderr = &d.said
	return c
}

// get runs arl get, and returns its exit code.
func (d *downloader) get(args ...string) int {
	d.said.Reset()
	err := d.command(args...).Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return 0
}

// check checks what files there are: the whole, and the part.
func (d *downloader) check(whole, part []byte) {
	d.t.Helper()
	for name, want := range map[string][]byte{"f": whole, "f.part": part} {
		got, err := os.ReadFile(filepath.Join(d.dir, name))
		switch {
		case want == nil && !os.IsNotExist(err):
			d.t.Errorf("%s is there, %d bytes (%v)", name, len(got), err)
		case want != nil && !bytes.Equal(got, want):
			d.t.Errorf("%s has %d bytes, want %d (%v)", name, len(got), len(want), err)
		}
	}
	if _, err := os.Stat(filepath.Join(d.dir, "f.part.json")); (err == nil) != (part != nil) {
		d.t.Errorf("f.part.json: %v", err)
	}
}

// TestContinue breaks downloads off, and goes on with them.
func TestContinue(t *testing.T) {
	t.Parallel()
	body := make([]byte, 300_000)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(body)
	const first, second = 100_000, 50_000
	at := func(n int) string { return fmt.Sprintf(`bytes=%d- "one"`, n) }
	for _, tt := range []struct {
		name    string
		there   []byte // what is at f before
		pieces  int    // the server sends no more than that at once
		tagless bool   // the server says no ETag
		cuts    []int
		args    []string
		change  func(*fileServer) // before the second run
		codes   []int             // of each run
		whole   []byte            // in the end
		part    []byte            // after the first run
		asked   []string
	}{
		{name: "whole at once", codes: []int{0}, whole: body, asked: []string{""}},
		{name: "the next run goes on", cuts: []int{first}, args: []string{"--retry", "0"}, codes: []int{56, 0}, part: body[:first], whole: body, asked: []string{"", at(first)}},
		{name: "so does a retry", cuts: []int{first, second}, codes: []int{0}, whole: body, asked: []string{"", at(first), at(first + second)}},
		{
			name: "changed meanwhile", cuts: []int{first}, args: []string{"--retry", "0"}, codes: []int{56, 0}, part: body[:first], asked: []string{"", at(first)},
			change: func(s *fileServer) { s.etag, s.body = `"two"`, body[:200_000] }, whole: body[:200_000],
		},
		{
			name: "no ranges any more", cuts: []int{first}, args: []string{"--retry", "0"}, codes: []int{56, 0}, part: body[:first], asked: []string{"", at(first)},
			change: func(s *fileServer) { s.ranges = false }, whole: body,
		},
		{
			name: "became shorter than the part, and has no tag", cuts: []int{first}, args: []string{"--retry", "0"}, codes: []int{56, 0}, part: body[:first],
			tagless: true, change: func(s *fileServer) { s.body = body[:1000] }, whole: body[:1000], asked: []string{"", "bytes=100000-", ""},
		},
		{name: "what curl has left", there: body[:first], codes: []int{0}, whole: body, asked: []string{fmt.Sprintf("bytes=%d-", first)}},
		{name: "what was whole already", there: body, codes: []int{0, 0}, whole: body, asked: []string{"bytes=300000-", "bytes=300000-"}},
		{name: "by a number", there: body[:first], args: []string{"-C", fmt.Sprint(first)}, codes: []int{0}, whole: body, asked: []string{fmt.Sprintf("bytes=%d-", first)}},
		{name: "by a number that is not its size", there: body[:first], args: []string{"-C", "7"}, codes: []int{2}, whole: body[:first]},
		{name: "in pieces", pieces: 100_000, codes: []int{0}, there: body[:first], whole: body, asked: []string{fmt.Sprintf("bytes=%d-", first), at(2 * first)}},
		{name: "empty", change: func(s *fileServer) { s.body = nil }, codes: []int{0}, whole: []byte{}, asked: []string{""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newFileServer(t, body, tt.cuts...)
			s.change(func(s *fileServer) {
				s.pieces = tt.pieces
				if tt.tagless {
					s.etag = ""
				}
			})
			d := &downloader{t: t, dir: t.TempDir()}
			if tt.there != nil {
				arltest.Write(t, filepath.Join(d.dir, "f"), string(tt.there))
			}
			if tt.change != nil && len(tt.codes) == 1 {
				s.change(tt.change)
			}
			for run, want := range tt.codes {
				if got := d.get(append([]string{s.URL, "-o", "f", "-C", "-"}, tt.args...)...); got != want {
					t.Fatalf("run %d: exit code %d, want %d\n%s", run+1, got, want, d.said.String())
				}
				if want != 0 && tt.part != nil {
					d.check(tt.there, tt.part)
					if said := d.said.String(); !strings.Contains(said, "100,000 bytes are in f.part") {
						t.Errorf("it does not say what was kept: %s", said)
					}
				}
				if run == 0 && len(tt.codes) > 1 && tt.change != nil {
					s.change(tt.change)
				}
			}
			d.check(tt.whole, nil)
			if got := s.requests(); !slices.Equal(got, tt.asked) {
				t.Errorf("asked for %q, want %q", got, tt.asked)
			}
		})
	}
}

// TestContinueKilled kills a download in the middle: the next run asks for the rest alone. Another one at the same time is
// turned away, and so is a part that is not arl's.
func TestContinueKilled(t *testing.T) {
	t.Parallel()
	body := bytes.Repeat([]byte("0123456789abcdef"), 64<<10)
	s := newFileServer(t, body, -1)
	d := &downloader{t: t, dir: t.TempDir()}
	c := d.command(s.URL, "-o", "f", "-C", "-")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	part := filepath.Join(d.dir, "f.part")
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if info, err := os.Stat(part); err == nil && info.Size() > 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("nothing was written: %s", d.said.String())
		}
	}
	other := &downloader{t: t, dir: d.dir}
	if code := other.get(s.URL, "-o", "f", "-C", "-"); code != 1 || !strings.Contains(other.said.String(), "another process") {
		t.Errorf("a second one: exit code %d\n%s", code, other.said.String())
	}
	_ = c.Process.Kill()
	_ = c.Wait()
	if code := d.get(s.URL, "-o", "f", "-C", "-"); code != 0 {
		t.Fatalf("exit code %d\n%s", code, d.said.String())
	}
	d.check(body, nil)
	if asked := s.requests(); len(asked) != 2 || !strings.HasPrefix(asked[1], "bytes=") {
		t.Errorf("asked for %q", asked)
	}
	arltest.Write(t, part, "somebody's")
	if code := d.get(s.URL, "-o", "f", "-C", "-"); code == 0 || !strings.Contains(d.said.String(), "move it away") {
		t.Errorf("a foreign part: exit code %d\n%s", code, d.said.String())
	}
	if got, err := os.ReadFile(part); string(got) != "somebody's" {
		t.Errorf("the foreign part was touched: %q, %v", got, err)
	}
}
