package sandbox

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func newServer(t testing.TB, c Config) *Server {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// result is an answer that was read to its end.
type result struct {
	status int
	header http.Header
	body   string
	err    error // of the exchange, or of the body
}

// ask sends a request to s inside the process. The path may follow a method.
func ask(t testing.TB, s http.Handler, what string) result {
	t.Helper()
	method, path, found := strings.Cut(what, " ")
	if !found {
		method, path = http.MethodGet, what
	}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://sandbox"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(Transport(s), req)
}

// within asks as ask does, and gives up after d.
func within(t testing.TB, s http.Handler, path string, d time.Duration) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://sandbox"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(Transport(s), req)
}

func do(rt http.RoundTripper, req *http.Request) result {
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return result{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return result{resp.StatusCode, resp.Header, string(body), err}
}

// accepted asks n times and says how many were not throttled.
func accepted(t testing.TB, s http.Handler, n int) int {
	t.Helper()
	count := 0
	for range n {
		if r := ask(t, s, "/items/1"); r.status != http.StatusTooManyRequests {
			count++
		}
	}
	return count
}

func TestConcurrencyCap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Config{
			Limits:  []Limit{{Kind: Concurrency, N: 2}},
			Latency: Latency{Base: 200 * time.Millisecond},
		})
		var statuses [3]int
		var wg sync.WaitGroup
		for i := range statuses {
			wg.Go(func() { statuses[i] = ask(t, s, "/items/1").status })
			synctest.Wait()
		}
		wg.Wait()
		if want := [3]int{200, 200, 429}; statuses != want {
			t.Errorf("statuses = %v, want %v", statuses, want)
		}
		r := ask(t, s, "/items/1")
		if r.status != http.StatusOK {
			t.Errorf("status once all are done = %d, want 200", r.status)
		}
		if got, _ := s.Stats(); got.MaxInFlight != 2 {
			t.Errorf("max in flight = %d, want 2", got.MaxInFlight)
		}
	})
}

func TestCapIsFreedWhenAClientLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Config{Limits: []Limit{{Kind: Concurrency, N: 1}}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://sandbox/slow/5000", nil)
		if r := do(Transport(s), req); r.err == nil {
			t.Errorf("status = %d, want an error", r.status)
		}
		synctest.Wait()
		if r := ask(t, s, "/items/1"); r.status != http.StatusOK {
			t.Errorf("status = %d, want 200", r.status)
		}
	})
}

func TestLatency(t *testing.T) {
	t.Parallel()
	elapsed := func(t *testing.T, c Config) (list []time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, c)
			for range 50 {
				start := time.Now()
				ask(t, s, "/items/1")
				list = append(list, time.Since(start))
			}
		})
		return list
	}
	c := Config{Latency: Latency{Base: 100 * time.Millisecond, Jitter: 50 * time.Millisecond}, Seed: 7}
	first := elapsed(t, c)
	for _, d := range first {
		if d < 100*time.Millisecond || d >= 150*time.Millisecond {
			t.Errorf("latency = %v, want 100ms to 150ms", d)
		}
	}
	if diff := cmp.Diff(first, elapsed(t, c)); diff != "" {
		t.Errorf("second run with the same seed:\n%s", diff)
	}
	c.Seed = 8
	if cmp.Equal(first, elapsed(t, c)) {
		t.Error("another seed, the same latencies")
	}
}

func TestStats(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{"memory": "", "file": filepath.Join(t.TempDir(), "deep", "state.json")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, Config{Limits: []Limit{{N: 2, Per: time.Second, Burst: 2}}, StateFile: file})
				start := time.Now().UTC()
				for _, what := range []string{"/items/1", "PURGE /items/1", "/items/1"} {
					ask(t, s, what)
					time.Sleep(time.Millisecond)
				}
				var got Stats
				if err := json.Unmarshal([]byte(ask(t, s, "/stats").body), &got); err != nil {
					t.Fatal(err)
				}
				want := Stats{
					Requests: 3, Accepted: 2, Throttled: 1, MaxInFlight: 1,
					FirstAt: start, LastAt: start.Add(2 * time.Millisecond),
					ByMethod: map[string]int64{"GET": 2, "other": 1},
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("/stats (-want +got):\n%s", diff)
				}
				if r := ask(t, s, "POST /stats/reset"); r.status != http.StatusNoContent {
					t.Errorf("POST /stats/reset = %d, want 204", r.status)
				}
				if got := ask(t, s, "/stats").body; !strings.HasPrefix(got, `{"requests":0,"accepted":0,"refused":0,`) || strings.Contains(got, "first_at") {
					t.Errorf("/stats after the reset = %s", got)
				}
				if got := accepted(t, s, 1); got != 0 {
					t.Errorf("accepted %d after the reset, want 0: limits remember", got)
				}
			})
		})
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Config{Limits: []Limit{{N: 1, Per: time.Second}}, Log: true})
		at := time.Now().UnixMilli()
		ask(t, s, "POST /a%2Fb?x=y")
		ask(t, s, "/c")
		var got []logEntry
		if err := json.Unmarshal([]byte(ask(t, s, "/log").body), &got); err != nil {
			t.Fatal(err)
		}
		want := []logEntry{{"POST", "/a%2Fb", 201, at}, {"GET", "/c", 429, at}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("/log (-want +got):\n%s", diff)
		}
		for range 2 * logSize {
			ask(t, s, "/d")
		}
		if got := s.log.list(); len(got) != logSize || got[0].Path != "/d" {
			t.Errorf("log holds %d, the first %q, want %d, /d", len(got), got[0].Path, logSize)
		}
	})
	if r := ask(t, newServer(t, Config{}), "/log"); r.status != http.StatusNotFound {
		t.Errorf("/log without Config.Log = %d, want 404", r.status)
	}
}
