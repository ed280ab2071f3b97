package tokens

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A counter gives tokens.
type counter struct {
	mu    sync.Mutex
	asked int
	life  time.Duration
	slow  time.Duration
	err   error
}

func (c *counter) renew(ctx context.Context) (string, time.Duration, error) {
	c.mu.Lock()
	c.asked++
	n := c.asked
	c.mu.Unlock()
	if err := rest(ctx, c.slow); err != nil {
		return "", 0, err
	}
	return fmt.Sprintf("t%d", n), c.life, c.err
}

func (c *counter) source(place Place) *Source {
	return &Source{Name: "n", Secret: "s", Place: place, Renew: c.renew}
}

// A step is what happens after some time, and which token comes of it.
type step struct {
	after    time.Duration
	rejected string // a token that the server rejected
	want     string
}

func TestSource(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][]step{
		"kept":                {{0, "", "t1"}, {time.Minute, "", "t1"}, {57 * time.Minute, "", "t1"}},
		"renewed in time":     {{0, "", "t1"}, {59*time.Minute + time.Second, "", "t2"}, {time.Minute, "", "t2"}},
		"rejected":            {{0, "", "t1"}, {time.Minute, "t1", "t2"}, {time.Second, "t1", "t2"}},
		"rejected when new":   {{0, "", "t1"}, {time.Second, "t1", "t1"}, {15 * time.Second, "t1", "t2"}, {time.Second, "t2", "t2"}},
		"rejected and over":   {{0, "", "t1"}, {2 * time.Hour, "t1", "t2"}},
		"rejected, not known": {{0, "other", "t1"}},
	} {
		for _, shared := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, shared %v", name, shared), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				synctest.Test(t, func(t *testing.T) {
					c := &counter{life: time.Hour}
					var place Place
					if shared {
						place = InDir(dir, "n")
					}
					s := c.source(place)
					for _, step := range steps {
						time.Sleep(step.after)
						if got, err := s.get(t.Context(), step.rejected); got != step.want || err != nil {
							t.Errorf("after %v, %q rejected: %q, %v, want %q", step.after, step.rejected, got, err, step.want)
						}
					}
				})
			})
		}
	}
}

// However many goroutines of however many processes find out at once that a token was revoked, one asks.
func TestRevokedIsReplacedOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := &counter{life: time.Hour, slow: time.Second}
		var all []*Source
		for range 4 {
			all = append(all, c.source(InDir(dir, "n")))
		}
		wantEach(t, all, "", "t1")
		time.Sleep(time.Minute)
		wantEach(t, all, "t1", "t2")
		wantEach(t, all, "t1", "t2")
	})
}

func wantEach(t *testing.T, all []*Source, rejected, want string) {
	t.Helper()
	var done sync.WaitGroup
	for _, s := range all {
		for range 8 {
			done.Go(func() {
				if got, err := s.get(t.Context(), rejected); got != want || err != nil {
					t.Errorf("%q, %v, want %q", got, err, want)
				}
			})
		}
	}
	done.Wait()
}

// Who gives up does not make the others fail.
func TestAskerGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &counter{life: time.Hour, slow: time.Minute}
		s := c.source(nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		go func() {
			if _, err := s.Token(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the first: %v, want that its time is up", err)
			}
		}()
		synctest.Wait()
		if got, err := s.Token(t.Context()); got != "t2" || err != nil {
			t.Errorf("the second: %q, %v, want t2", got, err)
		}
	})
}

// That nothing is given counts for a moment; that something went wrong does not.
func TestErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &counter{err: &DeniedError{"no"}}
		s := c.source(nil)
		for _, step := range []struct {
			after time.Duration
			err   error
			asked int
		}{{0, c.err, 1}, {14 * time.Second, c.err, 1}, {2 * time.Second, errors.New("away"), 2}, {0, nil, 3}} {
			time.Sleep(step.after)
			c.err = step.err
			_, err := s.Token(t.Context())
			if fmt.Sprint(err) != fmt.Sprint(step.err) || c.asked != step.asked {
				t.Errorf("%v after %d askings, want %v after %d", err, c.asked, step.err, step.asked)
			}
		}
	})
}

// At rest nothing can be read without the secret, and nothing can be moved.
func TestSeal(t *testing.T) {
	t.Parallel()
	h := held{Value: "token-in-clear", Life: time.Hour}
	b, err := seal(h, "s", "n")
	if err != nil || strings.Contains(string(b), h.Value) {
		t.Fatalf("%q, %v", b, err)
	}
	var got held
	if err := unseal(b, "s", "n", &got); err != nil || got != h {
		t.Errorf("unsealed %+v, %v, want %+v", got, err, h)
	}
	again, _ := seal(h, "s", "n")
	if string(again) == string(b) {
		t.Error("the same twice")
	}
	if err := unseal(b, "other", "n", &got); err == nil {
		t.Error("unsealed with another secret")
	}
	if err := unseal(b, "s", "other", &got); err == nil {
		t.Error("unsealed as another token")
	}
	for i := range b {
		bad := append([]byte(nil), b...)
		bad[i] ^= 1
		if err := unseal(bad, "s", "n", &got); err == nil {
			t.Errorf("unsealed with byte %d changed", i)
		}
		if err := unseal(b[:i], "s", "n", &got); err == nil {
			t.Errorf("unsealed the first %d bytes", i)
		}
	}
}

// What another secret has sealed counts as nothing, and is replaced.
func TestAnotherSecret(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "live")
	c := &counter{life: time.Hour}
	old := c.source(InDir(dir, "n"))
	renewed := c.source(InDir(dir, "n"))
	renewed.Secret = "new"
	for i, s := range []*Source{old, renewed, c.source(InDir(dir, "n"))} {
		if got, err := s.Token(t.Context()); got != fmt.Sprintf("t%d", i+1) || err != nil {
			t.Errorf("%q, %v, want a token of its own", got, err)
		}
	}
}

func BenchmarkTokenWarm(b *testing.B) {
	c := &counter{life: time.Hour}
	s := c.source(InDir(b.TempDir(), "n"))
	for b.Loop() {
		if _, err := s.Token(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTokenOfAnother(b *testing.B) {
	c := &counter{life: time.Hour}
	dir := b.TempDir()
	if _, err := c.source(InDir(dir, "n")).Token(b.Context()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := c.source(InDir(dir, "n")).Token(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
