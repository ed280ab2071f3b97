package headers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/headers"
	"github.com/arl-cli/arl/internal/pacing"
)

// Clocks a year off. What a server says counts against its own Date; where the two do not go together,
// it names no time.
func TestClocksAYearOff(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	at := func(d time.Duration) string { return now().Add(d).Format(http.TimeFormat) }
	tests := []struct {
		name, date, retryAfter string
		want                   time.Duration
		ignored                string
	}{
		{"right", at(0), at(10 * time.Second), 10 * time.Second, ""},
		{"both a year ahead", at(year), at(year + 10*time.Second), 10 * time.Second, ""},
		{"both a year behind", at(-year), at(-year + 10*time.Second), 10 * time.Second, ""},
		{"both 90 s ahead", at(90 * time.Second), at(100 * time.Second), 10 * time.Second, ""},
		{"no Date", "", at(10 * time.Second), 10 * time.Second, ""},
		{"no Date, a year ahead", "", at(year), 0, "Retry-After is more than 31 days away"},
		{"no Date, a year behind", "", at(-year), 0, "Retry-After is in the past"},
		{"no Date, 90 s behind", "", at(-80 * time.Second), 0, "Retry-After is in the past"},
		{"Date a year ahead", at(year), at(10 * time.Second), 0, "Retry-After is in the past"},
		{"Date a year behind", at(-year), at(10 * time.Second), 0, "Retry-After is more than 31 days away"},
		{"Date right, a year ahead", at(0), at(year), 0, "Retry-After is more than 31 days away"},
		{"Date right, a year behind", at(0), at(-year), 0, "Retry-After is in the past"},
		{"a Date that is none", "yesterday", at(10 * time.Second), 10 * time.Second, ""},
		{"the year 9999", "Fri, 31 Dec 9999 23:59:59 GMT", at(10 * time.Second), 0, "Retry-After is in the past"},
		{"the year 0", "Sat, 01 Jan 0000 00:00:00 GMT", at(10 * time.Second), 0, "Retry-After is more than 31 days away"},
	}
	for _, tt := range tests {
		h := http.Header{"Retry-After": {tt.retryAfter}}
		if tt.date != "" {
			h.Set("Date", tt.date)
		}
		got := headers.ReadSignal(&headers.Rules{}, 429, h, nil, now())
		if got.Kind != pacing.Throttled || got.Pause != tt.want || got.Ignored != tt.ignored {
			t.Errorf("%s: ReadSignal = %v, %v, ignored %q, want %v, ignored %q", tt.name, got.Kind, got.Pause, got.Ignored, tt.want, tt.ignored)
		}
		epoch := epochForm(t, tt.retryAfter)
		h = http.Header{"Date": h["Date"], "X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {epoch}}
		if got := headers.ReadSignal(&headers.Rules{}, 429, h, nil, now()); got.Pause != tt.want {
			t.Errorf("%s, as a reset in epoch seconds: pause = %v, want %v", tt.name, got.Pause, tt.want)
		}
	}
}

func epochForm(t *testing.T, date string) string {
	t.Helper()
	at, err := http.ParseTime(date)
	if err != nil {
		t.Fatal(err)
	}
	return at.Format("2006-01-02T15:04:05Z")
}

// Why a Retry-After is not believed; not said where another one is.
func TestIgnoredRetryAfter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		header string
		status int
		want   string
	}{
		{"Retry-After: soon", 429, "Retry-After names no time"},
		{"Retry-After: -1", 429, "Retry-After names no time"},
		{"Retry-After: 2678401", 429, "Retry-After is more than 31 days away"},
		{"Retry-After: 99999999999999999999", 503, "Retry-After is more than 31 days away"},
		{"Retry-After: 1795435200", 429, "Retry-After is in the past"},
		{"Retry-After-Ms: x\nX-Retry-In: y", 429, "Retry-After-Ms names no time"},
		{"X-Retry-In: y\nRetry-After: 3", 429, ""},
		{"Retry-After: soon\nX-Retry-In: 3", 429, ""},
		{"Retry-After: soon", 200, ""},
		{"X-RateLimit-Reset: soon", 429, ""},
	}
	for _, tt := range tests {
		if got := headers.ReadSignal(&headers.Rules{}, tt.status, header(tt.header), nil, now()); got.Ignored != tt.want {
			t.Errorf("%d, %q: Ignored = %q, want %q", tt.status, tt.header, got.Ignored, tt.want)
		}
	}
}

