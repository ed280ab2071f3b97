package apiclient_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/icholy/digest"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/pkg/limiter"
)

// challenger is a server that takes each answer once and each nonce a number of times.
type challenger struct {
	lasts int // answers that a nonce is good for

	mu         sync.Mutex
	nonces     int
	seen       map[string]bool
	replays    int
	challenged int
}

func (s *challenger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	answer, err := digest.ParseCredentials(r.Header.Get("Authorization"))
	nonce := fmt.Sprint("nonce ", s.nonces)
	switch {
	case err != nil:
		s.challenge(w, nonce, false)
		return
	case s.seen[fmt.Sprint(answer.Nonce, " ", answer.Nc)]:
		s.replays++
	}
	s.seen[fmt.Sprint(answer.Nonce, " ", answer.Nc)] = true
	if answer.Nonce != nonce || answer.Nc > s.lasts {
		if answer.Nonce == nonce {
			s.nonces++
		}
		s.challenge(w, fmt.Sprint("nonce ", s.nonces), true)
		return
	}
	_, _ = w.Write(body)
}

func (s *challenger) challenge(w http.ResponseWriter, nonce string, stale bool) {
	s.challenged++
	w.Header().Set("WWW-Authenticate", (&digest.Challenge{Realm: "r", Nonce: nonce, Algorithm: "MD5", QOP: []string{"auth"}, Stale: stale}).String())
	w.WriteHeader(http.StatusUnauthorized)
}

// TestDigestIsAnsweredOnce sends many requests at once to a server whose nonces wear out: each attempt has an answer of
// its own, every body arrives, and only what met a new nonce was sent again.
func TestDigestIsAnsweredOnce(t *testing.T) {
	const requests, workers = 60, 6
	s := &challenger{lasts: 25, seen: make(map[string]bool)}
	server := httptest.NewServer(s)
	defer server.Close()
	c := digestClient(t, server.URL)
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for i := range requests / workers {
				want := fmt.Sprint("body ", worker, i)
				if got := post(t, c, want); got != want {
					t.Errorf("the response is %q, want %q", got, want)
				}
			}
		})
	}
	wg.Wait()
	if s.replays > 0 {
		t.Errorf("%d answers were sent twice", s.replays)
	}
	// A challenge that was not remembered would be met by every request.
	if s.challenged >= requests {
		t.Errorf("%d requests of %d were challenged", s.challenged, requests)
	}
}

func digestClient(t *testing.T, base string) *apiclient.Client {
	t.Helper()
	l := limiter.New(limiter.Config{})
	t.Cleanup(func() { l.Close() })
	p := profile(t, load(t, "apis: {d: {base_url: '"+base+"', initial_rate: 1e6, burst: 1000}}"), "d")
	c, err := apiclient.New(p, apiclient.Config{Limiter: l, Digest: true, Credential: credential.Basic("me", "secret", "")})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func post(t *testing.T, c *apiclient.Client, body string) string {
	t.Helper()
	req, err := c.NewRequest(t.Context(), http.MethodPost, "/x", []byte(body))
	if err != nil {
		t.Error(err)
		return ""
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer resp.Body.Close()
	got, _ := io.ReadAll(resp.Body)
	return string(got)
}

// TestDigestNeedsALogin: without a user and a password nothing can be answered.
func TestDigestNeedsALogin(t *testing.T) {
	l := limiter.New(limiter.Config{})
	defer l.Close()
	p := profile(t, load(t, "apis: {d: {base_url: 'http://127.0.0.1:1'}}"), "d")
	for _, have := range []*credential.Credential{nil, credential.Bearer("t", "")} {
		_, err := apiclient.New(p, apiclient.Config{Limiter: l, Digest: true, Credential: have})
		if err == nil || !strings.Contains(err.Error(), "no user and password") {
			t.Errorf("New with %v: %v", have, err)
		}
	}
}
