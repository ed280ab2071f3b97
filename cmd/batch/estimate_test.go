package batch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/progress"
	"github.com/arl-cli/arl/pkg/limiter"
)

func TestRecordsOfASize(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		size     size
		sum      batch.Summary
		consumed int64
		want     int64
		guessed  bool
	}{
		{"nothing read", size{bytes: 1000}, batch.Summary{}, 0, 0, false},
		{"a tenth read", size{bytes: 1000}, batch.Summary{Read: 7}, 100, 70, true},
		{"all read", size{bytes: 1000}, batch.Summary{Read: 73, Complete: true}, 1000, 73, false},
		{"no file", size{unknown: true}, batch.Summary{Read: 7}, 100, 0, false},
		{"no file, all read", size{unknown: true}, batch.Summary{Read: 7, Complete: true}, 100, 7, false},
		{"it has grown", size{bytes: 50}, batch.Summary{Read: 7}, 100, 7, true},
		{"at most 5", size{bytes: 1000, most: 5}, batch.Summary{Read: 6}, 100, 5, false},
		{"at most 5 after 20", size{bytes: 1000, most: 5}, batch.Summary{Read: 22, Before: 18, Kept: 2, Unknown: 2}, 100, 25, true},
		{"at most 50 of 7", size{bytes: 1000, most: 50}, batch.Summary{Read: 7, Complete: true}, 1000, 7, false},
	} {
		if n, guessed := test.size.records(&test.sum, test.consumed); n != test.want || guessed != test.guessed {
			t.Errorf("%s: %d, %v, want %d, %v", test.name, n, guessed, test.want, test.guessed)
		}
	}
}

// Only regular files have a size, and only what is left of them counts.
func TestSizeOfInputs(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(name, make([]byte, 100), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Seek(30, 0); err != nil {
		t.Fatal(err)
	}
	var z size
	z.add(f)
	if z != (size{bytes: 70}) {
		t.Errorf("size %+v, want 70 bytes", z)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	for _, in := range []any{r, strings.NewReader("x")} {
		z := size{}
		z.add(in.(interface{ Read([]byte) (int, error) }))
		if !z.unknown {
			t.Errorf("%T has a size", in)
		}
	}
}

func TestWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := session.NewWaitStatus()
		w.Record("b", time.Minute, pacing.ReasonPause)
		w.Record("a", 10*time.Second, pacing.ReasonWindow)
		w.Record("c", 100*time.Millisecond, pacing.ReasonRate)
		w.Observe(&limiter.Event{Kind: limiter.EventOutage, API: "d", Left: 30 * time.Second})
		w.Record("a", 20*time.Second, pacing.ReasonBudget) // goes on to wait
		at := time.Now()
		wait := func(key string, d time.Duration, why string) progress.Wait {
			return progress.Wait{Key: key, Until: at.Add(d), Why: why}
		}
		want := []progress.Wait{wait("a", 20*time.Second, "until the reset"), wait("b", time.Minute, "pause"), wait("d", 30*time.Second, "outage")}
		if diff := cmp.Diff(want, w.Now(at)); diff != "" {
			t.Errorf("waits (-want +got):\n%s", diff)
		}
		time.Sleep(31 * time.Second)
		if diff := cmp.Diff([]progress.Wait{want[1]}, w.Now(time.Now())); diff != "" || len(w.Until) != 1 {
			t.Errorf("half a minute later (-want +got):\n%s", diff)
		}
	})
}
