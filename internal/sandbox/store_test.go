package sandbox

import (
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestServersShareAFile(t *testing.T) {
	t.Parallel()
	for _, kind := range timed() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "state.json")
			synctest.Test(t, func(t *testing.T) {
				c := Config{Limits: []Limit{{Kind: kind, N: 4, Per: perOf(kind, 10*time.Second)}}, StateFile: path}
				if kind == Bucket {
					c.Limits[0].Burst = 4
				}
				alone, a, b := newServer(t, Config{Limits: c.Limits}), newServer(t, c), newServer(t, c)
				for i := range 40 {
					s := a
					if i%2 == 1 {
						s = b
					}
					want, got := ask(t, alone, "/items/1"), ask(t, s, "/items/1")
					if got.status != want.status || got.body != want.body {
						t.Fatalf("request %d = %d, %s, want %d, %s as from one server", i, got.status, got.body, want.status, want.body)
					}
					time.Sleep(700 * time.Millisecond)
				}
			})
		})
	}
}

func TestSharedFileLosesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.json")
	var ok atomic.Int64
	var wg sync.WaitGroup
	for range 3 {
		s := newServer(t, Config{Limits: []Limit{{Kind: Rolling, N: 25, Per: time.Hour}}, StateFile: path})
		for range 2 {
			wg.Go(func() { ok.Add(int64(accepted(t, s, 20))) })
		}
	}
	wg.Wait()
	stats, err := newServer(t, Config{StateFile: path}).Stats()
	if err != nil || ok.Load() != 25 || stats.Accepted != 25 || stats.Requests != 120 {
		t.Errorf("accepted %d, stats %+v, %v, want 25 of 120", ok.Load(), stats, err)
	}
}

func TestDamagedFileIsReplaced(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "{", "null", `{"version":2}`,
		`{"version":1,"at":1} trailing`,
		`{"version":1,"at":1,"tracks":[{"kind":"fixed","used":-5}]}`,
		`{"version":1,"at":1,"tracks":[{"kind":"rolling","log":[3,2]}]}`,
		`{"version":1,"at":1,"tracks":[{"kind":"rolling","log":[9000000000000000000]}]}`,
		`{"version":1,"at":1,"start":2}`,
		`{"version":1,"at":1,"tracks":[{"kind":"bucket","each":{"a":null}}]}`,
		`{"version":1,"at":1,"tracks":[{"kind":"bucket","each":{"a":{"kind":"bucket","mark":-1}}}]}`,
		`{"version":1,"at":9000000000000000000,"tracks":[{"kind":"bucket","mark":9000000000000000000}]}`,
		`{"version":1,"at":0,"tracks":[{"kind":"bucket","mark":9000000000000000000,"locked":9000000000000000000}]}`,
	} {
		path := filepath.Join(t.TempDir(), "state.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s := newServer(t, Config{Limits: []Limit{{N: 1000, Per: time.Second, Burst: 1}}, StateFile: path})
		synctest.Test(t, func(t *testing.T) {
			accepted(t, s, 1) // a mark far ahead is brought within the bucket's size
			time.Sleep(time.Millisecond)
			if got := accepted(t, s, 2); got != 1 {
				t.Errorf("over %q: accepted %d of 2, want 1", text, got)
			}
		})
	}
}

func TestFileVanishes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "live")
	s := newServer(t, Config{Limits: []Limit{{N: 1, Per: time.Hour}}, StateFile: filepath.Join(dir, "state.json")})
	for i := range 2 {
		if got := accepted(t, s, 2); got != 1 {
			t.Errorf("round %d: accepted %d, want 1", i, got)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFileModes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no modes there")
	}
	path := filepath.Join(t.TempDir(), "live", "state.json")
	accepted(t, newServer(t, Config{StateFile: path}), 1)
	for name, want := range map[string]os.FileMode{path: 0o600, path + ".lock": 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("mode of %s = %v, want %v", filepath.Base(name), got, want)
		}
	}
}

func TestUnusableFileIsSaid(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.json")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	s := newServer(t, Config{StateFile: path})
	for _, what := range []string{"/items/1", "/stats", "POST /stats/reset"} {
		if r := ask(t, s, what); r.status != 500 {
			t.Errorf("%s = %d, want 500", what, r.status)
		}
	}
}

func TestClockTurnedBack(t *testing.T) {
	t.Parallel()
	for _, kind := range timed() {
		guards := newGuards([]Limit{{Kind: kind, N: 1, Per: perOf(kind, time.Hour)}})
		for _, tt := range []struct {
			back time.Duration
			want bool
		}{{0, false}, {time.Second, false}, {time.Second + 1, true}, {24 * time.Hour, true}} {
			st := state{Version: stateVersion}
			once := func(now int64) bool {
				now = st.advance(now)
				st.fit(guards)
				ok, _ := try(guards, st.Tracks, now)
				return ok
			}
			once(epoch2026)
			if got := once(epoch2026 - int64(tt.back)); got != tt.want {
				t.Errorf("%s: admitted with the clock %v back = %v, want %v", kind, tt.back, got, tt.want)
			}
		}
	}
}

func FuzzDecodeState(f *testing.F) {
	f.Add([]byte(`{"version":1,"at":1767225600123456789,"tracks":[{"kind":"rolling","log":[1,2]}],"counts":{"accepted":1}}`))
	f.Add([]byte(`{"version":1,"at":1,"tracks":[{"kind":"bucket","mark":9223372036854775807}]}`))
	f.Add([]byte(`{"version":1,"at":1767225600123456789,"tracks":[{"kind":"sliding","mark":1767225600000000000,"used":9223372036854775807,"last":9223372036854775807}]}`))
	f.Add([]byte(`{"version":1,"at":9,"start":5,"tracks":[{"kind":"fixed","rival":7,"each":{"a":{"kind":"fixed","mark":8,"used":1}}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		st, err := decodeState(data)
		if err != nil {
			return
		}
		for _, kind := range timed() {
			guards := newGuards([]Limit{{Kind: kind, N: 3, Per: perOf(kind, time.Minute), Lockout: time.Minute}})
			if len(st.Tracks) > 0 {
				st.Tracks[0].Kind = kind
			}
			now := st.advance(epoch2026)
			st.fit(guards)
			if _, wait := try(guards, st.Tracks, now); wait < 0 || wait > 2*time.Minute {
				t.Fatalf("%s over %q waits %v", kind, data, wait)
			}
		}
	})
}
