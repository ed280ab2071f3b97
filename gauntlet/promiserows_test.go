package gauntlet

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// A promise is what docs/programs.md and docs/scaling.md say of processes that share a limit.
type promise struct {
	Case, Promised string
	measure        func(t *testing.T) (figure string, kept bool)
}

const (
	settle = 5 * time.Second  // what comes before does not count
	watch  = 60 * time.Second // for so long it is counted from then on
)

// paced is a request for a key whose limit is known.
func paced(rate float64) limiter.Plan {
	return limiter.Plan{Key: "k", Params: &limiter.Params{InitialRate: rate, MaxRate: rate}}
}

func lowPriority() limiter.Config { return limiter.Config{Priority: limiter.PriorityLow} }

// part is what a process has had of a rate.
func (s *sender) part(rate float64) float64 {
	return float64(s.between(settle, settle+watch)) / (rate * watch.Seconds())
}

func promises() []promise {
	return []promise{
		{"two processes, `--share 50%` each", "a half each", shares(40, 0.5, 0.5)},
		{"the same at 4/s", "a half each", shares(4, 0.5, 0.5)},
		{"one process alone, `--share 50%`", "a half: the rest is left to programs that arl does not see", shares(40, 0.5)},
		{"three with 50, 30 and 20 %", "its share each", shares(40, 0.5, 0.3, 0.2)},
		{"the same at 4/s", "its share each", shares(4, 0.5, 0.3, 0.2)},
		{"a get beside a busy batch of low priority, 5/s", "waits for a slot (200 ms) and a round trip at most, 99 of 100 times", waitBesideLow(0)},
		{"the same, both 50 ms from the store", "the same: 250 ms, and 10 for what the batch holds", waitBesideLow(50 * ms)},
		{"that batch", "loses what the gets take, and no more", batchBesideGets},
		{"low alone", "everything", lowAlone},
		{"low beside processes that could use every slot, 40/s", "5 %", lowBesideNormal},
		{"low, when four busy normal ones are killed", "everything from a second later on", besideTheKilled},
		{"a process 50 ms away, when one beside it is killed with slots that it holds", "half a second's worth is lost at most", heldByTheKilled},
		{"one process 50 ms from the store, 200/s", "95 %", far(1, 0.95)},
		{"eight processes 50 ms from the store, 200/s", "97 to 103 % together", far(8, 0.97)},
		{"a pause, two processes 50 ms from the store, 200/s", "the one that is told to pause sends nothing in it, the other nothing after two round trips", pauseVoids},
	}
}

// shares lets processes send that have one each.
func shares(rate float64, list ...float64) func(*testing.T) (string, bool) {
	return func(t *testing.T) (string, bool) {
		var all []*sender
		inArena(t, settle+watch, func(a *arena) {
			for _, share := range list {
				all = append(all, a.process(limiter.Config{Share: share}, 0, 10, paced(rate)))
			}
		})
		kept, figures := true, []string{}
		for i, s := range all {
			part, slack := s.part(rate), 1/(rate*watch.Seconds()) // one request more or less
			kept = kept && part > 0.98*list[i]-slack && part < 1.02*list[i]+slack
			figures = append(figures, percent(part))
		}
		return strings.Join(figures, ", "), kept
	}
}

// besideGets lets a batch of low priority send at 5/s beside gets that come at random, and returns how long those waited
// and how much both sent.
func besideGets(t *testing.T, away time.Duration) (waits []time.Duration, batch, allowed int) {
	const span = 10 * minute
	inArena(t, span, func(a *arena) {
		b := a.process(lowPriority(), away, 32, paced(5))
		time.Sleep(settle)
		rng := rand.New(rand.NewPCG(1, 2))
		for time.Since(a.begin) < span-3*time.Second {
			time.Sleep(time.Second + time.Duration(rng.IntN(1_000_000))*time.Microsecond)
			get, asked := a.process(limiter.Config{}, away, 0, paced(5)), time.Now()
			get.send(a.ctx, limiter.Accepted, 0)
			for _, at := range get.sent {
				waits = append(waits, a.begin.Add(at).Sub(asked))
			}
		}
		batch, allowed = b.between(settle, time.Since(a.begin)), int(5*(time.Since(a.begin)-settle).Seconds())
	})
	slices.Sort(waits)
	return waits, batch, allowed
}

func waitBesideLow(away time.Duration) func(*testing.T) (string, bool) {
	return func(t *testing.T) (string, bool) {
		waits, _, _ := besideGets(t, away)
		p99 := waits[len(waits)*99/100]
		return fmt.Sprintf("%d ms", p99.Milliseconds()), p99 <= 200*ms+away+10*ms
	}
}

