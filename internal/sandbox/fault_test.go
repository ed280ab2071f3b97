package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// outcome puts an answer into one word.
func outcome(r result) string {
	switch {
	case errors.Is(r.err, syscall.ECONNRESET) && r.status == 0:
		return "reset"
	case errors.Is(r.err, syscall.ECONNRESET):
		return "reset in body"
	case errors.Is(r.err, io.ErrUnexpectedEOF):
		return "truncated"
	case r.err != nil:
		return r.err.Error()
	}
	return fmt.Sprint(r.status)
}

func TestFaultsFollowTheSeed(t *testing.T) {
	t.Parallel()
	run := func(t *testing.T, seed uint64) (list []string) {
		synctest.Test(t, func(t *testing.T) {
			c := Config{Seed: seed, Faults: Faults{Errors: 0.2, Resets: 0.1, BodyResets: 0.1, Truncated: 0.1, Slow: 0.1}}
			s := newServer(t, c)
			for range 500 {
				start := time.Now()
				list = append(list, fmt.Sprintf("%s %v", outcome(ask(t, s, "/items/1")), time.Since(start)))
			}
			count := make(map[string]int)
			for _, o := range list {
				count[o]++
			}
			for o, want := range map[string]int{
				"500 0s": 33, "502 0s": 33, "503 0s": 33, "reset 0s": 50, "reset in body 0s": 50, "truncated 0s": 50, "200 2s": 50, "200 0s": 200,
			} {
				if got := count[o]; got < want*6/10 || got > want*14/10 {
					t.Errorf("%d of 500 are %q, want about %d", got, o, want)
				}
			}
			if stats, _ := s.Stats(); stats.Accepted != 500 || stats.Faults != int64(500-count["200 0s"]) {
				t.Errorf("stats = %+v, want all 500 accepted, %d faults", stats, 500-count["200 0s"])
			}
		})
		return list
	}
	first := run(t, 1)
	if diff := cmp.Diff(first, run(t, 1)); diff != "" {
		t.Errorf("second run with the same seed (-first +second):\n%s", diff)
	}
	if cmp.Equal(first, run(t, 2)) {
		t.Error("another seed, the same faults")
	}
}

func TestFaultsComeAfterAdmission(t *testing.T) {
	t.Parallel()
	s := newServer(t, Config{Limits: []Limit{{Kind: Fixed, N: 3, Per: time.Hour}}, Faults: Faults{Resets: 1}})
	for i, want := range []string{"reset", "reset", "reset", "429"} {
		if got := outcome(ask(t, s, "/items/1")); got != want {
			t.Errorf("request %d = %s, want %s", i, got, want)
		}
	}
}

func TestEachFault(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		faults     Faults
		what, want string
		body       string
	}{
		{Faults{Resets: 1}, "/items/1", "reset", ""},
		{Faults{BodyResets: 1}, "/bytes/10", "reset in body", "01234"},
		{Faults{BodyResets: 1}, "/bytes/100000", "reset in body", strings.Repeat("0123456789abcdef", 50000/16)},
		{Faults{Truncated: 1}, "/bytes/10", "truncated", "01234"},
		{Faults{Truncated: 1}, "/bytes/1", "truncated", ""},
		{Faults{Truncated: 1}, "/bytes/100000", "truncated", strings.Repeat("0123456789abcdef", 50000/16)},
		{Faults{Truncated: 1}, "HEAD /items/1", "reset", ""},
		{Faults{Truncated: 1}, "DELETE /items/1", "reset", ""},
		{Faults{BodyResets: 1}, "/bytes/0", "reset", ""},
		{Faults{Slow: 1}, "/bytes/10", "200", "0123456789"},
		{Faults{Slow: 1}, "DELETE /items/1", "204", ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := ask(t, newServer(t, Config{Faults: tt.faults}), tt.what)
			if got := outcome(r); got != tt.want || r.body != tt.body {
				t.Errorf("%s with %+v = %s, %d bytes, want %s, %d bytes", tt.what, tt.faults, got, len(r.body), tt.want, len(tt.body))
			}
		})
	}
}

func TestSlowBodyDribbles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Config{Faults: Faults{Slow: 1, SlowFor: 16 * time.Second}})
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://sandbox/bytes/32", nil)
		start := time.Now()
		resp, err := Transport(s).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		buf := make([]byte, 64)
		for i := 1; i <= 16; i++ {
			n, err := resp.Body.Read(buf)
			if at := time.Since(start); n != 2 || err != nil || at != time.Duration(i)*time.Second {
				t.Errorf("piece %d: %d bytes, %v after %v, want 2 after %ds", i, n, err, at, i)
			}
		}
	})
}

// TestFaultsOverASocket is the one place where the kernel resets.
func TestFaultsOverASocket(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		faults     Faults
		path, want string
	}{
		{Faults{Resets: 1}, "/items/1", "reset"},
		{Faults{BodyResets: 1}, "/bytes/1000", "reset in body"},
		{Faults{Truncated: 1}, "/bytes/1000", "truncated"},
		{Faults{Slow: 1, SlowFor: time.Millisecond}, "/bytes/1000", "200"},
		{Faults{}, "/bytes/5000000", "200"},
	} {
		server := httptest.NewServer(newServer(t, Config{Faults: tt.faults, Log: true}))
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+tt.path, nil)
		got := outcome(do(server.Client().Transport, req))
		if tt.want == "reset in body" && got == "reset" {
			got = tt.want // a reset may overtake the header that was sent before it
		}
		if got != tt.want {
			t.Errorf("%s with %+v = %s, want %s", tt.path, tt.faults, got, tt.want)
		}
		server.Close()
	}
}
