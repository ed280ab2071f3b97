package rates

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/limiter/history"
)

// A view is what is known at a moment.
type view struct {
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

// readView reads all that is to be shown; pick, if not nil, says of which keys.
func readView(ctx context.Context, r *session.RatesReader, pick func(map[string]limiter.Learned) error) (*view, error) {
	known, err := r.Known(ctx)
	if err != nil {
		return nil, err
	}
	known = session.Telling(known)
	for name, c := range r.Caps(ctx) {
		if _, ok := known[name]; !ok && c.Rate > 0 {
			known[name] = limiter.Learned{Cap: c} // nothing was learned of it
		}
	}
	if pick != nil {
		if err := pick(known); err != nil {
			return nil, err
		}
	}
	v := &view{at: time.Now(), known: known, users: map[string][]user{}, history: map[string][]history.Point{}, away: r.Away}
	for key := range known {
		v.history[key] = r.Live.History(key)
	}
	if r.Away {
		return v, nil
	}
	users, err := r.Live.Users(ctx)
	if err != nil && ctx.Err() == nil {
		r.Warn(err.Error() + "; the users of the keys are unknown")
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
func (v *view) keys() []string { return slices.Sorted(maps.Keys(v.known)) }

// usedBy says who uses a key, in few words.
func (v *view) usedBy(key string) string {
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
