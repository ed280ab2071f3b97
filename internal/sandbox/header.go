package sandbox

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// answer is what the limits said to one request, and when.
type answer struct {
	ok     bool
	wait   time.Duration // until it would be admitted; 0: unknown, or admitted
	now    time.Time     // by the clock the server shows
	quotas []quota       // one for each limit; nil where no dialect asks
}

// dialect is one way of telling the client about limits.
type dialect struct {
	name   string
	quotas bool // writes on every answer what is left
	write  func(http.Header, *answer)
}

// dialects lists all there are.
func dialects() []dialect {
	return []dialect{
		{"retry-after", false, retryAfter},
		{"retry-after-ms", false, retryAfterMS},
		{"retry-after-date", false, retryAfterDate},
		{"x-ratelimit", true, xRateLimit},
		{"ratelimit-6", true, rateLimit6},
		{"ratelimit-7", true, rateLimit7},
		{"ratelimit-8", true, rateLimit8},
		{"none", false, func(http.Header, *answer) {}},
	}
}

// Dialects lists the names that [Config.Headers] may combine:
//
//   - retry-after: whole seconds, rounded up (RFC 9110, 10.2.3)
//   - retry-after-ms: milliseconds, rounded up
//   - retry-after-date: Retry-After as an HTTP date
//   - x-ratelimit: X-RateLimit-Limit, -Remaining, -Reset in epoch seconds
//   - ratelimit-6: RateLimit-Limit, -Remaining, -Reset in seconds (IETF drafts to 06)
//   - ratelimit-7: RateLimit: limit=, remaining=, reset= (draft 07)
//   - ratelimit-8: RateLimit-Policy and RateLimit as structured fields (drafts from 08)
//   - none
//
// The first three speak only when a request is refused and it is known for how
// long, which a concurrency cap does not. The others speak on every answer;
// those up to ratelimit-7 of the tightest limit alone, and their reset is when
// its whole quota is there again.
func Dialects() []string {
	var names []string
	for _, d := range dialects() {
		names = append(names, d.name)
	}
	return names
}

func parseDialects(text string) ([]dialect, error) {
	if text == "" {
		text = "retry-after"
	}
	known := dialects()
	var list []dialect
	for name := range strings.SplitSeq(text, ",") {
		name = strings.TrimSpace(name)
		i := slices.IndexFunc(known, func(d dialect) bool { return d.name == name })
		if i < 0 {
			return nil, fmt.Errorf("headers %q: want some of %s", name, strings.Join(Dialects(), ", "))
		}
		list = append(list, known[i])
	}
	return list, nil
}

func retryAfter(h http.Header, a *answer) {
	if a.wait > 0 {
		h.Set("Retry-After", seconds(a.wait))
	}
}

func retryAfterMS(h http.Header, a *answer) {
	if a.wait > 0 {
		h.Set("Retry-After-Ms", strconv.FormatInt(int64(roundUp(a.wait, time.Millisecond)), 10))
	}
}

func retryAfterDate(h http.Header, a *answer) {
	if a.wait > 0 {
		h.Set("Retry-After", time.Unix(epoch(a.now.Add(a.wait)), 0).UTC().Format(http.TimeFormat))
	}
}

func xRateLimit(h http.Header, a *answer) {
	q, ok := tightest(a.quotas)
	if !ok {
		return
	}
	h.Set("X-Ratelimit-Limit", strconv.Itoa(q.limit.N))
	h.Set("X-Ratelimit-Remaining", strconv.Itoa(q.remaining))
	h.Set("X-Ratelimit-Reset", strconv.FormatInt(epoch(a.now.Add(q.full)), 10))
}

func rateLimit6(h http.Header, a *answer) {
	q, ok := tightest(a.quotas)
	if !ok {
		return
	}
	h.Set("Ratelimit-Policy", fmt.Sprintf("%d;w=%s", q.limit.N, seconds(q.limit.Per)))
	h.Set("Ratelimit-Limit", strconv.Itoa(q.limit.N))
	h.Set("Ratelimit-Remaining", strconv.Itoa(q.remaining))
	h.Set("Ratelimit-Reset", seconds(q.full))
}

func rateLimit7(h http.Header, a *answer) {
	q, ok := tightest(a.quotas)
	if !ok {
		return
	}
	h.Set("Ratelimit-Policy", fmt.Sprintf("%d;w=%s", q.limit.N, seconds(q.limit.Per)))
	h.Set("Ratelimit", fmt.Sprintf("limit=%d, remaining=%d, reset=%s", q.limit.N, q.remaining, seconds(q.full)))
}

// rateLimit8 names all limits: "default", "default-2" and so on. t is when
// more quota comes, not when all is back.
func rateLimit8(h http.Header, a *answer) {
	var policies, states []string
	for i, q := range a.quotas {
		name := `"default"`
		if i > 0 {
			name = fmt.Sprintf(`"default-%d"`, i+1)
		}
		if q.limit.Kind == Concurrency {
			policies = append(policies, fmt.Sprintf(`%s;q=%d;qu="concurrent-requests"`, name, q.limit.N))
			states = append(states, fmt.Sprintf("%s;r=%d", name, q.remaining))
			continue
		}
		policies = append(policies, fmt.Sprintf("%s;q=%d;w=%s", name, q.limit.N, seconds(q.limit.Per)))
		states = append(states, fmt.Sprintf("%s;r=%d;t=%s", name, q.remaining, seconds(q.next)))
	}
	if len(policies) > 0 {
		h.Set("Ratelimit-Policy", strings.Join(policies, ", "))
		h.Set("Ratelimit", strings.Join(states, ", "))
	}
}

// tightest picks the limit that a dialect speaks of which knows only one: the
// one that refuses for longest, else the one with the smallest share left.
// Concurrency has no place in these dialects.
func tightest(list []quota) (best quota, found bool) {
	for _, q := range list {
		if q.limit.Kind == Concurrency {
			continue
		}
		if !found || q.tighter(best) {
			best, found = q, true
		}
	}
	return best, found
}

func (q quota) tighter(than quota) bool {
	if q.wait != than.wait {
		return q.wait > than.wait
	}
	return float64(q.remaining)/float64(q.limit.N) < float64(than.remaining)/float64(than.limit.N)
}

// seconds writes d in whole seconds, rounded up: who waits so long has waited enough.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64(roundUp(d, time.Second)), 10)
}

func roundUp(d, unit time.Duration) time.Duration {
	return time.Duration(math.Ceil(float64(d) / float64(unit)))
}

// epoch is t in Unix seconds, rounded up.
func epoch(t time.Time) int64 {
	s := t.Unix()
	if t.Nanosecond() > 0 {
		s++
	}
	return s
}
