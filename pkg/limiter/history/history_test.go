package history

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// epoch is when these tests begin.
func epoch() time.Time { return time.UnixMilli(1_800_000_000_000) }

// However long a key is used, its points stay few, in order, and no further apart than they should be, and
// what was counted in all stays.
func TestMergeStaysSmall(t *testing.T) {
	t.Parallel()
	var points []Point
	now := epoch()
	for i := range int64(24 * 360) { // a day, every ten seconds
		now = now.Add(10 * time.Second)
		points = Merge(points, []Point{{At: now.Add(-5 * time.Second), Sent: 2*i + 1}, {At: now, Sent: 2*i + 2}}, now)
		if len(points) > 500 {
			t.Fatalf("%d points after %d", len(points), i)
		}
	}
	if first, last := points[0], points[len(points)-1]; !last.At.Equal(now) || first.At.Sub(epoch()) > time.Minute {
		t.Errorf("from %v to %v", first.At, last.At)
	}
	for i := 1; i < len(points); i++ {
		apart := points[i].At.Sub(points[i-1].At)
		if age := now.Sub(points[i-1].At); apart > 3*spacing(age)+10*time.Second || apart <= 0 {
			t.Errorf("%v apart at the age of %v", apart, age)
		}
	}
	if later := Merge(points, nil, now.Add(oldest)); len(later) > 1 {
		t.Errorf("%d points that are too old", len(later))
	}
}

// A clock that was wrong leaves nothing ahead of now, and nothing makes the points too many.
func TestMergeIsBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := epoch()
		some := rapid.SliceOfN(rapid.Map(rapid.Int64Range(-1e10, 1e10), func(ms int64) Point { return Point{At: now.Add(time.Duration(ms) * time.Millisecond)} }), 0, 2000)
		got := Merge(some.Draw(t, "old"), some.Draw(t, "more"), now)
		if len(got) > mostPoints {
			t.Fatalf("%d points", len(got))
		}
		for i, p := range got {
			if p.At.After(now.Add(closest)) || now.Sub(p.At) > oldest || i > 0 && p.At.Before(got[i-1].At) {
				t.Fatalf("point %d at %v", i, p.At)
			}
		}
	})
}

