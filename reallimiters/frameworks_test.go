package reallimiters

import (
	"net"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	fiberlimiter "github.com/gofiber/fiber/v3/middleware/limiter"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"golang.org/x/time/rate"
)

// frameworkLimiters come with frameworks for Go.
func frameworkLimiters() []limiter {
	return []limiter{
		each(40, 2*time.Second).at("fiber fixed 40 per 2 s", fiberLimit(fiberlimiter.FixedWindow{}, 40, 2*time.Second, 20*time.Millisecond)),
		fiberSliding(100, 4*time.Second).at("fiber sliding 100 per 4 s", fiberLimit(fiberlimiter.SlidingWindow{}, 100, 4*time.Second, 20*time.Millisecond)),
		bucket(20, 40).at("echo 20/s burst 40", echoLimit(20, 40, 30*time.Millisecond)),
	}
}

// fiberSliding is fiber's sliding window: it counts time in whole seconds, so that of the window before always a
// second more weighs on this one than has to.
func fiberSliding(quota float64, window time.Duration) limiter {
	l := each(quota, window).sliding()
	l.rate = quota / (window + time.Second).Seconds()
	return l
}

func fiberLimit(kind fiberlimiter.Handler, quota int, window, latency time.Duration) func(*testing.T) string {
	return func(t *testing.T) string {
		app := fiber.New()
		app.Use(fiberlimiter.New(fiberlimiter.Config{LimiterMiddleware: kind, Max: quota, Expiration: window}))
		app.Get("/items", func(c fiber.Ctx) error {
			time.Sleep(latency)
			return c.JSON(fiber.Map{"ok": true})
		})
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() { _ = app.Listener(l, fiber.ListenConfig{DisableStartupMessage: true}) }()
		t.Cleanup(func() { _ = app.Shutdown() })
		return "http://" + l.Addr().String()
	}
}

func echoLimit(perSecond float64, burst int, latency time.Duration) func(*testing.T) string {
	store := middleware.NewRateLimiterMemoryStoreWithConfig(middleware.RateLimiterMemoryStoreConfig{Rate: rate.Limit(perSecond), Burst: burst})
	e := echo.New()
	e.Use(middleware.RateLimiter(store))
	e.GET("/items", echo.WrapHandler(items(latency)))
	return served(e)
}
