package gauntlet

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// An arena is processes that share one limit through one store, in a bubble of virtual time.
type arena struct {
	t      *testing.T
	ctx    context.Context
	begin  time.Time
	memory *pacing.Memory
	all    sync.WaitGroup
}

// inArena lets play start processes, and returns when all of them have ended after so long.
func inArena(t *testing.T, span time.Duration, play func(a *arena)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := until(t, span)
		defer cancel()
		a := &arena{t: t, ctx: ctx, begin: time.Now(), memory: pacing.NewMemory()}
		play(a)
		<-ctx.Done()
		a.all.Wait()
	})
}

// A sender is one process.
type sender struct {
	*arena
	store *hostStore
	lim   *limiter.Limiter
	req   limiter.Plan

	mu   sync.Mutex
	sent []time.Duration // when each request was sent, since the beginning
}

// process starts a process that sends as fast as it may, with so many requests at a time; none if it is to be used by hand.
// It is so far from the store, there and back.
func (a *arena) process(cfg limiter.Config, away time.Duration, workers int, req limiter.Plan) *sender {
	s := &sender{arena: a, req: req, store: &hostStore{Memory: a.memory, way: away / 2, dead: make(chan struct{}), over: a.ctx.Done()}}
	cfg.Store = s.store
	s.lim = limiter.New(cfg)
	for range workers {
		a.all.Go(func() {
			for a.ctx.Err() == nil && s.send(a.ctx, limiter.Accepted, 0) {
			}
		})
	}
	return s
}

// send sends one request, and reports whether the process goes on.
func (s *sender) send(ctx context.Context, kind pacing.Kind, pause time.Duration) bool {
	g, err := s.lim.Acquire(ctx, s.req)
	if err != nil || !s.alive() || s.ctx.Err() != nil {
		return false
	}
	s.mu.Lock()
	s.sent = append(s.sent, time.Since(s.begin))
	s.mu.Unlock()
	time.Sleep(20 * ms)
	if !s.alive() {
		return false
	}
	g.Done(kind, pause)
	return true
}

// kill ends the process without a word: whatever it asks or tells from now on is not heard.
func (s *sender) kill() { close(s.store.dead) }

func (s *sender) alive() bool {
	select {
	case <-s.store.dead:
		return false
	default:
		return true
	}
}

// between is how many requests were sent in a span.
func (s *sender) between(from, to time.Duration) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, at := range s.sent {
		if at >= from && at < to {
			n++
		}
	}
	return n
}

// A hostStore is the store as one process reaches it: it takes as long each way, slots are leased as over Redis, and nothing
// is heard from a process that was killed.
type hostStore struct {
	*pacing.Memory
	way  time.Duration
	dead chan struct{}
	over <-chan struct{}
}

// Lease implements limiter.Store.
func (s *hostStore) Lease() time.Duration { return 100 * ms }

// Open implements limiter.Store.
func (s *hostStore) Open(ctx context.Context, key string, p *limiter.Params, recall func() *limiter.Learned) (pacing.Cell, error) {
	c, err := s.Memory.Open(ctx, key, p, recall)
	return &hostCell{c, s}, err
}

// ask makes the way there, a step of the store, and the way back.
func (s *hostStore) ask(step func()) {
	time.Sleep(s.way)
	select {
	case <-s.dead:
		<-s.over
	default:
		step()
	}
	time.Sleep(s.way)
}

type hostCell struct {
	pacing.Cell
	of *hostStore
}

// Reserve implements pacing.Cell.
func (c *hostCell) Reserve(ctx context.Context, ask pacing.ReserveRequest) (r pacing.Reservation, err error) {
	c.of.ask(func() { r, err = c.Cell.Reserve(ctx, ask) })
	return r, err
}

// Cancel implements pacing.Cell.
func (c *hostCell) Cancel(ctx context.Context, r pacing.Reservation) (err error) {
	c.of.ask(func() { err = c.Cell.Cancel(ctx, r) })
	return err
}

// Apply implements pacing.Cell.
func (c *hostCell) Apply(ctx context.Context, p *limiter.Params, ev pacing.Event) (v pacing.Update, err error) {
	c.of.ask(func() { v, err = c.Cell.Apply(ctx, p, ev) })
	return v, err
}

// Current implements pacing.Cell.
func (c *hostCell) Current(ctx context.Context, generation int64) (ok bool, err error) {
	c.of.ask(func() { ok, err = c.Cell.Current(ctx, generation) })
	return ok, err
}
