package tokens

import (
	"context"
	"crypto/rand"
	"time"
)

// A record is what lies sealed in the place of a login. How old it is the place says, by its own clock; what counts
// from an earlier moment says how long before the record that was.
type record struct {
	Grant
	About About         `json:"about"`
	By    string        `json:"by"`             // who wrote it
	Used  time.Duration `json:"used,omitempty"` // how old the access token was then
	Spent *spent        `json:"spent,omitempty"`
	Ended string        `json:"ended,omitempty"` // why nobody is logged in any more

	Refreshed int  `json:"refreshed,omitempty"` // how often
	Rotates   bool `json:"rotates,omitempty"`   // the server has given another refresh token at least once

	age time.Duration // of the record
}

// spent notes that a refresh token has left, and no response is known yet.
type spent struct {
	By     string        `json:"by"`
	Before time.Duration `json:"before,omitempty"` // from its first use to the record
}

// sane bounds what a server says. A token that does not say how long it lasts counts for a while where it can be
// refreshed, else until it is rejected.
func (g Grant) sane() Grant {
	switch {
	case g.Life > 0:
		g.Life = min(g.Life, loginLife)
	case g.Refresh != "":
		g.Life = unknownLife
	default:
		g.Life = loginLife
	}
	return g
}

// held is the access token.
func (r *record) held(now time.Time) held {
	if r.Ended != "" || r.Access == "" {
		return held{}
	}
	return held{Value: r.Access, Life: r.Life, until: now.Add(r.Life - r.Used - r.age)}
}

// ended is why somebody has to log in; nil if the login can be refreshed.
func (r *record) ended() error {
	switch {
	case r.Ended != "":
		return &LoginError{r.Ended}
	case r.By == "":
		return &LoginError{notLoggedIn}
	case r.Refresh == "":
		return &LoginError{noRefresh}
	}
	return nil
}

// repeatable reports whether a refresh token that was used so long ago can be used again: within the grace, or where
// the server has never replaced one although it could have.
func (r *record) repeatable(since, grace time.Duration) bool {
	return r.Refreshed > 0 && !r.Rotates || since < grace
}

// doubtful reports whether nobody can tell whether the refresh token is still good.
func (r *record) doubtful(grace time.Duration) bool {
	return r.Spent != nil && !r.repeatable(r.Spent.Before+r.age, grace)
}

// after is the record that follows a refresh.
func (r record) after(g Grant) record {
	if g.Refresh == "" {
		g.Refresh = r.Refresh
	}
	if g.Scope == "" {
		g.Scope = r.Scope
	}
	return record{Grant: g.sane(), About: r.About, Refreshed: r.Refreshed + 1, Rotates: r.Rotates || g.Refresh != r.Refresh}
}

// State is what is known of a login, for people; and its tokens, for revoking them.
type State struct {
	About
	Grant
	Left      time.Duration // of the access token; negative once it has expired
	Refreshed int           // how often
	Err       error         // why it cannot be used any more, a [*LoginError]
}

// State reads the place, and changes nothing.
func (l *Login) State(ctx context.Context) (State, error) {
	r, err := l.read(ctx)
	if err != nil {
		return State{}, err
	}
	s := State{About: r.About, Grant: r.Grant, Left: r.Life - r.Used - r.age, Refreshed: r.Refreshed}
	switch why := r.ended(); {
	case why != nil && (r.Ended != "" || s.Left <= 0):
		s.Err = why
	case r.doubtful(l.Grace) && l.abandoned(ctx, r):
		s.Err = &LoginError{inDoubt}
	}
	return s, nil
}

// abandoned reports whether who has used the refresh token of a record is gone.
func (l *Login) abandoned(ctx context.Context, was record) bool {
	holder := rand.Text()
	if mine, err := l.Place.Claim(ctx, holder, claimLife); err != nil || !mine {
		return false
	}
	defer l.Place.Release(ctx, holder) //nolint:errcheck // it ends by itself
	r, err := l.read(ctx)
	return err == nil && r.By == was.By && r.Spent != nil
}
