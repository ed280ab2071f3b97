package progress

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
)

func start() time.Time { return time.Date(2026, 1, 2, 15, 0, 0, 0, time.UTC) }

// after is a meter that has seen a run of so long, at this many records a second.
func after(d time.Duration, rate float64, last Reading) *Meter {
	m := &Meter{}
	const step = 200 * time.Millisecond
	for at := time.Duration(0); at < d; at += step {
		m.Observe(Reading{At: start().Add(at), Before: last.Before, Done: last.Before + int64(rate*at.Seconds())})
	}
	last.At = start().Add(d)
	if last.Done == 0 {
		last.Done = last.Before + int64(rate*d.Seconds())
	}
	m.Observe(last)
	return m
}

func plainStyle() terminal.Style { return terminal.NewStyle(io.Discard, false) }

func TestLine(t *testing.T) {
	t.Parallel()
	until := start().Add(10 * time.Second)
	one := []Key{{Name: "notion", Rate: 20, Limit: "limit about 21.0/s", Sent: 200}}
	for _, test := range []struct {
		name  string
		width int
		r     Reading
		want  string
	}{
		{"nothing known", 80, Reading{}, "200 done · 20.0/s"},
		{"limit", 80, Reading{Total: 5000, Keys: one}, "──────────────── 200 of 5,000 · 4% · 20.0/s, limit about 21.0/s · ~4m0s left"},
		{"narrow", 40, Reading{Total: 5000, Keys: one, Throttled: 3}, "200 of 5,000 · 20.0/s · ~4m0s left"},
		{"narrower", 25, Reading{Total: 5000, Keys: one, Throttled: 3}, "200/5,000 · ~4m0s left"},
		{"narrowest", 10, Reading{Total: 5000, Keys: one, Throttled: 3}, "200"},
		{"no room", 3, Reading{Total: 5000, Keys: one, Throttled: 3}, ""},
		{"guessed", 120, Reading{Total: 50_000, Guessed: true, Keys: one, Throttled: 3, Failed: 2}, "──────────────── 200 of ~50,000 · 0% · 20.0/s, limit about 21.0/s · 3 throttled · 2 failed · ~41m30s left, until 15:41"},
		{"half", 80, Reading{Total: 400, Keys: one}, "━━━━━━━━──────── 200 of 400 · 50% · 20.0/s, limit about 21.0/s · ~10s left"},
		{"climbing", 60, Reading{Keys: []Key{{Name: "a", Rate: 5, Sent: 10, Limit: "no limit met"}}}, "200 done · 20.0/s, no limit met"},
		{"searching", 60, Reading{Keys: []Key{{Name: "a", Rate: 5, Sent: 10, Limit: "limit below 30.0/s"}}}, "200 done · 20.0/s, limit below 30.0/s"},
		{"several", 60, Reading{Keys: []Key{{Name: "a", Sent: 10}, {Name: "b", Sent: 1}, {Name: "c"}}}, "200 done · 20.0/s over 2 keys"},
		{
			"waiting", 80,
			Reading{Total: 500, Throttled: 1, Keys: one, Waits: []Wait{{"notion", until.Add(12 * time.Second), "pause"}}},
			"200 of 500 · 20.0/s, limit about 21.0/s · notion waits 12s (pause) · ~27s left",
		},
		{
			"waiting, narrow", 40,
			Reading{Total: 500, Throttled: 1, Failed: 1, Keys: one, Waits: []Wait{{"a", until.Add(3 * time.Second), "pause"}, {"b", until.Add(time.Hour), "rate"}}},
			"200/500 · waits 1h0m · ~1h0m left",
		},
		{
			"waiting, wide", 120,
			Reading{Total: 500, Keys: one, Waits: []Wait{{"a\x1b[2J", until.Add(time.Hour), "documented limit"}, {"b", until.Add(time.Second), "rate"}}},
			`200 of 500 · 20.0/s, limit about 21.0/s · a\x1b[2J waits 1h0m (documented limit), 1 more wait · ~1h0m left, until 16:00`,
		},
	} {
		got := after(10*time.Second, 20, test.r).Line(test.width, plainStyle())
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// However narrow the terminal is, the line does not fill it, and says at least how many are done if there
// is room for that.
func TestLineFits(t *testing.T) {
	t.Parallel()
	number := rapid.Int64Range(0, 1e9)
	rapid.Check(t, func(t *rapid.T) {
		r := Reading{
			Done: number.Draw(t, "done") + 1, Failed: number.Draw(t, "failed"), Throttled: number.Draw(t, "throttled"),
			Total: number.Draw(t, "total"), Guessed: rapid.Bool().Draw(t, "guessed"),
		}
		for i := range rapid.IntRange(0, 3).Draw(t, "keys") {
			r.Keys = append(r.Keys, Key{Name: fmt.Sprint("key", i), Rate: rapid.Float64Range(0, 1e6).Draw(t, "rate"), Sent: number.Draw(t, "sent")})
			r.Waits = append(r.Waits, Wait{Key: fmt.Sprint("key", i), Until: start().Add(time.Duration(number.Draw(t, "until")) * time.Millisecond), Why: "pause"})
		}
		width := rapid.IntRange(1, 200).Draw(t, "width")
		m := after(3*time.Second, 5, r)
		line := m.Line(width, plainStyle())
		if cells := utf8.RuneCountInString(line); cells >= width {
			t.Fatalf("%d columns of %d: %q", cells, width, line)
		}
		if done := terminal.Count(r.Done); len(done) < width && !strings.Contains(line, done) {
			t.Fatalf("%q does not say %s", line, done)
		}
		if m.Plain() == "" {
			t.Fatal("nothing to say")
		}
	})
}

func TestLeft(t *testing.T) {
	t.Parallel()
	wait := func(key string, d time.Duration) []Wait {
		return []Wait{{key, start().Add(10*time.Second + d), "pause"}}
	}
	for _, test := range []struct {
		name string
		rate float64 // of the last ten seconds
		r    Reading
		want time.Duration
	}{
		{"unknown total", 10, Reading{Keys: []Key{{Rate: 10, Sent: 1}}}, 0},
		{"all done", 10, Reading{Total: 100, Keys: []Key{{Rate: 10, Sent: 1}}}, 0},
		{"the learned rate", 10, Reading{Total: 1100, Keys: []Key{{Rate: 10, Sent: 1}}}, 100 * time.Second},
		{"not the last seconds", 10, Reading{Total: 1100, Keys: []Key{{Rate: 12.5, Sent: 1}}}, 80 * time.Second},
		{"a slow server", 10, Reading{Total: 1100, Keys: []Key{{Rate: 1000, Sent: 1}}}, 100 * time.Second},
		{"nothing sent yet", 0, Reading{Total: 1000, Keys: []Key{{Rate: 10}}}, 0},
		{"a pause", 10, Reading{Total: 1100, Keys: []Key{{Name: "a", Rate: 10, Sent: 1}}, Waits: wait("a", time.Hour)}, time.Hour + 100*time.Second},
		{"the slowest of several", 20, Reading{Total: 1200, Keys: []Key{{Name: "a", Rate: 10, Sent: 3}, {Name: "b", Rate: 1, Sent: 1}}}, 250 * time.Second},
		{"one that was not sent to", 10, Reading{Total: 200, Keys: []Key{{Name: "a", Rate: 10, Sent: 3}, {Name: "b", Rate: 1}}, Waits: wait("b", time.Minute)}, time.Minute},
		{"documented", 10, Reading{Total: 350, Keys: []Key{{Rate: 10, Sent: 1, Windows: []limiter.Window{{Limit: 100, Per: time.Hour}}}}}, 2 * time.Hour},
		{"earlier runs do not count", 10, Reading{Total: 1_001_100, Before: 1_000_000, Keys: []Key{{Rate: 10, Sent: 1}}}, 100 * time.Second},
		{"never", 1, Reading{Total: 1e15, Keys: []Key{{Rate: 1, Sent: 1}}}, 0},
	} {
		got, ok := after(10*time.Second, test.rate, test.r).Left()
		if ok != (test.want > 0) || (got-test.want).Abs() > 2*time.Second+test.want/50 {
			t.Errorf("%s: %s, %v, want %s", test.name, got, ok, test.want)
		}
	}
}

// The rate is right from the first reading on, follows a change, and a pause does not make the time left
// longer than it is.
func TestRate(t *testing.T) {
	t.Parallel()
	m := &Meter{}
	m.Observe(Reading{At: start()})
	m.Observe(Reading{At: start().Add(200 * time.Millisecond), Done: 4})
	if got := m.now.value(); got < 19 || got > 21 {
		t.Errorf("rate %v after the first reading, want 20", got)
	}
	done := int64(4)
	at := start().Add(200 * time.Millisecond)
	for range 300 {
		at = at.Add(200 * time.Millisecond)
		done += 2
		m.Observe(Reading{At: at, Done: done})
	}
	if got := m.now.value(); got < 9.5 || got > 10.5 {
		t.Errorf("rate %v, want 10", got)
	}
	for range 300 {
		at = at.Add(200 * time.Millisecond)
		m.Observe(Reading{At: at, Done: done, Waits: []Wait{{"a", at.Add(time.Minute), "pause"}}})
	}
	if now, lately := m.now.value(), m.lately.value(); now > 0.1 || lately < 9 {
		t.Errorf("in a pause %v/s, and %v/s lately, want 0 and 10", now, lately)
	}
}
