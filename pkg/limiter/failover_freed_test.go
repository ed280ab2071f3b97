package limiter_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// heldError is that of a store that another process keeps.
type heldError struct{ freed chan struct{} }

// Error implements error.
func (heldError) Error() string { return "held" }

// Freed says when it is worth trying again.
func (e heldError) Freed() <-chan struct{} { return e.freed }

// heldStore is a store that fails until it is given back.
type heldStore struct {
	limiter.Store
	held atomic.Pointer[heldError]
}

// Open implements limiter.Store.
func (s *heldStore) Open(ctx context.Context, key string, p *limiter.Params, recall func() *limiter.Learned) (pacing.Cell, error) {
	if err := s.held.Load(); err != nil {
		return nil, *err
	}
	return s.Store.Open(ctx, key, p, recall)
}

// A store that says when it is free is gone back to at that moment, once, not when it would be looked for.
func TestStoreIsFreed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var back atomic.Int64
		s := &heldStore{Store: pacing.NewMemory()}
		held := &heldError{freed: make(chan struct{})}
		s.held.Store(held)
		l := limiter.New(limiter.Config{Store: s, Observe: counted(nil, &back)})
		defer l.Close()
		acquire(t, l, &limiter.Params{InitialRate: 20}).Done(limiter.Accepted, 0)
		time.Sleep(time.Minute)
		s.held.Store(nil)
		close(held.freed)
		synctest.Wait()
		if n := back.Load(); n != 1 {
			t.Errorf("back %d times at once, want once", n)
		}
		time.Sleep(time.Minute)
		if n := back.Load(); n != 1 {
			t.Errorf("back %d times, want once", n)
		}
	})
}
