package limiter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/sandbox"
	"github.com/arl-cli/arl/internal/sendctx"
	"github.com/arl-cli/arl/pkg/limiter"
)

// client sends to h inside the process.
func client(h http.Handler, t *limiter.Transport) *http.Client {
	t.Base = sandbox.Transport(h)
	if t.Limiter == nil {
		t.Limiter = limiter.New(limiter.Config{})
	}
	if t.Plan == nil {
		t.Plan = func(*http.Request) limiter.Plan {
			return limiter.Plan{Key: "k", Params: &limiter.Params{InitialRate: 100}}
		}
	}
	return &http.Client{Transport: t}
}

// answers serves one status after the other, then 200.
type answers struct {
	statuses []int
	header   http.Header
	got      []string // method and body of each request
}

func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.got = append(a.got, r.Method+" "+string(body))
	status := http.StatusOK
	if len(a.statuses) > 0 {
		status, a.statuses = a.statuses[0], a.statuses[1:]
		maps.Copy(w.Header(), a.header)
	}
	w.WriteHeader(status)
	fmt.Fprintf(w, "answer %d", len(a.got))
}

// send sends one request and returns the status of its last answer.
func send(t *testing.T, c *http.Client, method, body string) (status int, report *sendctx.Report, err error) {
	t.Helper()
	report = &sendctx.Report{}
	ctx := sendctx.WithReport(t.Context(), report)
	req, err := http.NewRequestWithContext(ctx, method, "http://api.test/x", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, report, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, report, nil
}

func TestWhatIsRepeated(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		method   string
		statuses []int
		header   http.Header
		retry    limiter.Retry
		plan     limiter.Plan
		status   int // the last one
		attempts int
		unknown  bool
		throttle bool
	}{
		{name: "a throttled POST", method: "POST", statuses: []int{429, 429}, status: 200, attempts: 3},
		{name: "a throttle that never ends", method: "GET", statuses: []int{429, 429, 429, 429}, retry: limiter.Retry{MaxBackoff: 2}, status: 429, attempts: 3, throttle: true},
		{name: "a failed GET", method: "GET", statuses: []int{500, 502, 504}, status: 200, attempts: 4},
		{name: "a GET that fails for good", method: "GET", statuses: []int{500, 500, 500, 500, 500}, status: 500, attempts: 4},
		{name: "a failed POST", method: "POST", statuses: []int{500}, status: 500, attempts: 1, unknown: true},
		{name: "a failed POST that only reads", method: "POST", statuses: []int{500}, plan: limiter.Plan{Idempotent: true}, status: 200, attempts: 2},
		{name: "no retries", method: "GET", statuses: []int{500}, retry: limiter.Retry{Max: -1}, status: 500, attempts: 1},
		{name: "an overloaded server, GET", method: "GET", statuses: []int{503}, header: http.Header{"Retry-After": {"2"}}, status: 200, attempts: 2},
		{name: "an overloaded server, POST", method: "POST", statuses: []int{503}, header: http.Header{"Retry-After": {"2"}}, status: 503, attempts: 1, unknown: true},
		{name: "a request that came too slowly", method: "GET", statuses: []int{408, 425}, status: 200, attempts: 3},
		{name: "a POST that came too slowly", method: "POST", statuses: []int{408}, status: 408, attempts: 1},
		{name: "a POST that came too early, and that only reads", method: "POST", statuses: []int{425}, plan: limiter.Plan{Idempotent: true}, status: 200, attempts: 2},
		{name: "the server says not to retry", method: "GET", statuses: []int{500}, header: http.Header{"X-Should-Retry": {"false"}}, status: 500, attempts: 1},
		{name: "the server says not to retry a POST", method: "POST", statuses: []int{500}, header: http.Header{"X-Should-Retry": {"false"}}, status: 500, attempts: 1, unknown: true},
		{name: "the server says not to retry a throttle", method: "POST", statuses: []int{429}, header: http.Header{"X-Should-Retry": {"false"}}, status: 429, attempts: 1, throttle: true},
		{name: "the server says to retry", method: "PUT", statuses: []int{409}, header: http.Header{"Stripe-Should-Retry": {"true"}}, status: 200, attempts: 2},
		{name: "the server says to retry a POST", method: "POST", statuses: []int{409}, header: http.Header{"Stripe-Should-Retry": {"true"}}, status: 409, attempts: 1},
		{name: "not found", method: "GET", statuses: []int{404}, status: 404, attempts: 1},
		{name: "a used-up quota", method: "GET", statuses: []int{429}, plan: limiter.Plan{NeverRetry: []limiter.Rule{{Status: 429, Body: "answer"}}}, status: 429, attempts: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := &answers{statuses: tt.statuses, header: tt.header}
				c := client(h, &limiter.Transport{Retry: tt.retry, Plan: func(*http.Request) limiter.Plan { return tt.plan }})
				status, report, err := send(t, c, tt.method, "body")
				if err != nil {
					t.Fatal(err)
				}
				if status != tt.status || report.Attempts != tt.attempts || len(h.got) != tt.attempts {
					t.Errorf("status %d after %d attempts (the server saw %d), want %d after %d", status, report.Attempts, len(h.got), tt.status, tt.attempts)
				}
				if report.Unknown != tt.unknown || report.Throttled != tt.throttle {
					t.Errorf("unknown %v, throttled %v, want %v, %v", report.Unknown, report.Throttled, tt.unknown, tt.throttle)
				}
				for _, got := range h.got {
					if got != tt.method+" body" {
						t.Errorf("the server got %q, want the whole request every time", got)
					}
				}
			})
		})
	}
}

