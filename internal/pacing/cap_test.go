package pacing

import (
	"slices"
	"testing"
	"time"
)

// A capped drives a key against a server with a limit, in virtual time: requests wait for their slots, and the server
// throttles what comes faster than its limit.
type capped struct {
	state State
	p     *Params
	now   int64
	limit float64 // of the server, requests per second
	free  float64 // when it takes the next one, seconds
}

// send sends for d, and returns how many were accepted and throttled.
func (c *capped) send(d time.Duration) (accepted, throttled int) {
	for end := c.now + int64(d); c.now < end; {
		r := c.state.Reserve(c.now, ReserveRequest{})
		c.now += int64(r.Wait)
		if !r.Granted {
			continue
		}
		ev := Event{Generation: r.Generation, Mark: r.Mark, Paced: true, Wall: time.Unix(1_700_000_000, c.now)}
		if at := float64(c.now) / 1e9; at < c.free-1/c.limit {
			ev.Kind, ev.Pause = Throttled, time.Second
			throttled++
		} else {
			c.free = max(at, c.free) + 1/c.limit
			accepted++
		}
		c.state.Apply(c.now, c.p, ev)
	}
	return accepted, throttled
}

func newCapped(limit float64) *capped {
	c := &capped{p: &Params{InitialRate: 2}, limit: limit}
	c.state.Open(0, time.Unix(1_700_000_000, 0), c.p, nil)
	return c
}

func at(second int64) time.Time { return time.Unix(1_700_000_000+second, 0) }

// A cap holds at once, and teaches nothing: what was learned is used again when it is lifted.
func TestCapLeavesWhatWasLearned(t *testing.T) {
	t.Parallel()
	c := newCapped(40)
	c.send(3 * time.Minute)
	before := c.state.Learned(c.now, at(0))
	if before.Rate < 35 || before.Rate > 41 {
		t.Fatalf("learned %.1f/s of a limit of 40/s", before.Rate)
	}
	c.state.SetCap(c.now, Cap{Rate: 5, Set: at(1)})
	if n, throttled := c.send(time.Minute); n < 299 || n > 302 || throttled > 0 {
		t.Errorf("%d requests in a minute at a cap of 5/s, %d throttled, want 300 and none", n, throttled)
	}
	l := c.state.Learned(c.now, at(0))
	if l.Rate != before.Rate || l.Ceiling != before.Ceiling || l.Cap.Rate != 5 {
		t.Errorf("Learned = rate %v, ceiling %v, cap %v; want %v, %v and 5", l.Rate, l.Ceiling, l.Cap.Rate, before.Rate, before.Ceiling)
	}
	c.state.SetCap(c.now, Cap{Set: at(2)})
	if n, _ := c.send(10 * time.Second); n < 330 {
		t.Errorf("%d requests in 10 s after the cap was lifted, want about those of %.1f/s", n, before.Rate)
	}
}

// A rate that climbs stops at the cap, and goes on from there.
func TestCapHoldsAClimb(t *testing.T) {
	t.Parallel()
	c := newCapped(1000)
	c.state.SetCap(0, Cap{Rate: 10, Set: at(1)})
	c.send(time.Minute)
	if rate := c.state.Controller.Rate; rate < 9.9 || rate > 12 {
		t.Errorf("the rate is %.1f/s after a minute at a cap of 10/s, want it next to that", rate)
	}
	if c.state.Controller.Ceiling != 0 {
		t.Errorf("a ceiling of %.1f/s, although nothing was throttled", c.state.Controller.Ceiling)
	}
}

// A limit below the cap is learned.
func TestLimitBelowACap(t *testing.T) {
	t.Parallel()
	c := newCapped(40)
	c.send(3 * time.Minute)
	c.state.SetCap(c.now, Cap{Rate: 20, Set: at(1)})
	c.send(time.Minute)
	c.limit = 10
	c.send(3 * time.Minute)
	if n, _ := c.send(time.Minute); n < 520 || n > 602 {
		t.Errorf("%d requests in a minute of a limit of 10/s", n)
	}
	c.state.SetCap(c.now, Cap{Set: at(2)})
	if rate := c.state.Controller.Rate; rate > 12 {
		t.Errorf("goes on at %.1f/s without the cap, want what was learned below it", rate)
	}
}

