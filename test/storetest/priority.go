package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

func sum(list []int) (all int) {
	for _, n := range list {
		all += n
	}
	return all
}

// over returns how much crews send in a span, once they have come to rest.
func over(span time.Duration, crews ...*crew) []float64 {
	time.Sleep(3 * time.Second)
	for _, c := range crews {
		c.take()
	}
	time.Sleep(span)
	sent := make([]float64, len(crews))
	for i, c := range crews {
		sent[i] = float64(sum(c.take()))
	}
	return sent
}

func low() limiter.Config  { return limiter.Config{Priority: limiter.PriorityLow} }
func high() limiter.Config { return limiter.Config{Priority: limiter.PriorityHigh} }

// givesLowAFloor: beside processes that could use every slot, low gets one in twenty, and no more; nothing is lost.
func givesLowAFloor(t *testing.T, open Opener) {
	for _, at := range []struct {
		normal, low int
		rate        float64
	}{{1, 1, 5}, {4, 1, 40}, {4, 3, 100}} {
		normal := muster(t, open, fmt.Sprint("k", at), at.normal, 150/at.normal, at.rate)
		lower := musterAs(t, open, low(), fmt.Sprint("k", at), at.low, 20, at.rate)
		span := max(20*time.Second, time.Duration(400/at.rate*1e9))
		sent, all := over(span, normal, lower), at.rate*span.Seconds()
		normal.end()
		lower.end()
		if part := sent[1] / all; part < 0.045 || part > 0.06 {
			t.Errorf("%d low beside %d normal at %v/s: low had %.1f %%, want 5 %%", at.low, at.normal, at.rate, 100*part)
		}
		if sum := sent[0] + sent[1]; sum < 0.98*all {
			t.Errorf("%d low beside %d normal at %v/s: %.0f requests of %.0f", at.low, at.normal, at.rate, sum, all)
		}
	}
}

// givesLowTheRest: what normal does not use is low's.
func givesLowTheRest(t *testing.T, open Opener) {
	lower := musterAs(t, open, low(), "k", 2, 8, 50)
	defer lower.end()
	l := limiter.New(limiter.Config{Store: open(t)})
	gets := 0
	stop := time.Now().Add(23 * time.Second)
	for time.Now().Before(stop) { // half of the rate
		g, err := l.Acquire(t.Context(), limiter.Plan{Key: "k", Params: lower.p})
		if err != nil {
			t.Fatal(err)
		}
		g.Done(limiter.Accepted, 0)
		gets++
		time.Sleep(40 * time.Millisecond)
		if gets == 60 {
			lower.take()
		}
	}
	gets -= 60
	served := float64(sum(lower.take()))
	if all := served + float64(gets); all < 0.96*50*20 {
		t.Errorf("low had %.0f beside %d of normal, want all that was left of 1000", served, gets)
	}
}

// givesLowEverything: alone, low has the whole rate.
func givesLowEverything(t *testing.T, open Opener) {
	for _, rate := range []float64{5, 40, 400} {
		lower := musterAs(t, open, low(), fmt.Sprint(rate), 1, 40, rate)
		sent := over(20*time.Second, lower)
		lower.end()
		if sent[0] < 0.98*20*rate {
			t.Errorf("low alone at %v/s had %.0f in 20s, want %v", rate, sent[0], 20*rate)
		}
	}
}

// servesLowInTurn: among themselves processes of low priority are as fair as others.
func servesLowInTurn(t *testing.T, open Opener) {
	for _, at := range []struct {
		processes int
		rate      float64
	}{{32, 40}, {8, 10}, {2, 40}} {
		c := musterAs(t, open, low(), fmt.Sprint(at), at.processes, 2, at.rate)
		time.Sleep(2 * time.Second)
		c.take()
		time.Sleep(10 * time.Second)
		served := c.take()
		c.end()
		share := 10 * at.rate / float64(at.processes)
		if least := slices.Min(served); float64(least) < share*3/4 {
			t.Errorf("%d low at %v/s: one was served %d times, want three quarters of %.1f: %v", at.processes, at.rate, least, share, served)
		}
		if all := sum(served); float64(all) < 9.7*at.rate {
			t.Errorf("%d low at %v/s: %d requests in 10s", at.processes, at.rate, all)
		}
	}
}

// servesAGetBesideLow: a single request beside a batch of low priority waits for one slot at most, and what a slot
// of low priority may lie ahead. The batch loses what the requests take, and no more.
func servesAGetBesideLow(t *testing.T, open Opener) {
	const rate, gets = 5, 100
	batch := musterAs(t, open, low(), "k", 1, 64, rate)
	time.Sleep(2 * time.Second)
	batch.take()
	rng, start := rand.New(rand.NewPCG(1, 2)), time.Now() //nolint:gosec // a fixed sequence
	var waits []time.Duration
	for range gets {
		time.Sleep(time.Second + time.Duration(rng.IntN(1_000_000))*time.Microsecond)
		asked := time.Now()
		g, err := limiter.New(limiter.Config{Store: open(t)}).Acquire(t.Context(), limiter.Plan{Key: "k", Params: batch.p})
		if err != nil {
			t.Fatal(err)
		}
		waits = append(waits, time.Since(asked))
		g.Done(limiter.Accepted, 0)
	}
	all, span := sum(batch.take()), time.Since(start)
	batch.end()
	slices.Sort(waits)
	t.Logf("p50 %v, p99 %v, longest %v; the batch sent %d in %v", waits[gets/2], waits[gets*99/100], waits[gets-1], all, span)
	const slot, roundTrip = time.Second / rate, 10 * time.Millisecond
	if p99 := waits[gets*99/100]; p99 > slot+roundTrip {
		t.Errorf("a request beside a batch of low priority waited %v (p99), want a slot of %v at most", p99, slot)
	}
	if want := int(rate*span.Seconds()) - gets; all < want*98/100 {
		t.Errorf("the batch sent %d beside %d requests, want %d", all, gets, want)
	}
}

// servesHighFirst: high has all but the floor of those below.
func servesHighFirst(t *testing.T, open Opener) {
	const rate = 40.0
	normal, higher := muster(t, open, "k", 2, 8, rate), musterAs(t, open, high(), "k", 1, 20, rate)
	sent := over(20*time.Second, normal, higher)
	normal.end()
	higher.end()
	if sent[0] < 0.045*20*rate || sent[0] > 0.07*20*rate || sent[0]+sent[1] < 0.98*20*rate {
		t.Errorf("normal had %.0f and high %.0f of %.0f, want 5 %% and the rest", sent[0], sent[1], 20*rate)
	}
}

// forgetsThoseWhoWaited: when those of a higher priority end without a word, low has everything within a second.
func forgetsThoseWhoWaited(t *testing.T, open Opener) {
	const rate = 40.0
	normal, lower := muster(t, open, "k", 4, 4, rate), musterAs(t, open, low(), "k", 1, 20, rate)
	time.Sleep(5 * time.Second)
	normal.end()
	time.Sleep(time.Second)
	lower.take()
	time.Sleep(5 * time.Second)
	sent := sum(lower.take())
	lower.end()
	if float64(sent) < 0.97*5*rate {
		t.Errorf("low sent %d in 5s at %v/s when nobody else was left", sent, rate)
	}
}
