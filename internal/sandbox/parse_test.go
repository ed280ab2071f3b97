package sandbox

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseLimit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want Limit
	}{
		{"20/s", Limit{Kind: Bucket, N: 20, Per: time.Second}},
		{"600/1m", Limit{Kind: Bucket, N: 600, Per: time.Minute}},
		{"100/10s", Limit{Kind: Bucket, N: 100, Per: 10 * time.Second}},
		{"3/1s", Limit{Kind: Bucket, N: 3, Per: time.Second}},
		{"1000/1h", Limit{Kind: Bucket, N: 1000, Per: time.Hour}},
		{"1/500ms", Limit{Kind: Bucket, N: 1, Per: 500 * time.Millisecond}},
		{"1/ms", Limit{Kind: Bucket, N: 1, Per: time.Millisecond}},
		{"fixed:60/m", Limit{Kind: Fixed, N: 60, Per: time.Minute}},
		{"aligned:60/m", Limit{Kind: Aligned, N: 60, Per: time.Minute}},
		{"rolling:100/10s", Limit{Kind: Rolling, N: 100, Per: 10 * time.Second}},
		{"strict:5/s", Limit{Kind: Strict, N: 5, Per: time.Second}},
		{"concurrency:8", Limit{Kind: Concurrency, N: 8}},
		{"gcra:3/s", Limit{Kind: GCRA, N: 3, Per: time.Second}},
		{"leaky:3/s", Limit{Kind: Leaky, N: 3, Per: time.Second}},
		{"sliding:3/s", Limit{Kind: Sliding, N: 3, Per: time.Second}},
		{"daily:5000", Limit{Kind: Daily, N: 5000, Per: day}},
		{"daily:5000/24h", Limit{Kind: Daily, N: 5000, Per: day}},
		{"fixed:30/m@/search", Limit{Kind: Fixed, N: 30, Per: time.Minute, Path: "/search"}},
		{"30/m@!/search", Limit{Kind: Bucket, N: 30, Per: time.Minute, Path: "!/search"}},
		{"80/m@POST,put", Limit{Kind: Bucket, N: 80, Per: time.Minute, Methods: []string{"POST", "PUT"}}},
		{"80/m@POST/issues/*/comments", Limit{Kind: Bucket, N: 80, Per: time.Minute, Methods: []string{"POST"}, Path: "/issues/*/comments"}},
		{"rolling:5/s@/{base}", Limit{Kind: Rolling, N: 5, Per: time.Second, Path: "/*", Each: 1}},
		{"rolling:5/s@/v0/{base}", Limit{Kind: Rolling, N: 5, Per: time.Second, Path: "/v0/*", Each: 2}},
	} {
		got, err := ParseLimit(tt.text)
		if err != nil || !cmp.Equal(got, tt.want) {
			t.Errorf("ParseLimit(%q) = %+v, %v, want %+v", tt.text, got, err, tt.want)
		}
	}
}

func TestParseLimitErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"", "want NUMBER/PERIOD"},
		{"20", "want NUMBER/PERIOD"},
		{"/s", "not a whole number"},
		{"20/", "not a period"},
		{"20/week", "not a period"},
		{"20/1d", "not a period"},
		{"0.5/s", "1/2s"},
		{"0/s", "at least 1"},
		{"-3/s", "at least 1"},
		{"3/0s", "more than 0"},
		{"3/-1s", "more than 0"},
		{"2000000/s", "per second"},
		{"drip:3/s", "kind"},
		{":3/s", "kind"},
		{"concurrency:3/s", "a number alone"},
		{"concurrency:x", "not a whole number"},
		{"daily:5000/12h", "a day has 24h"},
		{"daily:x", "not a whole number"},
		{"3/s@", "want methods, a path or both"},
		{"3/s@POST,", "no empty one"},
		{"3/s@/{a}/{b}", "one segment at most"},
		{"3/s@!/{a}", "want methods, a path or both"},
		{"3/s@/a[*", "want /segments"},
		{"concurrency:3@/a", "for all requests together"},
	} {
		got, err := ParseLimit(tt.text)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ParseLimit(%q) = %+v, %v, want an error with %q", tt.text, got, err, tt.want)
		}
	}
}

