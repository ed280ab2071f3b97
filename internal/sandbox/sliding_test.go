package sandbox

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestSlidingAgainstItsDefinition compares with counting by windows.
func TestSlidingAgainstItsDefinition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := limits(Sliding).Draw(t, "limit")
		l.CountThrottled = rapid.Bool().Draw(t, "count throttled")
		per := int64(l.Per)
		counts := make(map[int64]int64)
		times := arrivals(t, l)
		var want []int64
		for _, now := range times {
			window := now / per
			left := per - now%per
			admit := counts[window-1]*left/per+counts[window] < int64(l.N) // small enough for int64 here
			if admit {
				want = append(want, now)
			}
			if admit || l.CountThrottled {
				counts[window]++
			}
		}
		if diff := cmp.Diff(want, admitted(l, times)); diff != "" {
			t.Fatalf("admitted (-want +got):\n%s", diff)
		}
	})
}

// TestSlidingTwice knows that no window of the length admits more than twice
// the limit, and none that is aligned more than the limit.
func TestSlidingTwice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := limits(Sliding).Draw(t, "limit")
		passed := admitted(l, arrivals(t, l))
		perWindow := make(map[int64]int)
		for _, at := range passed {
			perWindow[at/int64(l.Per)]++
		}
		for window, n := range perWindow {
			if n > l.N {
				t.Fatalf("window %d admitted %d, want at most %d", window, n, l.N)
			}
		}
	})
}

// TestLeaky asks at once, and again later, and looks when the answers come.
func TestLeaky(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Config{Limits: []Limit{{Kind: Leaky, N: 2, Per: time.Second, Burst: 2}}})
		start := time.Now()
		type seen struct {
			status int
			at     time.Duration
		}
		var got []seen
		answers := make(chan seen, 10)
		send := func(n int) {
			for range n {
				go func() {
					r := ask(t, s, "/items/1")
					answers <- seen{r.status, time.Since(start)}
				}()
				synctest.Wait()
			}
		}
		send(5)
		time.Sleep(700 * time.Millisecond)
		send(2) // one of the three has left, so there is room for one
		time.Sleep(5 * time.Second)
		send(1) // an empty queue delays nobody
		synctest.Wait()
		close(answers)
		for a := range answers {
			got = append(got, a)
		}
		const ms = time.Millisecond
		want := []seen{{200, 0}, {429, 0}, {429, 0}, {200, 500 * ms}, {429, 700 * ms}, {200, 1000 * ms}, {200, 1500 * ms}, {200, 5700 * ms}}
		if !slices.Equal(got, want) {
			t.Errorf("answers = %v, want %v", got, want)
		}
	})
}

func TestLeakyStopsWhenTheClientLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Config{Limits: []Limit{{Kind: Leaky, N: 1, Per: time.Hour, Burst: 1}}, Headers: "retry-after"})
		ask(t, s, "/items/1")
		if r := within(t, s, "/items/1", time.Minute); r.err == nil {
			t.Errorf("status = %d, want an error", r.status)
		}
		if r := ask(t, s, "/items/1"); r.status != 429 || r.header.Get("Retry-After") != "3540" {
			t.Errorf("answer = %d, Retry-After %s, want 429, 3540: the place stays taken", r.status, r.header.Get("Retry-After"))
		}
	})
}
