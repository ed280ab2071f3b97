package sandbox

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestChanges(t *testing.T) {
	t.Parallel()
	minute := Limit{Kind: Aligned, N: 3, Per: time.Minute}
	c := Config{
		Limits: []Limit{minute, {Kind: Rolling, N: 9, Per: time.Second}},
		Changes: []Change{ // in any order
			{After: 40 * time.Second, Limits: []Limit{{Kind: Fixed, N: 2, Per: time.Minute}}},
			{After: 20 * time.Second, Limits: []Limit{{Kind: Aligned, N: 7, Per: time.Minute}}},
		},
	}
	for name, file := range map[string]string{"memory": "", "file": filepath.Join(t.TempDir(), "state.json")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := c // each of the two has a file of its own
				c.StateFile = file
				s := newServer(t, c)
				time.Sleep(5 * time.Second) // nobody has asked yet: this does not count
				for i, b := range []struct {
					after      time.Duration
					sent, want int
				}{
					{0, 5, 3},
					{20*time.Second - 1, 1, 0},
					{1, 9, 4}, // 3 of the 7 are gone
					{20*time.Second - 1, 1, 0},
					{1, 9, 2}, // another kind: all is forgotten
					{time.Minute, 9, 2},
				} {
					time.Sleep(b.after)
					if file != "" {
						s = newServer(t, c) // a process that starts late is in the same phase
					}
					if got := accepted(t, s, b.sent); got != b.want {
						t.Errorf("burst %d: accepted %d of %d, want %d", i, got, b.sent, b.want)
					}
				}
			})
		})
	}
}

func TestChangesAfterSetLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Config{
			Limits: []Limit{{Kind: Rolling, N: 1, Per: time.Second}},
			Changes: []Change{
				{After: 10 * time.Second, Limits: []Limit{{Kind: Rolling, N: 2, Per: time.Second}}},
				{After: 20 * time.Second, Limits: []Limit{{Kind: Rolling, N: 4, Per: time.Second}}},
			},
		})
		var got []int
		for i := range 5 {
			if i == 2 { // after 12 seconds; nothing that was due before may come back
				time.Sleep(2 * time.Second)
				if err := s.SetLimits(Limit{Kind: Rolling, N: 3, Per: time.Second}); err != nil {
					t.Fatal(err)
				}
			}
			got = append(got, accepted(t, s, 9))
			time.Sleep(5 * time.Second)
			if i == 0 {
				time.Sleep(time.Second)
			}
		}
		if diff := cmp.Diff([]int{1, 1, 3, 3, 4}, got); diff != "" {
			t.Errorf("accepted (-want +got):\n%s", diff)
		}
	})
}

// TestSetLimitsAfterAChange does not go back to a change that is over.
func TestSetLimitsAfterAChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Config{
			Limits:  []Limit{{Kind: Rolling, N: 1, Per: time.Second}},
			Changes: []Change{{After: 10 * time.Second, Limits: []Limit{{Kind: Rolling, N: 2, Per: time.Second}}}},
		})
		accepted(t, s, 1)
		time.Sleep(11 * time.Second) // nobody asked since the change fell due
		if err := s.SetLimits(Limit{Kind: Rolling, N: 5, Per: time.Second}); err != nil {
			t.Fatal(err)
		}
		if got := accepted(t, s, 9); got != 5 {
			t.Errorf("accepted %d, want 5", got)
		}
	})
}

func TestSetLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Config{Limits: []Limit{{N: 1, Per: time.Minute, Burst: 5}}})
		if got := accepted(t, s, 9); got != 5 {
			t.Errorf("accepted %d, want 5", got)
		}
		if err := s.SetLimits(Limit{N: 10, Per: time.Second, Burst: 5}); err != nil {
			t.Fatal(err)
		}
		if got := accepted(t, s, 9); got != 0 {
			t.Errorf("accepted %d of an empty bucket, want 0", got)
		}
		time.Sleep(300 * time.Millisecond)
		if got := accepted(t, s, 9); got != 3 {
			t.Errorf("accepted %d at the new rate, want 3", got)
		}
		if err := s.SetLimits(Limit{N: -1}); err == nil {
			t.Error("SetLimits(-1) = nil, want an error")
		}
	})
}
