package limiter_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// A bucketOf counts units, and refills evenly.
type bucketOf struct {
	rate, depth float64
	left        float64
	at          time.Time
}

func newBucketOf(rate, depth float64) *bucketOf {
	return &bucketOf{rate: rate, depth: depth, left: depth, at: time.Now()}
}

func (b *bucketOf) has(now time.Time, n float64) bool {
	b.left = min(b.depth, b.left+b.rate*now.Sub(b.at).Seconds())
	b.at = now
	return b.left >= n
}

// wait is until there are n.
func (b *bucketOf) wait(n float64) time.Duration {
	return time.Duration((n - b.left) / b.rate * float64(time.Second))
}

// A unitServer counts requests and tokens, as vendors of language models do. The cost of a request is in its X-Cost.
type unitServer struct {
	requests, tokens *bucketOf
	headers          bool // says what is left, as OpenAI does
	names            bool // a throttle's body names the limit
	rtt              time.Duration

	mu                  sync.Mutex
	chance              *rand.Rand
	accepted, throttled int
	took                float64
}

// RoundTrip implements http.RoundTripper.
func (s *unitServer) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(s.half())
	cost, _ := strconv.ParseFloat(r.Header.Get("X-Cost"), 64)
	s.mu.Lock()
	resp := s.answer(r, cost)
	s.mu.Unlock()
	time.Sleep(s.half())
	return resp, nil
}

func (s *unitServer) half() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.chance == nil {
		s.chance = rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a fixed sequence
	}
	return time.Duration(float64(s.rtt) / 2 * (0.7 + 0.6*s.chance.Float64()))
}

func (s *unitServer) answer(r *http.Request, cost float64) *http.Response {
	now, h := time.Now(), http.Header{}
	status, body := http.StatusOK, fmt.Sprintf(`{"usage": %d}`, int(cost))
	tokens, requests := s.tokens.has(now, cost), s.requests == nil || s.requests.has(now, 1)
	if tokens && requests {
		s.accepted++
		s.took += cost
		s.tokens.left -= cost
		if s.requests != nil {
			s.requests.left--
		}
	} else {
		s.throttled++
		status, body = http.StatusTooManyRequests, `{"error": {"type": "limit"}}`
		wait, what := time.Duration(0), "requests per min"
		if !requests {
			wait = s.requests.wait(1)
		}
		if !tokens {
			wait, what = max(wait, s.tokens.wait(cost)), "tokens per min"
		}
		h.Set("Retry-After-Ms", strconv.Itoa(int(wait.Milliseconds())+1))
		if s.names {
			body = `{"error": {"message": "Rate limit reached on ` + what + `"}}`
		}
	}
	if s.headers {
		tellLikeOpenAI(h, "Tokens", s.tokens)
		if s.requests != nil {
			tellLikeOpenAI(h, "Requests", s.requests)
		}
	}
	return &http.Response{StatusCode: status, Header: h, Request: r, Body: io.NopCloser(strings.NewReader(body))}
}

// tellLikeOpenAI says what is left, and how long it takes until all is there.
func tellLikeOpenAI(h http.Header, what string, b *bucketOf) {
	h.Set("X-Ratelimit-Limit-"+what, strconv.Itoa(int(b.depth)))
	h.Set("X-Ratelimit-Remaining-"+what, strconv.Itoa(int(b.left)))
	h.Set("X-Ratelimit-Reset-"+what, b.wait(b.depth).Round(time.Millisecond).String())
}

// A unitRun sends requests of some sizes for some time.
type unitRun struct {
	server   *unitServer
	sizes    func(i int, at time.Duration) float64 // what the i-th request takes, at that time since the beginning
	estimate func(size float64) int64              // what is thought of it before
	measured bool                                  // responses say what a request took
	workers  int
	length   time.Duration
	lims     []*limiter.Limiter // the processes that send; the workers are spread over them
	params   *limiter.Params    // of tokens
}

// run returns what was taken in all, and what part of the requests was throttled; from is left out of both.
func (u *unitRun) run(t *testing.T, from time.Duration) (perSecond, throttled float64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), u.length)
	defer cancel()
	var mu sync.Mutex
	n, began := 0, time.Now()
	next := func() float64 {
		mu.Lock()
		defer mu.Unlock()
		n++
		return u.sizes(n, time.Since(began))
	}
	var wg sync.WaitGroup
	for i := range u.workers {
		tr := &limiter.Transport{
			Limiter: u.lims[i%len(u.lims)], Base: u.server, Plan: u.plan, Retry: limiter.Retry{MaxBackoff: 100},
		}
		wg.Go(func() {
			for ctx.Err() == nil {
				u.send(ctx, tr, next())
			}
		})
	}
	time.Sleep(from)
	u.server.mu.Lock()
	took, accepted, late := u.server.took, u.server.accepted, u.server.throttled
	u.server.mu.Unlock()
	wg.Wait()
	s := u.server
	took, accepted, late = s.took-took, s.accepted-accepted, s.throttled-late
	return took / (u.length - from).Seconds(), float64(late) / math.Max(float64(accepted+late), 1)
}

func (u *unitRun) send(ctx context.Context, tr *limiter.Transport, size float64) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://h/chat", http.NoBody)
	if err != nil {
		panic(err)
	}
	req.Header.Set("X-Cost", strconv.Itoa(int(size)))
	resp, err := tr.RoundTrip(req)
	if err != nil {
		<-ctx.Done() // it would have to wait for longer than the run lasts
		return
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
}

func (u *unitRun) plan(r *http.Request) limiter.Plan {
	size, _ := strconv.ParseFloat(r.Header.Get("X-Cost"), 64)
	p := limiter.Plan{Key: "m", Params: &limiter.Params{InitialRate: 5}, Units: []limiter.Unit{{Name: "tokens", Params: u.params, Estimate: u.estimate(size)}}}
	if u.measured {
		p.Measure = func(_ *http.Response, body []byte, units []limiter.Unit) {
			var used float64
			_, err := fmt.Sscanf(string(body), `{"usage": %g}`, &used)
			if err == nil {
				units[0].Actual = used
			}
		}
	}
	return p
}

// fifth is the mix of one request in five that takes 3000, while the others take 100.
func fifth(i int, _ time.Duration) float64 {
	if i%5 == 0 {
		return 3000
	}
	return 100
}

func exactly(size float64) int64 { return int64(size) }
