package explain_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/explain"
	"github.com/arl-cli/arl/internal/headers"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// start is when every run of these tests begins.
func start() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func at(d time.Duration) time.Time { return start().Add(d) }

// An event happens at a time of the run.
type event struct {
	at   time.Duration
	tell func(s *explain.Story, now time.Time) []string
}

func observed(d time.Duration, e limiter.Event) event {
	return event{d, func(s *explain.Story, now time.Time) []string { return s.Observe(now, &e) }}
}

func attempt(d time.Duration, a limiter.Event) event {
	a.Kind, a.Key, a.Number = limiter.EventAttempt, "k", max(a.Number, 1)
	return observed(d, a)
}

// accepted is an answer at a rate.
func accepted(d time.Duration, rate float64, in pacing.Diagnostics) event {
	return attempt(d, limiter.Event{Status: 200, Number: 1, Update: pacing.Update{Rate: rate, RateBefore: rate, Insight: in}})
}

// throttled is a congestion event, or a throttle that belongs to one.
func throttled(d time.Duration, cut bool, sig headers.Signal, paused time.Duration, rate float64) event {
	sig.Kind = limiter.Throttled
	return attempt(d, limiter.Event{Status: 429, Signal: sig, Update: pacing.Update{
		Cut: cut, Paused: paused, RateBefore: rate, Rate: rate / 2, Insight: pacing.Diagnostics{Phase: pacing.PhaseThrottled},
	}})
}

func opened(known limiter.Learned, p limiter.Params, used time.Time) event {
	var earlier *limiter.Learned
	if !used.IsZero() {
		kept := known
		kept.Updated, kept.Rate = used, max(known.Rate, known.Ceiling) // the older it is, the slower the start
		earlier = &kept
	}
	return event{0, func(s *explain.Story, now time.Time) []string {
		s.Earlier = func(string) *limiter.Learned { return earlier }
		return s.Observe(now, &limiter.Event{Kind: limiter.EventOpened, Key: "k", Params: &p, Known: &known})
	}}
}

func waits(left time.Duration, why pacing.Reason) limiter.Event {
	return limiter.Event{Kind: limiter.EventWaiting, Key: "k", Left: left, Reason: why}
}

func outage(lasted time.Duration) event {
	return observed(lasted, limiter.Event{Kind: limiter.EventOutage, API: "api", Lasted: lasted, Left: 30 * time.Second})
}

func waiting(d, left time.Duration, why pacing.Reason) event {
	return observed(d, waits(left, why))
}

func end(d time.Duration, forgotten string) event {
	return event{d, func(s *explain.Story, now time.Time) []string { return s.End(now, forgotten) }}
}

func climbing() pacing.Diagnostics { return pacing.Diagnostics{Phase: pacing.PhaseIncreasing} }

func holding(limit float64) pacing.Diagnostics {
	return pacing.Diagnostics{Phase: pacing.PhaseHolding, Low: 0.99 * limit, Ceiling: limit, ProbeIn: 150 * time.Second}
}

func searching(low, high float64) pacing.Diagnostics {
	return pacing.Diagnostics{Phase: pacing.PhaseSearching, Low: low, Ceiling: high}
}

func probing(low, high float64) pacing.Diagnostics {
	return pacing.Diagnostics{Phase: pacing.PhaseProbing, Low: low, Ceiling: high}
}

// budgets are what an answer with these headers says is left.
func budgets(lines ...string) headers.Signal {
	h := http.Header{"Date": {start().Format(http.TimeFormat)}}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		h.Add(name, value)
	}
	return headers.ReadSignal(&headers.Rules{}, 200, h, nil, start())
}

func told(d time.Duration, lines ...string) event {
	return attempt(d, limiter.Event{Status: 200, Signal: budgets(lines...), Update: pacing.Update{Rate: 2, RateBefore: 2, Insight: climbing()}})
}

