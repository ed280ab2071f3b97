package filestore

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/test/storetest"
)

// openIn opens the store in dir with a clock that follows virtual time.
func openIn(t *testing.T, dir string, start time.Time) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	s.clock = func() int64 { return int64(time.Since(start)) }
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(_ *testing.T, dir string) storetest.Opener {
		start := time.Now()
		return func(t *testing.T) pacing.Store { return openIn(t, dir, start) }
	})
}

func reserve(t *testing.T, s *Store, p *pacing.Params, recall func() *pacing.Learned) pacing.Reservation {
	t.Helper()
	c, err := s.Open(t.Context(), "k", p, recall)
	if err != nil {
		t.Fatal(err)
	}
	turn, err := c.Reserve(t.Context(), pacing.ReserveRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return turn
}

// A file that is not ours, or half of one, is replaced, and what was sent before counts as unknown.
func TestDamagedFileIsReplaced(t *testing.T) {
	t.Parallel()
	p := &pacing.Params{InitialRate: 10, Windows: []pacing.Window{{Limit: 5, Per: time.Minute}}}
	for name, content := range map[string][]byte{
		"garbage": []byte("not a state at all, but long enough to be looked at"),
		"torn":    []byte(magic + "\x01\x00\x00\x00\xff\x00\x00\x00"),
		"zeros":   make([]byte, 4096),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, fileName("k")), content, 0o600); err != nil {
				t.Fatal(err)
			}
			turn := reserve(t, openIn(t, dir, time.Now()), p, nil)
			if turn.Granted || turn.Reason != pacing.ReasonWindow || turn.Until < time.Minute {
				t.Errorf("Reserve = %+v, want a full window of 1m", turn)
			}
		})
	}
}

// A key keeps its rate and its pause over a reboot, and its documented windows count as used.
func TestAnotherBoot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := &pacing.Params{InitialRate: 10}
	before := openIn(t, dir, time.Now().Add(-time.Hour))
	c, err := before.Open(t.Context(), "k", p, nil)
	if err != nil {
		t.Fatal(err)
	}
	turn, _ := c.Reserve(t.Context(), pacing.ReserveRequest{})
	ev := pacing.Event{Kind: pacing.Throttled, Generation: turn.Generation, Pause: time.Hour, Wall: time.Now()}
	if _, err := c.Apply(t.Context(), p, ev); err != nil {
		t.Fatal(err)
	}
	after := openIn(t, dir, time.Now())
	after.boot = "another"
	got := reserve(t, after, p, func() *pacing.Learned { t.Error("recall was called, want the live state"); return nil })
	if got.Granted || got.Reason != pacing.ReasonPause || got.Until < 59*time.Minute || got.Until > time.Hour {
		t.Errorf("Reserve = %+v, want the rest of a pause of 1h", got)
	}
}

func TestVanishedDir(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "live")
	s := openIn(t, dir, time.Now())
	p := &pacing.Params{InitialRate: 10}
	reserve(t, s, p, nil)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if turn := reserve(t, s, p, nil); !turn.Granted {
		t.Errorf("Reserve = %+v after the directory vanished, want a fresh start", turn)
	}
	if _, err := os.Stat(filepath.Join(dir, fileName("k"))); err != nil {
		t.Errorf("the file was not made again: %v", err)
	}
}

func TestListAndReset(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p := &pacing.Params{InitialRate: 10}
	reserve(t, s, p, nil)
	entries, err := List(dir)
	if err != nil || len(entries) != 1 || entries[0].Key != "k" || entries[0].Learned.Counts.Sent != 1 {
		t.Fatalf("List = %+v, %v, want k with one request sent", entries, err)
	}
	if err := Reset(dir, "k"); err != nil {
		t.Fatal(err)
	}
	if entries, err = List(dir); err != nil || len(entries) != 0 {
		t.Errorf("List after Reset = %+v, %v, want none", entries, err)
	}
	reserve(t, s, p, nil)
	if entries, _ = List(dir); len(entries) != 1 || entries[0].Learned.Counts.Sent != 1 {
		t.Errorf("List after a new start = %+v, want one request sent", entries)
	}
}

