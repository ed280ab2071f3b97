package tokens

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A Source gives out a token, and renews it. It is safe for use by many goroutines; they ask together.
type Source struct {
	Name   string // what the token is for; the same for all who share it, and no secret
	Secret string // seals it at rest
	Place  Place  // shared with other processes; nil means that this one renews for itself

	// Renew asks for a new token, and says for how long it lasts; 0 means that nobody knows. An error that
	// is a [*DeniedError] goes to all who share the token.
	Renew func(ctx context.Context) (token string, life time.Duration, err error)
	// Login, if set, takes the place of Secret, Place and Renew: tokens come of a refresh token, which is never used
	// twice.
	Login *Login
	// Lost, if set, is told once that the place cannot be used, and that this process goes on for itself.
	Lost func(error)

	lost sync.Once

	mu     sync.Mutex
	now    held
	spent  []string // rejected by the server, the last ones
	flight *flight  // nil: nobody is looking
}

// A flight is one search for a token, for all goroutines that need it.
type flight struct {
	done  chan struct{}
	token string
	err   error
}

// A DeniedError says that the server gives no token, and that asking again does not help.
type DeniedError struct{ Reason string }

// Error implements error.
func (e *DeniedError) Error() string { return e.Reason }

const (
	// unknownLife is how long a token counts that does not say how long it lasts.
	unknownLife = time.Hour
	// settled is how old a token must be before a rejection makes this package ask for another one: who got a
	// token a moment ago would get another one that is rejected as well, and take it away from all others.
	settled = 15 * time.Second
	// denial is how long the rejection to give a token counts for all who would ask again. Like settled it keeps to
	// the five a minute that the strictest of the known servers takes.
	denial = 15 * time.Second
	// mostSpent is how many rejected tokens are remembered.
	mostSpent = 8
)

// margin is how long before its end a token is renewed: a tenth of its life, at most a minute.
func margin(life time.Duration) time.Duration { return min(life/10, time.Minute) }

// good reports whether h can be used.
func (h *held) good(now time.Time) bool {
	if h.Denied != "" {
		return now.Before(h.until)
	}
	return h.Value != "" && h.until.Sub(now) > margin(h.Life)
}

// age is how long ago h was put down.
func (h *held) age(now time.Time) time.Duration { return h.Life - h.until.Sub(now) }

// Token returns a token that the server should take.
func (s *Source) Token(ctx context.Context) (string, error) { return s.get(ctx, "") }

// Current returns the token that this process has, if the server should take it; empty if there is none. It asks
// nobody.
func (s *Source) Current() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now.Denied != "" || !s.now.good(time.Now()) {
		return ""
	}
	return s.now.Value
}

// Replace returns a token in the place of one that the server has rejected: what another goroutine or process
// got meanwhile, else a new one. It returns the same one if that is so new that another would not help.
func (s *Source) Replace(ctx context.Context, rejected string) (string, error) {
	return s.get(ctx, rejected)
}

func (s *Source) get(ctx context.Context, rejected string) (string, error) {
	for {
		s.mu.Lock()
		now := time.Now()
		switch {
		case rejected == "" || s.now.Value != rejected:
			if s.now.good(now) {
				defer s.mu.Unlock()
				return s.now.result()
			}
		case s.now.age(now) < settled && s.now.good(now): // one that has expired is not rejected for another reason
			s.mu.Unlock()
			return s.look(ctx, rejected)
		default:
			s.spend(rejected)
		}
		f, mine := s.board()
		s.mu.Unlock()
		if mine {
			f.token, f.err = s.find(ctx)
			s.land(f)
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
		if f.err != nil && !mine && ctx.Err() == nil && cancelled(f.err) {
			continue // it was given up by who began it
		}
		return f.token, f.err
	}
}

// result is what a search came to.
func (h *held) result() (string, error) {
	if h.Denied != "" {
		return "", &DeniedError{h.Denied}
	}
	return h.Value, nil
}

// spend makes sure that a token is not used again.
func (s *Source) spend(token string) {
	s.now = held{}
	if !slices.Contains(s.spent, token) {
		s.spent = append(s.spent, token)
		s.spent = s.spent[max(0, len(s.spent)-mostSpent):]
	}
}

// board joins the flight, or begins one. The lock is held.
func (s *Source) board() (f *flight, mine bool) {
	if s.flight == nil {
		s.flight, mine = &flight{done: make(chan struct{})}, true
	}
	return s.flight, mine
}

func (s *Source) land(f *flight) {
	s.mu.Lock()
	s.flight = nil
	s.mu.Unlock()
	close(f.done)
}

// keep takes a token up.
func (s *Source) keep(h held) (string, error) {
	s.mu.Lock()
	s.now = h
	s.mu.Unlock()
	return h.result()
}

// usable reports whether a token that lies in the place can be used.
func (s *Source) usable(h held) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return h.good(time.Now()) && !slices.Contains(s.spent, h.Value)
}

// place is where processes meet.
func (s *Source) place() Place {
	if s.Login != nil {
		return s.Login.Place
	}
	return s.Place
}

// read reads the place; what cannot be read counts as nothing.
func (s *Source) read(ctx context.Context) (held, error) {
	if s.Login != nil {
		r, err := s.Login.read(ctx)
		return r.held(time.Now()), err
	}
	b, left, err := s.Place.Read(ctx)
	if err != nil || len(b) == 0 {
		return held{}, err
	}
	var h held
	if err := unseal(b, s.Secret, s.Name, &h); err != nil {
		return held{}, nil // of another secret, or damaged: it is replaced
	}
	h.until = time.Now().Add(min(left, h.Life))
	return h, nil
}
