package sandbox

import (
	"crypto/rand"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// pageData is what a page says and asks.
type pageData struct {
	Text  string
	Ask   bool // for a decision
	Enter bool // and for the code that a device shows
	Code  string
}

const (
	pageHead = `<!doctype html><meta charset="utf-8"><title>arl sandbox</title>
<body style="font-family: sans-serif; max-width: 30em; margin: 4em auto">
<h1>arl sandbox</h1><p>%s</p>
`
	pageForm  = `<form method="post">`
	pageEnter = `<p><label>Code: <input name="user_code" value="%s"></label></p>`
	pageAsk   = `
<button name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button></form>`
)

// writePage writes a page for somebody who logs in. Not by html/template: the linker would keep every method there is.
func writePage(w http.ResponseWriter, status int, data pageData) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprintf(w, pageHead, html.EscapeString(data.Text))
	if !data.Ask {
		return
	}
	_, _ = io.WriteString(w, pageForm)
	if data.Enter {
		fmt.Fprintf(w, pageEnter, html.EscapeString(data.Code))
	}
	_, _ = io.WriteString(w, pageAsk)
}

// authorize shows the page of the authorization code grant, and sends the browser back once somebody has decided.
func (l *logins) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || !loopbackURL(back) || q.Get("client_id") == "" {
		writePage(w, http.StatusBadRequest, pageData{Text: "This link is not complete: client_id or a redirect_uri on this machine is missing."})
		return
	}
	answer := url.Values{"state": {q.Get("state")}, "iss": {originOf(r)}}
	switch {
	case q.Get("response_type") != "code" || q.Get("code_challenge") == "" || q.Get("code_challenge_method") != "S256":
		answer.Set("error", "invalid_request")
		answer.Set("error_description", "want response_type=code and a code_challenge by S256")
	case r.Method != http.MethodPost:
		writePage(w, http.StatusOK, pageData{Text: q.Get("client_id") + " asks for access to the API of this sandbox.", Ask: true})
		return
	case r.PostFormValue("decision") != "allow":
		answer.Set("error", "access_denied")
		answer.Set("error_description", "the resource owner has pressed Deny")
	default:
		code := newCode("code")
		l.mu.Lock()
		l.bound()
		l.codes[code] = &pending{
			client: q.Get("client_id"), challenge: q.Get("code_challenge"), redirect: q.Get("redirect_uri"), scope: q.Get("scope"),
			until: time.Now().Add(time.Minute),
		}
		l.mu.Unlock()
		answer.Set("code", code)
	}
	back.RawQuery = answer.Encode()
	http.Redirect(w, r, back.String(), http.StatusSeeOther)
}

// loopbackURL reports whether a program on this machine may be there.
func loopbackURL(u *url.URL) bool {
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && ip.IsLoopback())
}

// bound forgets everything once it is too much. The lock is held.
func (l *logins) bound() {
	if len(l.codes)+len(l.used)+len(l.devices)+len(l.access)+len(l.refresh) > mostLogins {
		clear(l.codes)
		clear(l.used)
		clear(l.devices)
		clear(l.access)
		clear(l.refresh)
	}
}

// deviceCode gives a code to enter on another device.
func (l *logins) deviceCode(w http.ResponseWriter, r *http.Request, c Login) {
	form, err := tokenRequest(r)
	if err != nil || r.Method != http.MethodPost || form["client_id"] == "" {
		oauthError(w, http.StatusBadRequest, "invalid_request", "want a POST with client_id")
		return
	}
	text := rand.Text()
	d := &pending{client: form["client_id"], scope: form["scope"], userCode: text[:4] + "-" + text[4:8], until: time.Now().Add(codeLife), pause: c.Poll}
	if d.pause == 0 {
		d.pause = time.Second
	}
	code := newCode("device")
	l.mu.Lock()
	l.bound()
	l.devices[code] = d
	l.mu.Unlock()
	at := originOf(r) + enterPath
	replyJSON(w, http.StatusOK, map[string]any{
		"device_code": code, "user_code": d.userCode, "verification_uri": at, "verification_uri_complete": at + "?user_code=" + d.userCode,
		"expires_in": int(codeLife / time.Second), "interval": max(1, int(d.pause/time.Second)),
	})
}

// enter is the page where somebody enters the code of a device.
func (l *logins) enter(w http.ResponseWriter, r *http.Request) {
	code := strings.ToUpper(strings.TrimSpace(r.FormValue("user_code")))
	if r.Method != http.MethodPost {
		writePage(w, http.StatusOK, pageData{Text: "A program asks for access to the API of this sandbox. Is this the code that it shows?", Ask: true, Enter: true, Code: code})
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range l.devices {
		if d.userCode == code && d.decision == "" && time.Now().Before(d.until) {
			d.decision = r.PostFormValue("decision")
			writePage(w, http.StatusOK, pageData{Text: "Done. You can close this page."})
			return
		}
	}
	writePage(w, http.StatusNotFound, pageData{Text: "There is no such code, or it has expired.", Ask: true, Enter: true})
}
