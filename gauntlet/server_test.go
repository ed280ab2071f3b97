package gauntlet

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/sandbox"
)

// network carries requests to a handler and back, as an http.RoundTripper. It starts no goroutine:
// a row sends hundreds of thousands.
type network struct {
	handler http.Handler
	rtt     time.Duration

	mu  sync.Mutex
	rnd *rand.Rand
}

func newNetwork(h http.Handler, rtt time.Duration) *network {
	return &network{handler: h, rtt: rtt, rnd: rand.New(rand.NewPCG(1, 2))}
}

// oneWay is a delay of half a round trip, give or take 30 %.
func (n *network) oneWay() time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	return time.Duration(float64(n.rtt) / 2 * (0.7 + 0.6*n.rnd.Float64()))
}

// RoundTrip implements http.RoundTripper. What is on its way when the run ends is lost.
func (n *network) RoundTrip(req *http.Request) (*http.Response, error) {
	time.Sleep(n.oneWay())
	if err := context.Cause(req.Context()); err != nil {
		return nil, err
	}
	w := &answer{header: make(http.Header, 8), status: http.StatusOK}
	err := w.serve(n.handler, req)
	time.Sleep(n.oneWay())
	if e := context.Cause(req.Context()); e != nil {
		return nil, e
	}
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: w.status, Header: w.header, Request: req, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()),
	}, nil
}

// answer is the least an http.ResponseWriter can be.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

// serve runs the handler. One that aborts resets the connection.
func (a *answer) serve(h http.Handler, req *http.Request) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = syscall.ECONNRESET
		}
	}()
	h.ServeHTTP(a, req)
	if a.header.Get("Date") == "" {
		a.header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	return nil
}

// request returns a GET.
func request(ctx context.Context) *http.Request {
	r := &http.Request{
		Method: http.MethodGet, URL: &url.URL{Scheme: "http", Host: "gauntlet.test", Path: "/items/1"},
		Header: http.Header{}, Host: "gauntlet.test", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody,
	}
	return r.WithContext(ctx)
}

// A stage is a row's server with what happens to it from outside.
type stage struct {
	*sandbox.Server
	sent, throttled atomic.Int64 // of the rival
}

// start opens the stage; ctx ends what happens on it.
func (r *row) start(ctx context.Context) (*stage, error) {
	server, err := sandbox.New(r.Server)
	if err != nil {
		return nil, err
	}
	s := &stage{Server: server}
	for _, c := range r.Changes {
		go func() {
			if sleep(ctx, c.After) == nil {
				_ = server.SetLimits(c.Limits...)
			}
		}()
	}
	if r.Rival != nil {
		go s.compete(ctx, r.Rival)
	}
	return s, nil
}

// compete sends what the rival sends.
func (s *stage) compete(ctx context.Context, v *rival) {
	begin := time.Now()
	req := request(ctx)
	for ctx.Err() == nil {
		rate := v.rateAt(time.Since(begin))
		wait := time.Second
		if rate > 0.1 {
			wait = time.Duration(float64(time.Second) / rate)
			s.sendOne(req)
		}
		_ = sleep(ctx, wait)
	}
}

func (s *stage) sendOne(req *http.Request) {
	w := &answer{header: make(http.Header, 8)}
	_ = w.serve(s.Server, req)
	s.sent.Add(1)
	if w.status == http.StatusTooManyRequests {
		s.throttled.Add(1)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// thisYear brings a bubble's clock, which begins in 2000, to a year in which seconds since 1970 are told
// from seconds until then by their size.
func thisYear() { time.Sleep(time.Until(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))) }

// until returns a context that ends after d, and has no deadline: the limiter would reject at once what
// it cannot serve before one, and a worker with the next request at once would spin.
func until(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_ = sleep(ctx, d)
		cancel()
	}()
	return ctx, cancel
}