// Of one api's files the oldest go, other apis' stay.
func TestPrune(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old := time.Now().Add(-2 * time.Hour)
	for i := range 320 {
		for _, name := range []string{fmt.Sprintf("api+%d@b", i), fmt.Sprintf("other%d", i)} {
			path := filepath.Join(dir, name+suffix())
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if i < 310 {
				if err := os.Chtimes(path, old, old.Add(time.Duration(i)*time.Second)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	reserve(t, s, &pacing.Params{}, nil)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	left := func(pattern string) int {
		files, _ := filepath.Glob(filepath.Join(dir, pattern))
		return len(files)
	}
	if got := []int{left("api+*.live"), left("other*.live"), left(fileName("k"))}; !slices.Equal(got, []int{300, 320, 1}) {
		t.Errorf("%d files of api, %d of others, %d of k are left, want 300, 320 and 1", got[0], got[1], got[2])
	}
	if left("api+20@b*.live") != 1 || left("api+19@b*.live") != 0 {
		t.Error("not the oldest went")
	}
}

// A file may be removed at any time: nobody fails because of it, and no two hold a lock at once.
func TestRemovedWhileInUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := &pacing.Params{InitialRate: 1e6, Burst: 1000}
	var held atomic.Int32
	var users sync.WaitGroup
	for range 4 {
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		c, err := s.Open(t.Context(), "k", p, nil)
		if err != nil {
			t.Fatal(err)
		}
		users.Go(func() {
			defer s.Close()
			for range 300 {
				err := c.(*cell).locked(func(int64) {
					if held.Add(1) != 1 {
						t.Error("two hold the lock")
					}
					time.Sleep(50 * time.Microsecond) // so that the others wait
					held.Add(-1)
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 200 {
			removeUnused(filepath.Join(dir, fileName("k")), 0)
		}
	}()
	users.Wait()
	<-done
}

// However long a key is, it has a file name of its own that file systems take.
func TestLongKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openIn(t, dir, time.Now())
	long := strings.Repeat("LONG", 100)
	for _, key := range []string{long + "1", long + "2"} {
		if _, err := s.Open(t.Context(), key, &pacing.Params{}, nil); err != nil {
			t.Errorf("Open = %v", err)
		}
	}
	entries, err := List(dir)
	if err != nil || len(entries) != 2 {
		t.Fatalf("List = %d keys, %v, want 2", len(entries), err)
	}
	if err := Reset(dir, long+"2"); err != nil {
		t.Fatal(err)
	}
	if entries, _ = List(dir); len(entries) != 1 || entries[0].Key != long+"1" {
		t.Errorf("after Reset of the second key %d are left, want the first", len(entries))
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "live")
	reserve(t, openIn(t, dir, time.Now()), &pacing.Params{}, nil)
	modes := map[string]os.FileMode{}
	for _, path := range []string{dir, filepath.Join(dir, fileName("k"))} {
		fi, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		modes[filepath.Base(path)] = fi.Mode().Perm()
	}
	want := map[string]os.FileMode{"live": 0o700, fileName("k"): 0o600}
	if diff := cmp.Diff(want, modes); diff != "" {
		t.Errorf("modes (-want +got):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	var good frame
	good.key = "k"
	good.state.Open(0, time.Unix(0, 0), &pacing.Params{Windows: []pacing.Window{{Limit: 1, Per: time.Second}}}, nil)
	f.Add(good.append(nil))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		var got frame
		if got.parse(b, 0) != nil {
			return
		}
		var again frame
		if err := again.parse(got.append(nil), 0); err != nil {
			t.Errorf("a frame that was read cannot be read again: %v", err)
		}
	})
}

func BenchmarkReserveApply(b *testing.B) {
	s, err := Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	p := &pacing.Params{InitialRate: 1e6}
	c, err := s.Open(b.Context(), "k", p, nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		turn, err := c.Reserve(b.Context(), pacing.ReserveRequest{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.Apply(b.Context(), p, pacing.Event{Generation: turn.Generation}); err != nil {
			b.Fatal(err)
		}
	}
}
