package session

import (
	"context"
	"maps"
	"time"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/state"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/limiter/ratesfile"
	"github.com/arl-cli/arl/pkg/limiter/redisstore"
)

// A RatesReader reads what is known of the keys: it takes no locks, and nobody waits for it.
type RatesReader struct {
	Live *state.Store
	File *ratesfile.File // nil without a home
	Warn func(string)
	Away bool // it was said that the store does not answer
}

// ReadRates returns a reader of the live state and of rates.yaml.
func ReadRates(e *cli.Env, g *cli.GlobalOptions) (*RatesReader, error) {
	live, err := OpenLive(e, g)
	if err != nil {
		return nil, err
	}
	r := &RatesReader{Live: live, Warn: newMessages(e, g, &SendOptions{}).Warn}
	if path := config.FindPaths(e.Getenv).RatesFile(); path != "" {
		r.File = &ratesfile.File{Path: path, Warn: r.Warn}
	}
	return r, nil
}

// Close closes the live state.
func (r *RatesReader) Close() { _ = r.Live.Close() } // nothing was written

// KnownRates is what rates.yaml remembers, with the live state, which is newer, over it.
func KnownRates(ctx context.Context, e *cli.Env, g *cli.GlobalOptions) (map[string]limiter.Learned, error) {
	r, err := ReadRates(e, g)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.Known(ctx)
}

// Known is what rates.yaml remembers, with the live state, which is newer, over it.
func (r *RatesReader) Known(ctx context.Context) (known map[string]limiter.Learned, err error) {
	if r.File != nil {
		known, err = r.File.Load()
	}
	if err != nil {
		return nil, err
	}
	if known == nil {
		known = map[string]limiter.Learned{}
	}
	running, err := r.Live.List(ctx)
	switch {
	case redisstore.IsDenied(err):
		return nil, &state.StoreError{Err: err}
	case err != nil && !r.Away:
		r.Warn(err.Error() + "; showing rates.yaml instead")
	}
	r.Away = err != nil
	for key, l := range running {
		if old, ok := known[key]; !ok || !l.Updated.Before(old.Updated.Add(-time.Second)) {
			known[key] = l
		}
	}
	return known, nil
}

// Caps are the caps of rates.yaml, and those that all hosts of a store share. Of a store that does not answer there are none.
func (r *RatesReader) Caps(ctx context.Context) pacing.Caps {
	caps := pacing.Caps{}
	if r.File != nil {
		maps.Copy(caps, r.File.Caps())
	}
	shared, err := r.Live.Caps(ctx)
	if err != nil {
		return caps
	}
	for name, c := range shared {
		if c.Later(caps[name]) {
			caps[name] = c
		}
	}
	return caps
}

// OpenLive opens the live state that running processes share.
func OpenLive(e *cli.Env, g *cli.GlobalOptions) (*state.Store, error) {
	if err := g.CheckStore(); err != nil {
		return nil, err
	}
	return state.OpenStore(state.SessionConfig{Getenv: e.Getenv, ConfigFile: g.Config, Store: g.Store, Secrets: e.Secrets})
}

// Telling leaves out the keys of what buckets pass together unless they pause: they have no rate.
func Telling(known map[string]limiter.Learned) map[string]limiter.Learned {
	now := time.Now()
	for key, l := range known {
		switch {
		case !config.IsSharedKey(key):
		case l.PausedUntil.After(now):
			l.Rate, l.Burst = 0, 0
			known[key] = l
		default:
			delete(known, key)
		}
	}
	return known
}
