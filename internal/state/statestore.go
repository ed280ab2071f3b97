package state

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/limiter/filestore"
	"github.com/arl-cli/arl/pkg/limiter/history"
	"github.com/arl-cli/arl/pkg/limiter/redisstore"
)

// A StoreError says that the store that was asked for cannot be used, and that trying again does not help.
// It holds no credentials.
type StoreError struct {
	From string // who named it: a variable; empty where that is plain
	Err  error
}

// Error implements error.
func (e *StoreError) Error() string {
	if e.From == "" {
		return e.Err.Error()
	}
	return e.From + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *StoreError) Unwrap() error { return e.Err }

// store is the name of the store to use: the session's own, else ARL_STORE, else the configuration's. from
// says whose, if that is not plain.
func (c *SessionConfig) store(configured string) (name, from string) {
	if c.Store != "" {
		return c.Store, ""
	}
	if name := c.Getenv("ARL_STORE"); name != "" {
		return name, "ARL_STORE"
	}
	return configured, ""
}

// redis opens the store of a URL, which does not connect yet; nil for other names.
func (c *SessionConfig) redis(configured string) (*redisstore.Store, error) {
	name, from := c.store(configured)
	if err := config.CheckStore(name); err != nil {
		return nil, &StoreError{From: from, Err: err}
	}
	if !strings.Contains(name, "://") {
		return nil, nil
	}
	a, err := redisstore.Parse(name)
	if err != nil {
		return nil, &StoreError{From: from, Err: err}
	}
	if a.Password == "" {
		a.Password = c.Getenv("ARL_STORE_PASSWORD")
	}
	c.Secrets.Add(a.Password)
	s, err := redisstore.Open(a)
	if err != nil {
		return nil, &StoreError{From: from, Err: err}
	}
	return s, nil
}

// A Store is the live state that running processes share, to look at and to forget.
type Store struct {
	dir   string            // of files; empty if there are none
	redis *redisstore.Store // nil if it is not there

	history history.Folder
}

// OpenStore finds the live state as [OpenSession] does. It reads the configuration, and fails with a
// [*config.Error] if that is wrong.
func OpenStore(cfg SessionConfig) (*Store, error) {
	s, err := configured(cfg)
	if err != nil {
		return nil, err
	}
	redis, err := s.cfg.redis(s.Registry.Store())
	if err != nil {
		return nil, err
	}
	l := &Store{redis: redis, history: history.In(s.Paths.Live)}
	if name, _ := s.cfg.store(s.Registry.Store()); redis == nil && name != config.StoreMemory {
		l.dir = s.Paths.Live
	}
	return l, nil
}

// List is what is known of every key.
func (l *Store) List(ctx context.Context) (map[string]limiter.Learned, error) {
	known := make(map[string]limiter.Learned)
	switch {
	case l.redis != nil:
		return l.redis.List(ctx)
	case l.dir == "":
		return known, nil
	}
	entries, err := filestore.List(l.dir)
	for _, e := range entries {
		known[e.Key] = e.Learned
	}
	return known, err
}

// Reset forgets a key, also in processes that are using it.
func (l *Store) Reset(ctx context.Context, key string) error {
	if err := l.history.Forget(key); err != nil {
		return fmt.Errorf("forget the history of %s: %w", key, err)
	}
	switch {
	case l.redis != nil:
		return l.redis.Reset(ctx, key)
	case l.dir != "":
		return filestore.Reset(l.dir, key)
	}
	return nil
}

// Close releases what it holds open.
func (l *Store) Close() error {
	if l.redis != nil {
		return l.redis.Close()
	}
	return nil
}

// connect connects to the store of a URL. One that is away is no error: the limiter looks for it.
func connect(s *redisstore.Store) (limiter.Store, error) {
	if err := s.Check(context.Background()); redisstore.IsDenied(err) {
		_ = s.Close()
		return nil, &StoreError{Err: err}
	}
	return s, nil
}

// lost says, once until it is back, that this process goes on for itself.
func (s *Session) lost(key string, err error) {
	s.mu.Lock()
	s.missing[key] = true
	first := len(s.missing) == 1 && !s.told && !s.forgets
	s.told = s.told || first
	s.mu.Unlock()
	if first {
		s.warn(fmt.Errorf("%w; going on with this process's share of the last known rate until it is back", err))
	}
}

// back says, once for all keys, that the store is there again.
func (s *Session) back(key string) {
	s.mu.Lock()
	delete(s.missing, key)
	last := len(s.missing) == 0 && s.told
	s.told = s.told && !last
	s.mu.Unlock()
	if !last {
		return
	}
	what := "the live state"
	if s.remote {
		what = "the store"
	}
	s.warn(errors.New(what + " is back; one budget again"))
}
