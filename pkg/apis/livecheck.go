package apis

import (
	"context"

	"github.com/arl-cli/arl/pkg/limiter/filestore"
)

// Place is where the live state is: a folder, "memory", or the address of a Redis without its password.
func (l *Live) Place() string {
	switch {
	case l.redis != nil:
		return l.redis.String()
	case l.dir != "":
		return l.dir
	}
	return storeMemory
}

// Shared reports whether processes share the live state.
func (l *Live) Shared() bool { return l.redis != nil || l.dir != "" }

// Check says why the live state cannot be used, without changing anything.
func (l *Live) Check(ctx context.Context) error {
	switch {
	case l.redis != nil:
		return l.redis.Check(ctx)
	case l.dir != "":
		return filestore.Check(l.dir)
	}
	return nil
}
