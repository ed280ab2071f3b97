package state

import (
	"context"
	"maps"

	"github.com/arl-cli/arl/internal/pacing"
)

// A follower makes a running process follow what the user changes meanwhile: the caps of `arl rates cap`, and max_rate in
// the configuration. It must not be used concurrently.
type follower struct {
	session *Session
	config  *editedConfig
	caps    pacing.Caps
}

// follow makes the keys in use follow, and all that the process holds if something has changed. What goes wrong with a
// store, the next request finds out.
func (f *follower) follow(ctx context.Context, uses []pacing.Use) {
	l, edited := f.session.Limiter, f.config.look()
	var caps pacing.Caps
	if f.session.Rates != nil {
		caps = f.session.Rates.Caps()
	}
	var keys []string
	if edited || !maps.Equal(caps, f.caps) {
		keys = l.Keys()
	} else {
		for i := range uses {
			keys = append(keys, uses[i].Key)
		}
	}
	f.caps = caps
	for _, key := range keys {
		if p := l.Params(key); p != nil {
			_ = l.Follow(ctx, key, f.config.maxRate(p), caps.Of(key))
		}
	}
}
