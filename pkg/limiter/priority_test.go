package limiter_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/sendctx"
	"github.com/arl-cli/arl/pkg/limiter"
)

// enqueue lets requests wait in the order they are named, and returns the order in which they went.
func enqueue(t *testing.T, l *limiter.Limiter, p *limiter.Params, names string, of func(rune) int) string {
	t.Helper()
	went := make(chan rune, len(names))
	var all sync.WaitGroup
	defer all.Wait()
	for _, name := range names {
		all.Go(func() {
			g, err := l.Acquire(context.WithoutCancel(t.Context()), limiter.Plan{Key: "k", Params: p, Priority: of(name)})
			if err != nil {
				t.Error(err)
			}
			went <- name
			time.Sleep(time.Millisecond)
			g.Done(limiter.Accepted, 0)
		})
		synctest.Wait()
	}
	var order []rune
	for range names {
		order = append(order, <-went)
	}
	return string(order)
}

func byCase(name rune) int {
	switch {
	case name < 'a':
		return limiter.PriorityHigh
	case name < 'n':
		return limiter.PriorityNormal
	}
	return limiter.PriorityLow
}

// Within a process, who waits goes by priority, then as he came. The request that was there at once went first.
func TestPriorityInOneProcess(t *testing.T) {
	t.Parallel()
	for _, p := range []*limiter.Params{{InitialRate: 1, MaxRate: 1}, {InitialRate: 1000, MaxRate: 1000, MaxConcurrency: 1}} {
		synctest.Test(t, func(t *testing.T) {
			l := limiter.New(limiter.Config{})
			if got, want := enqueue(t, l, p, "xyaAbzB", byCase), "xABabyz"; got != want {
				t.Errorf("%+v: went in the order %q, want %q", p, got, want)
			}
		})
	}
}

// Where higher ones never end, one in twenty is of a lower priority, the longest waiting first.
func TestFloorInOneProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter.New(limiter.Config{})
		names := "a" + "xyz" + strings.Repeat("b", 60)
		order := []rune(enqueue(t, l, &limiter.Params{InitialRate: 1, MaxRate: 1}, names, byCase))
		x, y, z := slices.Index(order, 'x'), slices.Index(order, 'y'), slices.Index(order, 'z')
		if x < 15 || x > 22 || y-x != 20 || z-y != 20 {
			t.Errorf("low ones went at %d, %d and %d, want one in twenty", x, y, z)
		}
	})
}

// The priority of a context is that of the requests of a Transport.
func TestWithPriority(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var order []string
		waits := t.Context()
		l := limiter.New(limiter.Config{Priority: limiter.PriorityLow})
		client := http.Client{Transport: &limiter.Transport{
			Limiter: l,
			Plan: func(*http.Request) limiter.Plan {
				return limiter.Plan{Key: "k", Params: &limiter.Params{InitialRate: 1, MaxRate: 1}}
			},
			Base: roundTripper(func(r *http.Request) (*http.Response, error) {
				order = append(order, r.URL.Path)
				return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
			}),
		}}
		get := func(ctx context.Context, path string) {
			ctx = sendctx.WithWaits(ctx, waits) // which says nothing of priorities
			req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://x"+path, nil)
			if resp, err := client.Do(req); err != nil {
				t.Error(err)
			} else {
				resp.Body.Close()
			}
		}
		var all sync.WaitGroup
		for _, path := range []string{"/first", "/low", "/second"} {
			all.Go(func() { get(t.Context(), path) })
			synctest.Wait()
		}
		get(limiter.WithPriority(t.Context(), limiter.PriorityHigh), "/high")
		all.Wait()
		if got, want := strings.Join(order, " "), "/first /high /low /second"; got != want {
			t.Errorf("went %s, want %s", got, want)
		}
	})
}
