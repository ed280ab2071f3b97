package limiter_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// A throttler serves 429 with what header says, and 200 where accept says so. It counts.
type throttler struct {
	header string           // lines "Name: value"
	accept func(n int) bool // the n-th request, from 1; nil accepts none
	until  time.Time        // counts no longer; zero counts for ever
	mu     sync.Mutex
	n      int // requests so far
	seen   int // of them, those before until
}

func (s *throttler) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	s.n++
	ok := s.accept != nil && s.accept(s.n)
	if s.until.IsZero() || time.Now().Before(s.until) {
		s.seen++
	}
	s.mu.Unlock()
	if ok {
		return
	}
	for line := range strings.Lines(s.header) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		w.Header().Add(name, strings.TrimSpace(value))
	}
	w.WriteHeader(http.StatusTooManyRequests)
}

// flood sends with so many workers until the time is up, and returns the rate that the controller fell to.
func flood(t *testing.T, s *throttler, workers int, d time.Duration) (rate float64) {
	t.Helper()
	l := limiter.New(limiter.Config{})
	c := client(s, &limiter.Transport{Limiter: l})
	end := time.Now().Add(d)
	s.until = end
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for time.Now().Before(end) {
				if _, _, err := send(t, c, http.MethodGet, ""); err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	known, _ := l.Learned("k")
	return known.Rate
}

// A server that throttles everything for ever is asked about once a minute, whatever it says, and the
// rate falls to its floor.
func TestThrottledForEver(t *testing.T) {
	t.Parallel()
	for _, header := range []string{
		"",
		"Retry-After: 0",
		"Retry-After: 0.0001",
		"Retry-After: -1",
		"Retry-After: 99999999999999999999",
		"Retry-After: Mon, 23 Nov 1970 11:00:00 GMT",
		"Retry-After: NaN",
		"Retry-After-Ms: 0",
		"X-RateLimit-Limit: 60\nX-RateLimit-Remaining: 50\nX-RateLimit-Reset: 0",
		"X-RateLimit-Limit: 60\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 0",
		"X-RateLimit-Limit: -1\nX-RateLimit-Remaining: 99999999999999999999\nX-RateLimit-Reset: 1",
		"X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1795435200\nDate: Mon, 23 Nov 2026 12:00:00 GMT",
		`RateLimit: "a";r=0;t=0, "b";r=99;t=0`,
	} {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &throttler{header: header}
				rate := flood(t, s, 16, time.Hour)
				if s.seen < 30 || s.seen > 80 {
					t.Errorf("%d attempts in an hour, want about one a minute", s.seen)
				}
				if rate > 0.1 {
					t.Errorf("the rate fell to %v/s, want the floor, 0.1/s", rate)
				}
			})
		})
	}
}

// One that lets every n-th request through, and says that the others may come again at once, is not
// hammered either.
func TestThrottlesBetweenAnswers(t *testing.T) {
	t.Parallel()
	for _, every := range []int{2, 3, 10} {
		t.Run(fmt.Sprint(every), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &throttler{header: "Retry-After: 0", accept: func(n int) bool { return n%every == 0 }}
				flood(t, s, 16, time.Hour)
				if s.seen > 3600 {
					t.Errorf("%d attempts in an hour, want less than one a second", s.seen)
				}
			})
		})
	}
}

// A server that always names the same short time, however long its throttles last, is believed less and
// less.
func TestRetryAfterTooShort(t *testing.T) {
	t.Parallel()
	for _, retryAfter := range []string{"0", "1", "5"} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			s := &throttler{header: "Retry-After: " + retryAfter, accept: func(int) bool { return time.Since(start) > 10*time.Minute }}
			c := client(s, &limiter.Transport{Retry: limiter.Retry{MaxBackoff: 40}})
			status, report, err := send(t, c, http.MethodGet, "")
			if err != nil || status != http.StatusOK || report.Attempts > 25 || time.Since(start) > 12*time.Minute {
				t.Errorf("Retry-After %s: status %d after %d attempts and %v, %v, want a response soon after 10m, with few", retryAfter, status, report.Attempts, time.Since(start), err)
			}
		})
	}
}

// Retry-After together with other fields: nobody sends before both allow it.
func TestRetryAfterWithBudgets(t *testing.T) {
	t.Parallel()
	const limits = "RateLimit-Limit: 60\nRateLimit-Remaining: %d\nRateLimit-Reset: %d\nRetry-After: %d"
	tests := []struct {
		remaining, reset, retryAfter int
		want                         time.Duration
	}{
		{0, 30, 3, 30 * time.Second},
		{0, 3, 30, 30 * time.Second},
		{50, 30, 3, 3 * time.Second}, // contradictory: some is left, and it throttles
		{50, 3, 30, 30 * time.Second},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			s := &throttler{header: fmt.Sprintf(limits, tt.remaining, tt.reset, tt.retryAfter), accept: func(n int) bool { return n > 1 }}
			c := client(s, &limiter.Transport{})
			start := time.Now()
			status, report, err := send(t, c, http.MethodGet, "")
			if err != nil || status != http.StatusOK || report.Attempts != 2 || time.Since(start) != tt.want {
				t.Errorf("%+v: status %d after %d attempts and %v, %v", tt, status, report.Attempts, time.Since(start), err)
			}
		})
	}
}

