package tokens

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

// A rotating server gives another refresh token each time, and takes none twice.
type rotating struct {
	mu     sync.Mutex
	good   string
	given  int
	reused int
	fail   error // what becomes of the next response
}

func (r *rotating) refresh(ctx context.Context, refresh string, s *Spending) (Grant, error) {
	if err := s.Begin(ctx); err != nil {
		return Grant{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if refresh != r.good {
		r.reused++
		return Grant{}, &LoginError{"invalid_grant"}
	}
	r.given++
	r.good = fmt.Sprint("refresh", r.given)
	return Grant{Access: fmt.Sprint("access", r.given), Refresh: r.good, Life: time.Hour}, r.fail
}

func (r *rotating) source(dir string) *Source {
	return &Source{Login: &Login{Name: "n", Secret: "s", Place: DurableInDir(dir, "n"), Refresh: r.refresh}}
}

// loggedIn is a server, and a directory with a login whose access token has expired.
func loggedIn(t *testing.T) (*rotating, string) {
	t.Helper()
	r, dir := &rotating{good: "refresh0"}, t.TempDir()
	err := r.source(dir).Login.Put(t.Context(), Grant{Access: "access0", Refresh: r.good, Life: time.Nanosecond}, About{Way: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return r, dir
}

// However many need a token at once, one refreshes.
func TestLoginOneRefreshes(t *testing.T) {
	t.Parallel()
	r, dir := loggedIn(t)
	var wg sync.WaitGroup
	for range 20 {
		s := r.source(dir)
		wg.Go(func() {
			if token, err := s.Token(t.Context()); token != "access1" || err != nil {
				t.Errorf("got %q, %v", token, err)
			}
		})
	}
	wg.Wait()
	if r.given != 1 || r.reused != 0 {
		t.Errorf("%d tokens given, %d used twice", r.given, r.reused)
	}
}

// Without a response nobody uses the refresh token again, and everybody is told to log in.
func TestLoginInDoubt(t *testing.T) {
	t.Parallel()
	r, dir := loggedIn(t)
	r.fail = errors.New("the connection broke")
	for range 3 {
		_, err := r.source(dir).Token(t.Context())
		if _, ok := errors.AsType[*LoginError](err); !ok {
			t.Errorf("got %v, want a LoginError", err)
		}
	}
	if r.given != 1 || r.reused != 0 {
		t.Errorf("%d tokens given, %d used twice", r.given, r.reused)
	}
	if s, err := r.source(dir).Login.State(t.Context()); err != nil || s.Err == nil {
		t.Errorf("state %+v, %v, want one with an error", s, err)
	}
}

// What did not get out, or was not taken, is sent again.
func TestLoginUndo(t *testing.T) {
	t.Parallel()
	r, dir := loggedIn(t)
	s := r.source(dir)
	s.Login.Refresh = func(ctx context.Context, _ string, s *Spending) (Grant, error) {
		if err := s.Begin(ctx); err != nil {
			return Grant{}, err
		}
		s.Undo(ctx)
		return Grant{}, errors.New("no connection")
	}
	_, err := s.Token(t.Context())
	if _, ok := errors.AsType[*LoginError](err); err == nil || ok {
		t.Errorf("got %v, want an error that is none of the login", err)
	}
	if token, err := r.source(dir).Token(t.Context()); token != "access1" || err != nil || r.reused != 0 {
		t.Errorf("got %q, %v", token, err)
	}
}

// Within the grace of the server, a refresh token is sent again that may have been taken.
func TestLoginGrace(t *testing.T) {
	t.Parallel()
	r, dir := loggedIn(t)
	r.fail = errors.New("the connection broke")
	if _, err := r.source(dir).Token(t.Context()); err == nil {
		t.Fatal("no error")
	}
	r.fail, r.good = nil, "refresh0"
	s := r.source(dir)
	s.Login.Grace = time.Hour
	if token, err := s.Token(t.Context()); token == "" || err != nil {
		t.Errorf("got %q, %v", token, err)
	}
}

// Of a login that was removed nothing is left.
func TestLoginRemoved(t *testing.T) {
	t.Parallel()
	r, dir := loggedIn(t)
	if err := r.source(dir).Login.Remove(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := r.source(dir).Token(t.Context())
	if _, ok := errors.AsType[*LoginError](err); !ok || r.given != 0 {
		t.Errorf("got %v, want a LoginError", err)
	}
}