// Values of every wrong kind, in every header that is read: they name no time and leave nothing behind,
// and what else the answer says is still understood.
func TestWrongValues(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"empty": "", "blank": " \t ", "negative": "-1", "minus zero": "-0.0", "NaN": "NaN", "infinite": "-Inf",
		"hex": "0x1p1023", "huge": strings.Repeat("9", 400), "64 KB of digits": strings.Repeat("9", 64<<10),
		"64 KB": strings.Repeat("x", 64<<10), "64 KB of commas": strings.Repeat(",", 64<<10),
		"64 KB of quotes": strings.Repeat(`"`, 64<<10), "64 KB of policies": strings.Repeat(`"a";r=1;t=1,`, 5<<10),
		"not UTF-8": "\xff\xfe\x80 3", "a NUL": "3\x00", "lines": "3\r\n4", "escapes": "\x1b[31m3", "HTML": "<b>3</b>",
		"signs": "+-3", "dots": "1.2.3", "exponents": "1e1e1", "units": "3h3", "arabic digits": "٣", "a list": "3, x",
	}
	for name, value := range values {
		for _, key := range []string{
			"Retry-After", "Retry-After-Ms", "X-Amz-Retry-After", "X-Ratelimit-Retry-After", "X-Retry-In", "X-Ratelimit-Reset-After",
			"X-Ratelimit-Reset", "X-Ratelimit-Remaining", "X-Ratelimit-Limit", "X-Ratelimit-Used", "Ratelimit", "Ratelimit-Policy",
			"Ratelimit-Limit", "Ratelimit-Reset", "Anthropic-Ratelimit-Requests-Reset", "X-Shopify-Shop-Api-Call-Limit",
			"Sforce-Limit-Info", "Zendesk-Ratelimit-Tickets-Index", "X-Hubspot-Ratelimit-Interval-Milliseconds", "Date",
		} {
			for _, lines := range [][]string{{value}, {value, "3"}, {value, value, value}} {
				h := http.Header{key: lines, "X-Rate-Limit-Remaining": {"0"}, "X-Rate-Limit-Reset": {"41"}}
				got := headers.ReadSignal(&headers.Rules{}, 429, h, nil, now())
				sane(t, &got)
				if got.Kind != pacing.Throttled || got.Pause > 41*time.Second || got.Budgets.Len() == 0 {
					t.Errorf("%s %s: ReadSignal = %v, %v from %q, want at most the other header's 41s", key, name, got.Kind, got.Pause, got.Source)
				}
			}
		}
	}
}

// Fields that contradict each other: the stricter reading counts, and nothing is made up.
func TestContradictions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, header string
		pause        time.Duration
		left         int64 // of the tightest budget; -1 if there is none
	}{
		{"50 left, and throttled", "X-RateLimit-Limit: 60\nX-RateLimit-Remaining: 50\nX-RateLimit-Reset: 30", 0, 50},
		{"more left than the limit", "X-RateLimit-Limit: 10\nX-RateLimit-Remaining: 50\nX-RateLimit-Reset: 30", 0, 50},
		{"two remainings", "X-RateLimit-Remaining: 50\nX-Rate-Limit-Remaining: 0\nX-Rate-Limit-Reset: 5", 5 * time.Second, 0},
		{"used says more than remaining", "X-RateLimit-Limit: 60\nX-RateLimit-Used: 90\nX-RateLimit-Remaining: 50", 0, 50},
		{"the same header twice", "X-RateLimit-Remaining: 0\nX-RateLimit-Remaining: 50\nX-RateLimit-Reset: 30\nX-RateLimit-Reset: 9", 30 * time.Second, 0},
		{"Retry-After twice", "Retry-After: 3\nRetry-After: 90", 90 * time.Second, -1},
		{"Retry-After twice, the longer first", "Retry-After: 90\nRetry-After: 3", 90 * time.Second, -1},
		{"a reset in the past, nothing left", "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1795435200", 0, 0},
		{"a reset 32 days ahead", "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1798200000", 0, 0},
		{"a limit of nothing", "X-RateLimit-Limit: 0\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 30", 30 * time.Second, -1},
		{"a limit of -1", "X-RateLimit-Limit: -1\nX-RateLimit-Remaining: -1\nX-RateLimit-Reset: -1", 0, -1},
		{"draft 8 twice", "RateLimit: \"a\";r=50;t=3\nRateLimit: \"a\";r=0;t=60", 60 * time.Second, 0},
		{"drafts 6 and 8", "RateLimit-Remaining: 50\nRateLimit-Reset: 9\nRateLimit: \"a\";r=0;t=4", 4 * time.Second, 0},
		{"Retry-After and RateLimit", "Retry-After: 7\nRateLimit: \"a\";r=0;t=60", 7 * time.Second, 0},
		{"an absurd Retry-After and RateLimit", "Retry-After: 99999999\nRateLimit: \"a\";r=0;t=60", 60 * time.Second, 0},
	}
	for _, tt := range tests {
		got := headers.ReadSignal(&headers.Rules{}, 429, header(tt.header), nil, now())
		left := int64(-1)
		if got.Budgets.Len() > 0 {
			left = got.Budgets.At(0).Remaining
		}
		if got.Pause != tt.pause || left != tt.left {
			t.Errorf("%s: a pause of %v, %d left, want %v, %d", tt.name, got.Pause, left, tt.pause, tt.left)
		}
	}
}
