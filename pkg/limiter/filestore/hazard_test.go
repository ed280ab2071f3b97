package filestore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/private"
)

// cellIn opens the key k of a store.
func cellIn(t *testing.T, s *Store, p *pacing.Params) *cell {
	t.Helper()
	c, err := s.Open(t.Context(), "k", p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c.(*cell)
}

func take(t *testing.T, c *cell) pacing.Reservation {
	t.Helper()
	turn, err := c.Reserve(t.Context(), pacing.ReserveRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return turn
}

// throttle cuts the rate and pauses for an hour.
func throttle(t *testing.T, c *cell, p *pacing.Params) {
	t.Helper()
	ev := pacing.Event{Kind: pacing.Throttled, Generation: take(t, c).Generation, Pause: time.Hour, Wall: time.Now()}
	if _, err := c.Apply(t.Context(), p, ev); err != nil {
		t.Fatal(err)
	}
}

// wantPause expects the pause of throttle, and full windows, to hold.
func wantPause(t *testing.T, c *cell) {
	t.Helper()
	turn := take(t, c)
	if turn.Granted || turn.Until < 59*time.Minute || turn.Until > time.Hour {
		t.Errorf("Reserve = %+v, want the rest of a pause of 1h", turn)
	}
}

// What happens to a file while it is in use costs nothing of what this process knows of it: not the pause, and
// no grant of before counts as one of after.
func TestFileInUse(t *testing.T) {
	t.Parallel()
	write := func(b []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			t.Helper()
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, harm := range map[string]func(t *testing.T, path string){
		"removed":           func(_ *testing.T, path string) { _ = os.Remove(path) },
		"directory removed": func(_ *testing.T, path string) { _ = os.RemoveAll(filepath.Dir(path)) },
		"directory moved":   func(_ *testing.T, path string) { _ = os.Rename(filepath.Dir(path), filepath.Dir(path)+"2") },
		"directory created again": func(t *testing.T, path string) {
			_ = os.Rename(filepath.Dir(path), filepath.Dir(path)+"2")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
		},
		"replaced": func(t *testing.T, path string) {
			_ = os.Remove(path)
			write(nil)(t, path)
		},
		"garbage": write(bytes.Repeat([]byte("garbage "), 100)),
		"large":   write(bytes.Repeat([]byte(magic), 1<<18)),
		"short":   func(_ *testing.T, path string) { _ = os.Truncate(path, 100) },
		"half": func(t *testing.T, path string) {
			b, _ := os.ReadFile(path)
			copy(b[len(b)/2:], make([]byte, len(b)))
			write(b)(t, path)
		},
		"another version": func(t *testing.T, path string) {
			b, _ := os.ReadFile(path)
			b[len(magic)]++
			write(b)(t, path)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "live")
			p := &pacing.Params{InitialRate: 10}
			a, b := cellIn(t, openIn(t, dir, time.Now()), p), cellIn(t, openIn(t, dir, time.Now()), p)
			throttle(t, a, p)
			wantPause(t, b)
			generation := b.frame.state.Generation
			harm(t, a.live.path)
			wantPause(t, b)
			wantPause(t, a)
			wantPause(t, cellIn(t, openIn(t, dir, time.Now()), p))
			if now := b.frame.state.Generation; now < generation {
				t.Errorf("the generation went back from %d to %d", generation, now)
			}
		})
	}
}

// A copy that somebody puts back tells of a past in which less was sent.
func TestOlderCopy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := &pacing.Params{InitialRate: 100, Burst: 100, Windows: []pacing.Window{{Limit: 5, Per: time.Minute}}}
	c := cellIn(t, openIn(t, dir, time.Now()), p)
	take(t, c)
	copied, err := os.ReadFile(c.live.path)
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		if turn := take(t, c); !turn.Granted {
			t.Fatalf("Reserve = %+v, want 5 at once", turn)
		}
	}
	if err := os.WriteFile(c.live.path, copied, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if turn := take(t, c); turn.Granted || turn.Reason != pacing.ReasonWindow {
			t.Errorf("Reserve = %+v after an older copy was put back, want a full window", turn)
		}
	}
	other := cellIn(t, openIn(t, dir, time.Now()), p)
	if turn := take(t, other); turn.Granted {
		t.Errorf("another process: Reserve = %+v, want a full window", turn)
	}
}

