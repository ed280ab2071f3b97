package tokens

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Spending is one use of a refresh token. Whoever sends it says so before, by Begin, and when it turns out that the
// server has not taken it, by Undo. It may be sent again after that.
type Spending struct {
	l      *Login
	holder string
	was    record
	start  time.Time // when was was read

	ctx    context.Context
	cancel context.CancelFunc

	mu    sync.Mutex
	outer context.Context // its end ends ctx, unless the token is in flight
	begun bool            // it may have been taken
	doubt bool            // it has been sent before, and may have been taken then
	first time.Time       // when it was sent first
}

func newSpending(ctx context.Context, l *Login, holder string, r record) *Spending {
	s := &Spending{l: l, holder: holder, was: r, start: time.Now(), outer: ctx}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, s.interrupt)
	end := s.cancel
	s.cancel = func() { stop(); end() }
	return s
}

// About is about the login.
func (s *Spending) About() About { return s.was.About }

// interrupt ends what waits; what is in flight is waited for.
func (s *Spending) interrupt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.begun && s.outer.Err() != nil {
		s.cancel()
	}
}

// Repeatable reports whether the refresh token may be sent again although it may have been taken.
func (s *Spending) Repeatable() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.repeatable()
}

func (s *Spending) repeatable() bool { return s.was.repeatable(s.sinceFirst(), s.l.Grace) }

// sinceFirst is how long ago the refresh token was used first, by whatever process.
func (s *Spending) sinceFirst() time.Duration {
	switch {
	case s.was.Spent != nil:
		return s.was.Spent.Before + s.was.age + time.Since(s.start)
	case s.begun:
		return time.Since(s.first)
	}
	return 0
}

// Begin notes that the refresh token is sent now. If it returns an error, it must not be.
func (s *Spending) Begin(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	used := s.begun || s.was.Spent != nil
	switch {
	case s.outer.Err() != nil && !used:
		return context.Cause(s.outer)
	case used && !s.repeatable():
		return errGrace
	}
	if err := s.keep(ctx, &spent{By: s.holder, Before: s.sinceFirst()}); err != nil {
		_ = s.keep(ctx, s.earlier()) // it may have been written
		return err
	}
	if !s.begun {
		s.first = time.Now()
	}
	s.begun, s.doubt = true, s.begun
	return nil
}

// Undo notes that the refresh token was not taken.
func (s *Spending) Undo(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.begun || s.doubt {
		return
	}
	if err := s.keep(ctx, s.earlier()); err != nil {
		s.l.warn(err)
	}
	s.begun = false
	if s.outer.Err() != nil {
		s.cancel()
	}
}

// earlier is the note of another process that has used the refresh token before; nil if none has.
func (s *Spending) earlier() *spent {
	if s.was.Spent == nil {
		return nil
	}
	return &spent{By: s.was.Spent.By, Before: s.sinceFirst()}
}

var errLostClaim = errors.New("another process has taken over the login")

// keep puts down a note beside the same tokens.
func (s *Spending) keep(ctx context.Context, note *spent) error {
	r := s.was
	r.By, r.Spent, r.Used = s.holder, note, r.Used+r.age+time.Since(s.start)
	b, err := seal(r, s.l.Secret, s.l.Name)
	if err != nil {
		return err
	}
	done, err := s.l.Place.Keep(ctx, s.holder, b, loginLife)
	if err == nil && !done {
		err = errLostClaim
	}
	return err
}

// conclude puts down what a refresh came to.
func (s *Spending) conclude(ctx context.Context, g Grant, err error, usable func(held) bool) (held, error) {
	denied, ended := errors.AsType[*LoginError](err)
	switch {
	case err == nil:
		return s.put(ctx, s.was.after(g), usable)
	case ended:
		r := record{About: s.was.About, Ended: denied.Reason}
		_, _ = s.put(ctx, r, usable)
		return held{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun && !s.repeatable() {
		return held{}, &LoginError{inDoubt + " (" + err.Error() + ")"}
	}
	return held{}, err
}

// put puts a record down, whoever has the claim by now: only who has used the refresh token has what followed it.
func (s *Spending) put(ctx context.Context, r record, usable func(held) bool) (held, error) {
	r.By = s.holder
	own := r.held(time.Now())
	for start := time.Now(); ; {
		written, err := s.l.write(ctx, s.holder, r)
		if err == nil && written {
			return own, nil
		}
		there, readErr := s.l.read(ctx)
		switch {
		case readErr != nil:
			err = readErr // the place is away; it may come back
		case there.Spent == nil && there.By == r.By:
			return own, nil // it was written although nobody said so
		case there.Spent == nil || there.Spent.By != s.holder:
			if h := there.held(time.Now()); usable(h) {
				own = h // somebody took over, or has logged in
			}
			return own, nil
		}
		if time.Since(start) > perseverance {
			s.l.warn(errors.Join(errNotKept, err))
			return own, nil
		}
		_ = rest(ctx, 50*time.Millisecond)
		_, _ = s.l.Place.Claim(ctx, s.holder, claimLife)
	}
}

var errNotKept = errors.New("the new refresh token cannot be stored: log in again once the access token has expired")
