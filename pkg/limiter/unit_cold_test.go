package limiter_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// Whatever the first request takes, and whether that is estimated or not, the first minute of a limit that nothing is
// known of gets much of it: a small one at the beginning does not make all others wait.
func TestUnitsColdStart(t *testing.T) {
	t.Parallel()
	smallFirst := func(i int, _ time.Duration) float64 {
		if i == 1 {
			return 10
		}
		return 3000
	}
	for name, row := range map[string]struct {
		sizes    func(int, time.Duration) float64
		estimate func(float64) int64
		server   func() *unitServer
		least    float64 // of what the server lets through in the first minute
	}{
		"small first":               {sizes: smallFirst, estimate: exactly, server: tokens, least: 0.8},
		"small first, with headers": {sizes: smallFirst, estimate: exactly, server: told, least: 0.8},
		"small first, no estimate":  {sizes: smallFirst, estimate: func(float64) int64 { return 0 }, server: tokens, least: 0.8},
		"every fifth is large":      {sizes: fifth, estimate: exactly, server: tokens, least: 0.8},
		"all are large":             {sizes: func(int, time.Duration) float64 { return 3000 }, estimate: exactly, server: tokens, least: 0.8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				u := &unitRun{
					server: row.server(), sizes: row.sizes, estimate: row.estimate, measured: true, workers: 16, length: time.Minute,
					lims: []*limiter.Limiter{limiter.New(limiter.Config{})},
				}
				u.server.rtt = 200 * time.Millisecond
				perSecond, throttled := u.run(t, 0)
				t.Logf("%.1f %% of the limit, %.2f %% throttled", perSecond/20, 100*throttled)
				if perSecond < row.least*2000 {
					t.Errorf("the first minute got %.0f tokens per second, want %.0f", perSecond, row.least*2000)
				}
			})
		})
	}
}