// What was forgotten on purpose does not come back, and a grant of before is void.
func TestResetWhileInUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := &pacing.Params{InitialRate: 10}
	c := cellIn(t, openIn(t, dir, time.Now()), p)
	throttle(t, c, p)
	generation := c.frame.state.Generation
	if err := Reset(dir, "k"); err != nil {
		t.Fatal(err)
	}
	turn := take(t, c)
	if !turn.Granted || turn.Generation <= generation {
		t.Errorf("Reserve = %+v, want a fresh start after generation %d", turn, generation)
	}
}

// The lock that is removed and made again by somebody else is not that of those who waited for the first.
func TestLockMadeAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := &pacing.Params{InitialRate: 10}
	a, b := cellIn(t, openIn(t, dir, time.Now()), p), cellIn(t, openIn(t, dir, time.Now()), p)
	inside, done := make(chan bool), make(chan error)
	var once sync.Once // a step that took too long is done again
	go func() {
		done <- a.locked(func(int64) {
			once.Do(func() {
				inside <- true
				<-inside
			})
		})
	}()
	<-inside
	go func() { done <- b.locked(func(int64) {}) }() // waits for the lock of a file that goes
	time.Sleep(10 * time.Millisecond)
	if err := os.Remove(a.live.path); err != nil {
		t.Fatal(err)
	}
	c := cellIn(t, openIn(t, dir, time.Now()), p) // which has a new one
	inside <- true
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	for _, cell := range []*cell{a, b, c} {
		take(t, cell)
	}
	if !os.SameFile(a.live.info, c.live.info) || !os.SameFile(b.live.info, c.live.info) {
		t.Error("two use one file, the third another")
	}
}

// A lock that is not given back is waited for once, and then found to be held at once, until it is free.
func TestHeldLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := &pacing.Params{InitialRate: 10}
	c := cellIn(t, openIn(t, dir, time.Now()), p)
	c.live.lock.Patience = 50 * time.Millisecond
	var lock private.Lock
	file, info, err := private.Open(c.live.path)
	if err == nil {
		err = lock.Take(file, info)
	}
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		_, err := c.Reserve(t.Context(), pacing.ReserveRequest{})
		if !errors.Is(err, private.ErrHeld) || hint(err) == "" {
			t.Fatalf("Reserve = %v, want that it is held, and a hint", err)
		}
	}
	if n := c.Peers(); n != 2 {
		t.Errorf("Peers = %d, want the holder and this process", n)
	}
	other, err := openIn(t, dir, time.Now()).Open(t.Context(), "k2", p, nil)
	if err != nil || other == nil {
		t.Errorf("another key: %v", err)
	}
	_ = file.Close()
	for end := time.Now().Add(10 * time.Second); err == nil || time.Now().Before(end); time.Sleep(time.Millisecond) {
		if _, err = c.Reserve(t.Context(), pacing.ReserveRequest{}); err == nil {
			break
		}
	}
	if err != nil {
		t.Errorf("Reserve = %v after the lock was given back", err)
	}
}

func hint(err error) string {
	if h, ok := errors.AsType[*private.Problem](err); ok {
		return h.Hint()
	}
	return ""
}

// Who loses the file knows how many share it.
func TestPeers(t *testing.T) {
	t.Parallel()
	dir, start := t.TempDir(), time.Now()
	p := &pacing.Params{InitialRate: 10}
	var cells []*cell
	for range 5 {
		cells = append(cells, cellIn(t, openIn(t, dir, start), p))
	}
	for _, c := range cells {
		take(t, c)
		take(t, c)
	}
	if n := cells[4].Peers(); n != 5 {
		t.Errorf("Peers = %d, want 5", n)
	}
	later := openIn(t, dir, start.Add(-time.Minute))
	c := cellIn(t, later, p)
	if n := c.Peers(); n != 1 {
		t.Errorf("Peers = %d a minute later, want 1", n)
	}
}

