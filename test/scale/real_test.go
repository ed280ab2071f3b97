package scale_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/arl-cli/arl/test/arltest"
)

// What one real server costs: a first run of arl that knows nothing, and a second one that knows what
// the first has learned.
const (
	coldRun = 30 * time.Second
	settled = 10 * time.Second
	warmRun = 10 * time.Second
)

// A machine is busy if a sleeper once woke up so late. A program or a server that stood still for a part of
// a second sends or meets in a moment what was meant for all of it, and some of that is throttled. The bars
// then allow what such a stall costs.
const (
	busyMachine   = 50 * time.Millisecond
	busyThrottled = 0.05
	busyAgain     = 0.2
)

// A realServer is a server on a loopback socket, and the bars for arl against it.
type realServer struct {
	name      string
	rate      float64 // what it allows in the long run, requests per second
	least     float64 // accepted from settled on, as a share of that
	busy      float64 // the same on a busy machine
	throttled float64 // at most, as a share of what the first run sent
	again     int64   // throttled at most in the second run, or half a percent
	start     func(t *testing.T) (url string, count func() (tally, error))
	profile   string // what its profile says beside base_url
}

// realServers are the servers and their bars. In half a minute arl is throttled three or four times while it
// searches, and each costs a pause of a second; it climbs to 100 or 200 per second until the 11th or 13th.
// That is why the buckets do not reach more. What is lower than that is weak:
//   - 8 at a time is learned as a rate, which can come to about 0.8 of what a closed loop gets.
//   - nginx without burst throttles what comes less than 10 ms after the last. Where one request goes late
//     and the next on time, that throttle is taken for the limit: two thirds of it are reached at best.
func realServers() []realServer {
	return []realServer{
		{"bucket 20/s burst 5", 20, 0.80, 0.65, 0.02, 1, sandboxed("--limit", "20/s", "--burst", "5"), ""},
		{"bucket 100/s burst 20", 100, 0.75, 0.50, 0.02, 2, sandboxed("--limit", "100/s", "--burst", "20"), ""},
		{"bucket 200/s burst 50, no header", 200, 0.75, 0.45, 0.02, 2, sandboxed("--limit", "200/s", "--burst", "50", "--headers", "none"), ""},
		{"window 100 per 10 s", 10, 0.90, 0.85, 0.02, 1, sandboxed("--limit", "fixed:100/10s"), ""},
		{"8 at a time x 200 ms", 40, 0.50, 0.35, 0.02, 3, sandboxed("--limit", "concurrency:8", "--latency", "200ms", "--headers", "none"), ""},
		{"nginx 20r/s burst=10 nodelay", 20, 0.85, 0.70, 0.02, 1, nginxRate("20r/s", "burst=10 nodelay", 429), ""},
		{"nginx 20r/s burst=20, queued", 20, 0.80, 0.70, 0.02, 2, nginxRate("20r/s", "burst=20", 429), ""},
		{"nginx 50r/s burst=20, status 503", 50, 0.80, 0.60, 0.02, 2, nginxRate("50r/s", "burst=20 nodelay", 503), "backoff_status_codes: [429, 503]"},
		{"nginx 100r/s without burst", 100, 0.15, 0.02, 0.03, 5, nginxRate("100r/s", "", 429), ""},
		{"nginx 8 at a time x 200 ms", 40, 0.50, 0.35, 0.02, 3, nginxConns(8, 200*time.Millisecond), ""},
	}
}

// TestReal measures the program against real servers in real time, all of them at once: the tests that
// decide in virtual time know nothing of sockets, timers that fire late and a machine that is busy.
//
//	MEASURE=1 go test -v -run TestReal . | grep real_     # the table of figures
//	MEASURE=1 go test -v -run TestReal/nginx .            # some of them
func TestReal(t *testing.T) {
	t.Parallel()
	arltest.SkipUnmeasured(t)
	stalled := arltest.WatchMachine(t)
	var all sync.WaitGroup
	for _, s := range realServers() {
		all.Go(func() { // not t.Parallel, which is as many at once as there are cores
			t.Run(s.name, func(t *testing.T) { s.run(t, stalled) })
		})
	}
	all.Wait()
	t.Logf("real_ a sleeper woke up %v late at worst, busy is %v", stalled().Round(time.Millisecond), busyMachine)
}

// sandboxed serves a sandbox in a child process until the test ends.
func sandboxed(flags ...string) func(t *testing.T) (string, func() (tally, error)) {
	return func(t *testing.T) (string, func() (tally, error)) {
		c := exec.CommandContext(t.Context(), "arl", append([]string{"sandbox", "--listen", "127.0.0.1:0"}, flags...)...)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Wait() }) // killed: the test's context is over
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatalf("arl sandbox says no address: %v", err)
		}
		url := strings.TrimSpace(line)
		return url, func() (now tally, err error) {
			body, err := arltest.Fetch(url + "/stats")
			if err == nil {
				err = json.Unmarshal(body, &now)
			}
			return now, err
		}
	}
}

// A tally is what the server has counted so far.
type tally struct {
	At        time.Duration `json:"-"` // since the program was started
	Accepted  int64         `json:"accepted"`
	Throttled int64         `json:"refused"`
}

func (a tally) minus(b tally) tally {
	return tally{a.At - b.At, a.Accepted - b.Accepted, a.Throttled - b.Throttled}
}

