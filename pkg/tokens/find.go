package tokens

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"
)

const (
	// claimLife is after what time a process that died counts as dead, where the system does not tell.
	claimLife = 5 * time.Second
	// patience is how long another process may take to get a token, waits for the server's limit included.
	patience = 2 * time.Minute
)

var errPatience = errors.New("another process has been requesting a token for " + patience.String())

// find looks into the place; where there is nothing good, one process asks and the others look again.
func (s *Source) find(ctx context.Context) (string, error) {
	switch {
	case s.Login != nil:
		h, err := s.Login.find(ctx, s.usable)
		if err != nil {
			return "", err
		}
		return s.keep(h)
	case s.Place == nil:
		return s.alone(ctx)
	}
	holder, start := rand.Text(), time.Now()
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		h, err := s.read(ctx)
		switch {
		case err != nil:
			return s.forItself(ctx, err)
		case s.usable(h):
			return s.keep(h)
		case time.Since(start) > patience:
			return s.forItself(ctx, errPatience)
		}
		mine, err := s.Place.Claim(ctx, holder, claimLife)
		switch {
		case err != nil:
			return s.forItself(ctx, err)
		case mine:
			return s.under(ctx, holder)
		}
		if err := rest(ctx, pause); err != nil {
			return "", err
		}
	}
}

// look sees whether somebody has renewed a token that this process got only a moment ago, or is about to. It asks
// for none: it returns the rejected one if nobody has.
func (s *Source) look(ctx context.Context, rejected string) (string, error) {
	place := s.place()
	if place == nil {
		return rejected, nil
	}
	holder, start := rand.Text(), time.Now()
	for time.Since(start) < patience {
		mine, err := place.Claim(ctx, holder, claimLife) // before it is read: nobody is between the two
		if err != nil {
			return rejected, nil // the answer that rejected it tells more
		}
		h, err := s.read(ctx)
		if mine {
			_ = place.Release(context.WithoutCancel(ctx), holder)
		}
		switch {
		case err == nil && h.Value != "" && h.Value != rejected && s.usable(h):
			return s.keep(h)
		case err != nil || mine:
			return rejected, nil
		}
		if err := rest(ctx, 10*time.Millisecond); err != nil {
			return "", err
		}
	}
	return rejected, nil
}

// under renews under a claim, unless somebody did just before.
func (s *Source) under(ctx context.Context, holder string) (string, error) {
	clean := context.WithoutCancel(ctx) // a claim is given up also by who was cancelled
	h, err := s.read(ctx)
	if err == nil && s.usable(h) {
		_ = s.Place.Release(clean, holder)
		return s.keep(h)
	}
	stop := holdOn(clean, s.Place, holder)
	h, err = s.renew(ctx)
	stop()
	if err != nil {
		_ = s.Place.Release(clean, holder)
		return "", err
	}
	return s.put(clean, holder, h)
}

// holdOn keeps a claim while a token is asked for. stop ends that.
func holdOn(ctx context.Context, place Place, holder string) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for rest(ctx, claimLife/3) == nil {
			if held, err := place.Claim(ctx, holder, claimLife); err != nil || !held {
				return // what that means shows when the token is put down
			}
		}
	}()
	return func() { cancel(); <-ended }
}

// put puts a token down for all. If the claim was lost and another process has put one down, it asked later: its
// token is the one that the server takes.
func (s *Source) put(ctx context.Context, holder string, h held) (string, error) {
	b, err := seal(h, s.Secret, s.Name)
	if err != nil {
		return "", fmt.Errorf("seal the token: %w", err)
	}
	for range 2 {
		written, err := s.Place.Write(ctx, holder, b, time.Until(h.until))
		if err != nil {
			s.tell(err)
		}
		if err != nil || written {
			break
		}
		if other, err := s.read(ctx); err == nil && s.usable(other) {
			return s.keep(other)
		}
		// The place was emptied, and the claim went with it.
		if mine, err := s.Place.Claim(ctx, holder, claimLife); err != nil || !mine {
			break
		}
	}
	return s.keep(h)
}

// renew asks for a token. That none is given is kept for a moment, as a token would be.
func (s *Source) renew(ctx context.Context) (held, error) {
	start := time.Now() // from before it was asked for: rather too early than too late
	token, life, err := s.Renew(ctx)
	if denied, ok := errors.AsType[*DeniedError](err); ok {
		return held{Denied: denied.Reason, Life: denial, until: time.Now().Add(denial)}, nil
	}
	if err != nil {
		return held{}, err
	}
	if life <= 0 {
		life = unknownLife
	}
	return held{Value: token, Life: life, until: start.Add(life)}, nil
}

// alone renews for this process only.
func (s *Source) alone(ctx context.Context) (string, error) {
	h, err := s.renew(ctx)
	if err != nil {
		return "", err
	}
	return s.keep(h)
}

// forItself is alone, because of err.
func (s *Source) forItself(ctx context.Context, err error) (string, error) {
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	s.tell(err)
	return s.alone(ctx)
}

func (s *Source) tell(err error) {
	if s.Lost != nil {
		s.lost.Do(func() { s.Lost(err) })
	}
}

// rest sleeps for about d.
func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d/2 + mathrand.N(d/2+1))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func cancelled(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