func TestDir(t *testing.T) {
	t.Parallel()
	f := In(filepath.Join(t.TempDir(), "live"))
	now := time.Now().Truncate(time.Millisecond)
	first := []Point{{At: now.Add(-10 * time.Second), Rate: 1.5, Sent: 3}, {At: now.Add(-5 * time.Second), Rate: 2, Ceiling: 2.25, Sent: 9, Throttled: 1}}
	if points := f.Read("k\n\""); len(points) > 0 {
		t.Errorf("of nothing: %v", points)
	}
	for range 2 { // the same again adds nothing
		if err := f.Add("k\n\"", first); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Add("k\n\"", []Point{{At: now, Rate: 3, Sent: 10, Throttled: 1}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(first, Point{At: now, Rate: 3, Sent: 10, Throttled: 1}), f.Read("k\n\"")); diff != "" {
		t.Error(diff)
	}
	if points := f.Read("other"); len(points) > 0 {
		t.Errorf("of another key: %v", points)
	}
	for range 2 {
		if err := f.Forget("k\n\""); err != nil {
			t.Fatal(err)
		}
	}
	if points := f.Read("k\n\""); len(points) > 0 {
		t.Errorf("after it was forgotten: %v", points)
	}
	if err := Dir("").Add("k", first); err != nil || len(Dir("").Read("k")) > 0 || Dir("").Forget("k") != nil {
		t.Error("a directory that is none")
	}
}

// Where the directory of the live state, or this one, is a link, nothing is made where it leads to.
func TestLinkedDir(t *testing.T) {
	t.Parallel()
	for _, linked := range []string{"live", "live/history"} {
		outside, live := t.TempDir(), filepath.Join(t.TempDir(), "live")
		link := filepath.Join(filepath.Dir(live), linked)
		if err := os.MkdirAll(filepath.Dir(link), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(outside, link); err != nil {
			t.Skip(err) // Windows, without the right to
		}
		if err := In(live).Add("k", []Point{{At: epoch()}}); err == nil {
			t.Errorf("%s is a link, and was followed", linked)
		}
		if made, err := os.ReadDir(outside); len(made) > 0 || err != nil {
			t.Errorf("%s: %v was made outside, %v", linked, made, err)
		}
	}
}

// Of a damaged file what makes sense is read, and it can be written again.
func TestDirOfDamage(t *testing.T) {
	t.Parallel()
	f := Dir(t.TempDir())
	now := time.Now()
	if err := f.Add("k", []Point{{At: now, Rate: 1}}); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(f.file("k"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]struct {
		text string
		want int
	}{
		"torn":       {string(whole) + "18000000", 1},
		"no numbers": {string(whole) + "a b c d e\n9 NaN 1 1 1\n9 1 -1 1 1\n9 1e300 1 1 1\n9 1 1 -1 1\n", 1},
		"empty":      {"", 0}, "zeros": {strings.Repeat("\x00", 1000), 0}, "of another": {strings.Replace(string(whole), `"k"`, `"l"`, 1), 0},
		"huge":  {string(whole) + strings.Repeat("9 1 1 1 1\n", largest/8), 0},
		"newer": {strings.Replace(string(whole), "history 1", "history 2", 1), 0},
	} {
		if err := os.WriteFile(f.file("k"), []byte(text.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := f.Read("k"); len(got) != text.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if err := f.Add("k", []Point{{At: now, Rate: 1}}); err != nil || len(f.Read("k")) != 1 {
		t.Errorf("written again: %v", err)
	}
}

func TestDirIsBounded(t *testing.T) {
	t.Parallel()
	f := Dir(t.TempDir())
	for i := range mostFiles + 20 {
		if err := f.Add(strings.Repeat("k", i), []Point{{At: time.Now()}}); err != nil {
			t.Fatal(err)
		}
	}
	if files, err := os.ReadDir(string(f)); err != nil || len(files) > mostFiles {
		t.Errorf("%d files, %v", len(files), err)
	}
	if len(f.Read(strings.Repeat("k", mostFiles+19))) == 0 {
		t.Error("the newest is gone")
	}
}

func TestColumns(t *testing.T) {
	t.Parallel()
	at := func(seconds int) time.Time { return epoch().Add(time.Duration(seconds) * time.Second) }
	points := []Point{
		{At: at(-7200), Rate: 9, Sent: 10},
		{At: at(0), Rate: 1, Sent: 100, Throttled: 5},
		{At: at(30), Rate: 2, Ceiling: 4, Sent: 130, Throttled: 7},
		{At: at(60), Rate: 3, Ceiling: 4, Sent: 7}, // its totals started over
	}
	now := at(60)
	if from := LastSpell(points, now); !from.Equal(at(0)) {
		t.Errorf("the last spell began at %v", from)
	}
	if !LastSpell(nil, now).IsZero() {
		t.Error("a spell of nothing")
	}
	nan := math.NaN()
	want := []Column{
		{1, nan, 90, 5}, {1, nan, 0, 0}, {1, nan, 0, 0}, {2, 4, 30, 2}, {2, 4, 0, 0}, {3, 4, 7, 0},
	}
	if diff := cmp.Diff(want, Columns(points, at(0), at(60), now, 6), cmp.Comparer(func(a, b float64) bool { return a == b || a != a && b != b })); diff != "" {
		t.Error(diff)
	}
	before := Columns(points, at(-3600), at(0), now, 4)
	for i, c := range before[:3] {
		if !math.IsNaN(c.Rate) || c.Throttled != 0 {
			t.Errorf("column %d, of which nobody knows: %v", i, c)
		}
	}
	if got := Columns(points, at(0), at(0), now, 5); len(got) != 5 {
		t.Errorf("no time: %v", got)
	}
	if got := Columns(points, at(0), at(60), now, 0); len(got) != 0 {
		t.Errorf("no columns: %v", got)
	}
}
