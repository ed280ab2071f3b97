package limiter_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/httpcheck"
	"github.com/arl-cli/arl/internal/sendctx"
	"github.com/arl-cli/arl/pkg/limiter"
)

func TestCheckRequest(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*http.Request)
		want   string // empty: it can be sent
	}{
		{"as it is", func(*http.Request) {}, ""},
		{"a tab and a letter", func(r *http.Request) { r.Header.Set("X-A", "a\tü") }, ""},
		{"escape", func(r *http.Request) { r.Header.Set("X-A", "a\x1bb") }, `the header "X-A" contains a control character`},
		{"delete", func(r *http.Request) { r.Header.Set("X-A", "a\x7f") }, `the header "X-A" contains a control character`},
		{"line break", func(r *http.Request) { r.Header["X-A"] = []string{"a", "b\n"} }, `the header "X-A" contains a control character`},
		{"name", func(r *http.Request) { r.Header["X A"] = []string{"a"} }, `invalid header name "X A"`},
		{"no name", func(r *http.Request) { r.Header[""] = []string{"a"} }, `invalid header name ""`},
		{"method", func(r *http.Request) { r.Method = "GET /x" }, `invalid HTTP method "GET /x"`},
		{"tunnel", func(r *http.Request) { r.Method = "CONNECT" }, `the method CONNECT is not supported: it opens a tunnel`},
		{"host", func(r *http.Request) { r.Host = "a b" }, `the header Host is not a host name`},
		{"other host", func(r *http.Request) { r.Host = "[::1]:80" }, ""},
		{"port", func(r *http.Request) { r.URL.Host = "api.test:99999" }, `invalid port "99999": ports are 1 to 65535`},
		{"port 0", func(r *http.Request) { r.URL.Host = "api.test:0" }, `invalid port "0": ports are 1 to 65535`},
		{"no port", func(r *http.Request) { r.URL.Host = "api.test:" }, ""},
		{"query", func(r *http.Request) { r.URL.RawQuery = "a=\x01" }, `the query contains a control character`},
		{"long", func(r *http.Request) { r.URL.Path = strings.Repeat("x", 8_000_001) }, `the URL is longer than 8000000 bytes`},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://api.test/x", nil)
		if err != nil {
			t.Fatal(err)
		}
		test.change(req)
		got := ""
		if err := httpcheck.CheckRequest(req); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// A failing wire fails some exchanges with err before it sends.
type failingWire struct {
	http.RoundTripper
	err   error
	times int
}

func (w *failingWire) RoundTrip(req *http.Request) (*http.Response, error) {
	if w.times--; w.times >= 0 {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: w.err}
	}
	return w.RoundTripper.RoundTrip(req)
}

// What never left this machine is no outage: not tried again, not counted, and the circuit stays closed. A POST is
// not unknown because of it.
func TestUnsendable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &answers{}
		circuit := &limiter.Circuit{FailureThreshold: 1}
		transport := &limiter.Transport{Plan: func(*http.Request) limiter.Plan {
			return limiter.Plan{Key: "k", Params: &limiter.Params{InitialRate: 1, Burst: 1}, Circuit: circuit}
		}}
		c := client(h, transport)
		wire := &failingWire{RoundTripper: transport.Base, err: &httpcheck.UnsendableError{Err: errors.New("no proxy")}, times: 5}
		transport.Base = wire
		start := time.Now()
		for range 5 {
			_, report, err := send(t, c, http.MethodPost, "x")
			if err == nil || report.Attempts != 0 || report.Unknown {
				t.Errorf("%+v, %v, want no attempt and an error", report, err)
			}
			var report2 sendctx.Report
			req, _ := http.NewRequestWithContext(sendctx.WithReport(t.Context(), &report2), http.MethodGet, "http://api.test/x", strings.NewReader("x"))
			req.GetBody = func() (io.ReadCloser, error) { return nil, os.ErrNotExist }
			if _, err := c.Do(req); !errors.Is(err, os.ErrNotExist) || report2.Attempts != 0 { //nolint:bodyclose // there is none
				t.Errorf("%+v, %v, want no attempt, and no such file", report2, err)
			}
		}
		status, report, err := send(t, c, http.MethodPost, "x")
		if status != 200 || report.Attempts != 1 || err != nil {
			t.Errorf("%d, %+v, %v, want 200 at the first attempt", status, report, err)
		}
		if took := time.Since(start); took > time.Second || len(h.got) != 1 {
			t.Errorf("the good request took %v, and the server saw %q", took, h.got)
		}
	})
}

// A machine without a file descriptor left is waited for, longer in a batch, and is no outage either.
func TestStarved(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		circuit   *limiter.Circuit
		times, ok int
	}{
		{"three retries", nil, 3, 200},
		{"no more", nil, 4, 0},
		{"a batch waits", &limiter.Circuit{FailureThreshold: 1}, 10, 200},
		{"not for good", &limiter.Circuit{FailureThreshold: 1}, 10_000, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			transport := &limiter.Transport{
				Plan:  func(*http.Request) limiter.Plan { return limiter.Plan{Key: "k", Circuit: test.circuit} },
				Retry: limiter.Retry{Jitter: func() float64 { return 0.5 }},
			}
			c := client(&answers{}, transport)
			transport.Base = &failingWire{RoundTripper: transport.Base, err: os.NewSyscallError("socket", syscall.EMFILE), times: test.times}
			start := time.Now()
			status, report, err := send(t, c, http.MethodPost, "x")
			if status != test.ok || (err == nil) != (test.ok == 200) || report.Attempts > 1 || report.Unknown {
				t.Errorf("%s: %d, %+v, %v", test.name, status, report, err)
			}
			if took := time.Since(start); took > 6*time.Minute {
				t.Errorf("%s: took %v", test.name, took)
			}
		})
	}
}
