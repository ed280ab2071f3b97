package tokens

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// A mortal is a place whose process is killed at one of its calls: from then on nothing of that process happens any more.
type mortal struct {
	Place

	left   int  // calls until then
	late   bool // it has had its effect
	dead   chan struct{}
	mu     sync.Mutex // guards what follows; a process that is killed keeps it, so that nothing else happens
	holder string     // has the claim, which the system drops
	calls  []string
}

// call is what each of its methods does.
func (m *mortal) call(name, holder string, f func()) {
	m.mu.Lock()
	if holder != "" {
		m.holder = holder
	}
	m.calls = append(m.calls, name)
	m.left--
	if m.left != 0 {
		f()
		m.mu.Unlock()
		return
	}
	if m.late {
		f()
	}
	close(m.dead)
	select {}
}

func (m *mortal) Read(ctx context.Context) (b []byte, left time.Duration, err error) {
	m.call("Read", "", func() { b, left, err = m.Place.Read(ctx) })
	return b, left, err
}

func (m *mortal) Claim(ctx context.Context, holder string, life time.Duration) (ok bool, err error) {
	m.call("Claim", holder, func() { ok, err = m.Place.Claim(ctx, holder, life) })
	return ok, err
}

func (m *mortal) Write(ctx context.Context, holder string, b []byte, life time.Duration) (ok bool, err error) {
	m.call("Write", holder, func() { ok, err = m.Place.Write(ctx, holder, b, life) })
	return ok, err
}

func (m *mortal) Keep(ctx context.Context, holder string, b []byte, life time.Duration) (ok bool, err error) {
	m.call("Keep", holder, func() { ok, err = m.Place.Keep(ctx, holder, b, life) })
	return ok, err
}

func (m *mortal) Release(ctx context.Context, holder string) (err error) {
	m.call("Release", holder, func() { err = m.Place.Release(ctx, holder) })
	return err
}

// TestLoginKilledAtEachCall kills a process that refreshes at every call that it makes to the place, before it has had its
// effect and after: the next process has a token, or is told to log in; no refresh token is used twice. A refresh token
// that has not left is not lost.
func TestLoginKilledAtEachCall(t *testing.T) {
	t.Parallel()
	calls := []string{"Read", "Claim", "Read", "Keep", "Write", "Release"}
	lost := []string{"Keep late", "Write"} // between the note and what came of it, nobody can tell
	for i, name := range calls {
		for _, late := range []bool{false, true} {
			at := name
			if late {
				at += " late"
			}
			t.Run(fmt.Sprint(i, " ", at), func(t *testing.T) {
				t.Parallel()
				server, dir := loggedIn(t)
				s := server.source(dir)
				m := &mortal{Place: s.Login.Place, left: i + 1, late: late, dead: make(chan struct{})}
				s.Login.Place = m
				go func() { _, _ = s.Token(context.WithoutCancel(t.Context())) }() // it never returns
				<-m.dead
				if !slices.Equal(m.calls, calls[:i+1]) {
					t.Fatalf("it has called %v, want %v", m.calls, calls[:i+1])
				}
				_ = m.Place.Release(t.Context(), m.holder) // as the system does with the lock of who is gone
				taken := server.given
				token, err := server.source(dir).Token(t.Context())
				_, ended := errors.AsType[*LoginError](err)
				wantLost := slices.Contains(lost, at)
				switch {
				case wantLost && !ended:
					t.Errorf("got %q, %v, want a LoginError", token, err)
				case !wantLost && (err != nil || token != fmt.Sprint("access", server.given)):
					t.Errorf("got %q, %v, want the newest token", token, err)
				case wantLost && server.given != taken:
					t.Error("the refresh token was used again")
				}
				if server.reused != 0 || server.given > 1 {
					t.Errorf("%d tokens given, %d used twice", server.given, server.reused)
				}
			})
		}
	}
}