func TestRetryMaxTime(t *testing.T) {
	t.Parallel()
	full := func() float64 { return 1 }
	for _, tt := range []struct {
		statuses []int
		header   http.Header
		within   time.Duration
		attempts int
	}{
		{[]int{500, 500, 500, 500}, nil, time.Minute, 4},
		{[]int{500, 500, 500, 500}, nil, 1500 * time.Millisecond, 3}, // after 0.5 and 1 s
		{[]int{500, 500, 500, 500}, nil, 1499 * time.Millisecond, 2},
		{[]int{429}, http.Header{"Retry-After": {"30"}}, 29 * time.Second, 1},
		{[]int{429}, http.Header{"Retry-After": {"30"}}, 30 * time.Second, 2},
		{[]int{503}, http.Header{"Retry-After": {"30"}}, 29 * time.Second, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := &answers{statuses: tt.statuses, header: tt.header}
			c := client(h, &limiter.Transport{Retry: limiter.Retry{MaxTime: tt.within, Jitter: full}})
			start := time.Now()
			_, report, err := send(t, c, "GET", "")
			if err != nil || report.Attempts != tt.attempts || time.Since(start) > tt.within {
				t.Errorf("%v within %v: %d attempts in %v, %v, want %d", tt.statuses, tt.within, report.Attempts, time.Since(start), err, tt.attempts)
			}
		})
	}
}

func TestPauseIsObeyed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &answers{statuses: []int{429}, header: http.Header{"Retry-After": {"30"}}}
		var seen []limiter.Event
		c := client(h, &limiter.Transport{Observe: func(e limiter.Event) { seen = append(seen, e) }})
		start := time.Now()
		_, report, err := send(t, c, "GET", "")
		if err != nil || time.Since(start) != 30*time.Second || report.Waited != 30*time.Second {
			t.Errorf("took %v, waited %v, %v, want 30s", time.Since(start), report.Waited, err)
		}
		if len(seen) != 2 || !seen[0].Update.Cut || seen[0].Signal.Source != "Retry-After" || seen[1].Waited != 30*time.Second || seen[1].Reason != pacing.ReasonPause {
			t.Errorf("attempts = %+v, want a throttle and what it cost", seen)
		}
	})
}

// A failure that names a time is retried when it is over, not sooner.
func TestRetryAfterOfFailures(t *testing.T) {
	t.Parallel()
	for _, status := range []int{408, 425, 500, 502, 503, 504, 520} {
		synctest.Test(t, func(t *testing.T) {
			h := &answers{statuses: []int{status}, header: http.Header{"Retry-After": {"30"}}}
			start := time.Now()
			got, report, err := send(t, client(h, &limiter.Transport{}), "GET", "")
			if err != nil || got != http.StatusOK || report.Attempts != 2 || time.Since(start) != 30*time.Second {
				t.Errorf("%d: status %d after %d attempts and %v, %v, want 200 after 2 and 30s", status, got, report.Attempts, time.Since(start), err)
			}
		})
	}
}

func TestMaxWaitCoversAllAttempts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &answers{statuses: []int{429, 429, 429}, header: http.Header{"Retry-After": {"30"}}}
		c := client(h, &limiter.Transport{MaxWait: 70 * time.Second})
		start := time.Now()
		_, _, err := send(t, c, "GET", "")
		var wait *limiter.WaitError
		if !errors.As(err, &wait) || wait.Remaining != 30*time.Second {
			t.Fatalf("err = %v, want a WaitError of 30s", err)
		}
		if took := time.Since(start); took != 60*time.Second {
			t.Errorf("gave up after %v, want 60s: the third wait does not fit", took)
		}
	})
}

// An answer that breaks off is a failed attempt if the body is received within it.
func TestBrokenAnswerIsRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			calls++
			if calls == 1 {
				w.Header().Set("Content-Length", "100")
			}
			fmt.Fprint(w, "short")
		})
		c := client(h, &limiter.Transport{Receive: func(resp *http.Response) error {
			b, err := io.ReadAll(resp.Body)
			resp.Body = io.NopCloser(strings.NewReader(string(b)))
			return err
		}})
		status, report, err := send(t, c, "GET", "")
		if err != nil || status != 200 || report.Attempts != 2 {
			t.Errorf("attempts = %d, %v, want a second one", report.Attempts, err)
		}
	})
}

