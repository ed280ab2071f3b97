package sandbox

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Login makes a server an authorization server too, which people log in at: with a browser (the authorization code grant
// with PKCE) or with a code on another device (RFC 8628). Any client id is taken, and nobody is asked who they are.
// Requests to the API need a token.
type Login struct {
	Refresh RefreshTokens // empty means that there is no authorization server
	Life    time.Duration // of an access token; 0 means an hour
	Poll    time.Duration // between two polls for a device code; 0 means a second
}

// RefreshTokens is what becomes of refresh tokens.
type RefreshTokens string

// What a server may do.
const (
	RefreshRotate RefreshTokens = "rotate" // each is used once; if it comes again, the whole login is revoked
	RefreshKeep   RefreshTokens = "keep"   // one stays
	RefreshNone   RefreshTokens = "none"   // none is given
)

// LoginKinds are the values of [Login.Refresh].
func LoginKinds() []string {
	return []string{string(RefreshRotate), string(RefreshKeep), string(RefreshNone)}
}

func (l Login) validate() error {
	switch {
	case l.Refresh != "" && !slices.Contains(LoginKinds(), string(l.Refresh)):
		return fmt.Errorf("login %q: want rotate, keep or none", l.Refresh)
	case l.Life < 0 || l.Poll < 0:
		return fmt.Errorf("login: want no negative time")
	}
	return nil
}

// Where an authorization server has what.
const (
	authorizePath = "/oauth/authorize"
	devicePath    = "/oauth/device"
	enterPath     = "/device"
	tokenPath     = "/oauth/token"
	revokePath    = "/oauth/revoke"
	loginsPath    = "/oauth/logins"
)

// logins are those that have begun or are good now, in memory.
type logins struct {
	mu      sync.Mutex
	codes   map[string]*pending // authorization codes, by code
	used    map[string]*grant   // what codes that were used have given
	devices map[string]*pending // by device code
	access  map[string]*grant   // by access token
	refresh map[string]*grant   // by refresh token, also those that were used
	stats   loginStats
}

// loginStats is what [loginsPath] shows.
type loginStats struct {
	Logins    int `json:"logins"`    // that came to a token
	Refreshes int `json:"refreshes"` // requests with a good refresh token
	Reused    int `json:"reused"`    // requests with a refresh token that was used already
	Revoked   int `json:"revoked"`   // logins, for whatever reason
	Polls     int `json:"polls"`     // of device codes
	TooFast   int `json:"too_fast"`  // of these
}

// pending is a login that somebody has yet to allow, or has.
type pending struct {
	client, challenge, redirect, scope string
	userCode                           string
	until, polled                      time.Time
	pause                              time.Duration // between polls
	decision                           string        // allow, deny, or empty
}

// grant is a login.
type grant struct {
	client, scope string
	refresh       string // the one that is good
	access        string
	until         time.Time // of access
	revoked       bool
}

// codeLife is how long somebody may take to log in.
const codeLife = 10 * time.Minute

// mostLogins bounds what strangers can make a server remember.
const mostLogins = 10000

func newLogins() *logins {
	return &logins{
		codes: make(map[string]*pending), used: make(map[string]*grant), devices: make(map[string]*pending),
		access: make(map[string]*grant), refresh: make(map[string]*grant),
	}
}

// serveLogin answers requests to the authorization server, and requests to the API without a good token. It reports
// whether it did.
func (s *Server) serveLogin(w http.ResponseWriter, r *http.Request) bool {
	if s.config.Login.Refresh == "" {
		return false
	}
	l := s.logins
	switch r.URL.Path {
	case "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server":
		describeIssuer(w, r)
	case authorizePath:
		l.authorize(w, r)
	case devicePath:
		l.deviceCode(w, r, s.config.Login)
	case enterPath:
		l.enter(w, r)
	case tokenPath:
		l.token(w, r, s.config.Login)
	case revokePath:
		l.revoke(w, r)
	case loginsPath:
		l.all(w, r)
	default:
		return !l.admits(w, r)
	}
	return true
}

// describeIssuer answers discovery.
func describeIssuer(w http.ResponseWriter, r *http.Request) {
	issuer := originOf(r)
	replyJSON(w, http.StatusOK, map[string]any{
		"issuer": issuer, "authorization_endpoint": issuer + authorizePath, "token_endpoint": issuer + tokenPath,
		"device_authorization_endpoint": issuer + devicePath, "revocation_endpoint": issuer + revokePath,
		"authorization_response_iss_parameter_supported": true, // RFC 9207
		"code_challenge_methods_supported":               []string{"S256"}, "response_types_supported": []string{"code"},
		"grant_types_supported": []string{"authorization_code", "refresh_token", deviceGrant},
	})
}

func originOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// all says how many logins there were; DELETE revokes them, as an administrator would.
func (l *logins) all(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Method == http.MethodDelete {
		for _, g := range l.access {
			l.end(g)
		}
	}
	replyJSON(w, http.StatusOK, l.stats)
}

// admits reports whether a request to the API has a good token, and answers it if not.
func (l *logins) admits(w http.ResponseWriter, r *http.Request) bool {
	l.mu.Lock()
	g := l.access[bearer(r)]
	ok := g != nil && !g.revoked && g.access == bearer(r) && time.Now().Before(g.until)
	l.mu.Unlock()
	if !ok {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		fail(w, http.StatusUnauthorized, "invalid_token", "the token is unknown, has expired or was revoked")
	}
	return ok
}

// newCode is a code or a token.
func newCode(kind string) string { return "sandbox_" + kind + "_" + rand.Text() }
