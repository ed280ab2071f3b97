package sandbox

import (
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestScope(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		limit Limit
		what  string
		want  bool
	}{
		{Limit{Path: "/search"}, "/search", true},
		{Limit{Path: "/search"}, "/search/", true},
		{Limit{Path: "/search"}, "/search/code", true},
		{Limit{Path: "/search"}, "/searches", false},
		{Limit{Path: "/search"}, "/", false},
		{Limit{Path: "/search"}, "/v1/search", false},
		{Limit{Path: "/search/**"}, "/search/code/x", true},
		{Limit{Path: "/search/"}, "/search", true},
		{Limit{Path: "/"}, "/anything", true},
		{Limit{Path: "!/search"}, "/search/code", false},
		{Limit{Path: "!/search"}, "/user", true},
		{Limit{Path: "/databases/*/query"}, "/databases/1/query", true},
		{Limit{Path: "/databases/*/query"}, "/databases/1", false},
		{Limit{Path: "/databases/*/query"}, "/databases//query", false},
		{Limit{Path: "/*.list"}, "/users.list", true},
		{Limit{Path: "/*.list"}, "/users.info", false},
		{Limit{Methods: []string{"POST", "PUT"}}, "PUT /x", true},
		{Limit{Methods: []string{"POST", "PUT"}}, "GET /x", false},
		{Limit{Methods: []string{"POST"}, Path: "/x"}, "POST /y", false},
	} {
		method, path, found := strings.Cut(tt.what, " ")
		if !found {
			method, path = "GET", tt.what
		}
		if got := tt.limit.scope().holds(method, path); got != tt.want {
			t.Errorf("%+v holds for %s %s = %v, want %v", tt.limit, method, path, got, tt.want)
		}
	}
}

func TestEachValueHasItsOwnCounter(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{"memory": "", "file": filepath.Join(t.TempDir(), "state.json")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, Config{
					Base:      "/v0",
					StateFile: file,
					Limits: []Limit{
						{Kind: Rolling, N: 2, Per: time.Second, Each: 1, Lockout: 30 * time.Second},
						{Kind: Aligned, N: 9, Per: time.Minute},
					},
				})
				var got []int
				for _, path := range []string{"/v0/a/x", "/a/y", "/a", "/b/x", "/v0/b", "/v0/b", "/", "/v0", "/v0x/1"} {
					got = append(got, ask(t, s, path).status)
				}
				if diff := cmp.Diff([]int{200, 200, 429, 200, 200, 429, 200, 200, 200}, got); diff != "" {
					t.Errorf("statuses (-want +got):\n%s", diff)
				}
				time.Sleep(30*time.Second - 1)
				if r := ask(t, s, "/a"); r.status != 429 {
					t.Errorf("status within the lock-out = %d, want 429", r.status)
				}
				time.Sleep(time.Nanosecond)
				if r := ask(t, s, "/a"); r.status != 200 {
					t.Errorf("status after the lock-out = %d, want 200", r.status)
				}
				time.Sleep(time.Second)
				if ask(t, s, "/c"); ask(t, s, "/c").status != 429 {
					t.Error("the tenth request of the minute was admitted, want the limit for all to throttle it")
				}
			})
		})
	}
}

func TestIdleValuesAreForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Config{Limits: []Limit{{Kind: Fixed, N: 1, Per: time.Second, Each: 1}}})
		for i := range 5 * manyValues {
			s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", fmt.Sprint("/", i), nil))
			time.Sleep(10 * time.Millisecond)
		}
		if got := len(s.store.(*memory).state.Tracks[0].Each); got > manyValues {
			t.Errorf("%d counters, want at most %d", got, manyValues)
		}
		if got := accepted(t, s, 2); got != 1 {
			t.Errorf("accepted %d, want 1", got)
		}
	})
}

func TestMethods(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Config{Limits: []Limit{{N: 1, Per: time.Minute, Methods: []string{"POST"}}}, Headers: "x-ratelimit"})
		var got []int
		for _, what := range []string{"POST /a", "GET /a", "POST /b", "GET /b"} {
			got = append(got, ask(t, s, what).status)
		}
		if diff := cmp.Diff([]int{201, 200, 429, 200}, got); diff != "" {
			t.Errorf("statuses (-want +got):\n%s", diff)
		}
		if h := ask(t, s, "GET /a").header; h.Get("X-RateLimit-Limit") != "" {
			t.Errorf("headers speak of a limit that does not hold for the request: %v", h)
		}
	})
}
