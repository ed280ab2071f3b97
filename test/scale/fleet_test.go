package scale_test

import (
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/arl-cli/arl/test/arltest"
	"github.com/arl-cli/arl/test/fleet"
	"github.com/arl-cli/arl/test/redistest"
)

// What many processes together have to reach, as a share of what one alone does, and what may be throttled. The
// figures of an idle machine are in docs/scaling.md; on a busy one, see busyMachine, less is asked for.
const (
	fleetLeast, fleetBusy   = 0.75, 0.5
	fleetAfter              = 0.65 // of what it was, by those who were not killed; a throttle costs a fifth of the time that is watched
	fleetThrottled          = 0.02
	fleetThrottledOfMany    = 0.03 // of short processes, from a cold start on
	fleetSettle, fleetWatch = 10 * time.Second, 10 * time.Second
	fleetAgain              = 3 * time.Second // until the survivors have the pace again
)

// A crowd is processes that share one budget, and what the server saw of them.
type crowd struct {
	name             string
	processes, hosts int
	redis            bool
	kept, after      fleet.Tally
}

// TestFleet runs real processes against servers that allow 100/s and tell nobody: together they send as one does,
// over files and over Redis, and still do when half of them are killed. All at once, so it takes half a minute.
func TestFleet(t *testing.T) {
	t.Parallel()
	arltest.SkipUnmeasured(t)
	arl, err := exec.LookPath("arl") // TestMain has put it into PATH
	if err != nil {
		t.Fatal(err)
	}
	alone := &crowd{name: "1 process", processes: 1, hosts: 1}
	crowds := []*crowd{alone, {name: "8 processes, files", processes: 8, hosts: 1}}
	if redistest.Installed() || redistest.Required() {
		crowds = append(crowds, &crowd{name: "4 hosts with 2 each, Redis", processes: 8, hosts: 4, redis: true})
	}
	stalled := arltest.WatchMachine(t)
	var all sync.WaitGroup
	for _, c := range crowds {
		all.Go(func() { c.run(t, &fleet.Lab{Arl: arl, Dir: t.TempDir()}) })
	}
	all.Go(func() { xargsIsOneClient(t, &fleet.Lab{Arl: arl, Dir: t.TempDir()}, stalled) })
	all.Wait()
	if t.Failed() {
		return
	}
	least, throttled := fleetLeast, fleetThrottled
	if stalled() >= busyMachine {
		least, throttled = fleetBusy, busyThrottled
	}
	for _, c := range crowds {
		t.Logf("%s: %.1f/s, throttled %.2f %%; with half of them killed %.1f/s, throttled %.2f %%; a sleeper woke up %v late at worst",
			c.name, c.kept.Rate(), 100*c.kept.Share(), c.after.Rate(), 100*c.after.Share(), stalled().Round(time.Millisecond))
		if c.kept.Rate() < least*alone.kept.Rate() || c.kept.Share() > throttled {
			t.Errorf("%s: %+v, want %.0f %% of what one process gets, %+v", c.name, c.kept, 100*least, alone.kept)
		}
		if c != alone && (c.after.Rate() < min(least, fleetAfter)*c.kept.Rate() || c.after.Share() > throttled) {
			t.Errorf("%s, half of them killed: %+v, want %.0f %% of what it was, %+v", c.name, c.after, 100*min(least, fleetAfter), c.kept)
		}
	}
}

// run lets the server count, from its processes' cold start on, and when half of them were killed.
func (c *crowd) run(t *testing.T, lab *fleet.Lab) {
	s, err := lab.Serve(t.Context(), "--limit", "100/s", "--burst", "20")
	if err != nil {
		t.Error(err)
		return
	}
	defer s.Stop()
	store := ""
	if c.redis {
		r, err := redistest.New(lab.Dir)
		if err != nil {
			t.Error(err)
			return
		}
		defer r.Kill()
		store = "redis://" + r.Addr
	}
	hosts, err := lab.Hosts(c.hosts, s.URL, store)
	if err != nil {
		t.Error(err)
		return
	}
	crew, err := fleet.Launch(t.Context(), hosts, c.processes)
	if err != nil {
		t.Error(err)
		return
	}
	defer crew.Stop()
	time.Sleep(fleetSettle)
	if c.kept, err = s.Over(t.Context(), fleetWatch); err != nil {
		t.Error(err)
		return
	}
	crew.Kill(c.processes / 2)
	time.Sleep(fleetAgain)
	if c.after, err = s.Over(t.Context(), fleetWatch/2); err != nil {
		t.Error(err)
	}
	if err := crew.Check(); err != nil {
		t.Error(err)
	}
}

// xargsIsOneClient: seq 400 | xargs -P8 arl get is one paced client, from nothing on.
func xargsIsOneClient(t *testing.T, lab *fleet.Lab, stalled func() time.Duration) {
	s, err := lab.Serve(t.Context(), "--limit", "100/s", "--burst", "20")
	if err != nil {
		t.Error(err)
		return
	}
	defer s.Stop()
	h, err := lab.Host(s.URL, "")
	if err != nil {
		t.Error(err)
		return
	}
	start := time.Now()
	if err := h.Xargs(t.Context(), 400, 8); err != nil {
		t.Error(err)
		return
	}
	got, err := s.Count(t.Context())
	if err != nil {
		t.Error(err)
		return
	}
	throttled := fleetThrottledOfMany
	if stalled() >= busyMachine {
		throttled = busyThrottled
	}
	t.Logf("xargs -P8 arl get, 400 times: %.1fs, %d throttled", time.Since(start).Seconds(), got.Throttled)
	if got.Accepted != 400 || got.Share() > throttled {
		t.Errorf("xargs -P8 arl get: accepted %d, throttled %d", got.Accepted, got.Throttled)
	}
}