func FuzzParseLimit(f *testing.F) {
	for _, text := range []string{"20/s", "rolling:100/10s", "concurrency:8", "daily:5", "leaky:1/s@POST/{a}/*", "1/s@!/x", "1/9999999h", "::/", "1/\x00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ParseLimit(text)
		if err != nil {
			return
		}
		if _, err := New(Config{Limits: []Limit{l}}); err != nil {
			t.Fatalf("New(ParseLimit(%q)) = %v, want no error", text, err)
		}
		var tr track
		now := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
		if ok, wait := try(newGuards([]Limit{l}), []track{tr}, now); !ok {
			t.Fatalf("first request under %+v waits %v, want admitted", l, wait)
		}
	})
}

func TestConfigErrors(t *testing.T) {
	t.Parallel()
	second := func(l Limit) Config {
		if l.Per == 0 {
			l.Per = time.Second
		}
		return Config{Limits: []Limit{l}}
	}
	for _, tt := range []struct {
		config Config
		want   string
	}{
		{second(Limit{Kind: "drip", N: 1}), "kind"},
		{second(Limit{N: 0}), "at least 1"},
		{second(Limit{N: 1, Per: -1}), "period"},
		{second(Limit{N: 1, Burst: -1}), "burst"},
		{second(Limit{N: 1, Burst: 1 << 40}), "burst"},
		{second(Limit{Kind: Fixed, N: 1, Burst: 2}), "burst"},
		{second(Limit{N: 1, Lockout: -1}), "lock-out"},
		{second(Limit{N: 1, CountThrottled: true}), "count throttled"},
		{second(Limit{Kind: Fixed, N: 1, CountThrottled: true}), "count throttled"},
		{second(Limit{Kind: Daily, N: 1}), "a day has 24h"},
		{second(Limit{N: 1, Path: "search"}), "want /segments"},
		{second(Limit{N: 1, Path: "!"}), "want /segments"},
		{second(Limit{N: 1, Each: -1}), "each"},
		{second(Limit{Kind: Concurrency, N: 1, Each: 1}), "for all requests together"},
		{second(Limit{N: 1, Name: "a\"b"}), "plain letters"},
		{Config{Base: "v1"}, "base"},
		{Config{Base: "/v1/"}, "base"},
		{Config{Changes: []Change{{}}}, "change 1: after"},
		{Config{Changes: []Change{{After: 1, Limits: []Limit{{}}}}}, "change 1: limit 1: 0 requests"},
		{Config{Rival: Rival{Share: -1}}, "share of the rival"},
		{Config{Rival: Rival{Share: math.NaN()}}, "share of the rival"},
		{Config{Rival: Rival{From: 2, Until: 1}}, "span of time"},
		{Config{Rival: Rival{Period: -1}}, "period of the rival"},
		{Config{Faults: Faults{Overloaded: 2}}, "0 to 1"},
		{Config{Headers: "retry-after,x-limit"}, `"x-limit"`},
		{Config{ThrottleStatus: 200}, "400 to 599"},
		{Config{Latency: Latency{Base: -1}}, "latency"},
		{Config{Faults: Faults{Errors: 1.1}}, "0 to 1"},
		{Config{Faults: Faults{Errors: 0.6, Slow: 0.6}}, "add up"},
		{Config{Faults: Faults{SlowFor: -1}}, "slow"},
	} {
		_, err := New(tt.config)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("New(%+v) = %v, want an error with %q", tt.config, err, tt.want)
		}
	}
}

func TestDialectsAreKnown(t *testing.T) {
	t.Parallel()
	list, err := parseDialects(strings.Join(Dialects(), ", "))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range list {
		names = append(names, d.name)
	}
	if diff := cmp.Diff(Dialects(), names); diff != "" {
		t.Errorf("parseDialects(all) (-want +got):\n%s", diff)
	}
}
