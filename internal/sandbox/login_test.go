package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

const (
	testVerifier = "a-verifier-that-has-forty-three-characters-or-more"
	testRedirect = "http://127.0.0.1:1/callback"
)

func newLoginServer(t *testing.T, c Login) *Server {
	t.Helper()
	s, err := New(Config{Login: c})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// askLogin sends a request, and returns the response. A form makes it a POST.
func askLogin(s http.Handler, method, target string, form url.Values, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// given is a token response.
type given struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Error   string `json:"error"`
}

func askToken(t *testing.T, s http.Handler, form url.Values) (g given) {
	t.Helper()
	form.Set("client_id", "p")
	if err := json.Unmarshal(askLogin(s, http.MethodPost, tokenPath, form).Body.Bytes(), &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// pressAllow presses Allow, and returns the query that the browser goes back with.
func pressAllow(t *testing.T, s http.Handler, verifier string) url.Values {
	t.Helper()
	hash := sha256.Sum256([]byte(verifier))
	page := authorizePath + "?" + url.Values{
		"response_type": {"code"}, "client_id": {"p"}, "redirect_uri": {testRedirect}, "state": {"s"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(hash[:])}, "code_challenge_method": {"S256"},
	}.Encode()
	w := askLogin(s, http.MethodPost, page, url.Values{"decision": {"allow"}})
	at, err := url.Parse(w.Header().Get("Location"))
	if err != nil || w.Code != http.StatusSeeOther || at.Query().Get("state") != "s" || at.Query().Get("iss") == "" {
		t.Fatalf("%d to %q, %v", w.Code, w.Header().Get("Location"), err)
	}
	return at.Query()
}

func codeForm(code, verifier string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier}, "redirect_uri": {testRedirect}}
}

// A code counts once, for who has begun; if it comes again, what it gave is revoked.
func TestLoginCode(t *testing.T) {
	t.Parallel()
	s := newLoginServer(t, Login{Refresh: RefreshRotate})
	stolen := pressAllow(t, s, testVerifier).Get("code")
	if g := askToken(t, s, codeForm(stolen, "another-verifier")); g.Error != "invalid_grant" {
		t.Errorf("with another verifier: %+v", g)
	}
	if g := askToken(t, s, codeForm(stolen, testVerifier)); g.Error != "invalid_grant" {
		t.Errorf("a code is good after a wrong verifier: %+v", g)
	}
	code := pressAllow(t, s, testVerifier).Get("code")
	first := askToken(t, s, codeForm(code, testVerifier))
	if w := askLogin(s, http.MethodGet, "/items/1", nil, "Authorization: Bearer "+first.Access); w.Code != http.StatusOK {
		t.Errorf("with the token: %d", w.Code)
	}
	if g := askToken(t, s, codeForm(code, testVerifier)); g.Error != "invalid_grant" {
		t.Errorf("the second time: %+v", g)
	}
	if w := askLogin(s, http.MethodGet, "/items/1", nil, "Authorization: Bearer "+first.Access); w.Code != http.StatusUnauthorized {
		t.Errorf("after the code came again: %d", w.Code)
	}
}

// A refresh token counts once, and DELETE ends every login.
func TestLoginRefresh(t *testing.T) {
	t.Parallel()
	s := newLoginServer(t, Login{Refresh: RefreshRotate, Life: time.Minute})
	login := func() given {
		return askToken(t, s, codeForm(pressAllow(t, s, testVerifier).Get("code"), testVerifier))
	}
	refresh := func(g given) given {
		return askToken(t, s, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {g.Refresh}})
	}
	first := login()
	second := refresh(first)
	if second.Access == "" || second.Refresh == "" || second.Refresh == first.Refresh {
		t.Errorf("%+v follows %+v", second, first)
	}
	if g := refresh(first); g.Error != "invalid_grant" {
		t.Errorf("the second time: %+v", g)
	}
	if g := refresh(second); g.Error != "invalid_grant" {
		t.Errorf("the login is good after a refresh token came again: %+v", g)
	}
	third := login()
	askLogin(s, http.MethodDelete, loginsPath, nil)
	if g := refresh(third); g.Error != "invalid_grant" {
		t.Errorf("after DELETE: %+v", g)
	}
}
