//go:build unix

package crash_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Of lists in pages, for TestKilledInPages.
const (
	longLists = 6
	longPages = 120 // of each
	perPage   = 7
)

// TestKilledInPages kills a batch of long lists. However often, every result holds every item once and in
// order, and no page is asked for again that was kept: only what was on its way at a kill.
func TestKilledInPages(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, args := range [][]string{
		{"--resume", "--all"},
		{"--resume", "--all", "--output-dir", "answers", "--max-inline", "1KiB"},
	} {
		t.Run(fmt.Sprint(len(args)), func(t *testing.T) {
			t.Parallel()
			v, server := newPagesVictim(t)
			killed := 0
			for range 25 {
				c := v.command(args...)
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				goal := server.count() + rand.IntN(40)
				for end := time.Now().Add(5 * time.Second); server.count() < goal && time.Now().Before(end); {
					time.Sleep(time.Millisecond)
				}
				time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
				_ = c.Process.Kill()
				if c.Wait() == nil {
					break // it was faster
				}
				killed++
			}
			if code := v.run(args...); code != 0 {
				t.Fatalf("exit code %d\n%s", code, v.said.String())
			}
			v.checkLists()
			most := longLists * (longPages + killed)
			if n := server.count(); n > most {
				t.Errorf("%d pages were asked for, want at most %d after %d kills", n, most, killed)
			}
			if killed < 5 {
				t.Errorf("only %d kills hit", killed)
			}
			if left, err := filepath.Glob(filepath.Join(v.dir, "out.ndjson.*")); err != nil || len(left) > 0 {
				t.Errorf("%q are left, %v", left, err)
			}
		})
	}
}

func newPagesVictim(t *testing.T) (*victim, *pagesServer) {
	v := &victim{t: t, dir: t.TempDir()}
	s := &pagesServer{}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	config := filepath.Join(v.dir, ".config", "arl")
	if err := os.MkdirAll(config, 0o700); err != nil {
		t.Fatal(err)
	}
	v.write(filepath.Join(".config", "arl", "config.yaml"), "apis:\n  s:\n    base_url: "+server.URL+"\n"+
		"    initial_rate: 3000\n    burst: 50\n    idempotent_posts: [/search/*]\n"+
		"    pagination: {style: cursor, send: {query: at, body: at}, next: .next, items: .rows}\n")
	var in strings.Builder
	for i := range longLists {
		if i%2 == 0 {
			fmt.Fprintf(&in, "/list/%d\n", i)
		} else {
			fmt.Fprintf(&in, "{\"id\":%d,\"path\":\"/search/%d\",\"json\":{\"q\":1.0}}\n", i, i)
		}
	}
	v.write("in.ndjson", in.String())
	return v, s
}

// checkLists checks that every list is there once, with every item of it.
func (v *victim) checkLists() {
	out, err := os.ReadFile(filepath.Join(v.dir, "out.ndjson"))
	if err != nil {
		v.t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range bytes.Lines(out) {
		var r struct {
			Path, File   string
			OK           bool
			Pages, Items int
			JSON         []int
		}
		if err := json.Unmarshal(line, &r); err != nil {
			v.t.Fatal(err)
		}
		if r.File != "" {
			text, err := os.ReadFile(filepath.Join(v.dir, "answers", r.File))
			if err != nil || !strings.HasSuffix(r.File, ".ndjson") {
				v.t.Fatal(r.File, err)
			}
			for field := range strings.FieldsSeq(string(text)) {
				n, _ := strconv.Atoi(field)
				r.JSON = append(r.JSON, n)
			}
		}
		if !r.OK || seen[r.Path] || r.Pages != longPages || r.Items != longPages*perPage || len(r.JSON) != r.Items {
			v.t.Errorf("%s: ok %v, again %v, %d pages, %d items, %d there", r.Path, r.OK, seen[r.Path], r.Pages, r.Items, len(r.JSON))
		}
		seen[r.Path] = true
		for i, n := range r.JSON {
			if n != i {
				v.t.Fatalf("%s: item %d is %d", r.Path, i, n)
			}
		}
	}
	if len(seen) != longLists {
		v.t.Errorf("%d lists, want %d", len(seen), longLists)
	}
}

// pagesServer serves lists whose items are numbers from 0.
type pagesServer struct {
	mu    sync.Mutex
	asked int
}

func (s *pagesServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// ServeHTTP implements http.Handler.
func (s *pagesServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var asked struct{ At string }
	_ = json.Unmarshal(body, &asked)
	page, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Query().Get("at")+asked.At, "page "))
	s.mu.Lock()
	s.asked++
	s.mu.Unlock()
	var rows []string
	for i := range perPage {
		rows = append(rows, strconv.Itoa(page*perPage+i))
	}
	next := "null"
	if page+1 < longPages {
		next = fmt.Sprintf("%q", fmt.Sprintf("page %d", page+1))
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"rows":[%s],"next":%s}`, strings.Join(rows, ","), next)
}
