package redisstore

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/arl-cli/arl/test/redistest"
)

// A server that is far away: while an answer is under way, others change what it was made of. It is not lost
// for that, and the pace is that of those who are next to theirs.
func TestFar(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes ten seconds")
	}
	var all sync.WaitGroup
	defer all.Wait()
	for _, test := range []struct {
		way             time.Duration // each way
		processes, rate int
	}{
		{way: 25 * time.Millisecond, processes: 16, rate: 40},
		{way: 25 * time.Millisecond, processes: 8, rate: 100},
		{way: 150 * time.Millisecond, processes: 8, rate: 20},
	} {
		all.Go(func() {
			t.Run(fmt.Sprintf("%d at %v a second, %v there and back", test.processes, test.rate, 2*test.way), func(t *testing.T) {
				way, err := redistest.Forward(t.Context(), redistest.Start(t).Addr, test.way)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(way.Close)
				far := launch(t, "redis://"+way.Addr, test.processes, test.rate)
				near := launch(t, "redis://"+redistest.Start(t).Addr, test.processes, test.rate)
				time.Sleep(3 * time.Second)
				sent, usual := far.accepted.Load(), near.accepted.Load()
				time.Sleep(5 * time.Second)
				sent, usual = far.accepted.Load()-sent, near.accepted.Load()-usual
				far.end()
				near.end()
				t.Logf("%d in 5s, %d of them near; throttled %d and %d", sent, usual, far.throttled.Load(), near.throttled.Load())
				if busy, failed := far.busy.Load(), far.failed.Load(); busy+failed > 0 {
					t.Errorf("others were in the way for too long %d times, %d requests failed", busy, failed)
				}
				if far.throttled.Load() == 0 && sent < usual/4 { // else a cut is being recovered from
					t.Errorf("%d were sent, and %d by those next to a server", sent, usual)
				}
			})
		})
	}
}
