package cmd

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/state"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/limiter/history"
	"github.com/arl-cli/arl/pkg/limiter/ratesfile"
	"github.com/arl-cli/arl/pkg/limiter/redisstore"
)

// A ratesReader reads what is known of the keys: it takes no locks, and nobody waits for it.
type ratesReader struct {
	live *state.Store
	file *ratesfile.File // nil without a home
	warn func(string)
	away bool // it was said that the store does not answer
}

// A ratesView is what is known at a moment.
type ratesView struct {
	at      time.Time
	known   map[string]limiter.Learned
	users   map[string][]user // by key
	history map[string][]history.Point
	away    bool // the store does not answer
}

// A user is a process that uses a key now.
type user struct {
	pacing.User
	pacing.Use
}

func (e *env) readRates(g *globalOptions) (*ratesReader, error) {
	live, err := e.live(g)
	if err != nil {
		return nil, err
	}
	r := &ratesReader{live: live, warn: newNotes(e, g, &sendOptions{}).warn}
	if path := config.FindPaths(e.Getenv).RatesFile(); path != "" {
		r.file = &ratesfile.File{Path: path, Warn: r.warn}
	}
	return r, nil
}

func (r *ratesReader) close() { _ = r.live.Close() } // nothing was written

// knownRates is what rates.yaml remembers, with the live state, which is newer, over it.
func knownRates(ctx context.Context, e *env, g *globalOptions) (map[string]limiter.Learned, error) {
	r, err := e.readRates(g)
	if err != nil {
		return nil, err
	}
	defer r.close()
	return r.known(ctx)
}

func (r *ratesReader) known(ctx context.Context) (known map[string]limiter.Learned, err error) {
	if r.file != nil {
		known, err = r.file.Load()
	}
	if err != nil {
		return nil, err
	}
	if known == nil {
		known = map[string]limiter.Learned{}
	}
	running, err := r.live.List(ctx)
	switch {
	case redisstore.IsDenied(err):
		return nil, &state.StoreError{Err: err}
	case err != nil && !r.away:
		r.warn(err.Error() + "; this is what rates.yaml remembers")
	}
	r.away = err != nil
	for key, l := range running {
		if old, ok := known[key]; !ok || !l.Updated.Before(old.Updated.Add(-time.Second)) {
			known[key] = l
		}
	}
	return known, nil
}

// view reads all that is to be shown; pick, if not nil, says of which keys.
func (r *ratesReader) view(ctx context.Context, pick func(map[string]limiter.Learned) error) (*ratesView, error) {
	known, err := r.known(ctx)
	if err != nil {
		return nil, err
	}
	known = telling(known)
	if pick != nil {
		if err := pick(known); err != nil {
			return nil, err
		}
	}
	v := &ratesView{at: time.Now(), known: known, users: map[string][]user{}, history: map[string][]history.Point{}, away: r.away}
	for key := range known {
		v.history[key] = r.live.History(key)
	}
	if r.away {
		return v, nil
	}
	users, err := r.live.Users(ctx)
	if err != nil && ctx.Err() == nil {
		r.warn(err.Error() + "; who uses the keys is not known")
	}
	for _, u := range users {
		for _, use := range u.Uses {
			v.users[use.Key] = append(v.users[use.Key], user{u, use})
		}
	}
	for _, of := range v.users {
		slices.SortFunc(of, func(a, b user) int { return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.PID, b.PID)) })
	}
	return v, nil
}

// keys are the keys that are shown, in order.
func (v *ratesView) keys() []string { return slices.Sorted(maps.Keys(v.known)) }

// usedBy says who uses a key, in few words.
func (v *ratesView) usedBy(key string) string {
	users := v.users[key]
	hosts := map[string]bool{}
	for _, u := range users {
		hosts[u.Host] = true
	}
	switch {
	case len(users) == 0:
		return "-"
	case len(users) == 1:
		return users[0].Command + " (" + strconv.Itoa(users[0].PID) + ")"
	case len(hosts) == 1:
		return strconv.Itoa(len(users)) + " processes"
	}
	return strconv.Itoa(len(users)) + " processes on " + strconv.Itoa(len(hosts)) + " hosts"
}
