package state

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/limiter/filestore"
	"github.com/arl-cli/arl/pkg/limiter/history"
	"github.com/arl-cli/arl/pkg/limiter/redisstore"
)

// A StoreError says that the configured store cannot be used, and that a retry does not help. It contains no
// credentials.
type StoreError struct {
	From string // the environment variable that named the store, if one did
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

// store returns the name of the store: the session's own, else ARL_STORE, else the configuration's. from is the
// variable, if it comes from there.
func (c *SessionConfig) store(configured string) (name, from string) {
	if c.Store != "" {
		return c.Store, ""
	}
	if name := c.Getenv("ARL_STORE"); name != "" {
		return name, "ARL_STORE"
	}
	return configured, ""
}

// redis opens the store of a URL, without connecting yet; nil for other names.
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

// A Store is the live state that running processes share, for commands that list and reset it.
type Store struct {
	dir   string            // of the files; empty if there are none
	redis *redisstore.Store // nil if it is not in a Redis

	history history.Dir
}

// OpenStore opens the live state that [OpenSession] would use. The errors are the same.
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

// List returns what is known of every key.
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

// Reset deletes a key, also for processes that are using it.
func (l *Store) Reset(ctx context.Context, key string) error {
	if err := l.history.Forget(key); err != nil {
		return fmt.Errorf("delete the history of %s: %w", key, err)
	}
	switch {
	case l.redis != nil:
		return l.redis.Reset(ctx, key)
	case l.dir != "":
		return filestore.Reset(l.dir, key)
	}
	return nil
}

// SetCap keeps a cap for every key that name covers, of those in keys also in processes that are using them. Keys that are
// not there yet recall it from rates.yaml, or from the Redis.
func (l *Store) SetCap(ctx context.Context, name string, c pacing.Cap, keys []string) error {
	if l.redis != nil {
		return l.redis.SetCap(ctx, name, c, keys)
	}
	for _, key := range keys {
		if l.dir == "" {
			break
		}
		if err := filestore.SetCap(l.dir, key, c); err != nil {
			return err
		}
	}
	return nil
}

// Caps returns the caps that all hosts share; none where there is one host.
func (l *Store) Caps(ctx context.Context) (pacing.Caps, error) {
	if l.redis != nil {
		return l.redis.Caps(ctx)
	}
	return nil, nil
}

// Close closes the connection of a Redis.
func (l *Store) Close() error {
	if l.redis != nil {
		return l.redis.Close()
	}
	return nil
}

// connect connects to a Redis. One that is unavailable is not an error: the limiter reconnects.
func connect(s *redisstore.Store) (limiter.Store, error) {
	if err := s.Check(context.Background()); redisstore.IsDenied(err) {
		_ = s.Close()
		return nil, &StoreError{Err: err}
	}
	return s, nil
}

// lost warns, once until the store is back, that this process continues by itself.
func (s *Session) lost(key string, err error) {
	s.mu.Lock()
	s.lostKeys[key] = true
	first := len(s.lostKeys) == 1 && !s.lostReported && !s.memoryReported
	s.lostReported = s.lostReported || first
	s.mu.Unlock()
	if first {
		s.warn(fmt.Errorf("%w; continuing with this process's share of the last known rate until it is back", err))
	}
}

// back reports, once for all keys, that the store is available again.
func (s *Session) back(key string) {
	s.mu.Lock()
	delete(s.lostKeys, key)
	last := len(s.lostKeys) == 0 && s.lostReported
	s.lostReported = s.lostReported && !last
	s.mu.Unlock()
	if !last {
		return
	}
	what := "the live state"
	if s.remote {
		what = "the store"
	}
	s.warn(errors.New(what + " is back; limits are shared again"))
}