// MaxWait holds whatever the server says, and who gives up knows when to come back.
func TestMaxWaitOfAServerThatThrottlesForEver(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"", "Retry-After: 0", "Retry-After: 7", "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 9"} {
		synctest.Test(t, func(t *testing.T) {
			s := &throttler{header: header}
			c := client(s, &limiter.Transport{MaxWait: time.Minute})
			start := time.Now()
			_, report, err := send(t, c, http.MethodGet, "")
			var wait *limiter.WaitError
			if !errors.As(err, &wait) || wait.Remaining <= 0 {
				t.Fatalf("%q: err = %v, want a WaitError with the time to come back", header, err)
			}
			took := time.Since(start)
			if took > time.Minute || took+wait.Remaining <= time.Minute {
				t.Errorf("%q: gave up after %v with %v left, want what does not fit into a minute", header, took, wait.Remaining)
			}
			if s.n != report.Attempts || s.n > 15 {
				t.Errorf("%q: %d attempts, reported %d", header, s.n, report.Attempts)
			}
		})
	}
}

// dribble serves a body that comes a byte a second and does not end.
func dribble(status int, text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		flush := http.NewResponseController(w).Flush
		for i := 0; r.Context().Err() == nil; i++ {
			_, _ = w.Write([]byte{text[i%len(text)]})
			_ = flush()
			select {
			case <-time.After(time.Second):
			case <-r.Context().Done():
			}
		}
	})
}

// slack are rules for an API that throttles with a 200.
func slack() []limiter.Rule {
	return []limiter.Rule{{Status: 200, Body: `"error":"ratelimited"`, Pause: 30 * time.Second}}
}

// An API that throttles with a 200 is understood from the body, which the caller still gets whole.
func TestThrottleWithin200(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bodies := []string{`{"ok":false,"error":"ratelimited"}`, `{"ok":true}` + strings.Repeat(" ", 200_000)}
		served := 0
		api := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			served++
			w.Write([]byte(bodies[min(served, len(bodies))-1]))
		})
		c := client(api, &limiter.Transport{Plan: func(*http.Request) limiter.Plan {
			return limiter.Plan{Key: "slack", ThrottleWhen: slack()}
		}})
		start := time.Now()
		resp, err := c.Get("http://slack.test/api/chat.postMessage")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		got, err := io.ReadAll(resp.Body)
		if err != nil || string(got) != bodies[1] || served != 2 {
			t.Errorf("after %d requests: %d bytes, %v, want the whole second response", served, len(got), err)
		}
		if waited := time.Since(start); waited < 30*time.Second {
			t.Errorf("waited %v, want the rule's 30s", waited)
		}
	})
}

// A stream passes although its beginning has to be read to understand it, and nothing of it is lost.
func TestPeekingLetsStreamsPass(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := client(dribble(http.StatusOK, "abcdef"), &limiter.Transport{Plan: func(*http.Request) limiter.Plan {
			return limiter.Plan{Key: "slack", ThrottleWhen: slack()}
		}})
		start := time.Now()
		resp, err := c.Get("http://slack.test/api/x")
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > time.Second/2 {
			t.Errorf("the response came after %v, want at once", took)
		}
		got := make([]byte, 5)
		for i := range got {
			if _, err := io.ReadFull(resp.Body, got[i:i+1]); err != nil {
				t.Fatal(err)
			}
			if at := time.Since(start); at > time.Duration(i)*time.Second+time.Second/2 {
				t.Errorf("byte %d came after %v", i, at)
			}
		}
		if string(got) != "abcde" {
			t.Errorf("the body begins with %q, want abcde", got)
		}
		resp.Body.Close()
		synctest.Wait()
	})
}

// A body read ahead ends as it would have ended.
func TestPeekingKeepsTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			fmt.Fprint(w, "short")
		})
		c := client(h, &limiter.Transport{Plan: func(*http.Request) limiter.Plan {
			return limiter.Plan{Key: "slack", ThrottleWhen: slack()}
		}})
		resp, err := c.Get("http://slack.test/api/x")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		got, err := io.ReadAll(resp.Body)
		if string(got) != "short" || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("read %q, %v, want what there was and io.ErrUnexpectedEOF", got, err)
		}
	})
}

// Nobody waits for a throttle's body to end, neither to understand it nor to use the connection again.
func TestDribblingThrottle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rules := []limiter.Rule{{Status: 429, Body: "quota"}}
		c := client(dribble(http.StatusTooManyRequests, "no"), &limiter.Transport{
			Retry: limiter.Retry{MaxBackoff: 1},
			Plan:  func(*http.Request) limiter.Plan { return limiter.Plan{Key: "k", NeverRetry: rules} },
		})
		start := time.Now()
		resp, err := c.Get("http://api.test/x")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("two attempts took %v", took)
		}
		synctest.Wait()
	})
}
