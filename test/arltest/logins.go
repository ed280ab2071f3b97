package arltest

import (
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/sandbox"
)

// Logins is an authorization server of a test's own: the sandbox's, which keeps in mind what must be seen nowhere. At
// URL/tenant it has another issuer, which describes itself as RFC 8414 has it, and which responses do not name.
type Logins struct {
	*httptest.Server
	Certificate []byte // in PEM, of a server with TLS

	sandbox http.Handler

	mu      sync.Mutex
	secrets []string
	broken  func(r *http.Request, form url.Values) (before, after func()) // see Break
}

// NewLogins starts one whose access tokens live for so long.
func NewLogins(life time.Duration, withTLS bool) (*Logins, error) {
	s, err := sandbox.New(sandbox.Config{Login: sandbox.Login{Refresh: sandbox.RefreshRotate, Life: life}})
	if err != nil {
		return nil, err
	}
	l := &Logins{sandbox: s}
	l.Server = httptest.NewUnstartedServer(l)
	l.Config.ErrorLog = log.New(io.Discard, "", 0)
	if !withTLS {
		l.Start()
		return l, nil
	}
	l.StartTLS()
	l.Certificate = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: l.Server.Certificate().Raw})
	return l, nil
}

// Break has a function called for every token request. What it returns is called before the server sees the request and
// before its response is sent; nil is nothing.
func (l *Logins) Break(f func(r *http.Request, form url.Values) (before, after func())) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = f
}

// Secrets are all tokens and codes so far.
func (l *Logins) Secrets() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.secrets)
}

// ServeHTTP implements http.Handler.
func (l *Logins) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/.well-known/oauth-authorization-server/tenant" {
		l.describeTenant(w)
		return
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(strings.NewReader(string(text)))
	form, _ := url.ParseQuery(string(text))
	before, after := l.hooks(r, form)
	before()
	got := httptest.NewRecorder()
	l.sandbox.ServeHTTP(got, r)
	l.note(form, got)
	after()
	maps.Copy(w.Header(), got.Header())
	w.WriteHeader(got.Code)
	_, _ = w.Write(got.Body.Bytes())
}

func (l *Logins) describeTenant(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"issuer": l.URL + "/tenant", "token_endpoint": l.URL + "/oauth/token", "authorization_endpoint": l.URL + "/oauth/authorize",
		"device_authorization_endpoint": l.URL + "/oauth/device", "revocation_endpoint": l.URL + "/oauth/revoke",
	})
}

func (l *Logins) hooks(r *http.Request, form url.Values) (before, after func()) {
	l.mu.Lock()
	f := l.broken
	l.mu.Unlock()
	if f != nil && r.URL.Path == "/oauth/token" {
		before, after = f(r, form)
	}
	if before == nil {
		before = func() {}
	}
	if after == nil {
		after = func() {}
	}
	return before, after
}

// note keeps the secrets of a request and of its response in mind.
func (l *Logins) note(form url.Values, got *httptest.ResponseRecorder) {
	var given map[string]any
	_ = json.Unmarshal(got.Body.Bytes(), &given)
	at, _ := url.Parse(got.Header().Get("Location"))
	found := []string{form.Get("code_verifier")}
	if at != nil {
		found = append(found, at.Query().Get("code"))
	}
	for _, name := range []string{"access_token", "refresh_token", "device_code"} {
		text, _ := given[name].(string)
		found = append(found, text)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.secrets = append(l.secrets, slices.DeleteFunc(found, func(s string) bool { return s == "" })...)
}