// The time for one attempt does not run while a limit is waited for.
func TestTimeoutBoundsOneAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch calls++; calls {
			case 1:
				w.Header().Set("Retry-After", "60")
				w.WriteHeader(429)
			case 2:
				select {
				case <-time.After(time.Minute):
				case <-r.Context().Done():
				}
			}
		})
		c := client(h, &limiter.Transport{Timeout: 2 * time.Second, Retry: limiter.Retry{Max: -1}})
		start := time.Now()
		_, report, err := send(t, c, "GET", "")
		if !errors.Is(err, limiter.ErrTimeout) {
			t.Errorf("err = %v, want %v", err, limiter.ErrTimeout)
		}
		if took := time.Since(start); took != 62*time.Second || report.Attempts != 2 {
			t.Errorf("took %v with %d attempts, want 62s with 2", took, report.Attempts)
		}
	})
}

// An outage pauses what may be repeated, and one request at a time looks whether it is over.
func TestCircuit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var tried atomic.Int32
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if time.Since(start) < 10*time.Minute {
				tried.Add(1)
				w.WriteHeader(503)
			}
		})
		circuit := &limiter.Circuit{FailureThreshold: 5, OpenInterval: 30 * time.Second}
		c := client(h, &limiter.Transport{Plan: func(*http.Request) limiter.Plan {
			return limiter.Plan{Key: "k", Params: &limiter.Params{InitialRate: 100}, Circuit: circuit}
		}})
		done := make(chan int, 50)
		for range 50 {
			go func() {
				status, _, err := send(t, c, "GET", "")
				if err != nil {
					t.Error(err)
				}
				done <- status
			}()
		}
		for range 50 {
			if status := <-done; status != 200 {
				t.Errorf("status %d after the outage, want 200", status)
			}
		}
		if took := time.Since(start); took < 10*time.Minute || took > 11*time.Minute {
			t.Errorf("all were answered after %v, want 10m to 11m", took)
		}
		if n := tried.Load(); n < 20 || n > 40 {
			t.Errorf("the failing server was tried %d times, want about one every 30s", n)
		}
	})
}

func TestCircuitGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) })
		circuit := &limiter.Circuit{FailureThreshold: 2, MaxOpen: 5 * time.Minute}
		c := client(h, &limiter.Transport{Plan: func(*http.Request) limiter.Plan {
			return limiter.Plan{Key: "k", Circuit: circuit}
		}})
		if _, _, err := send(t, c, "GET", ""); !errors.Is(err, limiter.ErrCircuitOpen) {
			t.Errorf("err = %v, want %v", err, limiter.ErrCircuitOpen)
		}
	})
}

func TestCancelWhileWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &answers{statuses: []int{429}, header: http.Header{"Retry-After": {"3600"}}}
		c := client(h, &limiter.Transport{})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://api.test/x", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v, want %v", err, context.Canceled)
		}
	})
}

// A throttle is known when its head has come. Its body, however slow, keeps nothing: not the limiter from
// knowing, and not the next attempt for longer than a second.
func TestSlowThrottleBody(t *testing.T) {
	t.Parallel()
	for _, rules := range [][]limiter.Rule{nil, {{Status: 429, Body: "quota"}}} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if time.Since(start) >= 10*time.Second {
					fmt.Fprint(w, "ok")
					return
				}
				w.Header().Set("Retry-After", "10")
				w.WriteHeader(http.StatusTooManyRequests)
				for range 600 {
					fmt.Fprint(w, "slow")
					w.(http.Flusher).Flush()
					select {
					case <-time.After(100 * time.Millisecond):
					case <-r.Context().Done():
					}
				}
			})
			var told time.Duration
			received := 0
			c := client(h, &limiter.Transport{
				Receive: func(resp *http.Response) error {
					received++
					b, err := io.ReadAll(resp.Body)
					resp.Body = io.NopCloser(strings.NewReader(string(b)))
					return err
				},
				Observe: func(e limiter.Event) {
					if e.Throttled() {
						told = time.Since(start)
					}
				},
				Plan: func(*http.Request) limiter.Plan { return limiter.Plan{Key: "k", NeverRetry: rules} },
			})
			status, report, err := send(t, c, "POST", "body")
			if err != nil || status != 200 || report.Attempts != 2 || received != 1 {
				t.Fatalf("%d after %d attempts, %d received, %v", status, report.Attempts, received, err)
			}
			most := time.Duration(0)
			if rules != nil {
				most = 5 * time.Second // the body decides
			}
			if took := time.Since(start); told > most || took != most+10*time.Second {
				t.Errorf("known after %v, done after %v, want %v and 10s more", told, took, most)
			}
		})
	}
}

// A throttle that is the last response is received like any other; if it breaks off it is a throttle
// all the same, and the request was not processed.
func TestLastThrottleIsReceived(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			w.WriteHeader(http.StatusTooManyRequests)
			fmt.Fprint(w, "short")
		})
		c := client(h, &limiter.Transport{Retry: limiter.Retry{MaxBackoff: -1}, Receive: func(resp *http.Response) error {
			_, err := io.ReadAll(resp.Body)
			return err
		}})
		_, report, err := send(t, c, "POST", "body")
		if !errors.Is(err, io.ErrUnexpectedEOF) || !report.Throttled || report.Unknown || report.Attempts != 1 {
			t.Errorf("%+v, %v, want a throttle whose body broke off", report, err)
		}
	})
}
