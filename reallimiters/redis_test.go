package reallimiters

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
	ululeredis "github.com/ulule/limiter/v3/drivers/store/redis"

	"github.com/arl-cli/arl/test/redistest"
)

// redisLimiters count in a Redis.
func redisLimiters() []limiter {
	return []limiter{
		bucket(50, 25).at("redis_rate 50/s burst 25", redisRate(redis_rate.Limit{Rate: 50, Burst: 25, Period: time.Second}, 10*time.Millisecond)),
		each(120, 2*time.Second).at("ulule in Redis 120 per 2 s", ululeInRedis(120, 2*time.Second)),
	}
}

func connected(t *testing.T) *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: redistest.Start(t).Addr})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func ululeInRedis(quota int64, window time.Duration) func(*testing.T) string {
	return func(t *testing.T) string {
		store, err := ululeredis.NewStore(connected(t))
		if err != nil {
			t.Fatal(err)
		}
		return serve(ululeLimit(store, quota, window), 0)(t)
	}
}

// redisRate has the headers that most people send with such a limiter.
func redisRate(limit redis_rate.Limit, latency time.Duration) func(*testing.T) string {
	return func(t *testing.T) string {
		l := redis_rate.NewLimiter(connected(t))
		return serve(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				res, err := l.Allow(context.WithoutCancel(r.Context()), "all", limit)
				if err != nil {
					http.Error(w, err.Error(), http.StatusInternalServerError)
					return
				}
				w.Header().Set("X-RateLimit-Limit", strconv.Itoa(limit.Burst))
				w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(res.Remaining))
				w.Header().Set("X-RateLimit-Reset", strconv.Itoa(seconds(res.ResetAfter)))
				if res.Allowed == 0 {
					w.Header().Set("Retry-After", strconv.Itoa(seconds(res.RetryAfter)))
					http.Error(w, http.StatusText(http.StatusTooManyRequests), http.StatusTooManyRequests)
					return
				}
				next.ServeHTTP(w, r)
			})
		}, latency)(t)
	}
}

// seconds rounds up.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
