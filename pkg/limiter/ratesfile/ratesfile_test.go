package ratesfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter/ratesfile"
)

func learned(rate float64, updated time.Time) pacing.Learned {
	return pacing.Learned{
		Rate: rate, Ceiling: rate * 1.1, Burst: 1, Source: pacing.SourceLearned, Updated: updated,
		Counts: pacing.Counts{Sent: 7, Accepted: 5, Throttled: 2, Events: 1},
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	f := &ratesfile.File{Path: filepath.Join(t.TempDir(), "arl", "rates.yaml")}
	now := time.Now().UTC()
	want := learned(12.5, now.Add(-time.Minute))
	want.Ceiling = 13.75
	want.PausedUntil, want.LastThrottle = now.Add(time.Hour), now.Add(-time.Hour)
	if err := f.Merge(map[string]pacing.Learned{"notion@0a1b2c3d": want}, true); err != nil {
		t.Fatal(err)
	}
	got := f.Recall("notion@0a1b2c3d")
	if got == nil {
		t.Fatal("Recall = nil, want what was merged")
	}
	if diff := cmp.Diff(want, *got); diff != "" {
		t.Errorf("Recall (-want +got):\n%s", diff)
	}
	if f.Recall("other") != nil {
		t.Error("Recall of an unknown key is not nil")
	}
	fi, err := os.Stat(f.Path)
	if err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", fi.Mode(), err)
	}
}

func TestNewerKnowledgeWins(t *testing.T) {
	t.Parallel()
	f := &ratesfile.File{Path: filepath.Join(t.TempDir(), "rates.yaml")}
	now := time.Now()
	for _, l := range []pacing.Learned{learned(10, now), learned(99, now.Add(-time.Second)), learned(11, now.Add(time.Millisecond))} {
		if err := f.Merge(map[string]pacing.Learned{"k": l}, false); err != nil {
			t.Fatal(err)
		}
	}
	if got := f.Recall("k"); got.Rate != 11 {
		t.Errorf("Recall = %v/s, want the newest, 11/s", got.Rate)
	}
}

func TestManyWritersLoseNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rates.yaml")
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			f := &ratesfile.File{Path: path}
			if err := f.Merge(map[string]pacing.Learned{fmt.Sprintf("api%d", i): learned(float64(i+1), time.Now())}, false); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	all, err := (&ratesfile.File{Path: path}).Load()
	if err != nil || len(all) != 16 {
		t.Errorf("Load = %d keys, %v, want 16", len(all), err)
	}
}

func TestUnknownFieldsAreKept(t *testing.T) {
	t.Parallel()
	f := &ratesfile.File{Path: filepath.Join(t.TempDir(), "rates.yaml")}
	newer := "version: 7\nfuture: {a: 1}\nrates:\n  k:\n    rate: 3\n    updated: 2020-01-01T00:00:00Z\n    shape: round\n"
	if err := os.WriteFile(f.Path, []byte(newer), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Merge(map[string]pacing.Learned{"k": learned(4, time.Now())}, false); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"version: 7", "future: {a: 1}", "shape: round", "rate: 4"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%q is missing from:\n%s", want, b)
		}
	}
}

func TestDamagedFileIsSetAside(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"no YAML":     "rates: [unclosed",
		"a list":      "- 1\n- 2\n",
		"wrong types": "rates:\n  k:\n    rate: fast\n",
		"binary":      "\x00\x01\x02\xff",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			var said []string
			f := &ratesfile.File{Path: filepath.Join(dir, "rates.yaml"), Warn: func(m string) { said = append(said, m) }}
			if err := os.WriteFile(f.Path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := f.Merge(map[string]pacing.Learned{"k": learned(4, time.Now())}, false); err != nil {
				t.Fatal(err)
			}
			if got := f.Recall("k"); got == nil || got.Rate != 4 {
				t.Errorf("Recall = %+v, want what was merged", got)
			}
			bad, _ := filepath.Glob(f.Path + ".bad-*")
			if len(bad) != 1 || len(said) != 1 {
				t.Fatalf("set aside %q, said %q, want one of each", bad, said)
			}
			if b, _ := os.ReadFile(bad[0]); string(b) != content {
				t.Errorf("set aside %q, want %q", b, content)
			}
		})
	}
}

