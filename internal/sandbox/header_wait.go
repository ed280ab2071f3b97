package sandbox

import (
	"net/http"
	"strconv"
	"time"
)

// waitDialects tell how long to wait.
func waitDialects() []dialect {
	return []dialect{
		{name: "retry-after", write: waitIn("Retry-After", (*answer).seconds)},
		{name: "retry-after-floor", write: waitIn("Retry-After", (*answer).seconds), floor: true},
		{name: "retry-after-5", write: retryAfter5},
		{name: "retry-after-date", write: waitIn("Retry-After", httpDate)},
		{name: "retry-after-epoch", write: waitIn("Retry-After", (*answer).epoch)},
		{name: "retry-after-ms", write: waitIn("Retry-After-Ms", milliseconds)},
		{name: "x-amz-retry-after", write: waitIn("X-Amz-Retry-After", milliseconds)},
		{name: "x-retry-in", write: waitIn("X-Retry-In", (*answer).seconds)},
		{name: "x-ratelimit-retry-after", write: waitIn("X-Ratelimit-Retry-After", (*answer).seconds)},
		{name: "retry-after-fraction", write: retryAfterFraction, quotas: true},
		{name: "no-date", write: noDate},
		{name: "none", write: func(http.Header, *answer) {}},
	}
}

// waitIn makes a writer of a header that tells the wait of a throttled request,
// if it is known.
func waitIn(name string, form func(*answer, time.Duration) string) func(http.Header, *answer) {
	return func(h http.Header, a *answer) {
		if a.wait > 0 {
			h.Set(name, form(a, a.wait))
		}
	}
}

func httpDate(a *answer, d time.Duration) string {
	return ceil(a.now.Add(d), time.Second).Format(http.TimeFormat)
}

func milliseconds(_ *answer, d time.Duration) string {
	return strconv.FormatInt(roundUp(d, time.Millisecond), 10)
}

func retryAfter5(h http.Header, a *answer) {
	if !a.ok {
		h.Set("Retry-After", "5")
	}
}

func retryAfterFraction(h http.Header, a *answer) {
	if a.wait > 0 {
		h.Set("Retry-After", decimals(a.wait))
	} else if q, ok := tightest(a.quotas); ok && a.ok {
		h.Set("Retry-After", decimals(q.full))
	}
}

// noDate keeps net/http and [Transport] from adding a Date.
func noDate(h http.Header, a *answer) {
	if !a.ok {
		h["Date"] = nil
	}
}

// plainDialects are the forms of X-RateLimit that many servers have.
func plainDialects() []dialect {
	return []dialect{
		{name: "x-ratelimit", write: xRateLimit((*answer).epoch), quotas: true},
		{name: "x-ratelimit-floor", write: xRateLimit((*answer).epoch), quotas: true, floor: true},
		{name: "x-ratelimit-float", write: xRateLimit(epochFloat), quotas: true},
		{name: "x-ratelimit-delta", write: xRateLimit((*answer).seconds), quotas: true},
		{name: "x-ratelimit-delta-ms", write: xRateLimit(milliseconds), quotas: true},
		{name: "x-ratelimit-js", write: xRateLimit(jsDate), quotas: true},
	}
}

func xRateLimit(form func(*answer, time.Duration) string) func(http.Header, *answer) {
	return tight(func(h http.Header, a *answer, q quota) {
		h.Set("X-Ratelimit-Limit", strconv.Itoa(q.limit.N))
		h.Set("X-Ratelimit-Remaining", strconv.Itoa(q.remaining))
		h.Set("X-Ratelimit-Reset", form(a, q.full))
	})
}

// epochFloat writes the instant d from now in Unix seconds with decimals.
func epochFloat(a *answer, d time.Duration) string {
	return decimal(ceil(a.now.Add(d), time.Millisecond).UnixMilli(), 3)
}

// jsDate writes it as JavaScript does.
func jsDate(a *answer, d time.Duration) string {
	return ceil(a.now.Add(d), time.Second).Format("Mon Jan 02 2006 15:04:05 GMT-0700 (Coordinated Universal Time)")
}
