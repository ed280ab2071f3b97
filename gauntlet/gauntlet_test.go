package gauntlet

import (
	"flag"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/sandbox"
	"github.com/arl-cli/arl/pkg/limiter"
)

//nolint:gochecknoglobals // flags of a test binary
var (
	coldOnly = flag.Bool("cold", false, "only cold starts, without peers")
	update   = flag.Bool("update", false, "write the table and the plots into docs/")
	fresh    = flag.Bool("fresh", false, "measure the yardsticks again")
	all      = flag.Bool("all", false, "with -run: check the means all the same")
)

// TestGauntlet prints the table and lists every bar that is missed.
func TestGauntlet(t *testing.T) {
	sticks, err := openYardsticks("testdata/yardsticks.json")
	if err != nil {
		t.Fatal(err)
	}
	list := rows()
	done := make([]*measured, len(list))
	t.Run("rows", func(t *testing.T) {
		for i, r := range list {
			t.Run(short(r.Name), func(t *testing.T) {
				t.Parallel()
				done[i] = measure(t, &r, sticks)
				for _, miss := range done[i].misses() {
					t.Error(miss)
				}
			})
		}
	})
	ran := slices.DeleteFunc(slices.Clone(done), func(m *measured) bool { return m == nil })
	if len(ran) == 0 {
		return
	}
	fmt.Println(table(ran))
	if len(ran) < len(list) {
		return
	}
	if !*coldOnly {
		for _, miss := range missesOfMeans(ran) {
			t.Error(miss)
		}
	}
	finish(t, sticks, ran)
}

// finish keeps what is to be kept.
func finish(t *testing.T, sticks *yardsticks, ran []*measured) {
	if err := sticks.save(); err != nil {
		t.Error(err)
	}
	if !*update || *coldOnly {
		return
	}
	if err := insert("../docs/limiter.md", "gauntlet", table(ran)); err != nil {
		t.Error(err)
	}
}

// How long the runs from a memory last.
const (
	warmFor  = 10 * time.Minute
	staleFor = 10 * time.Minute
)

func measure(t *testing.T, r *row, sticks *yardsticks) *measured {
	m := &measured{row: *r}
	m.Best = sticks.of(t, r, *fresh)
	m.Cold = r.arl(t, r.Duration, nil)
	if *coldOnly {
		return m
	}
	learned := aged(m.Cold.Learned, r.Duration+time.Hour)
	m.Warm = r.arl(t, max(warmFor, m.first()), &learned)
	if h, ok := r.halved(); ok {
		learned = aged(learned, 7*24*time.Hour)
		m.Stale = h.arl(t, staleFor, &learned)
	}
	m.Seed, m.AWS = r.seedLaw(t), r.aws(t)
	return m
}

// aged is what was learned, by so much longer ago.
func aged(l limiter.Learned, by time.Duration) limiter.Learned {
	for _, at := range []*time.Time{&l.Updated, &l.PausedUntil, &l.LastThrottle} {
		*at = at.Add(-by)
	}
	return l
}

// halved is the row with a server that allows half as much, where that makes sense.
func (r *row) halved() (*row, bool) {
	h := *r
	if !r.steady() || len(r.Server.Limits) > 1 || r.Server.Limits[0].N < 2 || r.Server.Limits[0].Per >= time.Hour {
		return nil, false
	}
	h.Server.Limits = slices.Clone(r.Server.Limits)
	if l := &h.Server.Limits[0]; l.N%2 == 0 || l.Kind == sandbox.Concurrency {
		l.N /= 2
	} else {
		l.Per *= 2
	}
	h.Rate /= 2
	return &h, true
}

// short turns a name into one for -run.
func short(name string) string {
	return strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), "_"), "_")
}

// Over a whole day the share of refusals does not grow.
func TestStability(t *testing.T) {
	t.Parallel()
	r := row{
		Server: sandbox.Config{Limits: limits(bucket(3, 10))}, Rate: 3, InFlight: 8,
		RTT: 150 * time.Millisecond, Duration: 24 * time.Hour,
	}
	got := r.arl(t, r.Duration, nil)
	first := got.refusedIn(0, 6*time.Hour)
	last := got.refusedIn(18*time.Hour, 24*time.Hour)
	t.Logf("refused %d in the first six hours and %d in the last, %d accepted", first, last, got.Accepted)
	if last > first || float64(got.Accepted) < 0.97*r.Rate*r.Duration.Seconds() {
		t.Errorf("refused %d in the first six hours and %d in the last; %d accepted of %.0f", first, last, got.Accepted, r.Rate*r.Duration.Seconds())
	}
}

// A server that refuses everything for ever is asked less and less often.
func TestRefusedForEver(t *testing.T) {
	t.Parallel()
	r := row{
		Server: sandbox.Config{Headers: "none", Limits: limits(locked(sandbox.Limit{N: 1, Per: 24 * time.Hour}, true))}, InFlight: 16,
		RTT: 100 * time.Millisecond, Duration: time.Hour,
	}
	got := r.arl(t, r.Duration, nil)
	if got.Refused > 90 {
		t.Errorf("refused %d times in an hour, want about one a minute at most", got.Refused)
	}
}
