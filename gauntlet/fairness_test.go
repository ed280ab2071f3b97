package gauntlet

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/sandbox"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A shared server is one that two users share who do not know of each other.
type sharedServer struct {
	row
	Joins time.Duration // when the second user does
}

func sharedServers() []sharedServer {
	var list []sharedServer
	for _, joins := range []time.Duration{0, minute} {
		for _, r := range []row{
			{Name: "bucket 40/s burst 40", Server: server(told, bucket(40, 40)), Rate: 40},
			{Name: "bucket 10/s burst 2", Server: server(told, bucket(10, 2)), Rate: 10},
			{Name: "60 per 2 s", Server: server(told, per(sandbox.Fixed, 60, 2*time.Second)), Rate: 30},
		} {
			r.RTT, r.InFlight, r.Duration = 60*ms, 32, 20*minute
			list = append(list, sharedServer{r, joins})
		}
	}
	return list
}

// shares is how much each of the two gets of what is allowed in the second half, and what part of their requests is
// throttled then.
func (s *sharedServer) shares(t *testing.T) (first, second, throttled float64) {
	var sums [2]*tally
	synctest.Test(t, func(t *testing.T) {
		thisYear()
		ctx, cancel := until(t, s.Duration)
		defer cancel()
		stage, err := s.start(ctx)
		if err != nil {
			t.Fatal(err)
		}
		net := newNetwork(stage, s.RTT)
		var users sync.WaitGroup
		for i := range sums {
			sums[i] = newTally(s.Duration)
			users.Go(func() {
				if i == 1 && sleep(ctx, s.Joins) != nil {
					return
				}
				transport := sums[i].transport(net, limiter.New(limiter.Config{}))
				crowd(ctx, s.InFlight, 0, func() bool {
					resp, err := transport.RoundTrip(request(ctx))
					if err != nil {
						return false
					}
					resp.Body.Close()
					return resp.StatusCode == http.StatusOK
				})
			})
		}
		users.Wait()
	})
	half := s.Duration / 2
	a, b := sums[0].between(half, s.Duration), sums[1].between(half, s.Duration)
	n := sums[0].throttledIn(half, s.Duration) + sums[1].throttledIn(half, s.Duration)
	all := s.Rate * (s.Duration - half).Seconds()
	return float64(a) / all, float64(b) / all, float64(n) / float64(a+b+n)
}

// leastShare is what the one who gets less must get, as a part of a half.
const leastShare = 0.5

// Two users who share a server without knowing of each other come to share it fairly: nobody is left without, and
// together they use it.
func TestFairness(t *testing.T) {
	t.Parallel()
	list := sharedServers()
	lines := make([]string, len(list))
	t.Run("servers", func(t *testing.T) {
		for i, s := range list {
			t.Run(short(fmt.Sprintf("%s joins %v", s.Name, s.Joins)), func(t *testing.T) {
				t.Parallel()
				a, b, throttled := s.shares(t)
				lines[i] = fmt.Sprintf("| %s | %v | %.0f %% | %.0f %% | %.2f %% |", s.Name, s.Joins, 100*a, 100*b, 100*throttled)
				if 2*min(a, b) < leastShare || a+b < 0.8 {
					t.Errorf("they get %.2f and %.2f of what is allowed", a, b)
				}
			})
		}
	})
	if testing.Verbose() {
		fmt.Println(strings.Join(lines, "\n"))
	}
}
