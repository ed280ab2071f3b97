package gauntlet

import (
	"math"
	"testing"
	"time"
)

// Of a server that nobody has used the oracle gets what the rate says, and never more than the limit admits.
func TestShortOracle(t *testing.T) {
	t.Parallel()
	list := shortKinds()
	for i := range 100 {
		list = append(list, random(3, i))
	}
	const begin = 90 * time.Second
	for _, s := range list {
		got, worth := s.oracle(begin, nil, begin, begin+shortCold), s.worth(0, shortCold)
		if math.Abs(got-worth) > max(2, 0.01*worth) {
			t.Errorf("%s: the oracle gets %v of %.1f", s.Name, got, worth)
		}
		if most := s.most(begin, nil, begin, begin+shortCold); got > float64(most)+1 {
			t.Errorf("%s: the oracle gets %v, though at most %v are admitted", s.Name, got, most)
		}
	}
}

// What a client has used already is no loss to it, and what it left is.
func TestShortOracleGoesOn(t *testing.T) {
	t.Parallel()
	s := shortWindow(100, 10*time.Second, false, 0)
	s.rate = always(10)
	used := func(n int, at time.Duration) (list []time.Duration) {
		for range n {
			list = append(list, at)
		}
		return list
	}
	from, to := 12*time.Second, 22*time.Second
	for n, want := range map[int]float64{0: 100, 50: 70, 100: 20} { // 20 of them in the window that begins at 20 s
		if got := s.oracle(0, used(n, 11*time.Second), from, to); got != want {
			t.Errorf("after %d requests in the window the oracle gets %v, want %v", n, got, want)
		}
	}
}

// The same seed and index are the same server.
func TestShortRandomIsRepeatable(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for i := range 50 {
		a, b := random(1, i), random(1, i)
		if a.Name != b.Name || a.Seed != b.Seed || a.RTT != b.RTT || a.InFlight != b.InFlight || a.rate(shortCold) != b.rate(shortCold) {
			t.Errorf("%+v and %+v", a, b)
		}
		names[a.Name] = true
		if c := random(2, i); c.Seed == a.Seed {
			t.Errorf("the same server with another seed: %s", c.Name)
		}
	}
	if len(names) < 50 {
		t.Errorf("%d servers of 50 are different", len(names))
	}
}
