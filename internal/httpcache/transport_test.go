package httpcache

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// lab is a server on a socket, and a transport that sends to it through a cache.
type lab struct {
	*Transport

	t      *testing.T
	url    string
	asked  atomic.Int64 // requests that reached the server
	serve  atomic.Value // http.HandlerFunc
	warned atomic.Value // error
}

func newLab(t *testing.T, p Policy, serve http.HandlerFunc) *lab {
	t.Helper()
	l := &lab{t: t}
	l.serve.Store(serve)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.asked.Add(1)
		l.serve.Load().(http.HandlerFunc)(w, r)
	}))
	t.Cleanup(server.Close)
	l.url = server.URL
	c := New(filepath.Join(t.TempDir(), "cache"), 0, func(err error) { l.warned.Store(err) })
	t.Cleanup(c.Close)
	base := Wire(server.Client().Transport)
	l.Transport = &Transport{
		Cache: c, Policy: p, Send: base.RoundTrip,
	}
	return l
}

// do sends a request, whose Authorization tells who asks.
func do(t *Transport, req *http.Request) (*http.Response, bool, error) {
	return t.Do(req, Key{URL: req.URL, Identity: req.Header.Get("Authorization"), Header: req.Header})
}

func (l *lab) get(req *http.Request) (*http.Response, error) {
	resp, _, err := do(l.Transport, req)
	return resp, err
}

// got is what came of a request.
type got struct {
	status  int
	header  http.Header
	body    string
	outcome Outcome
}

func (l *lab) send(method, path string, pairs ...string) got {
	l.t.Helper()
	var r Report
	req, err := http.NewRequestWithContext(WithReport(l.t.Context(), &r), method, l.url+path, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	req.Header = header(pairs...)
	resp, err := l.get(req)
	if err != nil {
		l.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		l.t.Error(err)
	}
	return got{resp.StatusCode, resp.Header, string(b), r.Outcome}
}

// want gets a path and compares what comes.
func (l *lab) want(path string, outcome Outcome, body string, pairs ...string) {
	l.t.Helper()
	g := l.send("GET", path, pairs...)
	if g.outcome != outcome || g.body != body || g.status != 200 {
		l.t.Errorf("GET %s %q: %d %s %.50q, want %s %.50q", path, pairs, g.status, g.outcome, g.body, outcome, body)
	}
}

// files lists what is stored, and how.
func (l *lab) files() (paths []string) {
	l.t.Helper()
	err := filepath.WalkDir(l.Cache.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := d.Info(); err == nil && info.Mode().Perm()&0o077 != 0 {
			l.t.Errorf("%s: %v", path, info.Mode())
		}
		if !d.IsDir() && filepath.Dir(path) != l.Cache.dir {
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil && !os.IsNotExist(err) {
		l.t.Fatal(err)
	}
	return paths
}

// tagged serves a text that changes when its version does, with an ETag.
func tagged(version *atomic.Int64, size int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		tag := fmt.Sprintf(`"%d"`, version.Load())
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprintf(w, "version %d%s", version.Load(), strings.Repeat(".", size))
	}
}

func TestRevalidate(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"small": 0, "large": 3 * mostInline} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var version atomic.Int64
			l := newLab(t, Policy{On: true}, tagged(&version, size))
			pad := strings.Repeat(".", size)
			l.want("/a", Miss, "version 0"+pad)
			for range 3 {
				l.want("/a", Revalidated, "version 0"+pad)
			}
			version.Add(1)
			l.want("/a", Miss, "version 1"+pad)
			l.want("/a", Revalidated, "version 1"+pad)
			l.want("/b", Miss, "version 1"+pad)
			if n := l.asked.Load(); n != 7 {
				t.Errorf("%d requests, want 7", n)
			}
			if files := l.files(); len(files) != 2+min(size, 2) {
				t.Errorf("%q", files)
			}
		})
	}
}

func TestFresh(t *testing.T) {
	t.Parallel()
	l := newLab(t, Policy{On: true, For: time.Hour}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Age", "100")
		w.Header().Set("Set-Cookie", "session=secret")
		fmt.Fprint(w, r.URL.RawQuery)
	})
	first := l.send("GET", "/?a=1")
	if first.header.Get("Set-Cookie") == "" {
		t.Error("the response has no cookie")
	}
	again := l.send("GET", "/?a=1")
	if again.outcome != Fresh || again.body != "a=1" || again.header.Get("Set-Cookie") != "" || again.header.Get("Age") < "100" {
		t.Errorf("%+v", again)
	}
	l.want("/?a=2", Miss, "a=2")
	if n := l.asked.Load(); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

