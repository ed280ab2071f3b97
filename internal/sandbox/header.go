package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// answer is what the limits said to one request, and when.
type answer struct {
	ok     bool
	by     string        // the limit that throttled, if it has a name
	floor  bool          // the dialect that writes rounds down
	wait   time.Duration // until it would be admitted; 0: unknown, or admitted
	now    time.Time     // by the clock the server shows
	quotas []quota       // one for each limit; nil where no dialect asks
}

// dialect is one way of telling the client about limits.
type dialect struct {
	name   string
	quotas bool // writes on every response what is left
	floor  bool // rounds down, and so is up to a second early
	write  func(http.Header, *answer)
}

// dialects lists all there are.
func dialects() []dialect {
	return slices.Concat(waitDialects(), plainDialects(), ietfDialects(), vendorDialects())
}

// Dialects lists the names that [Config.Headers] may combine. These speak only
// when a request is throttled, and but for retry-after-5 and no-date only if it
// is known for how long, which a concurrency cap does not:
//
//   - retry-after: whole seconds, rounded up (RFC 9110, 10.2.3)
//   - retry-after-floor: rounded down, up to a second early, and often 0
//   - retry-after-5: always 5, whatever the true wait
//   - retry-after-date: Retry-After as an HTTP date
//   - retry-after-epoch: Retry-After in epoch seconds
//   - retry-after-ms: Retry-After-Ms, milliseconds rounded up
//   - x-amz-retry-after: milliseconds rounded up
//   - x-retry-in, x-ratelimit-retry-after: whole seconds, rounded up
//   - no-date: no Date
//
// These speak on every response, of the tightest limit, and their reset is when
// its whole quota is there again:
//
//   - retry-after-fraction: Retry-After with decimals, when throttled until it
//     would be admitted, when accepted until the reset
//   - x-ratelimit: X-RateLimit-Limit, -Remaining, and -Reset in epoch seconds
//   - x-ratelimit-floor, -float, -delta, -delta-ms, -js: the same with the reset
//     rounded down, with decimals, in seconds or milliseconds from now, or as
//     JavaScript writes a date
//   - ratelimit-6: RateLimit-Limit, -Remaining, -Reset in seconds (IETF drafts
//     to 06); its RateLimit-Policy lists all limits
//   - ratelimit-6-list: that list behind RateLimit-Limit instead
//   - ratelimit-7: RateLimit: limit=, remaining=, reset= (draft 07), and the list
//   - ratelimit-6-floor, ratelimit-7-floor: rounded down
//   - github: X-RateLimit-Limit, -Remaining, -Used, -Reset in epoch seconds, -Resource
//   - okta: X-Rate-Limit-Limit, -Remaining, -Reset in epoch seconds
//   - discord: X-RateLimit-Limit, -Remaining, -Reset in epoch seconds with
//     decimals, -Reset-After, -Bucket, -Scope
//   - linear: X-RateLimit-Requests-Limit, -Remaining, -Reset in epoch milliseconds
//   - zendesk: X-Rate-Limit, X-Rate-Limit-Remaining, and as ratelimit-6
//   - openai: x-ratelimit-limit-requests, -remaining-, -reset- as a Go duration
//   - anthropic: anthropic-ratelimit-requests-limit, -remaining, -reset in RFC 3339
//   - jira: X-RateLimit-Limit, -Remaining, -Reset in ISO 8601 without seconds,
//     -NearLimit, RateLimit-Reason
//   - shopify: X-Shopify-Shop-Api-Call-Limit: used/limit
//   - salesforce: Sforce-Limit-Info: api-usage=used/limit
//
// And these show several limits:
//
//   - ratelimit-8: RateLimit-Policy and RateLimit as structured fields (drafts
//     from 08); t is when more comes
//   - ratelimit-8-floor: rounded down
//   - ratelimit-8-pk: with names such as "240-in-3sec" and partition keys, as
//     express-rate-limit has them; t is the reset
//   - hubspot: X-HubSpot-RateLimit-Max, -Remaining, -Interval-Milliseconds, and
//     -Daily, -Daily-Remaining of a daily limit
//
// Finally there is none.
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

// tight makes a writer of headers that speak of the tightest limit only.
func tight(write func(http.Header, *answer, quota)) func(http.Header, *answer) {
	return func(h http.Header, a *answer) {
		if q, ok := tightest(a.quotas); ok {
			write(h, a, q)
		}
	}
}

// tightest picks the limit that a dialect speaks of which knows only one: the
// one that throttles for longest, else the one with the smallest share left.
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

// used is how many requests are gone of all.
func (q quota) used(all int) int { return max(all-q.remaining, 0) }

// seconds writes d in whole seconds: rounded up, who waits so long has waited enough.
func (a *answer) seconds(d time.Duration) string {
	if a.floor {
		return strconv.FormatInt(int64(d/time.Second), 10)
	}
	return seconds(d)
}

// epoch writes the instant d from now in Unix seconds, rounded likewise.
func (a *answer) epoch(d time.Duration) string {
	at := a.now.Add(d)
	if a.floor {
		return strconv.FormatInt(at.Unix(), 10)
	}
	return strconv.FormatInt(ceil(at, time.Second).Unix(), 10)
}

// seconds writes d in whole seconds, rounded up.
func seconds(d time.Duration) string {
	return strconv.FormatInt(roundUp(d, time.Second), 10)
}

// roundUp counts the units in d, the last of which need not be whole.
func roundUp(d, unit time.Duration) int64 {
	return int64((d + unit - 1) / unit)
}

// ceil rounds t up to a multiple of unit, in UTC.
func ceil(t time.Time, unit time.Duration) time.Time {
	return t.Add(unit - 1).UTC().Truncate(unit)
}

// decimal writes n, which counts units of 10 to the -places, as a decimal
// number without trailing zeros.
func decimal(n int64, places int) string {
	text := strconv.FormatInt(n, 10)
	for len(text) <= places {
		text = "0" + text
	}
	text = text[:len(text)-places] + "." + text[len(text)-places:]
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// decimals writes d in seconds with up to three decimals, rounded up.
func decimals(d time.Duration) string {
	return decimal(roundUp(d, time.Millisecond), 3)
}
