package reallimiters

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/didip/tollbooth/v7"
	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/failsafehttp"
	"github.com/failsafe-go/failsafe-go/ratelimiter"
	"github.com/go-chi/httprate"
	"github.com/juju/ratelimit"
	"github.com/sethvargo/go-limiter/httplimit"
	"github.com/sethvargo/go-limiter/memorystore"
	"github.com/throttled/throttled/v2"
	"github.com/throttled/throttled/v2/store/memstore"
	ulule "github.com/ulule/limiter/v3"
	"github.com/ulule/limiter/v3/drivers/middleware/stdlib"
	"github.com/ulule/limiter/v3/drivers/store/memory"
	"golang.org/x/time/rate"
)

// goLimiters are limiters for net/http.
func goLimiters() []limiter {
	smooth, bursty, bulkheaded := failsafeLimits()
	return []limiter{
		bucket(20, 20).at("tollbooth 20/s", serve(tollboothLimit(20), 20*time.Millisecond)),
		each(100, 2*time.Second).sliding().at("httprate 100 per 2 s", serve(httprate.LimitBy(100, 2*time.Second, httprate.Key("all")), 0)),
		each(80, 10*time.Second).sliding().at("httprate 80 per 10 s", serve(httprate.LimitBy(80, 10*time.Second, httprate.Key("all")), 50*time.Millisecond)),
		each(60, 3*time.Second).at("ulule 60 per 3 s", serve(ululeLimit(memory.NewStore(), 60, 3*time.Second), 0)),
		each(600, time.Minute).at("ulule 600 per 60 s", serve(ululeLimit(memory.NewStore(), 600, time.Minute), 20*time.Millisecond)),
		bucket(30, 10).at("throttled 30/s burst 10", serve(throttledLimit(30, 10), 20*time.Millisecond)),
		bucket(100, 20).at("x/time/rate 100/s burst 20", serve(plain(rate.NewLimiter(100, 20).Allow), 0)),
		spaced(25).at("x/time/rate 25/s burst 1", serve(plain(rate.NewLimiter(25, 1).Allow), 30*time.Millisecond)),
		each(200, time.Second).at("go-limiter 200 per 1 s", serve(sethvargoLimit(200, time.Second), 0)),
		bucket(40, 40).at("juju/ratelimit 40/s burst 40", serve(jujuLimit(40, 40), 50*time.Millisecond)),
		spaced(50).at("failsafe-go smooth 50/s", serve(smooth, 0)),
		each(200, 5*time.Second).at("failsafe-go bursty 200 per 5 s", serve(bursty, 100*time.Millisecond)),
		concurrent(8, 60*time.Millisecond).at("failsafe-go bulkhead 8 of 60 ms", serve(bulkheaded, 60*time.Millisecond)),
	}
}

// serve serves what takes some time behind a limit, until the test ends.
func serve(limit func(http.Handler) http.Handler, latency time.Duration) func(*testing.T) string {
	return served(limit(items(latency)))
}

func served(h http.Handler) func(*testing.T) string {
	return func(t *testing.T) string {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		return s.URL
	}
}

// items is what is behind a limiter: a resource that takes some time.
func items(latency time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(latency)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"ok":true}`))
	})
}

// plain is a limit without headers.
func plain(allow func() bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !allow() {
				http.Error(w, http.StatusText(http.StatusTooManyRequests), http.StatusTooManyRequests)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func tollboothLimit(perSecond float64) func(http.Handler) http.Handler {
	l := tollbooth.NewLimiter(perSecond, nil)
	return func(next http.Handler) http.Handler { return tollbooth.LimitHandler(l, next) }
}

func ululeLimit(store ulule.Store, quota int64, window time.Duration) func(http.Handler) http.Handler {
	return stdlib.NewMiddleware(ulule.New(store, ulule.Rate{Limit: quota, Period: window})).Handler
}

func throttledLimit(perSecond, burst int) func(http.Handler) http.Handler {
	store, err := memstore.NewCtx(1000)
	if err != nil {
		panic(err)
	}
	gcra, err := throttled.NewGCRARateLimiterCtx(store, throttled.RateQuota{MaxRate: throttled.PerSec(perSecond), MaxBurst: burst})
	if err != nil {
		panic(err)
	}
	return (&throttled.HTTPRateLimiterCtx{RateLimiter: gcra}).RateLimit
}

func sethvargoLimit(quota uint64, window time.Duration) func(http.Handler) http.Handler {
	store, err := memorystore.New(&memorystore.Config{Tokens: quota, Interval: window})
	if err != nil {
		panic(err)
	}
	m, err := httplimit.NewMiddleware(store, httplimit.IPKeyFunc())
	if err != nil {
		panic(err)
	}
	return m.Handle
}

func jujuLimit(perSecond float64, burst int64) func(http.Handler) http.Handler {
	b := ratelimit.NewBucketWithRate(perSecond, burst)
	return plain(func() bool { return b.TakeAvailable(1) == 1 })
}

//nolint:bodyclose // these are no responses, but policies for some
func failsafeLimits() (smooth, bursty, bulkheaded func(http.Handler) http.Handler) {
	limit := func(p failsafe.Policy[*http.Response]) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler { return failsafehttp.NewHandler(next, p) }
	}
	return limit(ratelimiter.NewSmooth[*http.Response](50, time.Second)),
		limit(ratelimiter.NewBursty[*http.Response](200, 5*time.Second)),
		limit(bulkhead.New[*http.Response](8))
}