func TestVaryAndCredentials(t *testing.T) {
	t.Parallel()
	l := newLab(t, Policy{On: true, For: time.Hour}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Accept, Authorization")
		fmt.Fprint(w, r.Header.Get("Accept")+r.Header.Get("Authorization"))
	})
	const a, b = "Bearer secret-a", "Bearer secret-b"
	for _, outcome := range []Outcome{Miss, Fresh} {
		l.want("/", outcome, "json", "Accept", "json")
		l.want("/", outcome, "text", "Accept", "text")
		l.want("/", outcome, "json"+a, "Accept", "json", "Authorization", a)
		l.want("/", outcome, "json"+b, "Accept", "json", "Authorization", b)
	}
	for _, path := range l.files() {
		if strings.Contains(path, "secret") {
			t.Error(path)
		}
	}
}

// What a response varies by changes: nothing of before is used for a request that it is not for.
func TestVaryChanges(t *testing.T) {
	t.Parallel()
	var vary atomic.Value
	vary.Store("")
	l := newLab(t, Policy{On: true, For: time.Hour}, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Vary"] = []string{vary.Load().(string)}
		fmt.Fprint(w, r.Header.Get("A"), r.Header.Get("B"))
	})
	l.want("/", Miss, "x", "A", "x")
	l.want("/", Fresh, "x", "A", "y")
	vary.Store("A")
	l.want("/", Miss, "y", "A", "y", "Cache-Control", "no-cache")
	l.want("/", Miss, "x", "A", "x")
	l.want("/", Fresh, "y", "A", "y")
	vary.Store("B")
	l.want("/", Miss, "y1", "A", "y", "B", "1", "Cache-Control", "no-cache")
	l.want("/", Fresh, "y1", "A", "x", "B", "1")
	l.want("/", Miss, "x2", "A", "x", "B", "2")
}

func TestHead(t *testing.T) {
	t.Parallel()
	var version atomic.Int64
	l := newLab(t, Policy{On: true}, func(w http.ResponseWriter, r *http.Request) { tagged(&version, 0)(w, r) })
	if g := l.send("HEAD", "/"); g.outcome != Miss || g.body != "" {
		t.Errorf("%+v", g)
	}
	if g := l.send("HEAD", "/"); g.outcome != Revalidated {
		t.Errorf("%+v", g)
	}
	l.want("/", Miss, "version 0") // what HEAD has stored has no body
	if g := l.send("HEAD", "/"); g.outcome != Revalidated || g.body != "" {
		t.Errorf("%+v", g)
	}
	l.want("/", Revalidated, "version 0")
	version.Add(1)
	if g := l.send("HEAD", "/"); g.outcome != Miss {
		t.Errorf("%+v", g)
	}
	l.want("/", Miss, "version 1")
}

func TestUnsafeMethodsInvalidate(t *testing.T) {
	t.Parallel()
	status := http.StatusNoContent
	l := newLab(t, Policy{On: true, For: time.Hour}, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "GET" {
			w.Header().Set("Location", "/other")
			w.Header().Set("Content-Location", "http://elsewhere.example/a")
			w.WriteHeader(status)
		}
	})
	get := func(want Outcome, paths ...string) {
		t.Helper()
		for _, path := range paths {
			for _, who := range []string{"a", "b"} {
				l.want(path, want, "", "Authorization", who)
			}
		}
	}
	get(Miss, "/a", "/other", "/c")
	l.send("OPTIONS", "/a")
	status = http.StatusConflict
	l.send("PATCH", "/a")
	get(Fresh, "/a", "/other", "/c")
	status = http.StatusNoContent
	l.send("PATCH", "/a", "Authorization", "a")
	get(Miss, "/a", "/other")
	get(Fresh, "/c")
	l.Policy = Policy{} // not used, and not forgotten about
	l.send("DELETE", "/c")
	l.Policy = Policy{On: true, For: time.Hour}
	get(Miss, "/c")
}

// What is not stored, or not whole, does not come back.
func TestNotStored(t *testing.T) {
	t.Parallel()
	for name, serve := range map[string]http.HandlerFunc{
		"no-store": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Cache-Control", "no-store") },
		"a part":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusPartialContent) },
		"an error": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"cut short": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			fmt.Fprint(w, "12345")
			panic(http.ErrAbortHandler)
		},
		"cut short, in chunks": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, strings.Repeat("x", 2*mostInline))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, Policy{On: true, For: time.Hour}, serve)
			for range 2 {
				req, err := http.NewRequestWithContext(t.Context(), "GET", l.url, nil)
				if err != nil {
					t.Fatal(err)
				}
				resp, err := l.get(req)
				if err != nil {
					continue
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
			if files := l.files(); l.asked.Load() < 2 || len(files) != 0 {
				t.Errorf("%d requests, %q", l.asked.Load(), files)
			}
		})
	}
}

// A body that is not read to its end is not stored, and leaves nothing.
func TestClosedEarly(t *testing.T) {
	t.Parallel()
	l := newLab(t, Policy{On: true, For: time.Hour}, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte("x"), 1<<20))
	})
	req, err := http.NewRequestWithContext(t.Context(), "GET", l.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := l.get(req)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.CopyN(io.Discard, resp.Body, 1<<19)
	resp.Body.Close()
	if files := l.files(); len(files) != 0 {
		t.Errorf("%q", files)
	}
}

