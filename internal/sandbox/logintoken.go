package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"
)

// deviceGrant is the grant_type of a device code.
const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

// bearer is the token of a request.
func bearer(r *http.Request) string {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return token
}

// token gives tokens.
func (l *logins) token(w http.ResponseWriter, r *http.Request, c Login) {
	form, err := tokenRequest(r)
	if err != nil || r.Method != http.MethodPost {
		oauthError(w, http.StatusBadRequest, "invalid_request", "want a POST of a form or JSON")
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var g *grant
	why := ""
	switch form["grant_type"] {
	case "authorization_code":
		g, why = l.byCode(form)
	case deviceGrant:
		g, why = l.byDevice(form)
	case "refresh_token":
		g, why = l.byRefresh(form, c)
	default:
		why = "unsupported_grant_type"
	}
	if g == nil {
		oauthError(w, http.StatusBadRequest, why, "")
		return
	}
	l.give(w, g, c)
}

// byCode is the login that an authorization code stands for. A code counts once, and only with what its challenge is the
// hash of.
func (l *logins) byCode(form map[string]string) (*grant, string) {
	if g := l.used[form["code"]]; g != nil { // who comes second may not be the thief (RFC 6749, section 4.1.2)
		l.end(g)
		return nil, "invalid_grant"
	}
	p := l.codes[form["code"]]
	delete(l.codes, form["code"])
	hash := sha256.Sum256([]byte(form["code_verifier"]))
	if p == nil || time.Now().After(p.until) || p.client != form["client_id"] || p.redirect != form["redirect_uri"] ||
		base64.RawURLEncoding.EncodeToString(hash[:]) != p.challenge {
		return nil, "invalid_grant"
	}
	l.stats.Logins++
	g := &grant{client: p.client, scope: p.scope}
	l.used[form["code"]] = g
	return g, ""
}

// byDevice is the login that a device code stands for, once somebody has allowed it.
func (l *logins) byDevice(form map[string]string) (*grant, string) {
	p := l.devices[form["device_code"]]
	if p == nil || p.client != form["client_id"] {
		return nil, "invalid_grant"
	}
	l.stats.Polls++
	now := time.Now()
	fast := now.Sub(p.polled) < p.pause*9/10
	p.polled = now
	switch {
	case now.After(p.until):
		return nil, "expired_token"
	case p.decision == "deny":
		return nil, "access_denied"
	case fast:
		l.stats.TooFast++
		p.pause += 5 * time.Second
		return nil, "slow_down"
	case p.decision == "":
		return nil, "authorization_pending"
	}
	delete(l.devices, form["device_code"])
	l.stats.Logins++
	return &grant{client: p.client, scope: p.scope}, ""
}

// byRefresh is the login of a refresh token. One that has been used already was stolen, or belongs to a program that
// cannot count: the login is revoked.
func (l *logins) byRefresh(form map[string]string, c Login) (*grant, string) {
	g := l.refresh[form["refresh_token"]]
	switch {
	case g == nil || g.client != form["client_id"]:
		return nil, "invalid_grant"
	case g.refresh != form["refresh_token"]:
		l.stats.Reused++
		l.end(g)
		return nil, "invalid_grant"
	case g.revoked:
		return nil, "invalid_grant"
	}
	l.stats.Refreshes++
	if c.Refresh == RefreshRotate {
		g.refresh = ""
	}
	return g, ""
}

func (l *logins) end(g *grant) {
	if !g.revoked {
		l.stats.Revoked++
	}
	g.revoked = true
}

// give gives tokens of a login. The access token before them ends.
func (l *logins) give(w http.ResponseWriter, g *grant, c Login) {
	l.bound()
	life := c.Life
	if life == 0 {
		life = time.Hour
	}
	delete(l.access, g.access)
	g.access, g.until = newCode("access"), time.Now().Add(life)
	l.access[g.access] = g
	out := map[string]any{"access_token": g.access, "token_type": "Bearer", "expires_in": life.Seconds()}
	if g.scope != "" {
		out["scope"] = g.scope
	}
	if c.Refresh != RefreshNone && g.refresh == "" {
		g.refresh = newCode("refresh")
		l.refresh[g.refresh] = g
		out["refresh_token"] = g.refresh
	}
	w.Header().Set("Cache-Control", "no-store")
	replyJSON(w, http.StatusOK, out)
}

// revoke ends a login by one of its tokens (RFC 7009). A token that nobody knows is no error.
func (l *logins) revoke(w http.ResponseWriter, r *http.Request) {
	form, err := tokenRequest(r)
	if err != nil || r.Method != http.MethodPost {
		oauthError(w, http.StatusBadRequest, "invalid_request", "want a POST with token")
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	g := l.refresh[form["token"]]
	if g == nil {
		g = l.access[form["token"]]
	}
	if g != nil {
		l.end(g)
	}
	w.WriteHeader(http.StatusOK)
}