// A throttle of what was sent before a cap says nothing of the rate that is capped.
func TestThrottleFromBeforeTheCap(t *testing.T) {
	t.Parallel()
	c := newCapped(40)
	c.send(3 * time.Minute)
	rate := c.state.Controller.Rate
	old := c.state.Reserve(c.now, ReserveRequest{})
	c.state.SetCap(c.now, Cap{Rate: 1, Set: at(1)})
	v := c.state.Apply(c.now, c.p, Event{Kind: Throttled, Generation: old.Generation, Mark: old.Mark, Pause: time.Second, Wall: at(1)})
	if v.Cut || c.state.Controller.Rate != rate {
		t.Errorf("the rate is %.1f/s, cut %v; want %.1f/s as before", c.state.Controller.Rate, v.Cut, rate)
	}
}

// A slot that a cap put off by an hour comes as soon as the pace without it allows.
func TestLiftedCapPutsNothingOff(t *testing.T) {
	t.Parallel()
	for _, burst := range []int{1, 5} {
		c := newCapped(40)
		c.p.Burst = burst
		c.state.Adopt(c.p)
		c.send(time.Minute)
		c.state.SetCap(c.now, Cap{Rate: 1.0 / 3600, Set: at(1)})
		for range burst + 1 {
			if r := c.state.Reserve(c.now, ReserveRequest{}); r.Granted {
				c.now += int64(r.Wait)
			}
		}
		if r := c.state.Reserve(c.now, ReserveRequest{}); r.Granted || r.Until < 50*time.Minute {
			t.Errorf("burst %d: Reserve = %+v, want to wait for about an hour", burst, r)
		}
		c.state.SetCap(c.now, Cap{Set: at(2)})
		if r := c.state.Reserve(c.now, ReserveRequest{}); !r.Granted || r.Wait > time.Second {
			t.Errorf("burst %d: Reserve = %+v, want a slot at once", burst, r)
		}
	}
}

// What was said last holds, in whatever order it arrives; and a state keeps it when it is stored, or revived.
func TestTheLastCapHolds(t *testing.T) {
	t.Parallel()
	c := newCapped(40)
	c.state.SetCap(0, Cap{Rate: 7, Set: at(2)})
	c.state.SetCap(0, Cap{Rate: 3, Set: at(1)})
	c.state.SetCap(0, Cap{})
	if got := c.state.Cap(); got.Rate != 7 || !got.Set.Equal(at(2)) {
		t.Errorf("Cap = %v, want the one that was set last", got)
	}
	b, _ := c.state.AppendBinary(nil)
	var s State
	if err := s.UnmarshalBinary(b); err != nil || s != c.state {
		t.Errorf("read back: %+v, %v", s.Cap(), err)
	}
	s.Revive(0, at(100), c.p, c.now, at(3))
	if got := s.Cap(); got.Rate != 7 || s.Interval != int64(time.Second)/2 { // the rate itself is 2/s
		t.Errorf("revived with %v at an interval of %v", got, time.Duration(s.Interval))
	}
	s.Open(0, at(100), c.p, &Learned{Cap: Cap{Rate: 0.5, Set: at(9)}})
	if s.Interval != int64(2*time.Second) || s.Controller.Rate != 2 {
		t.Errorf("opened with nothing but a cap of 0.5/s: interval %v, rate %v", time.Duration(s.Interval), s.Controller.Rate)
	}
}

func TestCovers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, key string
		want      bool
	}{
		{"github", "github", true},
		{"github", "github/search@0a1b", true},
		{"github", "github@0a1b", true},
		{"github/search", "github/search@0a1b", true},
		{"github/search", "github/searches", false},
		{"github@0a1b", "github/search@0a1b", false},
		{"github", "githubs", false},
		{"github", "github/*", false},
		{"github", "github/*@0a1b", false},
		{"openai", "openai/gpt-5@0a1b tokens", false},
		{"openai tokens", "openai/gpt-5@0a1b tokens", true},
		{"openai/gpt-5 tokens", "openai/gpt-5 tokens", true},
		{"", "github", false},
	} {
		if got := Covers(test.name, test.key); got != test.want {
			t.Errorf("Covers(%q, %q) = %v, want %v", test.name, test.key, got, test.want)
		}
		if names := CoveredBy(test.key); slices.Contains(names, test.name) != test.want {
			t.Errorf("CoveredBy(%q) = %q, is %q in it? want %v", test.key, names, test.name, test.want)
		}
	}
}