// A machine that sleeps wakes up to what its burst and its documented windows allow, whatever the time.
func TestSleep(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		slept time.Duration
		atOnce,
		inAll int
	}{
		"minutes":    {30 * time.Minute, 5, 0},
		"an hour":    {59 * time.Minute, 5, 0},
		"not enough": {119 * time.Minute, 1, 0},
		"a night":    {8 * time.Hour, 1, 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var now int64
			s := openIn(t, t.TempDir(), time.Now())
			s.clock = func() int64 { return now }
			p := &pacing.Params{InitialRate: 10, MaxRate: 10, Burst: 5}
			documented := &pacing.Params{InitialRate: 1000, Burst: 1000, Windows: []pacing.Window{{Limit: 20, Per: 2 * time.Hour}}}
			plain := cellIn(t, s, p)
			windowed, err := s.Open(t.Context(), "windowed", documented, nil)
			if err != nil {
				t.Fatal(err)
			}
			count := func(c pacing.Cell) (atOnce, granted int) {
				for {
					turn, err := c.Reserve(t.Context(), pacing.ReserveRequest{})
					if err != nil {
						t.Fatal(err)
					}
					if !turn.Granted {
						return atOnce, granted
					}
					granted++
					if turn.Wait == 0 {
						atOnce++
					}
				}
			}
			for range 100 { // well used
				count(plain)
				count(windowed)
				now += int64(50 * time.Millisecond)
			}
			now += int64(tt.slept)
			if n, _ := count(plain); n > tt.atOnce {
				t.Errorf("%d at once, want at most %d", n, tt.atOnce)
			}
			got := 0
			for range 100 {
				_, granted := count(windowed)
				got += granted
				now += int64(10 * time.Millisecond)
			}
			if got != tt.inAll {
				t.Errorf("%d under the documented limit, want %d", got, tt.inAll)
			}
		})
	}
}

// A process that is stopped in the middle of a step does not count what it worked out for then.
func TestSleptOver(t *testing.T) {
	t.Parallel()
	for at := range 8 { // which reading of the clock it is stopped before
		var now int64
		s := openIn(t, t.TempDir(), time.Now())
		p := &pacing.Params{InitialRate: 100, Burst: 100, Windows: []pacing.Window{{Limit: 3, Per: time.Minute}}}
		s.clock = func() int64 { return now }
		c := cellIn(t, s, p)
		calls := 0
		s.clock = func() int64 {
			if calls++; calls == at {
				now += int64(50 * time.Minute)
			}
			return now
		}
		granted := 0
		for range 10 {
			if turn := take(t, c); turn.Granted && turn.Wait == 0 {
				granted++
			}
		}
		counted := c.frame.state.Windows[0].Runs
		sum := int64(0)
		for _, r := range counted {
			if r.Last > now-int64(time.Minute) {
				sum += r.Count
			}
		}
		if granted > 3+3 || at <= 3 && granted > 3 || sum < 3 {
			t.Errorf("stopped at %d: %d granted, %d of them counted in the last minute", at, granted, sum)
		}
	}
}

// Without a boot's name, a boot shows where the clock and the calendar do not agree.
func TestBootWithoutName(t *testing.T) {
	t.Parallel()
	dir, start := t.TempDir(), time.Now()
	p := &pacing.Params{InitialRate: 10, Windows: []pacing.Window{{Limit: 1, Per: time.Hour}}}
	nameless := func(start time.Time) *cell {
		s := openIn(t, dir, start)
		s.boot = ""
		return cellIn(t, s, p)
	}
	a := nameless(start)
	take(t, a)
	if turn := take(t, nameless(start)); turn.Granted {
		t.Errorf("Reserve = %+v, want a full window", turn)
	}
	a.frame.wall -= int64(24 * time.Hour)
	if err := os.WriteFile(a.live.path, a.frame.append(nil), 0o600); err != nil {
		t.Fatal(err)
	}
	if turn := take(t, nameless(start.Add(-time.Minute))); !turn.Granted {
		t.Errorf("Reserve = %+v a day later, at another boot, want a grant", turn)
	}
}

// Two machines that use one directory do not take each other for a boot, time and again.
func TestTwoMachines(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := &pacing.Params{InitialRate: 10}
	a := cellIn(t, openIn(t, dir, time.Now()), p)
	take(t, a)
	other := openIn(t, dir, time.Now())
	other.boot = "another"
	take(t, cellIn(t, other, p))
	if _, err := a.Reserve(t.Context(), pacing.ReserveRequest{}); !errors.Is(err, errElsewhere) || !strings.Contains(err.Error(), "ARL_RUNTIME_DIR") {
		t.Errorf("Reserve = %v, want that another machine is there", err)
	}
}

// Versions whose files differ do each other no harm, and what they leave behind goes at last.
func TestAnotherVersion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old := filepath.Join(dir, "k.1.live")
	for _, path := range []string{old, filepath.Join(dir, "k.99999.live")} {
		if err := os.WriteFile(path, []byte("not ours"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(old, time.Time{}, time.Now().Add(-2*longGone)); err != nil {
		t.Fatal(err)
	}
	s := openIn(t, dir, time.Now())
	take(t, cellIn(t, s, &pacing.Params{}))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "k.99999.live")); string(b) != "not ours" {
		t.Errorf("another version's file holds %q, %v", b, err)
	}
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("what another version left long ago is there: %v", err)
	}
}