func TestStory(t *testing.T) {
	t.Parallel()
	const second, minute = time.Second, time.Minute
	named := headers.Signal{Source: "Retry-After", Pause: 4 * second}
	tests := []struct {
		name   string
		events []event
		want   string
	}{
		{"an unknown limit", []event{opened(limiter.Learned{Rate: 2}, limiter.Params{}, time.Time{})}, `
+0.0s k: starts at 2.00/s, the profile's initial_rate; the limit is not known yet`},
		{"three requests", []event{opened(
			limiter.Learned{Rate: 25, Ceiling: 50, Source: pacing.SourceLearned, Counts: pacing.Counts{Sent: 3, Accepted: 2, Throttled: 1}}, limiter.Params{}, start().Add(-time.Hour),
		)}, `
+0.0s k: starts at 25.0/s, an estimate from 3 requests, 1 hour ago; the limit is not known yet`},
		{"a known limit, and bounds", []event{opened(
			limiter.Learned{Rate: 14, Ceiling: 20, Source: pacing.SourceLearned, Concurrency: 6},
			limiter.Params{MaxRate: 15, MaxConcurrency: 8, Windows: []limiter.Window{{Limit: 60, Per: minute}, {Limit: 1000, Per: time.Hour}}},
			start().Add(-80*time.Hour),
		)}, `
+0.0s k: starts at 14.0/s, learned 3 days ago; the limit is about 20.0/s, and 6 at a time; never more than 60 per 1m, 1,000 per 1h, 15.0/s (max_rate), 8 at a time`},
		{"what holds for all buckets", []event{observed(0, limiter.Event{
			Kind: limiter.EventOpened, Key: "k", IsShared: true,
			Params: &limiter.Params{InitialRate: 1e9, MaxRate: 1e9, MaxConcurrency: 64, Windows: []limiter.Window{{Limit: 900, Per: minute}}},
		}), end(4*second, "")}, `
+0.0s k: all buckets together: never more than 900 per 1m, 64 at a time`},
		{"a pause from before", []event{
			opened(limiter.Learned{Rate: 2, Source: pacing.SourceLearned, PausedUntil: at(10 * minute)}, limiter.Params{}, start().Add(-time.Minute)),
			waiting(second, 599*second, pacing.ReasonPause),
			accepted(10*minute, 2, climbing()),
		}, `
+0.0s k: starts at 2.00/s, learned 1 minute ago; no limit was met yet
+0.0s k: no client sends for 10m0s, until 12:10:00: the server asked an earlier request for that
+10m00s k: the wait is over: goes on at 2.00/s`},
		{"a climb: one line for each doubling", []event{
			accepted(0, 2, climbing()), accepted(second, 3, climbing()), accepted(2*second, 4, climbing()),
			accepted(2100*time.Millisecond, 8, climbing()), accepted(3*second, 16, climbing()), end(4*second, ""),
		}, `
+2.0s k: no throttle so far: climbs, 4.00/s by now
+3.0s k: no throttle so far: climbs, 16.0/s by now (1 more like this left out)
+4.0s k: in the end: no limit was met, up to 16.0/s; kept for the next run`},
		{"the profile's max_rate", []event{
			accepted(0, 2, climbing()), accepted(second, 5, pacing.Diagnostics{Phase: pacing.PhaseIncreasing, Capped: true}),
			accepted(9*second, 5, pacing.Diagnostics{Phase: pacing.PhaseIncreasing, Capped: true}),
		}, `
+1.0s k: sends at 5.00/s, and not faster: that is the profile's max_rate`},
		{"a throttle, and what was measured", []event{
			accepted(0, 30, climbing()), throttled(second, true, named, 4*second, 30), throttled(1100*time.Millisecond, false, named, 4*second, 15),
			throttled(1200*time.Millisecond, false, named, 4*second, 15), accepted(1300*time.Millisecond, 15, pacing.Diagnostics{Phase: pacing.PhaseThrottled}),
			waiting(1300*time.Millisecond, 3700*time.Millisecond, pacing.ReasonPause),
			accepted(5*second, 14, searching(9, 30)), accepted(9*second, 16, searching(14, 30)),
			accepted(20*second, 19.8, holding(20)), accepted(21*second, 19.8, holding(20)), end(30*second, "--no-learn"),
		}, `
+1.0s k: throttled with HTTP 429 at 30.0/s: all clients pause 4.0s (Retry-After says so)
+5.0s k: answers again after 4.0s (2 more had been throttled with that one): goes on at 14.0/s; the limit lies between 9.00/s and 30.0/s
+9.0s k: the limit lies between 14.0/s and 30.0/s by now
+20.0s k: the limit is about 20.0/s: holds 19.8/s, looks for more in 2m30s
+30.0s k: in the end: the limit is about 20.0/s; not kept (--no-learn)`},
		{"throttled again and again, nobody says for how long", []event{
			throttled(0, true, headers.Signal{}, second, 5), throttled(second, true, headers.Signal{}, 2*second, 2.5),
			throttled(3*second, true, headers.Signal{Ignored: "Retry-After is in the past"}, 30*second, 1),
			accepted(33*second, 0.5, pacing.Diagnostics{Phase: pacing.PhaseSearching, Low: 0.2, Ceiling: 5, Lockout: 30 * second}),
			throttled(59_990*time.Millisecond, true, headers.Signal{}, 30*second, 5),
		}, `
+0.0s k: throttled with HTTP 429 at 5.00/s: all clients pause 1.0s (the response names no time)
+1.0s k: still throttled after 1.0s: all clients pause 2.0s (the response names no time: twice as long as before)
+3.0s k: still throttled after 3.0s: all clients pause 30s, until 12:00:33 (Retry-After is in the past, so it is ignored)
+33.0s k: answers again after 33s: goes on at 0.500/s; the limit lies between 0.200/s and 5.00/s; a throttle locks all clients out for about 30s
+60.0s k: throttled with HTTP 429 at 5.00/s: all clients pause 30s, until 12:01:29 (the response names no time: as long as throttles lasted before)`},
		{"rules, and headers that were too short", []event{
			throttled(0, true, headers.Signal{Source: "throttle_when", Pause: minute}, minute, 5), accepted(minute, 2, holding(2)),
			throttled(2*minute, true, headers.Signal{Source: "throttle_when"}, second, 5), accepted(121*second, 2, holding(2)),
			throttled(3*minute, true, headers.Signal{Source: "Retry-After", Pause: 250 * time.Millisecond}, 2*second, 5),
		}, `
+0.0s k: throttled with HTTP 429 at 5.00/s: all clients pause 1m0s, until 12:01:00 (the profile's rule throttle_when says so)
+1m00s k: answers again after 1m0s: the limit is about 2.00/s; holds 2.00/s, looks for more in 2m30s
+2m00s k: throttled with HTTP 429 at 5.00/s: all clients pause 1.0s (the profile's rule throttle_when, which names no time)
+2m01s k: answers again after 1.0s: the limit is about 2.00/s; holds 2.00/s, looks for more in 2m30s
+3m00s k: throttled with HTTP 429 at 5.00/s: all clients pause 2.0s (Retry-After says 250ms, but that was too short)`},
		{"probes: failed, and successful", []event{
			accepted(0, 19.8, holding(20)), accepted(minute, 20.5, probing(19.8, 20)), throttled(61*second, true, named, 4*second, 20.8),
			accepted(65*second, 19.8, holding(20)), accepted(4*minute, 20.5, probing(19.8, 20)), accepted(5*minute, 24, probing(22, 20)),
		}, `
+1m00s k: tries more than 20.5/s, to see whether the limit of about 20.0/s has risen
+1m01s k: throttled with HTTP 429 at 20.8/s: all clients pause 4.0s (Retry-After says so)
+1m05s k: answers again after 4.0s: the limit is still about 20.0/s; holds 19.8/s, looks for more in 2m30s
+4m00s k: tries more than 20.5/s, to see whether the limit of about 20.0/s has risen
+5m00s k: 22.0/s is not throttled either: the limit has risen`},
		{"windows, bursts and slots", []event{
			throttled(0, true, named, 4*second, 5),
			accepted(4*second, 1, pacing.Diagnostics{Phase: pacing.PhaseHolding, Low: 1, Ceiling: 1, Window: minute}),
			throttled(10*second, true, named, 4*second, 5),
			accepted(14*second, 1, pacing.Diagnostics{Phase: pacing.PhaseHolding, Low: 1, Ceiling: 1, Burst: 10}),
			attempt(20*second, limiter.Event{Status: 200, Update: pacing.Update{Rate: 3, RateBefore: 3, Slots: 6, Insight: pacing.Diagnostics{Phase: pacing.PhaseConcurrency, Ceiling: 1}}}),
			attempt(30*second, limiter.Event{Status: 200, Update: pacing.Update{Rate: 3, RateBefore: 3, Slots: 1, Insight: pacing.Diagnostics{Phase: pacing.PhaseConcurrency, Ceiling: 1}}}),
		}, `
+0.0s k: throttled with HTTP 429 at 5.00/s: all clients pause 4.0s (Retry-After says so)
+4.0s k: answers again after 4.0s: the limit is about 1.00/s; it lets about 60 through per 1m; holds 1.00/s
+10.0s k: throttled with HTTP 429 at 5.00/s: all clients pause 4.0s (Retry-After says so)
+14.0s k: answers again after 4.0s: the limit is about 1.00/s; after a pause it lets about 10 more through at once; holds 1.00/s
+20.0s k: throttles come when many requests are in flight, at any rate: from now on 6 requests at a time
+30.0s k: at most one request at a time`},
		{"budgets", []event{
			told(0, "X-RateLimit-Limit: 5000", "X-RateLimit-Remaining: 4999", "X-RateLimit-Reset: 3600"),
			told(second, "X-RateLimit-Limit: 5000", "X-RateLimit-Remaining: 4000", "X-RateLimit-Reset: 3599"),
			told(minute, "X-RateLimit-Limit: 5000", "X-RateLimit-Remaining: 1200", "X-RateLimit-Reset: 3540"),
			told(2*minute, "X-RateLimit-Limit: 5000", "X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 3480"),
			waiting(2*minute, 3480*second, pacing.ReasonBudget), waiting(3*minute, 3420*second, pacing.ReasonBudget),
			told(time.Hour, "X-RateLimit-Limit: 5000", "X-RateLimit-Remaining: 4999", "X-RateLimit-Reset: 3600"),
		}, `
+0.0s k: X-RateLimit says that 4,999 of 5,000 are left for 1h0m, until 13:00:00; sends as fast as it may until little is left
+1m00s k: X-RateLimit: 1,200 of 5,000 are left for 59m0s, until 13:00:00
+2m00s k: X-RateLimit: nothing of 5,000 is left for 58m0s, until 13:00:00
+2m00s k: waits 58m0s, until 13:00:00 (little or nothing is left of X-RateLimit until its reset)
+1h00m k: the wait is over: goes on at 2.00/s
+1h00m k: X-RateLimit was reset: 4,999 of 5,000 are left for 1h0m, until 14:00:00`},
		{"waits are told once, and short ones not", []event{
			waiting(0, time.Second, pacing.ReasonWindow), waiting(0, 9*second, pacing.ReasonWindow), waiting(8*second, second, pacing.ReasonWindow),
			waiting(8500*time.Millisecond, 2*second, pacing.ReasonScout), accepted(11*second, 2, climbing()),
			waiting(20*second, 10*second, pacing.ReasonRate), waiting(21*second, 10*second, pacing.ReasonRate),
		}, `
+0.0s k: waits 9.0s (the documented limit is used up)
+8.5s k: waits 2.0s (one request went ahead after a pause)
+11.0s k: the wait is over: goes on at 2.00/s
+20.0s k: waits 10s, until 12:00:30 (the next slot at this rate)`},
		{"a wait that was heard of late", []event{
			waiting(second, 9*second, pacing.ReasonWindow), accepted(9500*time.Millisecond, 2, climbing()), accepted(9900*time.Millisecond, 2, climbing()),
		}, `
+1.0s k: waits 9.0s (the documented limit is used up)
+9.9s k: the wait is over: goes on at 2.00/s`},
		{"failures", []event{
			attempt(0, limiter.Event{Status: 503, Signal: headers.Signal{Kind: limiter.Failed}}),
			attempt(second/2, limiter.Event{Status: 502, Signal: headers.Signal{Kind: limiter.Failed}}),
			attempt(2*second, limiter.Event{Err: errors.New("connection reset"), Signal: headers.Signal{Kind: limiter.Failed}}),
			attempt(2*second, limiter.Event{Err: context.Canceled, Signal: headers.Signal{Kind: limiter.Failed, Final: true}}),
			attempt(9*second, limiter.Event{Status: 429, Signal: headers.Signal{Kind: limiter.Failed, Final: true, Source: "never_retry"}}),
			attempt(20*second, limiter.Event{Status: 529, Signal: headers.Signal{Kind: limiter.Overloaded, Source: "Retry-After", Pause: 5 * second}, Update: pacing.Update{Paused: 5 * second}}),
			attempt(30*second, limiter.Event{Status: 503, Signal: headers.Signal{Kind: limiter.Failed, Ignored: "Retry-After names no time"}}),
		}, `
+0.0s k: HTTP 503, a failure that says nothing of the limit
+2.0s k: no response, which says nothing of the limit: connection reset (1 more like this left out)
+9.0s k: HTTP 429 is not repeated: the profile's rule never_retry says that waiting does not help
+20.0s k: HTTP 529, overloaded: all clients pause 5.0s (Retry-After says so); that says nothing of the limit
+30.0s k: HTTP 503, a failure that says nothing of the limit (Retry-After names no time, so it is ignored)`},
		{"an outage", []event{
			outage(0), outage(30 * second),
		}, `
+0.0s api: it keeps failing: everything waits, one request looks again in 30s
+30.0s api: it has been failing for 30s; looks again in 30s`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got strings.Builder
			s := explain.New(start())
			for _, e := range tt.events {
				for _, line := range e.tell(s, at(e.at)) {
					got.WriteString("\n" + line)
				}
			}
			if diff := cmp.Diff(strings.Split(tt.want, "\n"), strings.Split(got.String(), "\n")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A run of one request tells of each attempt.
func TestStoryOfOneRequest(t *testing.T) {
	t.Parallel()
	s := explain.New(start())
	s.Each = true
	got := s.Observe(at(1500*time.Millisecond), &limiter.Event{
		Kind: limiter.EventAttempt, Key: "k", Status: 200, Number: 2, Elapsed: 45 * time.Millisecond, Waited: 1200 * time.Millisecond, Reason: pacing.ReasonPause,
		Update: pacing.Update{Rate: 2, RateBefore: 2},
	})
	want := []string{"+1.5s k: HTTP 200 in 45ms, attempt 2, after 1.2s of waiting (the server asked for a pause); the rate is 2.00/s"}
	if diff := cmp.Diff(want, append(got, s.End(at(2*time.Second), "")...)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A long run makes a short story, whatever happens in between.
func TestStoryStaysShort(t *testing.T) {
	t.Parallel()
	s := explain.New(start())
	var left [100]headers.Signal
	for i := range left {
		left[i] = budgets("X-RateLimit-Limit: 100", fmt.Sprint("X-RateLimit-Remaining: ", i), "X-RateLimit-Reset: 1")
	}
	lines, events := 0, 0
	for i := range 100_000 {
		now := at(time.Duration(i) * time.Millisecond)
		a := limiter.Event{Kind: limiter.EventAttempt, Key: "k", Number: 1, Status: 200, Update: pacing.Update{Rate: 1000, RateBefore: 1000, Insight: holding(1000)}}
		switch {
		case i%10_000 == 9_999:
			events++
			a.Signal.Kind, a.Update.Cut, a.Update.Paused, a.Update.Insight.Phase = limiter.Throttled, true, time.Second, pacing.PhaseThrottled
		case i%7 == 0:
			a.Signal.Kind, a.Status = limiter.Failed, 500
		case i%3 == 0:
			a.Signal = left[i%100]
		case i%5 == 0:
			a.Update.Insight = probing(1000, 1000+float64(i))
		}
		w := waits(time.Duration(i%9)*time.Second, pacing.Reason(i%6))
		lines += len(s.Observe(now, &a)) + len(s.Observe(now, &w))
	}
	if most := 100 + 2*events; lines > most {
		t.Errorf("%d lines of 100 s with %d throttles, want at most %d", lines, events, most)
	}
}

// A run of many keys makes no long story either.
func TestStoryOfManyKeys(t *testing.T) {
	t.Parallel()
	s := explain.New(start())
	lines := 0
	for i := range 10_000 {
		now, key := at(time.Duration(i)*time.Millisecond), fmt.Sprint("k", i)
		lines += len(s.Observe(now, &limiter.Event{Kind: limiter.EventOpened, Key: key, Params: &limiter.Params{}, Known: &limiter.Learned{Rate: 2}}))
		lines += len(s.Observe(now, &limiter.Event{Kind: limiter.EventAttempt, Key: key, Number: 1, Status: 200, Update: pacing.Update{Rate: 4, RateBefore: 2, Insight: climbing()}}))
	}
	if lines > 60 {
		t.Errorf("%d lines of 10 s with 10,000 keys, want at most 60", lines)
	}
	got := s.End(at(11*time.Second), "")
	if want := "+11.0s k10: and so on, for 9,990 more keys"; len(got) != 11 || got[10] != want {
		t.Errorf("it ends with %d lines, the last %q, want 11, the last %q", len(got), got[len(got)-1], want)
	}
}

// The kind of limiter that is believed to be there is told once, with the evidence for it.
func TestKinds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   pacing.Diagnostics
		want string
	}{
		{pacing.Diagnostics{Kind: pacing.LimitBucket, Likelihood: 0.87, Burst: 20}, "k: a token bucket that holds about 20 explains the throttles best (87 % likely)"},
		{pacing.Diagnostics{Kind: pacing.LimitSliding, Likelihood: 0.7, WindowLength: 5 * time.Second}, "k: a sliding window of about 5.0s explains the throttles best (70 % likely)"},
		{pacing.Diagnostics{Kind: pacing.LimitFixed, Likelihood: 0.61, WindowLength: 10 * time.Second}, "k: a fixed window of about 10s explains the throttles best (61 % likely)"},
		{pacing.Diagnostics{Kind: pacing.LimitFixed, Likelihood: 1, WindowLength: 2 * time.Second}, "k: what remains is whole again every 2.0s: a fixed window, over which requests are spread evenly"},
		{pacing.Diagnostics{Kind: pacing.LimitRefilling, Likelihood: 1, Refill: 40}, "k: what remains rises between resets, by about 40.0/s: a bucket or a sliding window, so requests are spread evenly"},
	}
	for _, tt := range tests {
		s := explain.New(time.Time{})
		tt.in.Phase = pacing.PhaseSearching
		tt.in.Low, tt.in.Ceiling = 5, 10
		event := limiter.Event{Kind: limiter.EventAttempt, Key: "k", Number: 1, Status: 200, Update: pacing.Update{Rate: 7, RateBefore: 7, Insight: tt.in}}
		var told []string
		for range 2 {
			told = append(told, s.Observe(time.Time{}.Add(time.Second), &event)...)
		}
		if got := strings.Join(told, "\n"); strings.Count(got, tt.want) != 1 {
			t.Errorf("told %q, want once %q", got, tt.want)
		}
	}
}
