package gauntlet

import (
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// peer sends with somebody else's way of pacing. begin makes what all workers share; what it returns
// sends one request with all its repeats.
func (r *row) peer(t *testing.T, begin func(send func() (status int, after time.Duration)) func(context.Context)) *result {
	var out *result
	synctest.Test(t, func(t *testing.T) {
		thisYear()
		ctx, cancel := until(t, r.Duration)
		defer cancel()
		server, err := r.start(ctx)
		if err != nil {
			t.Fatal(err)
		}
		sum := newTally(r.Duration)
		wire := newNetwork(server, r.RTT)
		work := begin(func() (int, time.Duration) {
			resp, err := wire.RoundTrip(request(ctx))
			if err != nil {
				return 0, 0
			}
			resp.Body.Close()
			sum.note(resp.StatusCode)
			seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
			return resp.StatusCode, time.Duration(seconds) * time.Second
		})
		crowd(ctx, r.InFlight, 0, func() bool { work(ctx); return true })
		out = &sum.result
	})
	return out
}

// seed is the controller of the library that arl grew out of: a token bucket whose rate grows by a step for
// each success and is halved by each 429. A throttled request waits by itself; the others go on.
type seed struct {
	turn   chan struct{} // who holds it waits for the next token
	mu     sync.Mutex
	rate   float64
	tokens float64
	at     time.Time
}

func (r *row) seedLaw(t *testing.T) *result {
	return r.peer(t, func(send func() (int, time.Duration)) func(context.Context) {
		s := &seed{turn: make(chan struct{}, 1), rate: 2, at: time.Now()}
		return func(ctx context.Context) {
			for wait := time.Second; s.token(ctx); wait = min(2*wait, time.Minute) {
				status, after := send()
				if status != http.StatusTooManyRequests {
					if status > 0 && status < 500 {
						s.learn(0.1, 1)
					}
					return
				}
				s.learn(0, 0.5)
				if after == 0 {
					after = wait
				}
				_ = sleep(ctx, after)
			}
		}
	})
}

func (s *seed) learn(step, factor float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rate = max((s.rate+step)*factor, 0.1)
}

// take takes a token, or returns how long it takes until there is one.
func (s *seed) take() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.tokens = min(1, s.tokens+now.Sub(s.at).Seconds()*s.rate)
	s.at = now
	if s.tokens < 1-1e-6 {
		return min(time.Duration((1-s.tokens)/s.rate*1e9)+1, time.Second)
	}
	s.tokens = max(0, s.tokens-1)
	return 0
}

// token waits for a token; false if the run is over.
func (s *seed) token(ctx context.Context) bool {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	for ctx.Err() == nil {
		wait := s.take()
		if wait == 0 {
			return true
		}
		_ = sleep(ctx, wait)
	}
	return false
}

// throttled is a throttle as the AWS SDK knows it.
type throttled struct{}

func (throttled) Error() string     { return "throttled" }
func (throttled) ErrorCode() string { return "ThrottlingException" }

// aws is the adaptive retryer of the AWS SDK for Go v2.
func (r *row) aws(t *testing.T) *result { return r.peer(t, adaptive) }

// adaptive makes that retryer, and returns what sends one request with all its retries. Its callers ask for
// their tokens one after the other: all at once, each would wake up for each token, and the outcome be the same.
func adaptive(send func() (status int, after time.Duration)) func(context.Context) {
	retryer := retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
		o.StandardOptions = append(o.StandardOptions, func(o *retry.StandardOptions) { o.Backoff = newBackoff() })
	})
	turn := make(chan struct{}, 1)
	return func(ctx context.Context) {
		for attempt := 1; attempt <= retryer.MaxAttempts(); attempt++ {
			turn <- struct{}{}
			release, err := retryer.GetAttemptToken(patient{ctx})
			<-turn
			if err != nil {
				return
			}
			status, _ := send()
			if status != http.StatusTooManyRequests {
				_ = release(nil)
				return
			}
			_ = release(throttled{})
			delay, err := retryer.RetryDelay(attempt, throttled{})
			if err != nil || sleep(ctx, delay) != nil {
				return
			}
		}
	}
}

// backoff waits as the SDK does by default, but draws the same chance numbers in each run.
type backoff struct {
	mu     sync.Mutex
	chance *rand.Rand
}

func newBackoff() *backoff { return &backoff{chance: rand.New(rand.NewPCG(5, 6))} }

// BackoffDelay implements retry.BackoffDelayer.
func (b *backoff) BackoffDelay(attempt int, _ error) (time.Duration, error) {
	if float64(attempt) > math.Log2(retry.DefaultMaxBackoff.Seconds()) {
		return retry.DefaultMaxBackoff, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Duration(b.chance.Float64() * float64(int64(time.Second)<<attempt)), nil
}

// patient lets a microsecond pass whenever somebody waits for it. The SDK waits for as little as no time
// at all, again and again, for which virtual time stands still.
type patient struct{ context.Context }

// Done implements context.Context.
func (p patient) Done() <-chan struct{} {
	time.Sleep(time.Microsecond)
	return p.Context.Done()
}