func TestSenselessNumbersAreIgnored(t *testing.T) {
	t.Parallel()
	f := &ratesfile.File{Path: filepath.Join(t.TempDir(), "rates.yaml")}
	content := "rates:\n  bad:\n    rate: -3\n  worse:\n    rate: .inf\n  ahead:\n    rate: 2\n    updated: 2999-01-01T00:00:00Z\n"
	if err := os.WriteFile(f.Path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if f.Recall("bad") != nil || f.Recall("worse") != nil {
		t.Error("senseless rates were recalled")
	}
	if got := f.Recall("ahead"); got == nil || got.Updated.After(time.Now()) {
		t.Errorf("Recall = %+v, want an age of at least 0", got)
	}
}

func TestForget(t *testing.T) {
	t.Parallel()
	f := &ratesfile.File{Path: filepath.Join(t.TempDir(), "rates.yaml")}
	known := map[string]pacing.Learned{"a": learned(1, time.Now()), "b": learned(2, time.Now())}
	if err := f.Merge(known, false); err != nil {
		t.Fatal(err)
	}
	if err := f.Forget("a", "never-there"); err != nil {
		t.Fatal(err)
	}
	if f.Recall("a") != nil || f.Recall("b") == nil {
		t.Error("Forget(a) did not leave exactly b")
	}
}

func TestRecorderWritesAtTheEnd(t *testing.T) {
	t.Parallel()
	f := &ratesfile.File{Path: filepath.Join(t.TempDir(), "rates.yaml")}
	r := &ratesfile.Recorder{File: f, Known: func(string) (pacing.Learned, bool) { return learned(5, time.Now()), true }}
	r.Opening("windowed", &pacing.Params{InitialRate: 2, Windows: []pacing.Window{{Limit: 1, Per: time.Hour}}})
	if got := f.Recall("windowed"); got == nil || time.Until(got.UsedUntil) < time.Minute {
		t.Errorf("Recall = %+v, want a lease before anything is sent", got)
	}
	r.Changed("k")
	r.Close(false)
	if got := f.Recall("k"); got == nil || got.Rate != 5 {
		t.Errorf("Recall = %+v after Close, want 5/s", got)
	}
}

// However many keys an api has, those used last are remembered, and other apis' are none the worse.
func TestKeysAreBounded(t *testing.T) {
	t.Parallel()
	f := &ratesfile.File{Path: filepath.Join(t.TempDir(), "rates.yaml")}
	now := time.Now()
	known := map[string]pacing.Learned{"other": learned(1, now.Add(-time.Hour)), "api": learned(1, now)}
	for i := range 200 {
		known[fmt.Sprintf("api/old%d@b", i)] = learned(1, now.Add(-time.Minute))
	}
	paused := learned(1, now.Add(-time.Hour))
	paused.PausedUntil = now.Add(time.Hour)
	known["api/paused"] = paused
	for _, prefix := range []string{"api/new", "api2/new"} {
		for i := range 200 {
			known[fmt.Sprint(prefix, i)] = learned(1, now)
		}
	}
	if err := f.Merge(known, false); err != nil {
		t.Fatal(err)
	}
	all, err := f.Load()
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for key := range all {
		count[strings.TrimRight(strings.TrimSuffix(key, "@b"), "0123456789")]++
	}
	want := map[string]int{"other": 1, "api": 1, "api/old": 98, "api/paused": 1, "api/new": 200, "api2/new": 200}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

// What another process has written is recalled, although the file is not read again for every key.
func TestRecallFollowsTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rates.yaml")
	mine, other := &ratesfile.File{Path: path}, &ratesfile.File{Path: path}
	for i := range 20 {
		if err := other.Merge(map[string]pacing.Learned{"k": learned(float64(10+i), time.Now())}, false); err != nil {
			t.Fatal(err)
		}
		if got := mine.Recall("k"); got == nil || got.Rate != float64(10+i) {
			t.Fatalf("Recall = %+v, want %d/s", got, 10+i)
		}
	}
	if err := other.Forget("k"); err != nil {
		t.Fatal(err)
	}
	if mine.Recall("k") != nil {
		t.Error("Recall of what was forgotten is not nil")
	}
}

// A lease that another process has taken just now is not taken once more; one that ends soon is.
func TestLeasesAreNotTakenTwice(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		until time.Duration
		again bool
	}{"fresh": {9 * time.Minute, false}, "old": {4 * time.Minute, true}, "absurd": {24 * time.Hour, true}} {
		f := &ratesfile.File{Path: filepath.Join(t.TempDir(), "rates.yaml")}
		if err := f.Lease("k", time.Now().Add(tt.until), 2); err != nil {
			t.Fatal(err)
		}
		before := f.Recall("k").UsedUntil
		r := &ratesfile.Recorder{File: f}
		r.Opening("k", &pacing.Params{InitialRate: 2, Windows: []pacing.Window{{Limit: 1, Per: time.Hour}}})
		r.Close(false)
		if again := !f.Recall("k").UsedUntil.Equal(before); again != tt.again {
			t.Errorf("%s: the lease was taken again: %v, want %v", name, again, tt.again)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("version: 1\nrates:\n  k: {rate: 2}\n")
	f.Add("rates: {k: {rate: 1e999, updated: 9}}")
	f.Add("&a [*a]")
	f.Fuzz(func(t *testing.T, content string) {
		file := &ratesfile.File{Path: filepath.Join(t.TempDir(), "rates.yaml")}
		if err := os.WriteFile(file.Path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := file.Load(); err != nil {
			t.Errorf("Load of %q = %v, want it read or set aside", content, err)
		}
		if err := file.Merge(map[string]pacing.Learned{"k": learned(4, time.Now())}, false); err != nil {
			t.Errorf("Merge after %q = %v", content, err)
		}
	})
}
