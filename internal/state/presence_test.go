package state

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/pacing"
)

// register notes what it is told.
type register struct {
	mu   sync.Mutex
	told []string
	fail error
}

func (r *register) Announce(_ context.Context, u pacing.User) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, "in "+u.Command+" "+u.Uses[0].Key)
	return r.fail
}

func (r *register) Withdraw(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, "out")
	return r.fail
}

func TestPresence(t *testing.T) {
	t.Parallel()
	some := []pacing.Use{{Key: "k", Waiting: 1}}
	for name, tt := range map[string]struct {
		uses []pacing.Use
		run  time.Duration
		fail error
		want []string
	}{
		"one request":  {some, 900 * time.Millisecond, nil, nil},
		"a batch":      {some, 4 * time.Second, nil, []string{"in batch k k", "in batch k k", "out"}},
		"idle":         {nil, time.Minute, nil, nil},
		"a lost store": {some, 2 * time.Second, errors.New("away"), []string{"in batch k k", "out"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := &register{fail: tt.fail}
			p := newPresence("batch k", r, func() []pacing.Use { return tt.uses })
			noted, last := 0, 0
			p.record = func(_ []pacing.Use, end bool) {
				noted++
				if end {
					last++
				}
			}
			p.begin()
			p.begin()
			time.Sleep(tt.run)
			p.close()
			p.close()
			p.begin()
			time.Sleep(time.Minute)
			if diff := cmp.Diff(tt.want, r.told); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			if last != 1 {
				t.Errorf("%s: noted %d times, %d of them at the end", name, noted, last)
			}
		})
	}
}

// Who has nothing to do any more signs out, and in again.
func TestPresenceComesAndGoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &register{}
		var busy atomic.Bool
		busy.Store(true)
		p := newPresence("get k", r, func() []pacing.Use {
			if !busy.Load() {
				return nil
			}
			return []pacing.Use{{Key: "k", InFlight: 1}}
		})
		p.begin()
		time.Sleep(2 * time.Second)
		busy.Store(false)
		time.Sleep(10 * time.Second)
		busy.Store(true)
		time.Sleep(2 * time.Second)
		busy.Store(false)
		time.Sleep(4 * time.Second)
		p.close()
		want := []string{"in get k k", "out", "in get k k", "out"}
		if diff := cmp.Diff(want, r.told); diff != "" {
			t.Error(diff)
		}
	})
}
