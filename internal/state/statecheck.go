package state

import (
	"context"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/pkg/limiter/filestore"
)

// Place returns where the live state is: a directory, "memory", or the address of a Redis without its password.
func (l *Store) Place() string {
	switch {
	case l.redis != nil:
		return l.redis.String()
	case l.dir != "":
		return l.dir
	}
	return config.StoreMemory
}

// Shared reports whether processes share the live state.
func (l *Store) Shared() bool { return l.redis != nil || l.dir != "" }

// Check returns why the live state cannot be used, or nil. It changes nothing.
func (l *Store) Check(ctx context.Context) error {
	switch {
	case l.redis != nil:
		return l.redis.Check(ctx)
	case l.dir != "":
		return filestore.Check(l.dir)
	}
	return nil
}
