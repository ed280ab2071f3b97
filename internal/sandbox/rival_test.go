package sandbox

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// sends lists when a rival of a limit that admits all sent, counted from the
// beginning, if somebody looks at the times given.
func sends(r Rival, l Limit, looks ...time.Duration) []time.Duration {
	l.Kind = Rolling
	g := newGuards([]Limit{l})[0]
	g.rule = rolling{n: 1 << 30, per: longest.Nanoseconds()}
	var tr track
	for _, d := range looks {
		r.catchUp(&g, &tr, epoch2026, epoch2026, epoch2026+int64(d))
	}
	var list []time.Duration
	for _, at := range tr.Log {
		list = append(list, time.Duration(at-epoch2026))
	}
	return list
}

func TestRivalSendsEvenly(t *testing.T) {
	t.Parallel()
	const ms, s = time.Millisecond, time.Second
	ten := Limit{N: 10, Per: s}
	for _, tt := range []struct {
		name  string
		rival Rival
		limit Limit
		until time.Duration
		want  []time.Duration
	}{
		{"half", Rival{Share: 0.5}, ten, s, []time.Duration{200 * ms, 400 * ms, 600 * ms, 800 * ms, s}},
		{"one nanosecond less", Rival{Share: 0.5}, ten, s - 1, []time.Duration{200 * ms, 400 * ms, 600 * ms, 800 * ms}},
		{"more than all", Rival{Share: 2}, Limit{N: 1, Per: s}, s, []time.Duration{500 * ms, s}},
		{"from and until", Rival{Share: 0.5, From: 3 * s, Until: 3*s + 500*ms}, ten, 9 * s, []time.Duration{3*s + 200*ms, 3*s + 400*ms}},
		{"a third", Rival{Share: 1. / 3}, Limit{N: 1, Per: s}, 9 * s, []time.Duration{3 * s, 6 * s, 9 * s}},
		{"next to nothing", Rival{Share: 1e-15}, ten, 24 * time.Hour, nil},
		{"next to nothing, swinging", Rival{Share: 1e-15, Period: s}, ten, 24 * time.Hour, nil},
		// The integral of the share is Share/2*(u - sin(2 pi u)/(2 pi)) in periods:
		// 1/4 after half of one, 1/2 after one, 3/4 after one and a half.
		{"swing", Rival{Share: 1, Period: 8 * s}, Limit{N: 1, Per: 2 * s}, 17 * s, []time.Duration{4 * s, 8 * s, 12 * s, 16 * s}},
	} {
		got := sends(tt.rival, tt.limit, tt.until)
		for i := range got {
			if tt.rival.Period > 0 { // where the share is nearly 0, the instant is hard to tell
				got[i] = got[i].Round(ms)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: sent at (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestRivalDependsOnNobody looks at different times and finds the same requests.
func TestRivalDependsOnNobody(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := Rival{Share: rapid.Float64Range(0.05, 2).Draw(t, "share")}
		if rapid.Bool().Draw(t, "swings") {
			r.Period = time.Duration(rapid.Int64Range(int64(time.Second), int64(time.Minute)).Draw(t, "period"))
		}
		l := Limit{N: rapid.IntRange(1, 20).Draw(t, "n"), Per: time.Second}
		end := time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(t, "end"))
		var looks []time.Duration
		for _, d := range rapid.SliceOf(rapid.Int64Range(0, int64(end))).Draw(t, "looks") {
			looks = append(looks, time.Duration(d))
		}
		slices.Sort(looks)
		if diff := cmp.Diff(sends(r, l, end), sends(r, l, append(looks, end)...)); diff != "" {
			t.Fatalf("sent when looked at %v (-want +got):\n%s", looks, diff)
		}
	})
}

func TestRivalIsBounded(t *testing.T) {
	t.Parallel()
	for _, r := range []Rival{{Share: 1}, {Share: 1, Period: time.Hour}} {
		got := sends(r, Limit{N: 1000, Per: time.Second}, 24*time.Hour)
		if len(got) < mostAtOnce-1 || len(got) > mostAtOnce+1 || got[len(got)-1] < 24*time.Hour-time.Minute {
			t.Errorf("%+v: %d requests, the last at %v, want about %d up to now", r, len(got), got[len(got)-1], mostAtOnce)
		}
	}
}

func TestRivalTakesItsShare(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		limit Limit
		share float64
		want  int // of 60 requests in 30 seconds
	}{
		{Limit{N: 1, Per: time.Second, Burst: 1}, 0, 30},
		{Limit{N: 1, Per: time.Second, Burst: 1}, 0.5, 16}, // at the same instant the rival comes first
		{Limit{Kind: Aligned, N: 10, Per: 10 * time.Second}, 0, 30},
		{Limit{Kind: Aligned, N: 10, Per: 10 * time.Second}, 0.5, 24},
		{Limit{Kind: Aligned, N: 10, Per: 10 * time.Second, Each: 1}, 0.5, 24},
		{Limit{Kind: Concurrency, N: 1}, 0.5, 60},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, Config{Limits: []Limit{tt.limit}, Rival: Rival{Share: tt.share}})
			got := 0
			for range 60 {
				got += accepted(t, s, 1)
				time.Sleep(500 * time.Millisecond)
			}
			if got != tt.want {
				t.Errorf("%+v, rival %v: accepted %d, want %d", tt.limit, tt.share, got, tt.want)
			}
			if stats, err := s.Stats(); err != nil || (stats.Rival > 0) != (tt.share > 0 && tt.limit.Kind != Concurrency) {
				t.Errorf("%+v, rival %v: stats %+v, %v", tt.limit, tt.share, stats, err)
			}
		})
	}
}

// TestRivalLocksOut: a rival who is throttled locks out everybody.
func TestRivalLocksOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Config{
			Limits: []Limit{{Kind: Aligned, N: 2, Per: time.Minute, Lockout: time.Hour}},
			Rival:  Rival{Share: 2, From: 10 * time.Second},
		})
		accepted(t, s, 1)
		time.Sleep(time.Minute) // the rival sent at 25 and was admitted, at 40 and was not
		if r := ask(t, s, "/items/1"); r.status != 429 || r.header.Get("Retry-After") != "3580" {
			t.Errorf("status %d, Retry-After %s, want 429, 3580", r.status, r.header.Get("Retry-After"))
		}
	})
}

// TestRivalUnderAChange goes on at the new rate.
func TestRivalUnderAChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Config{
			Limits:  []Limit{{Kind: Fixed, N: 60, Per: time.Minute}},
			Changes: []Change{{After: time.Minute, Limits: []Limit{{Kind: Fixed, N: 600, Per: time.Minute}}}},
			Rival:   Rival{Share: 0.5},
		})
		accepted(t, s, 1)
		time.Sleep(2*time.Minute + time.Millisecond)
		accepted(t, s, 1)
		if stats, err := s.Stats(); err != nil || stats.Rival != 30+300 {
			t.Errorf("stats %+v, %v, want 330 of the rival", stats, err)
		}
	})
}
