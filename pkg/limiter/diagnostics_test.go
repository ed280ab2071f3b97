package limiter_test

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/sandbox"
	"github.com/arl-cli/arl/pkg/limiter"
)

// verdicts sends with 8 workers for so long, and returns what they were told, in order.
func verdicts(t *testing.T, server *sandbox.Config, p *limiter.Params, d time.Duration) []pacing.Update {
	t.Helper()
	h, err := sandbox.New(*server)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var all []pacing.Update
	c := client(h, &limiter.Transport{
		Plan: func(*http.Request) limiter.Plan { return limiter.Plan{Key: "k", Params: p} },
		Observe: func(e limiter.Event) {
			mu.Lock()
			defer mu.Unlock()
			all = append(all, e.Update)
		},
	})
	end := time.Now().Add(d)
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			for time.Now().Before(end) {
				if _, _, err := send(t, c, http.MethodGet, ""); err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	return all
}

// What people are told of the controller: it climbs, is throttled, searches, holds, and looks for more.
func TestInsight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &sandbox.Config{
			Limits: []sandbox.Limit{{Kind: sandbox.Bucket, N: 20, Per: time.Second, Burst: 10}}, Headers: "retry-after",
			Latency: sandbox.Latency{Base: 50 * time.Millisecond},
		}
		seen := make(map[pacing.Phase]pacing.Diagnostics)
		var order []pacing.Phase
		for _, v := range verdicts(t, server, &limiter.Params{}, 10*time.Minute) {
			if _, ok := seen[v.Insight.Phase]; !ok {
				order = append(order, v.Insight.Phase)
			}
			seen[v.Insight.Phase] = v.Insight
			if v.Insight.Phase == pacing.PhaseUnknown || v.Insight.Capped {
				t.Fatalf("a verdict of phase %v, capped %v", v.Insight.Phase, v.Insight.Capped)
			}
		}
		if len(order) < 5 || order[0] != pacing.PhaseIncreasing || order[1] != pacing.PhaseThrottled {
			t.Errorf("the phases were %v, want climbing, throttled, and three more", order)
		}
		hold := seen[pacing.PhaseHolding]
		if hold.Ceiling < 18 || hold.Ceiling > 22 || hold.Low > hold.Ceiling {
			t.Errorf("it holds with %+v, want a limit of about 20/s", hold)
		}
		if climb := seen[pacing.PhaseIncreasing]; climb.Ceiling != 0 || climb.ProbeIn != 0 {
			t.Errorf("it climbed with %+v, want no limit and no probe", climb)
		}
	})
}

func TestInsightCapped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := verdicts(t, &sandbox.Config{}, &limiter.Params{MaxRate: 5}, time.Minute)
		if first, last := all[0].Insight, all[len(all)-1].Insight; first.Capped || !last.Capped || last.Phase != pacing.PhaseIncreasing {
			t.Errorf("capped %v, then %v in %v, want false, then true while climbing", first.Capped, last.Capped, last.Phase)
		}
	})
}

// EventOpened says what is known of a key before its first request, once.
func TestOpened(t *testing.T) {
	t.Parallel()
	var opened []limiter.Learned
	l := limiter.New(limiter.Config{
		Recall: func(string) *limiter.Learned {
			return &limiter.Learned{Rate: 7, Ceiling: 8, Source: pacing.SourceLearned, Updated: time.Now()}
		},
		Observe: func(e limiter.Event) {
			if e.Kind == limiter.EventOpened {
				opened = append(opened, *e.Known)
			}
		},
	})
	for range 2 {
		g, err := l.Acquire(t.Context(), limiter.Plan{Key: "k"})
		if err != nil {
			t.Fatal(err)
		}
		g.Done(limiter.Accepted, 0)
	}
	if len(opened) != 1 || opened[0].Rate < 6 || opened[0].Rate > 7 || opened[0].Ceiling != 8 || opened[0].Source != pacing.SourceLearned {
		t.Errorf("told %+v, want once what was recalled", opened)
	}
}
