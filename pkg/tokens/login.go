package tokens

import (
	"context"
	"crypto/rand"
	"errors"
	"time"
)

// A Login is where what somebody's login came to lies, sealed: an access token, and the refresh token that the next one
// is asked for with. A server may give another refresh token each time, and end the login when the old one comes again;
// so a refresh token is used by one process, once.
//
// Before a refresh token leaves this machine, that is written into the place. A process that finds that note, and nobody
// alive who is about to replace it, does not know whether the server has taken the token, and does not send it again: the
// login is lost, see [LoginError], unless the server takes a refresh token more than once.
type Login struct {
	Name   string // what the login is for; the same for all who share it, and no secret
	Secret string // seals it at rest
	Place  Place

	// Refresh asks for tokens with a refresh token, as s allows. A [*LoginError] says that the login has ended.
	Refresh func(ctx context.Context, refresh string, s *Spending) (Grant, error)
	// Grace is for how long after its first use the server takes a refresh token again; 0 means not at all.
	Grace time.Duration
	// Warn, if set, is told what goes wrong without stopping anything.
	Warn func(error)
}

// A Grant is what an authorization server gives.
type Grant struct {
	Access  string        `json:"access"`
	Life    time.Duration `json:"life"`              // of the access token; 0 means that nobody knows
	Refresh string        `json:"refresh,omitempty"` // of a refresh: empty if the one that was used stays
	Scope   string        `json:"scope,omitempty"`
}

// About is what is remembered of a login for people.
type About struct {
	Way string    `json:"way"` // how somebody logged in
	At  time.Time `json:"at"`

	TokenURL  string `json:"token_url"`            // of the server that has given the tokens, which they go back to
	RevokeURL string `json:"revoke_url,omitempty"` // of the same
}

// A LoginError says that there is no login, or none that can be used: somebody has to log in again.
type LoginError struct{ Reason string }

// Error implements error.
func (e *LoginError) Error() string { return e.Reason }

// Why there is no login.
const (
	notLoggedIn = "nobody is logged in"
	noRefresh   = "the access token has expired or been revoked, and the server gave no refresh token"
	inDoubt     = "a refresh broke off, so the server may have replaced the refresh token; using it a second time could revoke the whole login"
)

const (
	// loginLife is how long a login is kept that nobody uses.
	loginLife = 400 * 24 * time.Hour
	// perseverance is how long a new refresh token is tried to be put down for.
	perseverance = 30 * time.Second
)

var errGrace = errors.New("the server no longer accepts the refresh token again")

// Put puts down what a login came to, in the place of an older one.
func (l *Login) Put(ctx context.Context, g Grant, about About) error {
	return l.claimed(ctx, func(holder string) error {
		_, err := l.write(ctx, holder, record{Grant: g.sane(), About: about, By: holder})
		return err
	})
}

// Remove forgets a login.
func (l *Login) Remove(ctx context.Context) error {
	return l.claimed(ctx, func(holder string) error {
		_, err := l.Place.Write(ctx, holder, nil, 0)
		return err
	})
}

// claimed calls f once nobody else can change the place.
func (l *Login) claimed(ctx context.Context, f func(holder string) error) error {
	holder, start := rand.Text(), time.Now()
	for time.Since(start) < patience {
		mine, err := l.Place.Claim(ctx, holder, claimLife)
		switch {
		case err != nil:
			return err
		case mine:
			defer l.Place.Release(context.WithoutCancel(ctx), holder) //nolint:errcheck // f has done all that counts
			return f(holder)
		}
		if err := rest(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return errPatience
}

// find looks into the place; where there is no good token, one process asks for one and the others look again. It
// never asks beside the place: what is not in there has been used.
func (l *Login) find(ctx context.Context, usable func(held) bool) (held, error) {
	holder, start := rand.Text(), time.Now()
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		r, err := l.read(ctx)
		h := r.held(time.Now())
		switch {
		case err != nil:
			return held{}, err
		case usable(h):
			return h, nil
		case r.ended() != nil:
			return held{}, r.ended()
		case time.Since(start) > patience:
			return held{}, errPatience
		}
		mine, err := l.Place.Claim(ctx, holder, claimLife)
		switch {
		case err != nil:
			return held{}, err
		case mine:
			return l.under(ctx, holder, usable)
		}
		if err := rest(ctx, pause); err != nil {
			return held{}, err
		}
	}
}

// under refreshes under a claim, unless somebody did just before.
func (l *Login) under(ctx context.Context, holder string, usable func(held) bool) (held, error) {
	clean := context.WithoutCancel(ctx)  // a claim is given up also by who was cancelled
	defer l.Place.Release(clean, holder) //nolint:errcheck // it ends by itself
	r, err := l.read(ctx)
	if h := r.held(time.Now()); err != nil || usable(h) {
		return h, err
	}
	if err := r.ended(); err != nil {
		return held{}, err
	}
	if r.doubtful(l.Grace) {
		return held{}, &LoginError{inDoubt}
	}
	defer holdOn(clean, l.Place, holder)()
	s := newSpending(ctx, l, holder, r)
	defer s.cancel()
	g, err := l.Refresh(s.ctx, r.Refresh, s)
	return s.conclude(clean, g, err, usable)
}

// read reads the place; what cannot be read counts as nothing.
func (l *Login) read(ctx context.Context) (record, error) {
	b, left, err := l.Place.Read(ctx)
	if err != nil || len(b) == 0 {
		return record{}, err
	}
	var r record
	if unseal(b, l.Secret, l.Name, &r) != nil {
		return record{}, nil // of another secret, or damaged
	}
	r.age = max(0, loginLife-left)
	return r, nil
}

func (l *Login) write(ctx context.Context, holder string, r record) (bool, error) {
	b, err := seal(r, l.Secret, l.Name)
	if err != nil {
		return false, err
	}
	return l.Place.Write(ctx, holder, b, loginLife)
}

func (l *Login) warn(err error) {
	if l.Warn != nil {
		l.Warn(err)
	}
}
