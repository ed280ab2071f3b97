package limiter_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// turnStore answers with turns, one after the other.
type turnStore struct {
	*pacing.Memory
	turns []pacing.Reservation
}

// Open implements limiter.Store.
func (s *turnStore) Open(ctx context.Context, key string, p *limiter.Params, recall func() *limiter.Learned) (pacing.Cell, error) {
	cell, err := s.Memory.Open(ctx, key, p, recall)
	return &turnCell{cell, s}, err
}

type turnCell struct {
	pacing.Cell
	of *turnStore
}

// Reserve implements pacing.Cell.
func (c *turnCell) Reserve(context.Context, pacing.ReserveRequest) (pacing.Reservation, error) {
	turn := c.of.turns[0]
	c.of.turns = c.of.turns[1:]
	return turn, nil
}

// Current implements pacing.Cell: no pause comes meanwhile.
func (c *turnCell) Current(context.Context, int64) (bool, error) { return true, nil }

// A request that waited long for a pause, and then a little for its slot, has waited for the pause.
func TestReasonIsThatOfTheLongestWait(t *testing.T) {
	t.Parallel()
	pause := pacing.Reservation{Wait: 250 * time.Millisecond, Until: 250 * time.Millisecond, Reason: pacing.ReasonPause}
	slot := pacing.Reservation{Granted: true, Wait: 5 * time.Millisecond, Until: 5 * time.Millisecond, Reason: pacing.ReasonRate}
	early := pause
	early.Wait, early.Until = time.Millisecond, time.Millisecond
	for _, tt := range []struct {
		name  string
		turns []pacing.Reservation
		want  pacing.Reason
	}{
		{"a pause, then a slot", []pacing.Reservation{pause, slot}, pacing.ReasonPause},
		{"a slot", []pacing.Reservation{slot}, pacing.ReasonRate},
		{"the end of a pause, then a slot", []pacing.Reservation{early, slot}, pacing.ReasonRate},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := limiter.New(limiter.Config{Store: &turnStore{pacing.NewMemory(), tt.turns}})
			g, err := l.Acquire(t.Context(), limiter.Plan{Key: "k", Priority: limiter.PriorityHigh}) // not by the short way
			if err != nil {
				t.Fatal(err)
			}
			g.Cancel()
			if g.Reason != tt.want {
				t.Errorf("%s: waited for %v, want %v", tt.name, g.Reason, tt.want)
			}
		})
	}
}
