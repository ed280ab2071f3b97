package reallogins

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

const (
	tokenLife = 3 * time.Second // as the server says it; what it gives lasts longer, until the next one

	user, userID, password = "test-user2", "id2", "verysecure" // of the example
)

// A server is zitadel's, and what it was asked for tokens.
type server struct {
	*httptest.Server

	mu        sync.Mutex
	refreshed []string // refresh tokens that were used, in order
	rejected  int      // token requests that were rejected
	newest    string   // refresh token
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{}
	var provider http.Handler
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.watch(w, r, provider) }))
	t.Cleanup(s.Close)
	clients := map[string]*storage.Client{"arl": storage.NativeClient("arl", "http://127.0.0.1/callback")}
	store := &shortLived{storage.NewStorageWithClients(storage.NewUserStore(s.URL), clients)}
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	provider = exampleop.SetupServer(s.URL, store, quiet, false)
	return s
}

// shortLived is the storage of the example, but that its tokens are said to end soon, and that a native client may also
// log in with a code on another device.
type shortLived struct{ *storage.Storage }

// CreateAccessToken implements op.Storage.
func (s *shortLived) CreateAccessToken(ctx context.Context, r op.TokenRequest) (string, time.Time, error) {
	id, _, err := s.Storage.CreateAccessToken(ctx, r)
	return id, time.Now().Add(tokenLife), err
}

// CreateAccessAndRefreshTokens implements op.Storage.
func (s *shortLived) CreateAccessAndRefreshTokens(ctx context.Context, r op.TokenRequest, current string) (string, string, time.Time, error) {
	id, refresh, _, err := s.Storage.CreateAccessAndRefreshTokens(ctx, r, current)
	return id, refresh, time.Now().Add(tokenLife), err
}

// CompleteDeviceAuthorization is told the name of who logs in, and has to remember the id.
func (s *shortLived) CompleteDeviceAuthorization(ctx context.Context, code, name string) error {
	if name == user {
		name = userID
	}
	return s.Storage.CompleteDeviceAuthorization(ctx, code, name)
}

// GetClientByClientID implements op.Storage.
func (s *shortLived) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	c, err := s.Storage.GetClientByClientID(ctx, id)
	return alsoDevices{c}, err
}

type alsoDevices struct{ op.Client }

// GrantTypes implements op.Client.
func (c alsoDevices) GrantTypes() []oidc.GrantType {
	return append(slices.Clone(c.Client.GrantTypes()), oidc.GrantTypeDeviceCode)
}

// watch passes a request on, and notes what goes through the token endpoint.
func (s *server) watch(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if r.URL.Path != "/oauth/token" {
		next.ServeHTTP(w, r)
		return
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(strings.NewReader(string(text)))
	form, _ := url.ParseQuery(string(text))
	got := httptest.NewRecorder()
	next.ServeHTTP(got, r)
	var given struct {
		Refresh string `json:"refresh_token"`
		Error   string `json:"error"`
	}
	_ = json.Unmarshal(got.Body.Bytes(), &given)
	s.mu.Lock()
	if form.Get("grant_type") == "refresh_token" {
		s.refreshed = append(s.refreshed, form.Get("refresh_token"))
	}
	if got.Code != http.StatusOK && given.Error != "authorization_pending" && given.Error != "slow_down" {
		s.rejected++
	}
	if given.Refresh != "" {
		s.newest = given.Refresh
	}
	s.mu.Unlock()
	maps.Copy(w.Header(), got.Header())
	w.WriteHeader(got.Code)
	_, _ = w.Write(got.Body.Bytes())
}

// counts returns how often it was asked to refresh, with how many different refresh tokens, and how many token requests
// were rejected.
func (s *server) counts() (refreshes, different, rejected int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sorted := slices.Clone(s.refreshed)
	slices.Sort(sorted)
	return len(sorted), len(slices.Compact(sorted)), s.rejected
}

// takes reports whether the server still takes the newest refresh token. It uses it up.
func (s *server) takes(t *testing.T) bool {
	t.Helper()
	s.mu.Lock()
	form := url.Values{"grant_type": {"refresh_token"}, "client_id": {"arl"}, "refresh_token": {s.newest}}
	s.mu.Unlock()
	resp, err := http.PostForm(s.URL+"/oauth/token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
