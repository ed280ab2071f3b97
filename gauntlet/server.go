package gauntlet

import (
	"bytes"
	"context"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
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

// RoundTrip implements http.RoundTripper.
func (n *network) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := sleep(req.Context(), n.oneWay()); err != nil {
		return nil, err
	}
	w := &answer{header: make(http.Header, 8), status: http.StatusOK}
	err := w.serve(n.handler, req)
	if e := sleep(req.Context(), n.oneWay()); e != nil {
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

// start starts a row's server; ctx ends what happens to it from outside.
func (r *row) start(ctx context.Context) (*sandbox.Server, error) {
	server, err := sandbox.New(r.Server)
	if err != nil {
		return nil, err
	}
	for _, c := range r.Changes {
		go func() {
			if sleep(ctx, c.After) == nil {
				_ = server.SetLimits(c.Limits...)
			}
		}()
	}
	if r.Rival != nil {
		go r.compete(ctx, server)
	}
	return server, nil
}

// compete sends what the rival sends, evenly, whatever is answered.
func (r *row) compete(ctx context.Context, server http.Handler) {
	begin := time.Now()
	req := request(ctx)
	for ctx.Err() == nil {
		rate := r.Rival(time.Since(begin))
		wait := time.Second
		if rate > 0.1 {
			wait = time.Duration(float64(time.Second) / rate)
			w := &answer{header: make(http.Header, 8)}
			_ = w.serve(server, req)
		}
		_ = sleep(ctx, wait)
	}
}

// during is a rival that sends at a rate between two times.
func during(from, until time.Duration, rate float64) func(time.Duration) float64 {
	return func(at time.Duration) float64 {
		if at < from || at >= until {
			return 0
		}
		return rate
	}
}

// swinging is a rival whose rate swings between nothing and top.
func swinging(top float64, period time.Duration) func(time.Duration) float64 {
	return func(at time.Duration) float64 {
		return top * (1 - math.Cos(2*math.Pi*at.Seconds()/period.Seconds())) / 2
	}
}

// rateAt is what the server allows at a time, less what a rival takes.
func (r *row) rateAt(at time.Duration) float64 {
	rate := r.Rate
	for _, c := range r.Changes {
		if at >= c.After {
			rate = c.Rate
		}
	}
	if r.Rival != nil {
		rate -= r.Rival(at)
	}
	return rate
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

// until returns a context that ends after d, and has no deadline: the limiter would refuse at once what
// it cannot serve before one, and a worker with the next request at once would spin.
func until(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_ = sleep(ctx, d)
		cancel()
	}()
	return ctx, cancel
}