// share is the part of what was sent that was throttled.
func (a tally) share() float64 {
	return float64(a.Throttled) / float64(max(a.Accepted+a.Throttled, 1))
}

// efficiency is the part of what a server allows per second that was accepted.
func (a tally) efficiency(rate float64) float64 {
	return float64(a.Accepted) / (rate * a.At.Seconds())
}

func (s realServer) run(t *testing.T, stalled func() time.Duration) {
	url, count := s.start(t)
	home := t.TempDir()
	arltest.Write(t, filepath.Join(home, "config.yaml"), fmt.Sprintf("apis:\n  real:\n    base_url: %s\n    %s\n", url, s.profile))
	cold := measure(t, count, coldRun, itemsOf(home))
	warm := measure(t, count, warmRun, itemsOf(home))

	used, all, again := cold.since(settled).efficiency(s.rate), cold.all(), warm.all()
	t.Logf("real_ %-33s %5.1f %% of %3g/s, %d throttled, %.2f %%; warm %5.1f %%, %d throttled, %.2f %%",
		s.name, 100*used, s.rate, all.Throttled, 100*all.share(), 100*warm.since(time.Second).efficiency(s.rate), again.Throttled, 100*again.share())
	least, throttled, throttledAgain := s.least, s.throttled, 0.005
	if stalled() >= busyMachine {
		least, throttled, throttledAgain = s.busy, busyThrottled, busyAgain
	}
	if used < least {
		t.Errorf("efficiency %.1f %% after %v, want %.0f; each second:\n%s", 100*used, settled, 100*least, cold)
	}
	if all.share() > throttled {
		t.Errorf("throttled %.2f %%, want at most %.1f; each second:\n%s", 100*all.share(), 100*throttled, cold)
	}
	if again.Throttled > s.again && again.share() > throttledAgain {
		t.Errorf("the second run was throttled %d times, want at most %d or %.1f %%; each second:\n%s", again.Throttled, s.again, 100*throttledAgain, warm)
	}
}

// A course is what a server counted during one run, from its start on once a second and at its end.
type course []tally

// A batchOf is a program that sends records of one home without end.
type batchOf struct {
	home, records string
	store         string // ARL_STORE, "" for files
}

// itemsOf are GETs.
func itemsOf(home string) batchOf { return batchOf{home: home, records: "/items/1\n"} }

// measure runs programs for some time.
func measure(t *testing.T, count func() (tally, error), lasts time.Duration, batches ...batchOf) course {
	var running []func()
	for _, b := range batches {
		c, said := b.start(t)
		running = append(running, func() { stopBatch(t, c, said) })
	}
	began := time.Now()
	note := func(to course) course {
		now, err := count()
		if err != nil {
			t.Fatalf("count: %v", err)
		}
		now.At = time.Since(began)
		return append(to, now)
	}
	seen := note(nil)
	for end := time.After(lasts); ; {
		select {
		case <-time.After(time.Second):
			seen = note(seen)
			continue
		case <-end:
		}
		break
	}
	seen = note(seen)
	for _, stop := range running {
		stop()
	}
	return note(seen)
}

// start starts the real program, which reads records until it is stopped.
func (b batchOf) start(t *testing.T) (c *exec.Cmd, said *arltest.Transcript) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*coldRun) // a run that hangs is killed
	t.Cleanup(func() {
		cancel()
		_ = c.Wait() // an error if it has ended already
	})
	c = exec.CommandContext(ctx, "arl", "batch", "real") // TestMain has put it into PATH
	c.Env = append(os.Environ(), "ARL_CONFIG_DIR="+b.home, "ARL_RUNTIME_DIR="+filepath.Join(b.home, "live"))
	if b.store != "" {
		c.Env = append(c.Env, "ARL_STORE="+b.store)
	}
	said = &arltest.Transcript{}
	c.Stdin, c.Stderr = endless(b.records), said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c, said
}

// stopBatch interrupts the program, which must keep the answers under way and say that it was.
func stopBatch(t *testing.T, c *exec.Cmd, said *arltest.Transcript) {
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatalf("interrupt: %v\n%s", err, said)
	}
	err := c.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 130 {
		t.Fatalf("arl batch = %v, want exit code 130:\n%s", err, said)
	}
}

// endless is a text again and again. A Read takes it whole, as often as there is room.
type endless string

// Read implements io.Reader.
func (e endless) Read(p []byte) (n int, err error) {
	for n+len(e) <= len(p) {
		n += copy(p[n:], e)
	}
	return n, nil
}

// all is what was counted from the first to the last request.
func (c course) all() tally { return c[len(c)-1].minus(c[0]) }

// since is what was counted from then on until the program was told to stop.
func (c course) since(at time.Duration) tally {
	i := 0
	for c[i].At < at {
		i++
	}
	return c[len(c)-2].minus(c[i])
}

// String lists what was accepted and what was throttled second by second.
func (c course) String() string {
	var b strings.Builder
	for i := 1; i < len(c); i++ {
		d := c[i].minus(c[i-1])
		fmt.Fprintf(&b, "%6.1f s: %3d accepted, %3d throttled\n", c[i].At.Seconds(), d.Accepted, d.Throttled)
	}
	return b.String()
}