// A request with conditions of its own, and one for a part, is the business of whoever sends it.
func TestOwnConditions(t *testing.T) {
	t.Parallel()
	var version atomic.Int64
	l := newLab(t, Policy{On: true, For: time.Hour}, tagged(&version, 0))
	l.want("/", Miss, "version 0")
	if g := l.send("GET", "/", "If-None-Match", `"0"`); g.status != 304 || g.outcome != "" {
		t.Errorf("%+v", g)
	}
	if g := l.send("GET", "/", "Range", "bytes=0-3"); g.outcome != "" {
		t.Errorf("%+v", g)
	}
	if g := l.send("GET", "/", "Cache-Control", "only-if-cached"); g.outcome != Fresh {
		t.Errorf("%+v", g)
	}
	if g := l.send("GET", "/other", "Cache-Control", "only-if-cached"); g.status != 504 {
		t.Errorf("%+v", g)
	}
}

// A 304 that names another ETag is not about what is stored: it is asked for as a whole.
func TestOtherNotModified(t *testing.T) {
	t.Parallel()
	l := newLab(t, Policy{On: true}, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") != "" {
			w.Header().Set("ETag", `"2"`)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", `"1"`)
		fmt.Fprint(w, "body")
	})
	l.want("/", Miss, "body")
	l.want("/", Miss, "body")
	if n := l.asked.Load(); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
}

// Neither a throttle nor a failure makes what is stored go.
func TestErrorsKeepWhatIsStored(t *testing.T) {
	t.Parallel()
	var version, status atomic.Int64
	status.Store(200)
	ok := tagged(&version, 0)
	l := newLab(t, Policy{On: true}, func(w http.ResponseWriter, r *http.Request) {
		if s := int(status.Load()); s != 200 {
			w.WriteHeader(s)
			return
		}
		ok(w, r)
	})
	l.want("/", Miss, "version 0")
	for _, s := range []int64{429, 503, 401, 403} {
		status.Store(s)
		if g := l.send("GET", "/"); g.status != int(s) {
			t.Errorf("%+v", g)
		}
		status.Store(200)
		l.want("/", Revalidated, "version 0")
	}
	status.Store(404)
	l.send("GET", "/")
	status.Store(200)
	l.want("/", Miss, "version 0")
}

// Whatever is wrong with a file, the response is asked for again and what comes is what the server has.
func TestDamaged(t *testing.T) {
	t.Parallel()
	damage := map[string]func(b []byte) []byte{
		"empty":            func([]byte) []byte { return nil },
		"cut":              func(b []byte) []byte { return b[:len(b)-1] },
		"a bit of its end": func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"a bit of its head": func(b []byte) []byte {
			b[2] ^= 1
			return b
		},
		"longer":     func(b []byte) []byte { return append(b, 0) },
		"zeros":      func(b []byte) []byte { return make([]byte, len(b)) },
		"very large": func([]byte) []byte { return make([]byte, 3<<20) },
	}
	for name, damage := range damage {
		for _, size := range []int{0, 2 * mostInline} {
			t.Run(fmt.Sprintf("%s, %d", name, size), func(t *testing.T) {
				t.Parallel()
				var version atomic.Int64
				l := newLab(t, Policy{On: true, For: time.Hour}, tagged(&version, size))
				want := "version 0" + strings.Repeat(".", size)
				for i := range 1 + min(size, 1) {
					l.want("/", Miss, want)
					path := l.files()[i]
					b, err := os.ReadFile(path)
					if err == nil {
						err = os.WriteFile(path, damage(b), 0o600)
					}
					if err != nil {
						t.Fatal(err)
					}
					l.want("/", Miss, want)
					l.want("/", Fresh, want)
					if _, err := l.Cache.Clear(); err != nil {
						t.Fatal(err)
					}
				}
			})
		}
	}
}

// Many at once, while somebody clears the cache: every response is whole.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	var version atomic.Int64
	l := newLab(t, Policy{On: true}, tagged(&version, mostInline))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 20 {
				g := l.send("GET", fmt.Sprintf("/%d", j%5))
				var n int64
				if _, err := fmt.Sscanf(g.body, "version %d.", &n); err != nil || len(g.body) != len(fmt.Sprint("version ", n))+mostInline {
					t.Errorf("%v, %d bytes: %.20q", err, len(g.body), g.body)
				}
				switch {
				case i == 0 && j%4 == 0:
					version.Add(1)
				case i == 1 && j%10 == 0:
					if _, err := l.Cache.Clear(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	if warned := l.warned.Load(); warned != nil {
		t.Error(warned)
	}
}

// The context of a request ends while its body comes: nothing is left.
func TestCancelled(t *testing.T) {
	t.Parallel()
	l := newLab(t, Policy{On: true, For: time.Hour}, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte("x"), 2*mostInline))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", l.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := l.get(req)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.CopyN(io.Discard, resp.Body, 2*mostInline)
	cancel()
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("no error")
	}
	resp.Body.Close()
	if files := l.files(); len(files) != 0 {
		t.Errorf("%q", files)
	}
}