func batchBesideGets(t *testing.T) (string, bool) {
	waits, batch, allowed := besideGets(t, 0)
	left := allowed - len(waits)
	return fmt.Sprintf("%.1f %% of what they left", 100*float64(batch)/float64(left)), batch >= left*99/100
}

func lowAlone(t *testing.T) (string, bool) {
	var figures []string
	kept := true
	for _, rate := range []float64{5, 40, 400} {
		inArena(t, settle+watch+time.Second, func(a *arena) {
			s := a.process(lowPriority(), 0, 40, paced(rate))
			time.Sleep(settle + watch)
			part := s.part(rate)
			figures, kept = append(figures, fmt.Sprintf("%s of %v/s", percent(part), rate)), kept && part > 0.99
		})
	}
	return strings.Join(figures, ", "), kept
}

func lowBesideNormal(t *testing.T) (figure string, kept bool) {
	const rate = 40
	inArena(t, settle+watch+time.Second, func(a *arena) {
		low := a.process(lowPriority(), 0, 20, paced(rate))
		normal := []*sender{a.process(limiter.Config{}, 0, 20, paced(rate)), a.process(limiter.Config{}, 0, 20, paced(rate))}
		time.Sleep(settle + watch)
		part, others := low.part(rate), normal[0].part(rate)+normal[1].part(rate)
		figure, kept = fmt.Sprintf("%s, and %s for the others", percent(part), percent(others)), part > 0.045 && part < 0.06 && part+others > 0.98
	})
	return figure, kept
}

// besideTheKilled: nobody waits for a process that does not ask any more.
func besideTheKilled(t *testing.T) (figure string, kept bool) {
	const rate, after = 40, 10 * time.Second
	inArena(t, settle+after+time.Second, func(a *arena) {
		low := a.process(lowPriority(), 0, 20, paced(rate))
		var others []*sender
		for range 4 {
			others = append(others, a.process(limiter.Config{}, 0, 8, paced(rate)))
		}
		time.Sleep(settle)
		for _, s := range others {
			s.kill()
		}
		time.Sleep(after)
		part := float64(low.between(settle+time.Second, settle+after)) / (rate * (after - time.Second).Seconds())
		figure, kept = percent(part), part > 0.97
	})
	return figure, kept
}

// heldByTheKilled: slots that a process had leased are lost with it, and nothing else.
func heldByTheKilled(t *testing.T) (figure string, kept bool) {
	const rate, after = 200, 10 * time.Second
	worst := time.Duration(0)
	for i := range 8 { // at different moments of a lease
		inArena(t, 2*settle+after, func(a *arena) {
			doomed, other := a.process(limiter.Config{}, 50*ms, 64, paced(rate)), a.process(limiter.Config{}, 50*ms, 64, paced(rate))
			time.Sleep(settle + time.Duration(i)*13*ms)
			doomed.kill()
			killed := time.Since(a.begin)
			time.Sleep(after)
			lost := rate*after.Seconds() - float64(other.between(killed, killed+after))
			worst = max(worst, time.Duration(lost/rate*1e9))
		})
	}
	return fmt.Sprintf("%d ms' worth, the most of 8 kills", worst.Milliseconds()), worst <= 500*ms
}

// far lets processes send that are 50 ms away from the store.
func far(processes int, least float64) func(*testing.T) (string, bool) {
	return func(t *testing.T) (string, bool) {
		const rate = 200
		var all []*sender
		inArena(t, settle+watch, func(a *arena) {
			for range processes {
				all = append(all, a.process(limiter.Config{}, 50*ms, 64, paced(rate)))
			}
		})
		part := 0.0
		for _, s := range all {
			part += s.part(rate)
		}
		return percent(part), part >= least && part <= 1.03
	}
}

// pauseVoids: slots that were leased before a pause are not used in it.
func pauseVoids(t *testing.T) (figure string, kept bool) {
	const rate, away, pause = 200, 50 * ms, 3 * time.Second
	inArena(t, settle+2*pause, func(a *arena) {
		told, other := a.process(limiter.Config{}, away, 64, paced(rate)), a.process(limiter.Config{}, away, 64, paced(rate))
		time.Sleep(settle)
		told.send(a.ctx, limiter.Throttled, pause)
		heard := time.Since(a.begin) // the store has known for half of the way
		time.Sleep(2 * pause)
		end := heard - away/2 + pause
		first, second := told.between(heard+ms, end-ms), other.between(heard+2*away, end-ms) // not at the same instant
		figure = fmt.Sprintf("%d and %d; %d within the two round trips", first, second, other.between(heard, heard+2*away))
		kept = first+second == 0 && told.between(end, end+pause) > 0
	})
	return figure, kept
}
